"""Who stands where in a contest, and what the prizes of their ranks come to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from compensation.kernel import plan as p
from compensation.kernel.contest_groups import is_named, standings_between
from compensation.kernel.exact import Exact, running_sum
from compensation.kernel.frame import CLOSES, Frame, group_starts
from core.kernel.money import split_minor

Array = np.ndarray[Any, Any]
_LATE = 10_000_000  # later than any day


@dataclass(frozen=True, slots=True)
class Standings:
    """By row of a frame, of people at the end of a span: rank from 1 on (0: takes no part), how many have it, how many
    take part. reached: what they are ranked by; prize: their part, in minor units; group: of what role or team.
    """

    rank: Array
    equal: Array
    of: Array
    reached: Exact
    prize: Array
    group: Array


def standings_of(pays: p.Contest, frame: Frame) -> Standings:
    """Ranks of every contest of a component: one for each span, and for each role or team where it is among them."""
    if pays.between:
        nobody = np.zeros(len(frame), dtype=np.int64)
        return Standings(*standings_between(pays, frame, [_minor(one, frame) for one in pays.prizes]), nobody)
    reached = _reached(pays, frame)
    prizes = [_minor(prize, frame) for prize in pays.prizes]
    takes_part, group = _taking_part(pays, frame, reached)
    days = _days_since(frame) if pays.ties == p.EARLIER else np.zeros(len(frame), dtype=np.int64)
    rank, equal, of = (np.zeros(len(frame), dtype=np.int64) for _column in range(3))
    prize = np.zeros(len(frame), dtype=object)
    for rows in _contests(np.flatnonzero(takes_part), frame, group):
        of[rows] = len(rows)
        for first, tied in _in_order(rows, reached, days):
            rank[tied], equal[tied] = first + 1, len(tied)
            won = sum(int(one[tied[0]]) for one in prizes[first : first + len(tied)])
            if won:
                prize[tied] = split_minor(won, [1] * len(tied))
    return Standings(rank, equal, of, reached, prize, group)


def _minor(prize: Any, frame: Frame) -> Array:
    scale = Exact.same(10**frame.book.plan.digits, len(frame))
    return (frame.asked.number(prize) * scale).rounded(frame.book.plan.rounding)


def _reached(pays: p.Contest, frame: Frame) -> Exact:
    asked, key, span = frame.asked, frame.component.measure, frame.rows.span
    return asked.attainment(key, span) if pays.by == p.ATTAINMENT else asked.credited(key, span)


def _taking_part(pays: p.Contest, frame: Frame, reached: Exact) -> tuple[Array, Array]:
    """Who is on the plan at the end and has reached enough; and the number of the role or team they are ranked in."""
    staff = frame.book.staff
    seats = staff.rows_at(frame.rows.payee, frame.rows.on)
    seat = np.maximum(seats, 0)
    takes_part = (frame.kind == CLOSES) & frame.earns & (seats >= 0) & (reached.num > 0)
    takes_part &= is_named(pays, frame, seats)
    group = np.zeros(len(frame), dtype=np.int64)
    if not len(staff.start):
        return takes_part, group
    takes_part &= staff.is_on_plan[seat]
    if pays.roles:
        taken = [number for number, role in enumerate(staff.roles) if role in pays.roles]
        takes_part &= np.isin(staff.role[seat], taken)
    if pays.at_least is not None:
        takes_part &= reached.compare(frame.asked.number(pays.at_least)) >= 0
    if pays.among != p.EVERYBODY:
        group = (staff.role if pays.among == p.OF_ROLE else staff.team)[seat]
    return takes_part & (group >= 0), group


def _contests(rows: Array, frame: Frame, group: Array) -> Iterator[list[int]]:
    """Rows of each contest, in the order of the payees' names."""
    at, payee, names = frame.rows.at, frame.rows.payee, frame.book.staff.payees
    order = rows[np.lexsort((rows, group[rows], at[rows]))].tolist()
    for _key, found in groupby(order, key=lambda row: (int(at[row]), int(group[row]))):
        yield sorted(found, key=lambda row: names[int(payee[row])])


def _in_order(rows: Sequence[int], reached: Exact, days: Array) -> Iterator[tuple[int, list[int]]]:
    """From the best on, those who are equal together: how many are before them, and their rows."""
    keys = {row: (-reached.fraction(row), int(days[row])) for row in rows}
    before = 0
    for _key, found in groupby(sorted(rows, key=lambda row: keys[row]), key=lambda row: keys[row]):
        tied = list(found)
        yield before, tied
        before += len(tied)


def _days_since(frame: Frame) -> Array:
    """Since which day each row's payee has stood in its window where they stand at its end, or above."""
    book, span = frame.book, frame.rows.span
    found = book.counted(book.plan.measures[frame.component.measure])
    window = book.grid.units[span][book.place[found.credit]]
    starts = group_starts(found.payee, window)
    days: dict[tuple[int, int], int] = {}
    if len(starts):
        firsts, so_far, here = np.unique(starts), running_sum(found.adds, starts), np.arange(len(starts))
        lasts = np.append(firsts[1:] - 1, len(starts) - 1)
        at_the_end = np.repeat(so_far[lasts], lasts - firsts + 1)
        since = np.maximum.reduceat(np.where(so_far < at_the_end, here + 1, starts), firsts)
        for row in since.tolist():
            days[int(found.payee[row]), int(window[row])] = int(book.credits.on[found.credit[row]])
    keys = zip(frame.rows.payee.tolist(), frame.window.tolist(), strict=True)
    return np.array([days.get(key, _LATE) for key in keys], dtype=np.int64)
