"""A manager's people: each direct report with what they and their line book, hold and owe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from core.models import in_force_on
from people.models import Delegation, Occupancy, Person, Position, ReportingClosure
from people.selectors import people_for
from pipeline.selectors import work
from pipeline.selectors.cube import Sums, span_sums
from quotas.enums import HolderKind
from quotas.selectors import targets_of
from reporting.metrics import Inputs, Value, evaluate
from reporting.selectors.links import deals_url
from reporting.selectors.questions import Asked
from reporting.selectors.reports import four_quarters_before

SOON_DAYS = 14


@dataclass(slots=True)
class Member:
    """A direct report with the people of their line (themselves first) and what adds up over it.

    person is None for a vacant seat; led: how many people are below.
    """

    position: Position
    person: Person | None
    line: list[int] = field(default_factory=list)
    metrics: Mapping[str, Value] = field(default_factory=dict)
    score: Decimal | None = None
    overdue: int = 0
    last: datetime | None = None
    won_url: str = ""
    open_url: str = ""

    @property
    def led(self) -> int:
        return len(self.line) - 1 if self.person and self.person.pk in self.line else len(self.line)

    def value(self, name: str) -> Value:
        return self.metrics[name]


def members(asked: Asked, person: Person) -> list[Member]:
    """Direct reports of the person's seat, most bookings first; the number of queries doesn't grow with them."""
    day = asked.as_of
    seat = Occupancy.objects.filter(in_force_on(day), person=person).select_related("position").first()
    if seat is None:
        return []
    found = _line_of(seat.position, day)
    _add_figures(found, asked)
    people = {pk for member in found for pk in member.line}
    scores = work.scores_of({member.position.pk: member.line for member in found}, day)
    overdue, last = work.overdue_tasks(people, day), work.last_activity(people)
    for member in found:
        member.score = scores.get(member.position.pk)
        member.overdue = sum(overdue.get(pk, 0) for pk in member.line)
        member.last = max((last[pk] for pk in member.line if pk in last), default=None)
    return sorted(found, key=lambda member: -(member.value("bookings").value or 0))


def _line_of(position: Position, day: date) -> list[Member]:
    led = {member.position.pk: member for member in _stays(position, day)}
    below = ReportingClosure.objects.filter(in_force_on(day), ancestor__in=led).values_list("ancestor", "descendant")
    pairs = list(below.order_by("ancestor", "depth", "descendant"))
    seats = Occupancy.objects.filter(in_force_on(day), position__in={one for _top, one in pairs})
    sits = dict(seats.values_list("position", "person"))
    for top, one in pairs:
        if one in sits:
            led[top].line.append(sits[one])
    return list(led.values())


def _stays(position: Position, day: date) -> list[Member]:
    lines = position.lines_down.filter(in_force_on(day), position__archived_at=None).select_related("position")
    holders = Occupancy.objects.filter(in_force_on(day), position__in=[line.position_id for line in lines])
    people = {seat.position_id: seat.person for seat in holders.select_related("person")}
    return [Member(line.position, people.get(line.position_id)) for line in lines.order_by("position__title", "id")]


def _add_figures(found: list[Member], asked: Asked) -> None:
    """Figures of the catalogue over the deals of each line, as the dashboard adds them up by rep."""
    spans = [asked.period, four_quarters_before(asked.question, asked.calendar)]
    now, before = span_sums(asked.question, spans, ("rep_id",))
    of_people = targets_of(period=asked.period, on=asked.as_of, holder_kind=HolderKind.PERSON)
    of_seats = targets_of(period=asked.period, on=asked.as_of, holder_kind=HolderKind.POSITION)
    for member in found:
        own = member.person.pk if member.person else 0
        target = of_people.get(own, of_seats.get(member.position.pk))
        inputs = Inputs(_sum(now, member.line), _sum(before, member.line), target)
        member.metrics = evaluate(inputs, currency=asked.currency)
        if own:
            name = "line" if member.led else "rep"
            member.won_url = deals_url(asked, status="won", **{name: str(own)})  # type: ignore[arg-type]  # -- a filter
            member.open_url = deals_url(asked, status="open", **{name: str(own)})  # type: ignore[arg-type]  # -- a filter


def _sum(parts: Mapping[tuple[str, ...], Sums], people: list[int]) -> Sums:
    total = Sums()
    for pk in people:
        if (str(pk),) in parts:
            total += parts[(str(pk),)]
    return total


def away(asked: Asked) -> list[Delegation]:
    """Absences in one's line today and in the two weeks to come."""

    day = asked.as_of
    line = people_for(asked.user, day).exclude(user=None).values("user")
    soon = Delegation.objects.filter(stopped_at=None, valid_to__gt=day, valid_from__lte=day + timedelta(days=SOON_DAYS))
    mine = soon.filter(from_user__in=line).exclude(from_user=asked.user.pk)
    return list(mine.select_related("from_user__person", "to_user__person").order_by("valid_from", "id"))
