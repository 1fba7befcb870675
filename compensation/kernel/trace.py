"""Why a line is what it is: the same calculation once more, told step by step, with the plan's clause beside each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from compensation.kernel import plan as p
from compensation.kernel.budget import place_of
from compensation.kernel.contest import standings_of
from compensation.kernel.earning import Walk, earned, has_goal, money, override_rate, share_of_curve, slice_of
from compensation.kernel.engine import (
    Calculation,
    Earned,
    at_original_rate,
    factor_of,
    frame_for,
    stepped_lines,
    under_interim_cap,
    worked_frame,
)
from compensation.kernel.exact import Exact, choose
from compensation.kernel.formula import Node
from compensation.kernel.frame import CLOSES, CREDIT, Frame
from compensation.kernel.inputs import InputError

Said = Fraction | str | int | bool


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a line. clause: the path into the plan; values by name; amount: the line after it, exact."""

    kind: str
    clause: str
    values: Mapping[str, Said] = field(default_factory=dict)
    amount: Fraction | None = None
    parts: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Trace:
    """A line with its steps; the last one's amount is what was rounded."""

    component: str
    payee: str
    credit_key: str | int
    period: str
    amount: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class NextTier:
    """What is missing to the next tier, in the measure's smallest units, and the rates now and there."""

    component: str
    reached: Fraction
    bound: Fraction
    missing: Fraction
    rate: Fraction
    next_rate: Fraction
    is_whole: bool


def trace_line(
    calculation: Calculation, component: str, payee: str, credit_key: str | int = "", at: int | None = None
) -> Trace:
    """The steps of one line: of a credit, or (without a key) of the end of a span in base period `at`.

    Raises InputError for a line that isn't there. The told amount is the calculated one, or this fails an assertion.
    """
    frame = frame_for(calculation, component)
    row = _row_of(calculation, frame, payee, credit_key, at)
    steps = tuple(_steps(frame, row))
    lines = calculation.earned[component]
    amount = _amount_of(lines, frame, row)
    grid = frame.book.grid
    return Trace(component, payee, credit_key, grid.labels[int(frame.rows.at[row])], amount, steps)


def _row_of(calculation: Calculation, frame: Frame, payee: str, credit_key: str | int, at: int | None) -> int:
    payees = calculation.book.staff.payees
    if payee not in payees:
        raise InputError(f"{payee} isn't among the payees.")
    mine = frame.rows.payee == payees.index(payee)
    if credit_key:
        places = np.flatnonzero(calculation.book.credits.keys == credit_key)
        found = np.flatnonzero(mine & np.isin(frame.rows.credit, places) & (frame.kind == CREDIT))
    else:
        ends = mine & (frame.kind == CLOSES)
        found = np.flatnonzero(ends if at is None else ends & (frame.rows.at == at))
    if not len(found):
        raise InputError(f"{payee} has no such line of {frame.component.key}.")
    return int(found[-1])


def _amount_of(lines: Earned, frame: Frame, row: int) -> int:
    same = (
        (lines.payee == frame.rows.payee[row])
        & (lines.credit == frame.rows.credit[row])
        & (lines.at == frame.rows.at[row])
    )
    return int(sum(lines.amount[same].tolist()))


