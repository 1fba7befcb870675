"""What each kind of component earns, line by line, exactly: in minor units of the plan's currency, not yet rounded."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from compensation.kernel import plan as p
from compensation.kernel.contest import standings_of
from compensation.kernel.exact import Exact, choose, running_sum
from compensation.kernel.formula import Node
from compensation.kernel.frame import CLOSES, CREDIT, Frame, differences, group_starts
from compensation.kernel.pooling import parts_of

Array = np.ndarray[Any, Any]


def earned(pays: p.Pays, frame: Frame) -> Exact:
    """Exact lines of a frame: what each row adds to what its window has come to."""
    return without_earlier(_KINDS[type(pays)](pays, frame), frame)


def without_earlier(lines: Exact, frame: Frame) -> Exact:
    """The same with nothing on rows that only count."""
    return choose(frame.only_counts, Exact.same(0, len(frame)), lines) if frame.only_counts.any() else lines


def money(frame: Frame, node: Node, *, asked: bool = False) -> Exact:
    """A formula's amount in minor units."""
    rows = frame.asked if asked else frame.rows
    return rows.number(node) * Exact.same(10**frame.book.plan.digits, len(frame))


def _rate(pays: p.Rate, frame: Frame) -> Exact:
    return frame.rows.number(pays.rate) * frame.pay


def _override(pays: p.Override, frame: Frame) -> Exact:
    return override_rate(pays, frame) * frame.pay


def override_rate(pays: p.Override, frame: Frame) -> Exact:
    """6 % of what those right below earn, 4 % of those below them: the rate of each line's level; else the one rate."""
    if not pays.levels:
        return frame.rows.number(pays.rate)
    found = Exact.same(0, len(frame))
    for number, rate in enumerate(pays.levels, start=1):
        found = choose(frame.rows.levels == number, frame.rows.number(rate), found)
    return found


def _bands(pays: p.Bands, frame: Frame) -> Exact:
    """30,000 with 250,000 and more at 14 %, 29,000 to 249,999 at 10 %: 3,000. What no band holds earns nothing."""
    if pays.is_sliced:
        found = Exact.same(0, len(frame))
        for band in pays.bands:
            found = found + frame.rows.number(band.rate) * slice_of(band, frame)
        return found
    size = frame.rows.number(pays.by)
    rate, open_still = Exact.same(0, len(frame)), np.ones(len(frame), dtype=bool)
    for band in pays.bands:
        holds = open_still & (size.compare(Exact.same(band.low, len(frame))) >= 0)
        if band.high is not None:
            holds &= size.compare(Exact.same(band.high, len(frame))) <= 0
        rate = choose(holds, frame.rows.number(band.rate), rate)
        open_still = open_still & ~holds
    return rate * frame.pay


def slice_of(band: p.Band, frame: Frame) -> Exact:
    """The part of each credit's amount that lies in a band: of 1,500 in 1,000 to 3,000 it is 500; of -1,500, -500."""
    scale, nothing = 10**frame.book.plan.digits, Exact.same(0, len(frame))
    part = (Exact(np.abs(frame.pay.num), frame.pay.den) - Exact.same(band.low * scale, len(frame))).larger(nothing)
    if band.high is not None:
        part = part.smaller(Exact.same((band.high - band.low) * scale, len(frame)))
    return part * Exact.whole(np.where(frame.pay.num < 0, -1, 1))


def _each(pays: p.Each, frame: Frame) -> Exact:
    amount = money(frame, pays.amount)
    counts = frame.kind == CREDIT
    if pays.when is not None:
        counts &= frame.rows.condition(pays.when)
    sign = np.where(counts, np.where(frame.is_return, -1, 1), 0)
    return amount * Exact.whole(sign)


def _tiers(pays: p.Tiers, frame: Frame) -> Exact:
    """Every tier holds what fell into it; a whole tier that is reached holds all that came before it, too.

    1,400 of a quota of 1,000 at 5 % up to 100 % and 10 % beyond: 1,000 x 5 % + 400 x 10 % = 90.
    """
    if not len(frame):
        return Exact.same(0, 0)
    state, rates = Walk(pays, frame), _rates_of(pays, frame)
    if any(tier.is_whole for tier in pays.tiers):
        return differences(_with_whole(pays, frame, state, rates), frame.starts)
    total = Exact.same(0, len(frame))
    for number in state.touched():
        total = total + rates(number) * state.fell_into(number)
    return total


