"""Reads of people, seats and teams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, Count, Prefetch, Q, QuerySet, When
from django.http import Http404

from core.kernel.access import SignedIn
from core.models import in_force_on
from core.registry import SearchHit
from people.models import Occupancy, Person, Position, PositionTeam, ReportingLine, Team
from people.policies import may_manage_people, sees_everyone


def people_for(user: SignedIn, as_of: date) -> QuerySet[Person]:
    """People whose records a person may see; all for those who keep people or their pay."""
    owners = None if sees_everyone(user) else user.visible_owner_ids(as_of)
    people = Person.objects.select_related("user")
    return people if owners is None else people.filter(pk__among=owners)


def person_options(user: SignedIn, text: str, as_of: date, *, limit: int) -> list[Person]:
    """Visible people for a form's field: those whose name begins with the text come first."""
    found = people_for(user, as_of).filter(name__icontains=text) if text else people_for(user, as_of)
    begins = Case(When(name__istartswith=text, then=0), default=1)
    return list(found.order_by(begins, "name", "id")[:limit])


def colleagues(as_of: date) -> QuerySet[Person]:
    """Everyone still here on a day, by name: whom a deal may be shared with, whatever the line."""
    return Person.objects.filter(Q(left_on=None) | Q(left_on__gt=as_of))


def colleague_options(text: str, as_of: date, *, limit: int) -> list[Person]:
    """Colleagues whose name holds a text; those whose name begins with it come first."""
    begins = Case(When(name__istartswith=text, then=0), default=1)
    return list(colleagues(as_of).filter(name__icontains=text).order_by(begins, "name", "id")[:limit])


def people_to_invite(as_of: date) -> QuerySet[Person]:
    """Those who work here, have an e-mail and no login."""
    return colleagues(as_of).filter(user=None).exclude(email="").order_by("name", "id")


def people_with_seats(user: SignedIn, as_of: date) -> QuerySet[Person]:
    """People with today's seat, team and boss ready, in a fixed number of queries."""
    lines = ReportingLine.objects.filter(in_force_on(as_of)).prefetch_related(_seats(as_of, "reports_to__occupancies"))
    placements = PositionTeam.objects.filter(in_force_on(as_of)).select_related("team__parent")
    seats = (
        Occupancy.objects.filter(in_force_on(as_of))
        .select_related("position")
        .prefetch_related(
            Prefetch("position__lines_up", queryset=lines, to_attr="today_lines"),
            Prefetch("position__placements", queryset=placements, to_attr="today_placements"),
        )
    )
    return people_for(user, as_of).prefetch_related(Prefetch("occupancies", queryset=seats, to_attr="today_seats"))


def _seats(as_of: date, path: str) -> Any:
    return Prefetch(path, queryset=Occupancy.objects.filter(in_force_on(as_of)).select_related("person"))


def get_person_for(user: SignedIn, person_id: int, as_of: date) -> Person:
    person = people_for(user, as_of).filter(pk=person_id).first()
    if person is None:
        raise Http404("No such person.")
    return person


@dataclass(frozen=True, slots=True)
class Stay:
    """A span on a seat, or a fact of it (boss, team): what, who, from, to, and whether it holds on the day asked."""

    what: str
    detail: str
    valid_from: date
    valid_to: date | None
    is_now: bool
    is_to_come: bool
    record: Any = None


def _stay(row: Any, what: Any, detail: Any, as_of: date, record: Any = None) -> Stay:
    is_now = row.valid_from <= as_of and (row.valid_to is None or as_of < row.valid_to)
    return Stay(
        str(what), str(detail), row.valid_from, row.valid_to, is_now, is_to_come=row.valid_from > as_of, record=record
    )


@dataclass(frozen=True, slots=True)
class Career:
    """A person's seats, bosses and teams over time, newest first, and whom they lead on the day asked."""

    seats: list[Stay]
    bosses: list[Stay]
    teams: list[Stay]
    led: list[Stay]
    today: Position | None


def career_of(person: Person, as_of: date) -> Career:
    """In a number of queries that doesn't grow with the years."""
    seats = list(person.occupancies.select_related("position").order_by("-valid_from"))
    spans = {seat.position_id: seat for seat in reversed(seats)}
    lines = ReportingLine.objects.filter(position__in=spans).select_related("reports_to")
    lines = lines.prefetch_related(Prefetch("reports_to__occupancies", Occupancy.objects.select_related("person")))
    places = PositionTeam.objects.filter(position__in=spans).select_related("team__parent")
    today = next((seat.position for seat in seats if in_span(seat, as_of)), None)
    return Career(
        seats=[_stay(seat, seat.position.title, "", as_of, seat.position) for seat in seats],
        bosses=[
            _stay(line, line.reports_to.title, _holder(line, as_of), as_of, line.reports_to)
            for line in lines.order_by("-valid_from")
            if _meets(line, [seat for seat in seats if seat.position_id == line.position_id])
        ],
        teams=[
            _stay(one, one.team.name, one.team.parent or "", as_of, one.team)
            for one in places.order_by("-valid_from")
            if _meets(one, [seat for seat in seats if seat.position_id == one.position_id])
        ],
        led=led_by(today, as_of) if today else [],
        today=today,
    )