def _steps(frame: Frame, row: int) -> Iterator[Step]:
    component, place = frame.component, f"components.{frame.component.key}"
    if frame.kind[row] == CREDIT:
        yield _credit(frame, row)
    if component.measure:
        yield _measured(frame, row)
    whole, (frame, taken_back) = frame, worked_frame(frame)
    lines = earned(component.pays, frame)
    is_earned = not taken_back[row]
    if is_earned:
        yield from _pays(component.pays, frame, row, f"{place}.pays", lines.fraction(row))
    for number, step in enumerate(component.then):
        before = lines.fraction(row)
        turn = place_of(lines, row, frame) if isinstance(step, p.Budget) else 0
        lines = stepped_lines(step, lines, frame)
        if is_earned:
            yield _stepped(step, frame, row, f"{place}.then[{number}]", before, lines.fraction(row), turn)
    if component.interim_cap is not None:
        lines = under_interim_cap(component, lines, frame)
        limit = money(frame, component.interim_cap, asked=True).fraction(row)
        yield Step("interim_cap", f"{place}.interim_cap", {"limit": limit}, lines.fraction(row))
    if taken_back.any():
        lines = choose(taken_back, at_original_rate(lines, whole), lines)
    if not is_earned:
        first = str(frame.book.credits.keys[int(whole.original[row])])
        yield Step("original_rate", f"{place}.returns", {"takes back": first}, lines.fraction(row))
    totals = lines.running(frame.starts)
    after = totals.fraction(row)
    values: dict[str, Said] = {"total before": after - lines.fraction(row), "total after": after}
    yield Step("rounding", "rounding", values | {"rule": frame.book.plan.rounding}, lines.fraction(row))
    if not frame.earns[row]:
        day = frame.book.plan.valid_from.toordinal()
        yield Step("only_counts", "counts_from", {"day": int(frame.rows.on[row]), "earns from": day}, Fraction(0))


def _credit(frame: Frame, row: int) -> Step:
    credits, place = frame.book.credits, int(frame.rows.credit[row])
    values: dict[str, Said] = {
        "credit": str(credits.keys[place]),
        "measure": credits.measure[place],
        "quota credit": Fraction(int(credits.quota[place])),
        "commissionable": Fraction(int(credits.pay[place])),
        "day": int(credits.on[place]),
    }
    if credits.fx.fraction(place) != 1:
        values["rate of exchange"] = credits.fx.fraction(place)
    if frame.original[row] >= 0:
        values["takes back"] = str(credits.keys[int(frame.original[row])])
    return Step("credit", "", values, frame.pay.fraction(row))


def _measured(frame: Frame, row: int) -> Step:
    """Where the measure stood before the line and after it, and its quota."""
    measure = frame.book.plan.measures[frame.component.measure]
    inside = (np.arange(len(frame)) >= frame.starts[row]) & (np.arange(len(frame)) <= row)
    after = Fraction(int(sum(frame.adds[inside].tolist())))
    values: dict[str, Said] = {
        "window": frame.book.grid.label_of(frame.rows.span, int(frame.window[row])),
        "before": after - int(frame.adds[row]),
        "after": after,
    }
    goal = frame.rows.quota_minor(measure.key, measure.over).fraction(row)
    if goal:
        values |= {"quota": goal, "attainment": after / goal}
    return Step("measure", f"measures.{measure.key}", values)


def _pays(pays: p.Pays, frame: Frame, row: int, place: str, line: Fraction) -> Iterator[Step]:
    yield _TOLD[type(pays)](pays, frame, row, place, line)


def _at(frame: Frame, node: Node, row: int, *, asked: bool = False) -> Fraction:
    return (frame.asked if asked else frame.rows).number(node).fraction(row)


def _rate(pays: Any, frame: Frame, row: int, place: str, line: Fraction) -> Step:
    return Step("rate", place, {"on": frame.pay.fraction(row), "rate": _at(frame, pays.rate, row)}, line)


def _override(pays: p.Override, frame: Frame, row: int, place: str, line: Fraction) -> Step:
    values: dict[str, Said] = {
        "on": frame.pay.fraction(row), "rate": override_rate(pays, frame).fraction(row)
    }  # fmt: skip
    level = int(frame.rows.levels[row]) - 1
    return Step("rate", f"{place}.levels[{level}]" if 0 <= level < len(pays.levels) else place, values, line)


def _sliced(pays: p.Bands, frame: Frame, row: int, place: str, line: Fraction) -> Step:
    """Bands of which each holds its own part of the credit, told as tiers are."""
    parts = []
    for number, band in enumerate(pays.bands):
        fell = slice_of(band, frame).fraction(row)
        if fell:
            rate = _at(frame, band.rate, row)
            values: dict[str, Said] = {"in tier": fell, "rate": rate, "reached": True}
            parts.append(Step("tier", f"{place}.bands[{number}]", values, fell * rate))
    return Step("tiers", place, {"whole": False}, line, tuple(parts))


