"""Lines as the ledger keeps them, in columns of numbers: from a calculation, and what is still to be posted of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from compensation.kernel import settlement
from compensation.kernel.engine import Calculation
from compensation.kernel.exact import LIMIT, most
from compensation.kernel.inputs import InputError
from compensation.kernel.plan import Plan
from compensation.kernel.settlement import Settled, last_period

Array = np.ndarray[Any, Any]
# Numbers of the stages, as compensation.enums.Stage names them.
STAGES = {
    settlement.EARNED: 1, settlement.DEFERRED: 2, settlement.DUE: 3, settlement.HELD: 4, settlement.RELEASED: 5,
    settlement.DRAW: 6, settlement.RECOVERED: 7, settlement.OVER_CAP: 8, settlement.WAITING: 9, settlement.CARRIED: 10,
    "adjusted": 11, settlement.PAID: 12, settlement.FORFEITED: 13,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lines:
    """Columns of whole numbers, a row a line.

    payee, component, credit: numbers that the caller gave meaning to (credit 0: none); earned_in: ordinal of the first
    day of the period a line belongs to; amount: minor units; reached: what the measure had come to before the line.
    """

    payee: Array
    component: Array
    credit: Array
    stage: Array
    earned_in: Array
    amount: Array
    reached: Array

    def __len__(self) -> int:
        return len(self.payee)

    def at(self, index: Any) -> Lines:
        return Lines(*(getattr(self, one.name)[index] for one in fields(self)))


def joined(parts: Sequence[Lines]) -> Lines:
    columns = [one.name for one in fields(Lines)]
    if not parts:
        return Lines(*(np.zeros(0, dtype=np.int64) for _name in columns))
    return Lines(*(np.concatenate([getattr(part, name) for part in parts]) for name in columns))


def line_keys(plan: Plan) -> tuple[str, ...]:
    """What lines may be of: the plan itself (""), its components, its draws."""
    return ("", *plan.components, *(draw.key for draw in plan.draws))


def lines_of(calculation: Calculation, settled: Settled, payee_ids: Array, components: Mapping[str, int]) -> Lines:
    """Everything earned and settled up to the calculation's period of pay; what is paid stands against it, negative.

    payee_ids: the number of each payee by its place in the calculation; credits are numbered by their keys.
    The lines of a payee and period sum to zero.
    """
    book = calculation.book
    starts, last = book.grid.starts, last_period(book)
    parts = []
    for key, earned in calculation.earned.items():
        due = earned.due <= last
        credit = (
            np.where(earned.credit >= 0, book.credits.keys[np.maximum(earned.credit, 0)], 0)
            if len(book.credits)
            else np.zeros(len(earned), dtype=np.int64)
        )
        parts.append(
            Lines(
                payee_ids[earned.payee], np.full(len(earned), components[key]), credit,
                np.full(len(earned), STAGES[settlement.EARNED]), starts[earned.due],
                _words(earned.amount), _words(earned.reached),
            ).at(due)
        )  # fmt: skip
    rows = [
        (one.payee, components[one.component], int(book.credits.keys[one.credit]) if one.credit >= 0 else 0,
         STAGES[one.stage], int(starts[one.period]), one.amount)
        for one in settled.deposits
    ]  # fmt: skip
    rows += [
        (payee, components[""], 0, STAGES[settlement.PAID], int(starts[period]), -amount)
        for (payee, period), amount in settled.paid.items()
        if amount
    ]
    if rows:
        payee, component, number, stage, period, amount = (
            np.array(column, dtype=np.int64) for column in zip(*rows, strict=True)
        )
        nothing = np.zeros(len(rows), dtype=np.int64)
        parts.append(Lines(payee_ids[payee], component, number, stage, period, amount, nothing))
    return joined(parts)


def _words(amounts: Array) -> Array:
    """Machine words. Raises InputError where an amount has left what a ledger can hold."""
    if most(amounts) >= LIMIT:
        raise InputError("An amount is above 46 quadrillion: check the amounts and rates of exchange of the credits.")
    return amounts.astype(np.int64)


def still_to_post(wanted: Lines, posted: Lines) -> Lines:
    """What has to be added to the lines that were posted so that they come to what is wanted; in one order.

    Lines are the same by payee, component, credit, stage and period. A wanted line of nothing is posted once, so that
    a statement can tell why a credit earned nothing. Wanted 700, posted 500: 200. Posted and not wanted: taken back.
    """
    both = joined([wanted, posted])
    if not len(both):
        return both
    is_posted = np.arange(len(both)) >= len(wanted)
    order = np.lexsort((is_posted, both.credit, both.component, both.stage, both.earned_in, both.payee))
    rows, is_posted = both.at(order), is_posted[order]
    starts = np.flatnonzero(_changes(rows))
    amount = np.add.reduceat(np.where(is_posted, -rows.amount, rows.amount), starts)
    is_new = np.logical_and.reduceat(~is_posted, starts)
    first = rows.at(starts)
    found = Lines(first.payee, first.component, first.credit, first.stage, first.earned_in, amount, first.reached)
    return found.at((amount != 0) | is_new)


def _changes(rows: Lines) -> Array:
    found = np.ones(len(rows), dtype=bool)
    if len(rows) > 1:
        same = np.ones(len(rows) - 1, dtype=bool)
        for column in (rows.payee, rows.component, rows.credit, rows.stage, rows.earned_in):
            same &= column[1:] == column[:-1]
        found[1:] = ~same
    return found


def sums_by_payee(lines: Lines) -> dict[int, int]:
    """What the lines of each payee come to: nothing, when they balance."""
    payees, places = np.unique(lines.payee, return_inverse=True)
    sums = np.zeros(len(payees), dtype=np.int64)
    np.add.at(sums, places, lines.amount)
    return dict(zip(payees.tolist(), sums.tolist(), strict=True))