def in_span(row: Any, day: date) -> bool:
    """Whether a dated row holds on a day."""
    return bool(row.valid_from <= day and (row.valid_to is None or day < row.valid_to))


def _meets(row: Any, seats: Sequence[Occupancy]) -> bool:
    """Whether a fact of a seat held on a day that the person sat on it."""
    return any(
        (row.valid_to is None or seat.valid_from < row.valid_to)
        and (seat.valid_to is None or row.valid_from < seat.valid_to)
        for seat in seats
    )


def _holder(line: ReportingLine, as_of: date) -> str:
    """Who sat on the boss's seat: on the day asked while the line holds, else on its last day."""
    day = as_of if line.valid_to is None or as_of < line.valid_to else line.valid_to - timedelta(days=1)
    day = max(day, line.valid_from)
    return next((seat.person.name for seat in line.reports_to.occupancies.all() if in_span(seat, day)), "")


def led_by(position: Position, as_of: date) -> list[Stay]:
    """The seats that report to one on a day, with who sits on them ("" when vacant)."""
    lines = ReportingLine.objects.filter(in_force_on(as_of), reports_to=position, position__archived_at=None)
    lines = lines.select_related("position").prefetch_related(_seats(as_of, "position__occupancies"))
    led = []
    for line in lines.order_by("position__title", "id"):
        person = next((seat.person for seat in line.position.occupancies.all()), None)
        led.append(_stay(line, person.name if person else "", line.position.title, as_of, person))
    return led


@dataclass(frozen=True, slots=True)
class SeatHistory:
    """What a seat was and will be: its holders, bosses and teams, newest first."""

    holders: list[Stay]
    bosses: list[Stay]
    teams: list[Stay]
    led: list[Stay]

    def now(self, kind: str) -> Any:
        """The record that holds today: a Person, Position or Team; None when there is none."""
        return next((stay.record for stay in getattr(self, kind) if stay.is_now), None)


def seat_history(position: Position, as_of: date) -> SeatHistory:
    holders = position.occupancies.select_related("person").order_by("-valid_from")
    lines = position.lines_up.select_related("reports_to").order_by("-valid_from")
    lines = lines.prefetch_related(Prefetch("reports_to__occupancies", Occupancy.objects.select_related("person")))
    places = position.placements.select_related("team__parent").order_by("-valid_from")
    return SeatHistory(
        holders=[_stay(one, one.person.name, "", as_of, one.person) for one in holders],
        bosses=[_stay(one, one.reports_to.title, _holder(one, as_of), as_of, one.reports_to) for one in lines],
        teams=[_stay(one, one.team.name, one.team.parent or "", as_of, one.team) for one in places],
        led=led_by(position, as_of),
    )


def positions_with_holders(user: SignedIn, as_of: date) -> QuerySet[Position]:
    """Positions with today's holder (`today_holders`), boss (`today_lines`) and team (`today_placements`) ready."""
    lines = ReportingLine.objects.filter(in_force_on(as_of)).select_related("reports_to")
    placements = PositionTeam.objects.filter(in_force_on(as_of)).select_related("team__parent")
    holders = Occupancy.objects.filter(in_force_on(as_of)).select_related("person")
    return positions_for(user).prefetch_related(
        Prefetch("occupancies", queryset=holders, to_attr="today_holders"),
        Prefetch("lines_up", queryset=lines, to_attr="today_lines"),
        Prefetch("placements", queryset=placements, to_attr="today_placements"),
    )


def vacant_positions(on: date) -> QuerySet[Position]:
    """Positions nobody sits on, on a day."""
    held = Occupancy.objects.filter(in_force_on(on)).values("position")
    return Position.objects.filter(archived_at=None).exclude(pk__in=held)


def teams_for(user: SignedIn, as_of: date) -> QuerySet[Team]:
    """Regions and teams with the number of seats in them today (`seat_count`), for those who keep people."""
    if not may_manage_people(user):
        return Team.objects.none()
    seats = Count("placements", filter=in_force_on(as_of, "placements__"), distinct=True)
    return Team.objects.select_related("parent").annotate(seat_count=seats)


def get_team_for(user: SignedIn, team_id: int, as_of: date) -> Team:
    """Raises Http404 when there is no such team or the person doesn't keep people."""
    team = teams_for(user, as_of).filter(pk=team_id).first()
    if team is None:
        raise Http404("No such team.")
    return team


def get_position_for(user: SignedIn, position_id: int) -> Position:
    position = Position.objects.filter(pk=position_id).first() if may_manage_people(user) else None
    if position is None:
        raise Http404("No such position.")
    return position


def positions_for(user: SignedIn) -> QuerySet[Position]:
    positions = Position.objects.filter(archived_at=None)
    return positions if may_manage_people(user) else positions.none()


def regions() -> QuerySet[Team]:
    return Team.objects.filter(kind="region").order_by("name")


def person_hits(user: SignedIn, text: str, as_of: date, limit: int) -> Sequence[SearchHit]:
    found = people_for(user, as_of).filter(Q(name__icontains=text) | Q(email__icontains=text))[:limit]
    return [SearchHit("person", "user-circle", p.name, p.email, p.get_absolute_url(), record_id=p.pk) for p in found]
