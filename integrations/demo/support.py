"""What those do who support the reps: introductory meetings of sales development, specialists on enterprise deals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from integrations.demo import records, roster
from integrations.demo.chance import chance
from integrations.demo.files import import_rows
from integrations.demo.lives import LOST, Life
from integrations.demo.organisation import Seat
from integrations.demo.stamps import stamp
from pipeline.enums import SplitKind
from pipeline.models import OpportunitySplit
from pipeline.services import set_splits

if TYPE_CHECKING:
    from integrations.demo.making import Making, Step
    from integrations.demo.story import Story

SOURCED = ("Web form", "Outbound", "Trade fair", "Webinar")  # where a first meeting is somebody's work
HELD, SUPPORTED = 0.85, 0.4  # shares of such deals that had one, and of enterprise deals with a specialist
WHOLE = Decimal(100)


def support(making: Making) -> Iterator[Step]:
    """Meetings as a file of the other system; specialists named on their deals month by month."""
    yield "introductory meetings", partial(_import_meetings, making)
    yield "specialists on deals", partial(_name_specialists, making)


def _import_meetings(making: Making) -> None:
    rows = meetings(making.story)
    import_rows(kind="activities", name="introductory_meetings.csv", rows=rows, by=making.ops, today=making.today)


def meetings(story: Story) -> Iterator[records.Row]:
    """The first meeting of deals from sources that sales development works, since the story begins."""
    first = story.quarters[0].start
    for life in story.deals:
        random, day = chance("introduced", life.code), life.talks[0][0] if life.talks else life.created_on
        people = list(_holders(story, roster.SDR, life, day))
        is_told = life.source in SOURCED and random.random() < HELD and first <= day < story.today
        if is_told and people:
            minute = random.choice((0, 15, 30, 45))
            yield {
                "external_id": f"{life.code}-I", "kind": "meeting", "title": "Introductory meeting",
                "opportunity": life.code, "happened_at": f"{day} {random.randint(16, 23):02d}:{minute:02d}:00",
                "owner": records.person_code(random.choice(people)),
            }  # fmt: skip


def _holders(story: Story, part: str, life: Life, day: date) -> Iterator[str]:
    """Who has a part in the region of a deal on a day."""
    region = life.company.seat.region
    for seat in story.organisation.support:
        if seat.part == part and seat.region == region and (name := seat.holder_on(day)):
            yield name


def _name_specialists(making: Making) -> None:
    """On deals that are won or open: a specialist is credited with all of a deal, on top of who sells it."""
    found = sorted(supported(making.story), key=lambda row: (row[0].created_on, row[0].code))
    for _month, some in groupby(found, key=lambda row: row[0].created_on.replace(day=1)):
        last = max([_name(making, life, name) for life, name in some])
        stamp(at=datetime.combine(last, time(18), tzinfo=making.books.zone))


def supported(story: Story) -> Iterable[tuple[Life, str]]:
    """Enterprise deals with the specialist of their region."""
    for life in story.deals:
        seat: Seat = life.company.seat
        is_lost = life.on(story.today).get("stage") == LOST
        if seat.segment != roster.ENTERPRISE or is_lost or chance("supported", life.code).random() >= SUPPORTED:
            continue
        name = next(_holders(story, roster.SPECIALIST, life, life.created_on), "")
        if name:
            yield life, name


def _name(making: Making, life: Life, name: str) -> date:
    deal, person = making.books.deals[life.code], making.books.person(name)
    assert person is not None
    shared = list(OpportunitySplit.objects.filter(opportunity=deal, kind=SplitKind.REVENUE).order_by("pk"))
    mine = OpportunitySplit(person=person, percent=WHOLE, kind=SplitKind.OVERLAY)
    set_splits(deal_id=deal, splits=[*shared, mine], by=making.ops)
    return life.created_on