def _bands(pays: p.Bands, frame: Frame, row: int, place: str, line: Fraction) -> Step:
    if pays.is_sliced:
        return _sliced(pays, frame, row, place, line)
    size = _at(frame, pays.by, row)
    fits = (
        number for number, band in enumerate(pays.bands)
        if band.low <= size and (band.high is None or size <= band.high)
    )  # fmt: skip
    number = next(fits, None)
    values: dict[str, Said] = {"size": size, "on": frame.pay.fraction(row)}
    if number is None:
        return Step("band", place, values | {"band": "none"}, line)
    rate = _at(frame, pays.bands[number].rate, row)
    return Step("band", f"{place}.bands[{number}]", values | {"rate": rate}, line)


def _each(pays: p.Each, frame: Frame, row: int, place: str, line: Fraction) -> Step:
    values: dict[str, Said] = {"amount": money(frame, pays.amount).fraction(row)}
    if pays.when is not None:
        values["holds"] = bool(frame.rows.condition(pays.when)[row])
    return Step("each", place, values, line)


def _tiers(pays: p.Tiers, frame: Frame, row: int, place: str, line: Fraction) -> Step:
    walk = Walk(pays, frame)
    parts = []
    ends = sorted((int(walk.was[row]), int(walk.tier[row])))
    for number in range(ends[0], ends[1] + 1):
        tier = pays.tiers[number]
        fell = walk.fell_into(number).fraction(row)
        if fell or number == int(walk.tier[row]):
            rate = _at(frame, tier.rate, row)
            values: dict[str, Said] = {"in tier": fell, "rate": rate, "reached": number == int(walk.tier[row])}
            if number < len(walk.bounds):
                values["up to"] = walk.bounds[number].fraction(row)
            earned_here = None if tier.is_whole else fell * rate * (frame_scale(frame) if pays.by == p.UNITS else 1)
            parts.append(Step("tier", f"{place}.tiers[{number}]", values, earned_here))
    return Step("tiers", place, {"whole": any(tier.is_whole for tier in pays.tiers)}, line, tuple(parts))


def frame_scale(frame: Frame) -> int:
    return int(10**frame.book.plan.digits)


def _curve(pays: p.Curve, frame: Frame, row: int, place: str, line: Fraction) -> Step:
    measure = frame.book.plan.measures[frame.component.measure]
    told = _measured(frame, row).values
    reached = told.get("attainment", Fraction(0))
    assert isinstance(reached, Fraction)
    if measure.less_is_better and reached:
        reached = 1 / reached
    share = share_of_curve(pays, Exact.same(reached, 1)).fraction(0)
    values: dict[str, Said] = {"attainment": reached, "share": share, "of": money(frame, pays.of).fraction(row)}
    return Step("curve", place, values, line)


def _matrix(pays: p.Matrix, frame: Frame, row: int, place: str, line: Fraction) -> Step:
    values: dict[str, Said] = {"of": money(frame, pays.of, asked=True).fraction(row)}
    for name, axis in (("rows", pays.rows), ("columns", pays.columns)):
        over = frame.book.plan.measures[axis.measure].over
        values[name] = frame.asked.attainment(axis.measure, over).fraction(row)
    return Step("matrix", place, values, line)


def _lump(pays: p.Lump, frame: Frame, row: int, place: str, line: Fraction) -> Step:
    values: dict[str, Said] = {"amount": money(frame, pays.amount, asked=True).fraction(row)}
    if pays.when is not None:
        values["holds"] = bool(frame.asked.condition(pays.when)[row])
    return Step("lump", place, values, line)


def _scorecard(pays: p.Scorecard, frame: Frame, row: int, place: str, line: Fraction) -> Step:
    parts = tuple(
        Step("goal", f"{place}.scorecard[{number}]",
             {"title": item.title, "weight": item.weight, "result": _at(frame, item.result, row, asked=True)})
        for number, item in enumerate(pays.items)
    )  # fmt: skip
    return Step("scorecard", place, {"of": money(frame, pays.of, asked=True).fraction(row)}, line, parts)