def _rates_of(pays: p.Tiers, frame: Frame) -> Callable[[int], Exact]:
    """Rates of tiers by their number, each worked out once, where it is asked for."""
    known = has_goal(pays, frame)

    def rate_of(number: int) -> Exact:
        rate = _tier_rate(pays.tiers[number], pays, frame)
        return rate if known.all() else choose(known, rate, Exact.same(0, len(frame)))

    return _kept(rate_of, pays)


def _kept(make: Callable[[int], Exact], pays: p.Tiers) -> Callable[[int], Exact]:
    """What is made for each tier is kept, but not for thousands of them: a column each would fill the memory."""
    return lru_cache(maxsize=64 if len(pays.tiers) <= 64 else 2)(make)


def _with_whole(pays: p.Tiers, frame: Frame, state: Walk, rates: Callable[[int], Exact]) -> Exact:
    """Totals so far: the last whole tier reached rates all below it anew, and tiers above it add their slices."""
    touched, reached = set(state.touched()), set(np.unique(state.tier).tolist())
    slices = below = found = Exact.same(0, len(frame))
    first = -1
    for number in range(max(reached) + 1):
        if pays.tiers[number].is_whole:
            below, first = slices, number
        elif number in touched:
            slices = slices + (rates(number) * state.fell_into(number)).running(frame.starts)
        if number in reached:
            total = slices - below
            if first >= 0:
                total = total + (rates(first) * state.fell_into(0, first)).running(frame.starts)
            found = choose(state.tier == number, total, found)
    return found


def has_goal(pays: p.Tiers, frame: Frame) -> Any:
    """Where attainment can be told: without a quota above zero no tier is known, and nothing is earned by tiers."""
    if pays.by != p.ATTAINMENT or len(pays.tiers) == 1:
        return np.ones(len(frame), dtype=bool)
    measure = frame.book.plan.measures[frame.component.measure]
    return np.asarray(frame.rows.quota_minor(measure.key, measure.over).num > 0)


def _tier_rate(tier: p.Tier, pays: p.Tiers, frame: Frame) -> Exact:
    rate = frame.rows.number(tier.rate)
    return rate * Exact.same(10**frame.book.plan.digits, len(frame)) if pays.by == p.UNITS else rate


class Walk:
    """How each line moves through the tiers: from where to where, and how much of what is paid on falls where."""

    def __init__(self, pays: p.Tiers, frame: Frame) -> None:
        self.pays, self.frame = pays, frame
        self.after = running_sum(frame.adds, frame.starts)
        self.before = self.after - frame.adds
        self.bounds = Bounds(pays, frame)
        self.tier, self.was = self._tier_at(self.after), self._tier_at(self.before)
        self.per_unit = self._per_unit()

    def _tier_at(self, reached: Array) -> Array:
        found = np.zeros(len(reached), dtype=np.int64)
        for number in range(len(self.bounds)):
            bound = self.bounds[number]
            order = Exact.whole(reached).compare(bound)
            is_past = order >= 0 if self.pays.tiers[number].excludes else order > 0
            found = np.where(is_past, number + 1, found)
        return found

    def touched(self) -> list[int]:
        """The tiers that some line ends in or goes through."""
        low, high = np.minimum(self.was, self.tier), np.maximum(self.was, self.tier)
        steps = np.zeros(len(self.pays.tiers) + 1, dtype=np.int64)
        np.add.at(steps, low, 1)
        np.add.at(steps, high + 1, -1)
        return [int(number) for number in np.flatnonzero(np.cumsum(steps)[:-1])]

    def _per_unit(self) -> Exact:
        """What is paid on for each unit that advances the measure; for units counted, the unit itself."""
        one = Exact.same(1, len(self.frame))
        if self.pays.by == p.UNITS:
            return Exact.whole(np.where(self.frame.only_counts, 0, 1))
        pay, adds = self.frame.pay, self.frame.adds
        if pay.is_uniform and int(pay.den) == 1 and bool((pay.num == adds).all()):
            return one
        inside = self.was == self.tier
        needs = ~inside & (adds != 0)
        ratio = Exact(pay.num, np.broadcast_to(pay.den, pay.num.shape)).over(Exact.whole(np.where(adds == 0, 1, adds)))
        return choose(needs, ratio.reduced(), one)

    def fell_into(self, number: int, last: int | None = None) -> Exact:
        """What is paid on in a tier (or from it to a last one), by line. A line inside one tier falls into it whole."""
        frame, last = self.frame, number if last is None else last
        low, high = self._clipped(self.before, number, last), self._clipped(self.after, number, last)
        crossing = (high - low) * self.per_unit
        if self.pays.by == p.UNITS:
            return crossing
        pay, adds = frame.pay, frame.adds
        if pay.is_uniform and int(pay.den) == 1 and bool((pay.num == adds).all()):
            return crossing
        inside = (self.was == self.tier) | (adds == 0)
        is_there = (self.tier >= number) & (self.tier <= last)
        whole = choose(is_there, pay, Exact.same(0, len(frame)))
        return choose(inside, whole, crossing)

    def _clipped(self, reached: Array, number: int, last: int) -> Exact:
        found = Exact.whole(reached)
        if number > 0:
            found = found.larger(self.bounds[number - 1])
        if last < len(self.bounds):
            found = found.smaller(self.bounds[last])
        if number > 0:
            return found - self.bounds[number - 1]
        return found


