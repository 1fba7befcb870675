"""How the interpreter shares out a budget: one line after the other asks what those before it have left."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING

from compensation.kernel import plan as p

if TYPE_CHECKING:
    from compensation.kernel.interpreter import Row
    from compensation.kernel.reckoning import Reckoning

ZERO = Fraction(0)
CREDIT = 1


def share_out(one: Reckoning, step: p.Budget) -> None:
    """Lines of everybody, in whole minor units, as the budget of their window pays them."""
    for rows in one.everybody.values():
        for window in {row.window for row in rows}:
            whole_lines(one, [row for row in rows if row.window == window])
    everything = [row for rows in one.everybody.values() for row in rows]
    asked = {id(row): int(row.line) for row in everything}
    for window in {row.window for row in everything}:
        hand_out(one, step, sorted((r for r in everything if r.window == window and r.line > 0), key=turn_of(one)))
    paid = {id(row): int(row.line) for row in everything if asked[id(row)] > 0}
    for rows in one.everybody.values():
        take_back(rows, asked, paid)


def whole_lines(one: Reckoning, rows: list[Row]) -> None:
    total, told = ZERO, 0
    for row in rows:
        total += ZERO if one.is_taken_back(row) else row.line
        row.line, told = Fraction(one.rounded(total) - told), one.rounded(total)


def turn_of(one: Reckoning) -> Callable[[Row], tuple[int, int, int, str]]:
    turns = one.book.credits.turns

    def key(row: Row) -> tuple[int, int, int, str]:
        return row.on, row.kind, int(turns[row.place]) if row.place >= 0 else 0, row.payee

    return key


def hand_out(one: Reckoning, step: p.Budget, queue: list[Row]) -> None:
    spent, is_over = 0, False
    for number, row in enumerate(queue, start=1):
        wanted, gets = int(row.line), int(row.line)
        if step.amount is not None:
            left = max(one.rounded(one.book.value(step.amount, one.now(row)) * one.book.scale) - spent, 0)
            gets = min(wanted, left)
            if gets < wanted and step.last == p.NOTHING:
                is_over = is_over or step.first is None or number <= step.first
        if is_over or (step.first is not None and number > step.first):
            gets = 0
        spent += gets
        row.line = Fraction(gets)


def take_back(rows: list[Row], asked: dict[int, int], paid: dict[int, int]) -> None:
    """What a return takes back of its original, else what its payee has got in the window, at most."""
    rest = dict(paid)
    for number, row in enumerate(rows):
        if asked[id(row)] >= 0:
            continue
        wanted = -asked[id(row)]
        sold = [r for r in rows if row.original >= 0 and r.place == row.original and asked[id(r)] > 0]
        if sold:
            first = sold[-1]
            back = min(wanted * paid[id(first)] // asked[id(first)], rest[id(first)])
            rest[id(first)] -= back
        else:
            had = sum((int(r.line) for r in rows[:number] if r.window == row.window), 0)
            back = min(wanted, max(had, 0))
        row.line = Fraction(-back)
