"""Pay of the demo company's sales line: by segment and role, a raise with each fiscal year, its end with who leaves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from integrations.demo import records, roster
from integrations.demo.chance import chance
from integrations.demo.files import import_rows
from integrations.demo.organisation import Seat
from people.models import PersonPay, User
from people.services import end_pay

if TYPE_CHECKING:
    from integrations.demo.making import Making, Step
    from integrations.demo.story import Story


class Band(NamedTuple):
    """Pay of a kind of seat, a year: between what it begins, and how much of it is variable, in percent."""

    least: int
    most: int
    variable_pct: int


REP = {roster.ENTERPRISE: Band(230_000, 280_000, 50), roster.MID_MARKET: Band(125_000, 160_000, 45)}
MANAGER = {roster.ENTERPRISE: Band(300_000, 340_000, 40), roster.MID_MARKET: Band(220_000, 250_000, 40)}
SUPPORT = {roster.SDR: Band(78_000, 92_000, 30), roster.SPECIALIST: Band(165_000, 195_000, 30)}
VP = Band(480_000, 480_000, 45)
RAISES_PCT = (0, 2, 3, 3, 4)
STEP = 500  # what pay is rounded to


def pay(making: Making) -> Iterator[Step]:
    """One file of the comp admin, who alone may bring it in; then the end of pay of who has left."""
    yield "pay of people", partial(_import, making)
    yield "pay of leavers ends", partial(_end, making)


def _comp_admin() -> User:
    return User.objects.get(email=f"comp@{records.DOMAIN}")


def _import(making: Making) -> None:
    import_rows(kind="person_pay", name="pay.csv", rows=rows(making.story), by=_comp_admin(), today=making.today)


def _end(making: Making) -> None:
    for name, left_on in making.story.organisation.left_on().items():
        held = PersonPay.objects.filter(person__external_id=records.person_code(name), valid_to=None)
        for row in held.filter(valid_from__lte=left_on):
            end_pay(pay=row, on=left_on, by=_comp_admin())


def rows(story: Story) -> Iterator[dict[str, Any]]:
    """What each person earns from which day: with each seat they take, and after each raise on it."""
    organisation = story.organisation
    yield from _on_seat(roster.VP, VP, organisation.dawn, None, story)
    for name, seat, holding in organisation.people():
        yield from _on_seat(name, _band(seat), holding.start, holding.end, story)


def _band(seat: Seat) -> Band:
    if seat.part:
        return SUPPORT[seat.part]
    return (MANAGER if seat.is_manager else REP)[seat.segment]


def _on_seat(name: str, band: Band, start: date, end: date | None, story: Story) -> Iterator[dict[str, Any]]:
    random = chance("pay", name, band.least)
    ote = random.randrange(band.least, band.most + STEP, 5_000) if band.least < band.most else band.least
    yield _row(name, band, start, ote)
    for year in _years(story):
        if start < year and (end is None or year < end):
            ote += ote * random.choice(RAISES_PCT) // 100 // STEP * STEP
            yield _row(name, band, year, ote)


def _years(story: Story) -> list[date]:
    """First days of the fiscal years since the story begins."""
    first = {story.calendar.year_of(quarter.start).start for quarter in story.quarters}
    return sorted(day for day in first if story.quarters[0].start <= day <= story.today)


def _row(name: str, band: Band, since: date, ote: int) -> dict[str, Any]:
    variable = ote * band.variable_pct // 100
    return {
        "person": records.person_code(name), "valid_from": since, "ote": ote, "variable": variable, "currency": "USD",
    }  # fmt: skip
