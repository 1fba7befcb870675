"""A budget that all share: the first that qualify, or as long as there is money, in the order things happened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from compensation.kernel import plan as p
from compensation.kernel.earning import money
from compensation.kernel.exact import Exact, choose, narrow
from compensation.kernel.frame import CREDIT, Frame, differences

Array = np.ndarray[Any, Any]


def within_budget(lines: Exact, budget: p.Budget, frame: Frame) -> Exact:
    """What of some lines a budget pays, in whole minor units; one budget for all payees in each window.

    Budget 5,000, and 3,000, 1,500 and 1,000 come one after the other: 3,000, 1,500 and the 500 that are left; nothing
    for the last with `last: none`. A negative line takes back what was paid for what it takes back.
    """
    wanted = wanted_of(lines, frame)
    given = _served(wanted, budget, frame)
    _take_back(given, wanted, frame)
    return Exact.whole(narrow(given))


def wanted_of(lines: Exact, frame: Frame) -> Array:
    """Lines in whole minor units; nothing on what is paid back at the rate it was once paid at."""
    if frame.component.returns == p.ORIGINAL_RATE:
        lines = choose(frame.is_return, Exact.same(0, len(frame)), lines)
    totals = lines.running(frame.starts).rounded(frame.book.plan.rounding)
    return differences(Exact.whole(totals), frame.starts).num


def turns_of(wanted: Array, frame: Frame) -> list[int]:
    """Rows that qualify, window by window: by day, then by key, then by payee; ends of spans last on their day."""
    rows = np.flatnonzero(wanted > 0)
    credit, names = frame.rows.credit[rows], frame.book.staff.payees
    rank = np.argsort(np.argsort(np.array(names, dtype=object)))
    turns = np.append(frame.book.credits.turns, 0)  # the last one: of no credit
    keys = (rank[frame.rows.payee[rows]], turns[credit], frame.kind[rows], frame.rows.on[rows], frame.window[rows])
    return [int(row) for row in rows[np.lexsort(keys)]]


def _served(wanted: Array, budget: p.Budget, frame: Frame) -> Array:
    """What each row that qualifies gets, when its turn comes."""
    purse = None if budget.amount is None else money(frame, budget.amount).rounded(frame.book.plan.rounding)
    given = np.zeros(len(frame), dtype=object)
    places: dict[int, int] = {}
    spent: dict[int, int] = {}
    used_up: set[int] = set()
    for row in turns_of(wanted, frame):
        window, amount = int(frame.window[row]), int(wanted[row])
        places[window] = places.get(window, 0) + 1
        if window in used_up or (budget.first is not None and places[window] > budget.first):
            continue
        if purse is not None:
            left = max(int(purse[row]) - spent.get(window, 0), 0)
            if amount > left and budget.last == p.NOTHING:
                used_up.add(window)
                continue
            amount = min(amount, left)
        spent[window] = spent.get(window, 0) + amount
        given[row] = amount
    return given


def _take_back(given: Array, wanted: Array, frame: Frame) -> None:
    """Negative lines: the same part of what was paid for the original, else at most what the payee has got.

    A place or money that somebody gives back goes to nobody else.
    """
    first = _originals(wanted, frame)
    kept = {row: int(given[row]) for row in first.values()}
    has: dict[tuple[int, int], int] = {}
    for row in np.flatnonzero(wanted).tolist():
        owner = int(frame.rows.payee[row]), int(frame.window[row])
        back = -int(wanted[row])
        if back > 0:
            original = first.get((int(frame.original[row]), owner[0]))
            if original is not None:
                back = min(back * int(given[original]) // int(wanted[original]), kept[original])
                kept[original] -= back
            else:
                back = min(back, max(has.get(owner, 0), 0))
            given[row] = -back
        has[owner] = has.get(owner, 0) + int(given[row])


def _originals(wanted: Array, frame: Frame) -> Mapping[tuple[int, int], int]:
    """Rows of what returns take back, by credit and payee; of those that had qualified."""
    returned = set(frame.original[frame.original >= 0].tolist())
    rows = np.flatnonzero((wanted > 0) & (frame.kind == CREDIT))
    pairs = ((int(frame.rows.credit[row]), int(frame.rows.payee[row]), int(row)) for row in rows)
    return {(credit, payee): row for credit, payee, row in pairs if credit in returned}


def place_of(lines: Exact, row: int, frame: Frame) -> int:
    """Which turn a row had in its window, from 1 on; 0 for what doesn't qualify."""
    same = [one for one in turns_of(wanted_of(lines, frame), frame) if frame.window[one] == frame.window[row]]
    return same.index(row) + 1 if row in same else 0
