"""Who is on a plan when: roles, managers, teams and yearly pay, looked up for many days at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from compensation.kernel.grid import Grid
from compensation.kernel.inputs import Person
from compensation.kernel.plan import Plan

Array = np.ndarray[Any, Any]
_SPREAD = 10_000_000  # more than any ordinal
_NEVER = _SPREAD - 1
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Staff:
    """Spans of days by payee, in order; a payee without any row is on the plan always, and below nobody."""

    payees: tuple[str, ...]
    payee: Array
    start: Array
    end: Array
    is_on_plan: Array
    manager: Array
    team: Array
    role: Array
    roles: tuple[str, ...]
    teams: tuple[str, ...]
    variable: tuple[Fraction, ...]
    ote: tuple[Fraction, ...]
    accepted: Array
    left: Array

    @cached_property
    def first_months(self) -> Array:
        """By payee the month (counted from one of long ago) of the first day on the plan; a stranger's is the first."""
        found = np.full(len(self.payees), _NEVER, dtype=np.int64)
        rows = np.flatnonzero(self.is_on_plan)
        np.minimum.at(found, self.payee[rows], np.maximum(self.start[rows], 1))
        return months_of(np.where(found == _NEVER, 1, found))

    def rows_at(self, payees: Array, ordinals: Array) -> Array:
        """The row in force for each payee and day; -1 where there is none."""
        if not len(self.start):
            return np.full(len(payees), -1, dtype=np.int64)
        found = np.searchsorted(self.payee * _SPREAD + self.start, payees * _SPREAD + ordinals, side="right") - 1
        safe = np.maximum(found, 0)
        fits = (found >= 0) & (self.payee[safe] == payees) & (self.end[safe] > ordinals)
        return np.asarray(np.where(fits, found, -1))

    def is_on_plan_at(self, payees: Array, ordinals: Array) -> Array:
        """Whether each payee is on the plan on each day."""
        rows = self.rows_at(payees, ordinals)
        return np.asarray((rows >= 0) & self.is_on_plan[np.maximum(rows, 0)])

    def pairs(self, payees: Array, ordinals: Array, of: str) -> tuple[Array, Array, Array]:
        """(place, payee, level) for whom each credit counts, of: reports (the manager), line (all above), team (all in
        it). level: 1 for the manager, 2 for the manager's manager; 0 in a team.
        """
        rows = self.rows_at(payees, ordinals)
        if of == "team":
            places, mates = self._team_pairs(rows, ordinals)
            return places, mates, np.zeros(len(places), dtype=np.int8)
        places, bosses = np.arange(len(payees)), np.where(rows >= 0, self.manager[np.maximum(rows, 0)], -1)
        found: list[tuple[Array, Array]] = []
        for _level in range(len(self.payees)):
            known = bosses >= 0
            places, bosses = places[known], bosses[known]
            if not len(places):
                break
            found.append((places, bosses))
            if of == "reports":
                break
            above = self.rows_at(bosses, ordinals[places])
            bosses = np.where(above >= 0, self.manager[np.maximum(above, 0)], -1)
        if not found:
            return tuple(np.zeros(0, dtype=np.int64) for _column in range(3))  # type: ignore[return-value]  # -- three
        levels = np.repeat(np.arange(1, len(found) + 1), [len(one) for one, _boss in found])
        return np.concatenate([one for one, _boss in found]), np.concatenate([boss for _one, boss in found]), levels

    def _team_pairs(self, rows: Array, ordinals: Array) -> tuple[Array, Array]:
        """Everybody who is in the credit's team on its day, the one whose credit it is among them."""
        places, payees = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
        teams = np.where(rows >= 0, self.team[np.maximum(rows, 0)], -1)
        order = np.argsort(teams, kind="stable")
        in_order = teams[order]
        for number in np.flatnonzero(self.team >= 0):
            low, high = np.searchsorted(in_order, [self.team[number], self.team[number] + 1])
            of_team = order[low:high]
            days = ordinals[of_team]
            here = of_team[(days >= self.start[number]) & (days < self.end[number])]
            places.append(here)
            payees.append(np.full(len(here), self.payee[number], dtype=np.int64))
        return np.concatenate(places), np.concatenate(payees)


def months_of(days: Array) -> Array:
    """The calendar month of each ordinal, counted from January 1970."""
    return np.asarray(_days_of(days).astype("datetime64[M]").astype(np.int64))


def whole_months(then: Array, now: Array) -> Array:
    """How many months are full from one day to another: none from January 31 to February 28."""
    first, second = (_days_of(days) for days in (then, now))
    days = [(one - one.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) for one in (first, second)]
    return np.asarray(months_of(now) - months_of(then) - (days[1] < days[0]))