def _pool(pays: p.Pool, frame: Frame, row: int, place: str, line: Fraction) -> Step:
    values: dict[str, Said] = {"pool": money(frame, pays.amount, asked=True).fraction(row), "by": pays.by}
    if pays.shares is not None:
        values |= {"by": "shares", "share": _at(frame, pays.shares, row, asked=True)}
    if pays.when is not None:
        values["takes part"] = bool(frame.asked.condition(pays.when)[row])
    return Step("pool", place, values, line)


def _contest(pays: p.Contest, frame: Frame, row: int, place: str, line: Fraction) -> Step:
    """Own rank and figure; nothing of the others but how many they are."""
    found = standings_of(pays, frame)
    values: dict[str, Said] = {
        "rank": int(found.rank[row]), "equal": int(found.equal[row]), "of": int(found.of[row]),
        "reached": found.reached.fraction(row), "by": pays.by, "prize": int(found.prize[row]),
    }  # fmt: skip
    return Step("contest", place, values, line)


def _choice(pays: p.Choice, frame: Frame, row: int, place: str, line: Fraction) -> Step:
    for number, (when, option) in enumerate(pays.options):
        if when is None or bool(frame.asked.condition(when)[row]):
            parts = tuple(_pays(option, frame, row, f"{place}.choose[{number}].pays", line))
            return Step("choice", f"{place}.choose[{number}]", {"chosen": number}, line, parts)
    return Step("choice", place, {"chosen": "none"}, line)


def _stepped(
    step: p.Step, frame: Frame, row: int, clause: str, before: Fraction, after: Fraction, turn: int = 0
) -> Step:
    values: dict[str, Said] = {"before": before}
    if isinstance(step, p.Limit):
        kind = "cap" if step.is_cap else "floor"
        values |= {
            "limit": money(frame, step.amount, asked=step.per != "credit").fraction(row),
            "per": step.per or "window",
        }
        return Step(kind, clause, values, after)
    if isinstance(step, p.Budget):
        return Step("budget", clause, values | budget_said(step, frame, row, turn), after)
    if isinstance(step, p.Gate):
        holds = bool(frame.asked.condition(step.when)[row])
        return Step("gate", clause, values | {"open": holds, "factor": factor_of(step, frame).fraction(row)}, after)
    return Step("multiply", clause, values | {"factor": factor_of(step, frame).fraction(row)}, after)


def budget_said(step: p.Budget, frame: Frame, row: int, turn: int) -> dict[str, Said]:
    """One's own turn, and what there is for all; what others were paid stays theirs."""
    values: dict[str, Said] = {"turn": turn}
    if step.first is not None:
        values["first"] = step.first
    if step.amount is not None:
        values |= {"budget": money(frame, step.amount).fraction(row), "last": step.last}
    return values


def next_tier(calculation: Calculation, component: str, payee: str) -> NextTier | None:
    """What is missing to the next tier as of the last line; None at the top, without a quota, or without tiers."""
    frame = frame_for(calculation, component)
    pays, payees = frame.component.pays, calculation.book.staff.payees
    if not isinstance(pays, p.Tiers) or payee not in payees:
        return None
    rows = np.flatnonzero(frame.rows.payee == payees.index(payee))
    if not len(rows):
        return None
    walk, row = Walk(pays, frame), int(rows[-1])
    if not has_goal(pays, frame)[row]:
        return None
    tier = int(walk.tier[row])
    if tier >= len(walk.bounds):
        return None
    bound, reached = walk.bounds[tier].fraction(row), Fraction(int(walk.after[row]))
    above = pays.tiers[tier + 1]
    rates = _at(frame, pays.tiers[tier].rate, row), _at(frame, above.rate, row)
    return NextTier(component, reached, bound, bound - reached, *rates, above.is_whole)


_TOLD: dict[type, Callable[[Any, Frame, int, str, Fraction], Step]] = {
    p.Rate: _rate,
    p.Override: _override,
    p.Bands: _bands,
    p.Each: _each,
    p.Tiers: _tiers,
    p.Curve: _curve,
    p.Matrix: _matrix,
    p.Lump: _lump,
    p.Scorecard: _scorecard,
    p.Pool: _pool,
    p.Contest: _contest,
    p.Choice: _choice,
}
