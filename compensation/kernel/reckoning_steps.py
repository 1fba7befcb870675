"""What happens in the interpreter to what was earned: gates, factors, caps and floors, and what returns take back."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from compensation.kernel import plan as p
from compensation.kernel.reckoning_budget import share_out

if TYPE_CHECKING:
    from compensation.kernel.interpreter import Row
    from compensation.kernel.reckoning import Reckoning

ZERO = Fraction(0)
CREDIT, CLOSES = 1, 2


def take_steps(one: Reckoning) -> None:
    """Everybody's lines in all windows, after everything that a component says about them."""
    everybody = list(one.everybody.values())
    for rows in everybody:
        forget(one, rows)
    for step in one.component.then:
        if isinstance(step, p.Budget):
            share_out(one, step)
        for rows in everybody:
            if isinstance(step, p.Limit):
                limit(one, step, rows)
            elif not isinstance(step, p.Budget):
                multiply(one, step, rows)
            forget(one, rows)
    for rows in everybody:
        if one.component.interim_cap is not None:
            interim(one, rows)
            forget(one, rows)
        give_back(one, rows)


def multiply(one: Reckoning, step: p.Gate | p.Multiply, rows: list[Row]) -> None:
    so_far: dict[int, tuple[Fraction, Fraction]] = {}
    for row in rows:
        if isinstance(step, p.Multiply):
            factor = one.book.value(step.by, one.context(row))
        else:
            opens = one.book.holds(step.when, one.context(row))
            factor = Fraction(1) if opens else one.book.value(step.otherwise, one.context(row))
        if step.catches_up:
            total, paid = so_far.get(row.window, (ZERO, ZERO))
            total += row.line
            so_far[row.window] = total, total * factor
            row.line = total * factor - paid
        else:
            row.line *= factor


def limit(one: Reckoning, step: p.Limit, rows: list[Row]) -> None:
    groups: dict[int, list[Row]] = {}
    for row in rows:
        if step.per == "credit":
            if row.kind == CREDIT:
                edge = one.book.value(step.amount, one.now(row)) * one.book.scale
                row.line = min(row.line, edge) if step.is_cap else max(row.line, edge)
            continue
        span = one.plan.pay_every if step.per == "period" else step.per
        groups.setdefault(one.book.unit(span, row.at) if span else row.window, []).append(row)
    for group in groups.values():
        total, paid = ZERO, ZERO
        for number, row in enumerate(group):
            total += row.line
            edge = one.book.value(step.amount, one.context(row)) * one.book.scale
            if step.is_cap:
                held = min(total, edge)
            else:
                held = max(total, edge) if number == len(group) - 1 and row.kind == CLOSES else total
            row.line, paid = held - paid, held


def interim(one: Reckoning, rows: list[Row]) -> None:
    assert one.component.interim_cap is not None
    settles = one.settles or one.span
    so_far: dict[int, tuple[Fraction, Fraction]] = {}
    for row in rows:
        total, paid = so_far.get(row.window, (ZERO, ZERO))
        total += row.line
        last = one.book.inside(one.span, one.book.unit(one.span, row.at))[-1]
        edge = one.book.value(one.component.interim_cap, one.context(row)) * one.book.scale
        is_last = one.book.inside(settles, one.book.unit(settles, row.at))[-1] == last
        held = total if is_last else min(total, edge)
        so_far[row.window] = total, held
        row.line = held - paid


def give_back(one: Reckoning, rows: list[Row]) -> None:
    for row in rows:
        if not one.is_taken_back(row):
            continue
        first = next((other for other in rows if other.place == row.original), None)
        row.line = first.line * row.pay / first.pay if first is not None and first.pay else ZERO


def forget(one: Reckoning, rows: list[Row]) -> None:
    """What only counts is worth nothing."""
    for row in rows:
        row.line = ZERO if one.only_counts(row) else row.line