def _days_of(ordinals: Array) -> Array:
    return np.asarray((np.asarray(ordinals, dtype=np.int64) - _EPOCH).astype("datetime64[D]"))


def staff_of(payees: Sequence[str], people: Sequence[Person], plan: Plan) -> Staff:
    """People of a plan; those without any row count as on it."""
    known = {payee: number for number, payee in enumerate(payees)}
    teams = {team: number for number, team in enumerate(sorted({one.team for one in people if one.team}))}
    roles = {role: number for number, role in enumerate(sorted({"", *(one.role for one in people)}))}
    rows = sorted(((known[one.payee], one.valid_from.toordinal(), one) for one in people), key=lambda row: row[:2])
    told = {one.payee for one in people}
    strangers = [number for payee, number in known.items() if payee not in told]
    found = [
        (
            number, start, one.valid_to.toordinal() if one.valid_to else _NEVER,
            not plan.roles or one.role in plan.roles, known.get(one.manager, -1), teams.get(one.team, -1),
            one.variable, one.ote, one.accepted_on.toordinal() if one.accepted_on else _NEVER,
            one.left_on.toordinal() if one.left_on else _NEVER, roles[one.role],
        )
        for number, start, one in rows
    ]  # fmt: skip
    found += [(number, 0, _NEVER, True, -1, -1, Fraction(0), Fraction(0), 0, _NEVER, 0) for number in strangers]
    found.sort(key=lambda row: row[:2])
    columns = list(zip(*found, strict=True)) if found else [()] * 11
    whole = [np.array(column, dtype=np.int64) for column in (*columns[:3], *columns[4:6], *columns[8:])]
    return Staff(
        payees=tuple(payees), payee=whole[0], start=whole[1], end=whole[2],
        is_on_plan=np.array(columns[3], dtype=bool), manager=whole[3], team=whole[4],
        role=whole[7], roles=tuple(roles), teams=tuple(teams),
        variable=tuple(columns[6]), ote=tuple(columns[7]), accepted=whole[5], left=whole[6],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PaidTime:
    """By payee and unit of a span: the days on the plan, and variable pay and OTE for them, in whole units."""

    days: Array
    of_days: Array
    variable: dict[tuple[int, int], Fraction]
    ote: dict[tuple[int, int], Fraction]


def paid_time(staff: Staff, plan: Plan, grid: Grid, span: str, since: date) -> PaidTime:
    """How much of each unit of a span people are on the plan from a day on, and the yearly pay's part for it.

    A unit's part of a year is its share of the year's base periods; within it pay goes by days. A first day inside a
    unit counts, or is free, as the plan says. 75,000 a year from June 1 with the start day counted, for the year:
    75,000 x 214/365.
    """
    units = grid.units[span]
    count = int(units[-1]) + 1
    days = np.zeros((len(staff.payees), count), dtype=np.int64)
    bounds = [grid.bounds_of(span, unit) for unit in range(count)]
    of_days = np.array([end - start for start, end in bounds], dtype=np.int64)
    shares = _shares_of_year(grid, span, count)
    variable: dict[tuple[int, int], Fraction] = {}
    ote: dict[tuple[int, int], Fraction] = {}
    first, last = since.toordinal(), plan.valid_to.toordinal() if plan.valid_to else _NEVER
    is_free = plan.day_count == "start_day_free"
    for row in np.flatnonzero(staff.is_on_plan):
        start, end = max(int(staff.start[row]), first), min(int(staff.end[row]), last)
        for unit, (unit_start, unit_end) in enumerate(bounds):
            inside = min(end, unit_end) - max(start, unit_start)
            if inside <= 0:
                continue
            if is_free and start > unit_start and start == int(staff.start[row]) and not _goes_on(staff, int(row)):
                inside -= 1
            payee, part = int(staff.payee[row]), Fraction(inside, unit_end - unit_start) * shares[unit]
            days[payee, unit] += inside
            variable[payee, unit] = variable.get((payee, unit), Fraction(0)) + staff.variable[row] * part
            ote[payee, unit] = ote.get((payee, unit), Fraction(0)) + staff.ote[row] * part
    return PaidTime(days, of_days, variable, ote)


def _goes_on(staff: Staff, row: int) -> bool:
    """Whether they were on the plan the day before: another manager, team or pay is no first day."""
    before = row - 1
    is_same = row > 0 and staff.payee[before] == staff.payee[row] and staff.end[before] == staff.start[row]
    return bool(is_same and staff.is_on_plan[before])


def _shares_of_year(grid: Grid, span: str, count: int) -> list[Fraction]:
    years = grid.units["year"]
    in_year = np.bincount(years)
    found = []
    for unit in range(count):
        inside = np.flatnonzero(grid.units[span] == unit)
        found.append(sum((Fraction(1, int(in_year[years[place]])) for place in inside), Fraction(0)))
    return found
