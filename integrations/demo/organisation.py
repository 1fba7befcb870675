"""The demo company's seats, and who sat on each of them when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from core.kernel.periods import Period
from integrations.demo import roster


@dataclass(frozen=True, slots=True)
class Holding:
    """Who sits on a seat over [start, end); end None = still."""

    name: str
    start: date
    end: date | None = None

    def contains(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)


@dataclass(slots=True)
class Seat:
    """A seat of the sales line: its team over time and its holders in order. A rep's seat has a book of accounts.

    part: of those who support the reps, what they do (roster.SUPPORT).
    """

    title: str
    team: str
    opened: date
    is_manager: bool = False
    holdings: list[Holding] = field(default_factory=list)
    moved_to: tuple[str, date] | None = None
    part: str = ""

    def holder_on(self, day: date) -> str:
        """The name of who sits on the seat, "" while it is vacant."""
        return next((holding.name for holding in self.holdings if holding.contains(day)), "")

    def last_holder_before(self, day: date) -> str:
        """Who sat on the seat last, up to a day."""
        return next(holding.name for holding in reversed(self.holdings) if holding.start <= day)

    def team_on(self, day: date) -> str:
        return self.moved_to[0] if self.moved_to and self.moved_to[1] <= day else self.team

    @property
    def segment(self) -> str:
        return segment_of(self.team)

    @property
    def region(self) -> str:
        return region_of(self.team)


def segment_of(team: str) -> str:
    return team.split(" ", 1)[1]


def region_of(team: str) -> str:
    return team.split(" ", 1)[0]


@dataclass(slots=True)
class Organisation:
    """Every seat below the VP, managers first in each team; `dawn` is the first day of the reporting line."""

    dawn: date
    managers: dict[str, Seat]
    reps: list[Seat]
    support: list[Seat] = field(default_factory=list)

    def people(self) -> Iterator[tuple[str, Seat, Holding]]:
        """Everyone who ever sat on a seat, with the seat and the days."""
        for seat in (*self.managers.values(), *self.reps, *self.support):
            for holding in seat.holdings:
                yield holding.name, seat, holding

    def left_on(self) -> dict[str, date]:
        """Who left the company, and on which day."""
        last: dict[str, Holding] = {}
        for name, _seat, holding in sorted(self.people(), key=lambda row: row[2].start):
            last[name] = holding
        return {name: holding.end for name, holding in last.items() if holding.end}


def lay_out(quarters: list[Period], today: date) -> Organisation:
    """The organisation over the quarters of the story (the last one is today's)."""
    dawn = quarters[0].start - timedelta(days=400)
    growth = {rep: quarters[number].start for number, _team, rep in roster.GROWTH}
    organisation = Organisation(dawn, {}, [])
    for team, (manager, reps) in roster.TEAMS.items():
        organisation.managers[team] = Seat(f"Sales manager, {team}", team, dawn, is_manager=True)
        organisation.managers[team].holdings.append(Holding(manager, dawn))
        for rep in reps:
            opened = growth.get(rep, dawn)
            organisation.reps.append(Seat(f"Account executive, {team}", team, opened, holdings=[Holding(rep, opened)]))
    _hand_over(organisation, quarters, today)
    for part, team, name, number in roster.SUPPORT:
        opened = dawn if number is None else quarters[number].start
        seat = Seat(f"{part}, {team}", team, opened, holdings=[Holding(name, opened)], part=part)
        organisation.support.append(seat)
    for number, rep, team in roster.MOVES:
        _seat_of(organisation, rep).moved_to = (team, quarters[number].start)
    return organisation


def _hand_over(organisation: Organisation, quarters: list[Period], today: date) -> None:
    for number, day, leaver, follower, gap in roster.HANDOVERS:
        on = quarters[number].start + timedelta(days=day)
        seat = _seat_of(organisation, leaver)
        _end(seat, on)
        seat.holdings.append(Holding(follower, on + timedelta(days=gap)))
    _end(_seat_of(organisation, roster.LATE_LEAVER), today - timedelta(days=roster.LATE_LEAVER_DAYS_AGO))


def _end(seat: Seat, on: date) -> None:
    last = seat.holdings[-1]
    seat.holdings[-1] = Holding(last.name, last.start, on)


def _seat_of(organisation: Organisation, name: str) -> Seat:
    """The seat a person sits on in the end; of one who is about to leave or be promoted, the one before."""
    seats = (*organisation.reps, *organisation.managers.values())
    return next(seat for seat in seats if seat.holdings[-1].name == name and seat.holdings[-1].end is None)