class Bounds:
    """Where each tier but the last ends, in the measure's smallest units; each made where it is asked for."""

    def __init__(self, pays: p.Tiers, frame: Frame) -> None:
        self.pays, self.frame = pays, frame
        self.goal = Exact.same(1, len(frame))
        if pays.by == p.ATTAINMENT and len(self):
            measure = frame.book.plan.measures[frame.component.measure]
            self.goal = frame.rows.quota_minor(measure.key, measure.over)
        self.bound = _kept(self._bound, pays)

    def __len__(self) -> int:
        return len(self.pays.tiers) - 1

    def __getitem__(self, number: int) -> Exact:
        if not 0 <= number < len(self):
            raise IndexError(number)
        return self.bound(number)

    def _bound(self, number: int) -> Exact:
        bound = self.pays.tiers[number].bound or Fraction(0)
        if self.pays.by == p.ATTAINMENT:
            return self.goal * Exact.same(bound, len(self.frame))
        scale = 1 if self.pays.by == p.UNITS else 10**self.frame.book.plan.digits
        return Exact.same(bound * scale, len(self.frame))


def _curve(pays: p.Curve, frame: Frame) -> Exact:
    measure = frame.book.plan.measures[frame.component.measure]
    goal = frame.rows.quota_minor(measure.key, measure.over)
    so_far = Exact.whole(running_sum(frame.adds, frame.starts))
    reached = goal.over(so_far) if measure.less_is_better else so_far.over(goal)
    total = money(frame, pays.of) * share_of_curve(pays, reached)
    return differences(total if total.is_uniform else total.reduced(), frame.starts)


def share_of_curve(curve: p.Curve, reached: Exact) -> Exact:
    """The curve's share at each attainment.

    Points (50 %, 0), (100 %, 100 %), straight: 75 % gives 50 %. A step holds from its point on.
    """
    count, points = len(reached), curve.points
    found = Exact.same(0 if curve.below_is_zero else points[0][1], count)
    for number, (x, y) in enumerate(points):
        is_last = number == len(points) - 1
        share = Exact.same(y, count)
        if not curve.is_step and (not is_last or curve.goes_on):
            ends = (points[number - 1], points[number]) if is_last else (points[number], points[number + 1])
            slope = (ends[1][1] - ends[0][1]) / (ends[1][0] - ends[0][0])
            share = reached * Exact.same(slope, count) + Exact.same(y - slope * x, count)
        found = choose(reached.compare(Exact.same(x, count)) >= 0, share, found)
    return found


def _matrix(pays: p.Matrix, frame: Frame) -> Exact:
    row, column = _cell(pays.rows, frame), _cell(pays.columns, frame)
    share = Exact.same(0, len(frame))
    for r, line in enumerate(pays.cells):
        for c, value in enumerate(line):
            share = choose((row == r) & (column == c), Exact.same(value, len(frame)), share)
    return _once(money(frame, pays.of, asked=True) * share, frame)


def _cell(axis: p.Axis, frame: Frame) -> Array:
    """The row or column each attainment is in; -1 below the first edge."""
    measure = frame.book.plan.measures[axis.measure]
    reached = frame.asked.attainment(axis.measure, measure.over)
    found = np.full(len(frame), -1, dtype=np.int64)
    for number, edge in enumerate(axis.edges):
        order = reached.compare(Exact.same(edge.value, len(frame)))
        found = np.where(order > 0 if edge.is_above else order >= 0, number, found)
    return found


