"""Contests of named people, and between groups: teams, territories, positions that people belong to on its last day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import Any

import numpy as np

from compensation.kernel import plan as p
from compensation.kernel.exact import Exact
from compensation.kernel.frame import CLOSES, Frame
from core.kernel.money import split_minor

Array = np.ndarray[Any, Any]
_LATE = 10_000_000  # later than any day


def is_named(pays: p.Contest, frame: Frame, seats: Array) -> Array:
    """Whether each row's payee is among those that a contest names: themselves, or by what they belong to then."""
    if not pays.who:
        return np.ones(len(frame), dtype=bool)
    names = frame.book.staff.payees
    found = np.isin(frame.rows.payee, [place for place, name in enumerate(names) if name in pays.who])
    for group in sorted(pays.who):
        found |= belongs_to(group, frame, seats)
    return np.asarray(found)


def belongs_to(group: str, frame: Frame, seats: Array) -> Array:
    """Whether each row's payee belongs to a group on its day; the team of their own row is one, too."""
    staff, payee, on = frame.book.staff, frame.rows.payee, frame.rows.on
    found = np.zeros(len(frame), dtype=bool)
    if group in staff.teams:
        found |= (seats >= 0) & (staff.team[np.maximum(seats, 0)] == staff.teams.index(group))
    places = {name: place for place, name in enumerate(staff.payees)}
    for one in frame.book.inputs.belongs:
        if one.group == group and one.payee in places:
            until = one.valid_to.toordinal() if one.valid_to else _LATE
            found |= (payee == places[one.payee]) & (on >= one.valid_from.toordinal()) & (on < until)
    return found


def standings_between(
    pays: p.Contest, frame: Frame, prizes: Sequence[Array]
) -> tuple[Array, Array, Array, Exact, Array]:
    """By row: rank of its group, how many have it, how many groups take part, what the group has, the row's prize.

    Prize 900, North 70,000 with two people and South 60,000: 450 for each of North.
    """
    side, worth = _sides(pays, frame), _Worth(pays, frame)
    rank, equal, of = (np.zeros(len(frame), dtype=np.int64) for _column in range(3))
    prize, reached = np.zeros(len(frame), dtype=object), [Fraction(0)] * len(frame)
    for at in sorted(set(frame.rows.at[side >= 0].tolist())):
        members = _members(side, at, frame)
        came_to = {number: worth.of(rows) for number, rows in members.items()}
        ranked = [one for one in members if came_to[one] > 0 and came_to[one] >= worth.least(members[one][0])]
        for before, tied in _in_order(ranked, came_to):
            won = sum(int(one[members[tied[0]][0]]) for one in prizes[before : before + len(tied)])
            for number, part in zip(tied, split_minor(won, [1] * len(tied)), strict=True):
                rows = members[number]
                rank[rows], equal[rows], of[rows] = before + 1, len(tied), len(ranked)
                prize[rows] = split_minor(part, [1] * len(rows))
        for number, rows in members.items():
            for row in rows:
                reached[row] = came_to[number]
    return rank, equal, of, Exact.of(reached) if reached else Exact.same(0, 0), prize


def _sides(pays: p.Contest, frame: Frame) -> Array:
    """Which of the groups each row counts for, the first one that it belongs to; -1: none."""
    staff = frame.book.staff
    seats = staff.rows_at(frame.rows.payee, frame.rows.on)
    found = np.full(len(frame), -1, dtype=np.int64)
    if not len(staff.start):
        return found
    seat = np.maximum(seats, 0)
    plays = (frame.kind == CLOSES) & frame.earns & (seats >= 0) & staff.is_on_plan[seat] & is_named(pays, frame, seats)
    if pays.roles:
        plays &= np.isin(staff.role[seat], [number for number, role in enumerate(staff.roles) if role in pays.roles])
    for number, group in enumerate(pays.between):
        found = np.where((found < 0) & plays & belongs_to(group, frame, seats), number, found)
    return found


def _members(side: Array, at: int, frame: Frame) -> dict[int, list[int]]:
    """Rows of each group that has any at the end of a span, by the names of their payees."""
    names, payee = frame.book.staff.payees, frame.rows.payee
    found: dict[int, list[int]] = {}
    for row in np.flatnonzero((side >= 0) & (frame.rows.at == at)).tolist():
        found.setdefault(int(side[row]), []).append(row)
    return {number: sorted(found[number], key=lambda row: names[int(payee[row])]) for number in sorted(found)}


def _in_order(ranked: Sequence[int], came_to: Mapping[int, Fraction]) -> list[tuple[int, list[int]]]:
    """From the best on, groups that are equal together, and how many are before them."""
    found, before = [], 0
    for _worth, same in groupby(sorted(ranked, key=lambda one: (-came_to[one], one)), key=lambda one: came_to[one]):
        tied = list(same)
        found.append((before, tied))
        before += len(tied)
    return found


@dataclass(frozen=True, slots=True)
class _Worth:
    """What rows of a group come to together: credited, or that over the sum of their quotas."""

    pays: p.Contest
    frame: Frame

    def of(self, rows: Sequence[int]) -> Fraction:
        asked, key, span = self.frame.asked, self.frame.component.measure, self.frame.rows.span
        credited = asked.credited(key, span)
        total = sum((credited.fraction(row) for row in rows), Fraction(0))
        if self.pays.by != p.ATTAINMENT:
            return total
        quota = asked.quota(key, span)
        goal = sum((quota.fraction(row) for row in rows), Fraction(0))
        over, under = (goal, total) if self.frame.book.plan.measures[key].less_is_better else (total, goal)
        return over / under if under else Fraction(0)

    def least(self, row: int) -> Fraction:
        node = self.pays.at_least
        return Fraction(0) if node is None else self.frame.asked.number(node).fraction(row)