def _lump(pays: p.Lump, frame: Frame) -> Exact:
    amount = money(frame, pays.amount, asked=True)
    if pays.when is not None:
        amount = choose(frame.asked.condition(pays.when), amount, Exact.same(0, len(frame)))
    return _once(amount, frame)


def _scorecard(pays: p.Scorecard, frame: Frame) -> Exact:
    """Weights x results, each with its gate, curve and cap."""
    score = Exact.same(0, len(frame))
    for item in pays.items:
        result = frame.asked.number(item.result)
        share = result if item.curve is None else share_of_curve(item.curve, result)
        if item.cap is not None:
            share = share.smaller(Exact.same(item.cap, len(frame)))
        if item.gate is not None:
            passes = result.compare(Exact.same(item.gate, len(frame))) >= 0
            share = choose(passes, share, Exact.same(0, len(frame)))
        score = score + share * Exact.same(item.weight, len(frame))
    return _once(money(frame, pays.of, asked=True) * score, frame)


def _pool(pays: p.Pool, frame: Frame) -> Exact:
    return _once(Exact.whole(parts_of(pays, frame, money(frame, pays.amount, asked=True))), frame)


def _contest(pays: p.Contest, frame: Frame) -> Exact:
    """Prizes 5,000, 3,000 and 1,000; two are first with 90,000 each: 4,000 for both, and 1,000 for the next."""
    return _once(Exact.whole(standings_of(pays, frame).prize), frame)


def _choice(pays: p.Choice, frame: Frame) -> Exact:
    """The window's total by the first schedule whose condition holds as of the end of the row's span."""
    totals = [earned(option, frame).running(frame.starts) for _when, option in pays.options]
    found, open_still = Exact.same(0, len(frame)), np.ones(len(frame), dtype=bool)
    for (when, _option), total in zip(pays.options, totals, strict=True):
        holds = open_still if when is None else open_still & frame.asked.condition(when)
        found = choose(holds, total, found)
        open_still = open_still & ~holds
    return differences(found, frame.starts)


def _once(amount: Exact, frame: Frame) -> Exact:
    """An amount of a span stands at its end only: rows before carry what the window had come to."""
    span = frame.component.settles or frame.rows.span
    ends = frame.kind == CLOSES
    if span == frame.rows.span:
        return choose(ends, amount, Exact.same(0, len(frame)))
    return differences(_held_over(amount, ends, frame), frame.starts)


def _held_over(amount: Exact, ends: Array, frame: Frame) -> Exact:
    """Totals known at ends of spans, carried on to the rows after them."""
    places = np.where(ends, np.arange(len(frame)), -1)
    last = np.maximum.accumulate(places) if len(places) else places
    known = last >= frame.starts
    return choose(known, amount.at(np.maximum(last, 0)), Exact.same(0, len(frame)))


def capped(lines: Exact, limit: p.Limit, frame: Frame) -> Exact:
    """Lines under a cap, or raised to a floor at the end of each span it holds for."""
    if limit.per == "credit":
        edge = money(frame, limit.amount)
        is_line = frame.kind == CREDIT
        held = lines.smaller(edge) if limit.is_cap else lines.larger(edge)
        return choose(is_line, held, lines)
    keys = frame.window if limit.per == "" else _unit_of(limit.per, frame)
    order = np.lexsort((np.arange(len(frame)), keys, frame.rows.payee))
    starts = group_starts(frame.rows.payee[order], keys[order])
    totals, edge = lines.at(order).running(starts), money(frame, limit.amount, asked=True).at(order)
    if limit.is_cap:
        held = totals.smaller(edge)
    else:
        is_end = np.append(starts[1:] != starts[:-1], True) if len(starts) else np.zeros(0, dtype=bool)
        held = choose(is_end & (frame.kind[order] == CLOSES), totals.larger(edge), totals)
    back = np.empty(len(order), dtype=np.int64)
    back[order] = np.arange(len(order))
    return differences(held, starts).at(back)


def _unit_of(per: str, frame: Frame) -> Array:
    span = frame.book.plan.pay_every if per == "period" else per
    return frame.book.grid.units[span][frame.rows.at]


_KINDS: dict[type, Callable[[Any, Frame], Exact]] = {
    p.Rate: _rate,
    p.Each: _each,
    p.Bands: _bands,
    p.Tiers: _tiers,
    p.Curve: _curve,
    p.Matrix: _matrix,
    p.Lump: _lump,
    p.Scorecard: _scorecard,
    p.Pool: _pool,
    p.Contest: _contest,
    p.Override: _override,
    p.Choice: _choice,
}
