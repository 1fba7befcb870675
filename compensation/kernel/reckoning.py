"""How the interpreter works out one component: walk the credits, keep what every tier got, round at the end."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from compensation.kernel import plan as p
from compensation.kernel.formula import Number
from compensation.kernel.reckoning_contest import prize_of
from compensation.kernel.reckoning_steps import take_steps
from compensation.kernel.reckoning_tiers import totals_of_tiers
from core.kernel.money import split_minor

if TYPE_CHECKING:
    from compensation.kernel.interpreter import Interpreter, Line, Row

ZERO = Fraction(0)
OPENS, CREDIT, CLOSES = 0, 1, 2
ABOVE = (p.REPORTS, p.LINE)


class Reckoning:
    def __init__(self, book: Interpreter, component: p.Component) -> None:
        self.book, self.plan, self.component = book, book.plan, component
        measure = self.plan.measures.get(component.measure)
        self.measure = measure
        self.span = measure.over if measure else component.settles or self.plan.pay_every
        ends = not isinstance(component.pays, p.Rate | p.Each | p.Bands | p.Tiers | p.Override)
        ends |= any(isinstance(step, p.Limit) and not step.is_cap for step in component.then)
        self.settles = component.settles or (self.span if ends else "")
        pays = (
            [one for _when, one in component.pays.options] if isinstance(component.pays, p.Choice) else [component.pays]
        )
        is_alone = all(isinstance(one, p.Lump | p.Matrix | p.Scorecard | p.Pool | p.Contest) for one in pays)
        self.own_days = is_alone and self.settles == self.span

    def lines(self) -> Iterator[Line]:
        from compensation.kernel.interpreter import Line

        everybody = {payee: self.rows_of(payee) for payee in self.book.credits.payees}
        self.everybody = everybody
        for rows in everybody.values():
            for window in sorted({row.window for row in rows}):
                self.earn(self.component.pays, [row for row in rows if row.window == window])
        take_steps(self)
        for payee, rows in everybody.items():
            totals: dict[int, Fraction] = {}
            for row in rows:
                before = totals.get(row.window, ZERO)
                totals[row.window] = before + row.line
                amount = self.rounded(totals[row.window]) - self.rounded(before)
                if amount or row.kind == CREDIT:
                    yield Line(payee, row.place, row.at, self.due(row.at), amount, row.earns)

    def rounded(self, value: Fraction) -> int:
        from compensation.kernel.interpreter import rounded

        return rounded(self.plan, value)

    def due(self, at: int) -> int:
        last = self.book.inside(self.settles, self.book.unit(self.settles, at))[-1] if self.settles else at
        return self.book.inside(self.plan.pay_every, self.book.unit(self.plan.pay_every, last))[-1]

    def context(self, row: Row) -> tuple[Row, str, bool]:
        return row, self.span, self.component.quota_to_date

    def now(self, row: Row) -> tuple[Row, str, bool]:
        """The same asked as of the row's own base period."""
        from dataclasses import replace

        return replace(row, asked=row.at), self.span, self.component.quota_to_date

    # Rows.

    def rows_of(self, payee: str) -> list[Row]:
        rows = list(self.of_lines(payee) if isinstance(self.component.pays, p.Override) else self.of_credits(payee))
        if self.settles:
            rows += self.ends(payee)
        for row in rows:
            row.asked = row.at
            if self.settles:
                row.asked = min(
                    self.book.inside(self.settles, self.book.unit(self.settles, row.at))[-1], self.book.last_at
                )
            row.own_days, row.earns = self.own_days, self.is_own(row)
            if self.only_counts(row):
                row.pay = ZERO
        return sorted(rows, key=lambda row: (row.window, row.at, row.kind))

    def is_own(self, row: Row) -> bool:
        """Whether the plan's version earns it, or only counts it."""
        if self.plan.counts_from is None or row.kind == CREDIT:
            return row.on >= self.book.earns_from or self.plan.counts_from is None
        days = self.book.days(row.payee, self.settles, self.book.unit(self.settles, row.at), own=True)
        return row.on >= self.book.earns_from and sum(count for _one, count in days) > 0

    def only_counts(self, row: Row) -> bool:
        return not row.earns and not self.plan.rerates_earlier

    def of_credits(self, payee: str) -> Iterator[Row]:
        from compensation.kernel.interpreter import Row

        if self.measure is None:
            return
        credits, component = self.book.credits, self.component
        found = [place for place, who in self.book.credits_of(self.measure) if who == payee]
        for place in sorted(found, key=lambda one: (int(credits.on[one]), int(credits.payee[one]), one)):
            on, original = int(credits.on[place]), int(credits.returns[place])
            if not self.passes(place, payee, on):
                continue
            adds = self.book.adds(self.measure, place)
            stays = not component.returns_lower_attainment or component.returns == p.ORIGINAL_RATE
            if original >= 0 and stays:
                adds = ZERO
            at = self.book.at(on)
            begins = self.book.at(int(credits.on[original])) if original >= 0 and component.returns == p.REWALK else at
            pay = int(credits.pay[place]) * credits.fx.fraction(place)
            level = self.level_of(credits.payees[credits.payee[place]], payee, on) if self.measure.of in ABOVE else 0
            unit = self.book.unit(self.span, begins)
            yield Row(CREDIT, place, payee, at, on, unit, adds, Fraction(pay), original, level=level)

    def passes(self, place: int, payee: str, on: int) -> bool:
        component = self.component
        if component.where is not None and not self.book.holds(component.where, self.book.plain(place, payee, on)):
            return False
        begins, ends = component.valid_from, component.valid_to
        return (begins is None or on >= begins.toordinal()) and (ends is None or on < ends.toordinal())

    def of_lines(self, payee: str) -> Iterator[Row]:
        from compensation.kernel.interpreter import Row

        assert isinstance(self.component.pays, p.Override)
        found = []
        for key in self.component.pays.components:
            for line in self.book.whole[key]:
                if line.place < 0 or not line.amount:
                    continue
                on = int(self.book.credits.on[line.place])
                above = self.book.above(line.payee, on, self.component.pays.of)
                if (
                    payee in above
                    and self.book.is_on_plan(self.book.person(payee, on))
                    and self.passes(line.place, payee, on)
                ):
                    found.append((line.place, line, on))
        for place, line, on in sorted(found, key=lambda one: one[0]):
            at = self.book.at(on)
            amount, level = Fraction(line.amount), self.level_of(line.payee, payee, on)
            yield Row(CREDIT, place, payee, at, on, self.book.unit(self.span, at), amount, amount, level=level)

    def level_of(self, below: str, payee: str, on: int) -> int:
        """1 for those right above, 2 for those above them."""
        return self.book.above(below, on, p.LINE).index(payee) + 1

    def ends(self, payee: str) -> Iterator[Row]:
        from compensation.kernel.interpreter import Row

        grid, component = self.book.grid, self.component
        looks_back = component.quota_to_date or component.interim_cap is not None
        looks_back |= isinstance(component.pays, p.Choice)
        looks_back |= any(isinstance(step, p.Gate | p.Multiply) and step.catches_up for step in component.then)
        for unit in sorted({self.book.unit(self.settles, at) for at in range(len(grid))}):
            inside = self.book.inside(self.settles, unit)
            start, past = grid.bounds_of(self.settles, unit)
            begins, ends = component.valid_from, component.valid_to
            if (begins and begins.toordinal() >= past) or (ends and ends.toordinal() <= start):
                continue
            if inside[0] > self.book.last_at or not sum(
                count for _one, count in self.book.days(payee, self.settles, unit)
            ):
                continue
            at = min(inside[-1], self.book.last_at)
            on = int(grid.starts[at + 1]) - 1
            if looks_back:
                opens = inside[0]
                yield Row(
                    OPENS, -1, payee, opens, int(grid.starts[opens]), self.book.unit(self.span, opens), ZERO, ZERO
                )
            yield Row(CLOSES, -1, payee, at, on, self.book.unit(self.span, at), ZERO, ZERO)

    # What is earned.

    def earn(self, pays: p.Pays, rows: list[Row]) -> None:
        """Exact lines of one window."""
        taken_back = [row for row in rows if row.original >= 0 and self.component.returns == p.ORIGINAL_RATE]
        for row in taken_back:
            row.adds, row.pay = ZERO, ZERO if row.pay == 0 else row.pay
        totals = self.totals(pays, rows)
        before = ZERO
        for row, total in zip(rows, totals, strict=True):
            row.line, before = total - before, total

    def totals(self, pays: p.Pays, rows: list[Row]) -> list[Fraction]:
        """What the window had come to after each row."""
        match pays:
            case p.Tiers():
                return totals_of_tiers(self, pays, rows)
            case p.Choice(options):
                of_each = [self.without_earlier(self.totals(option, rows), rows) for _when, option in options]
                return [self.chosen(options, of_each, number, row) for number, row in enumerate(rows)]
            case p.Curve():
                return [self.of_curve(pays, row, self.reached(rows, number)) for number, row in enumerate(rows)]
        total, found = ZERO, []
        for row in rows:
            amount = self.amount(pays, row)
            is_amount_of_span = isinstance(pays, p.Lump | p.Matrix | p.Scorecard | p.Pool | p.Contest)
            if is_amount_of_span:
                total = amount if row.kind == CLOSES else total
            else:
                total += amount
            found.append(total)
        return found

    def without_earlier(self, totals: list[Fraction], rows: list[Row]) -> list[Fraction]:
        total, before, found = ZERO, ZERO, []
        for row, after in zip(rows, totals, strict=True):
            total += ZERO if self.only_counts(row) else after - before
            before = after
            found.append(total)
        return found

    def chosen(self, options: Any, of_each: list[list[Fraction]], number: int, row: Row) -> Fraction:
        for (when, _pays), totals in zip(options, of_each, strict=True):
            if when is None or self.book.holds(when, self.context(row)):
                return totals[number]
        return ZERO

    def reached(self, rows: list[Row], number: int) -> Fraction:
        return sum((row.adds for row in rows[: number + 1]), ZERO)

    def amount(self, pays: p.Pays, row: Row) -> Fraction:
        value, scale = self.book.value, self.book.scale
        match pays:
            case p.Override(_, _, _, levels) if levels:
                rate = levels[row.level - 1] if 0 < row.level <= len(levels) else Number(ZERO)
                return value(rate, self.now(row)) * row.pay
            case p.Rate(rate) | p.Override(_, rate):
                return ZERO if self.is_taken_back(row) else value(rate, self.now(row)) * row.pay
            case p.Bands(_, bands, True):
                return ZERO if self.is_taken_back(row) else self.in_slices(bands, row)
            case p.Bands(by, bands):
                size = value(by, self.now(row))
                fits = (band for band in bands if band.low <= size and (band.high is None or size <= band.high))
                band = next(fits, None)
                return value(band.rate, self.now(row)) * row.pay if band and not self.is_taken_back(row) else ZERO
            case p.Each(amount, when):
                if row.kind != CREDIT or (when is not None and not self.book.holds(when, self.now(row))):
                    return ZERO
                return value(amount, self.now(row)) * scale * (-1 if row.original >= 0 else 1)
            case p.Lump(amount, when):
                holds = when is None or self.book.holds(when, self.context(row))
                return value(amount, self.context(row)) * scale if holds else ZERO
            case p.Matrix(rows, columns, cells, of):
                r, c = self.cell(rows, row), self.cell(columns, row)
                share = cells[r][c] if r >= 0 and c >= 0 else ZERO
                return value(of, self.context(row)) * scale * share
            case p.Scorecard(items, of):
                score = sum((item.weight * self.result(item, row) for item in items), ZERO)
                return value(of, self.context(row)) * scale * score
            case p.Pool():
                return self.of_pool(pays, row)
            case p.Contest():
                return prize_of(self, pays, row)
        raise AssertionError(pays)

    def in_slices(self, bands: Sequence[p.Band], row: Row) -> Fraction:
        left, found = abs(row.pay), ZERO
        for band in bands:
            low, high = band.low * self.book.scale, band.high
            inside = max(ZERO, (left if high is None else min(left, high * self.book.scale)) - low)
            found += self.book.value(band.rate, self.now(row)) * inside
        return found if row.pay >= 0 else -found

    def is_taken_back(self, row: Row) -> bool:
        return row.original >= 0 and self.component.returns == p.ORIGINAL_RATE

    def cell(self, axis: p.Axis, row: Row) -> int:
        from compensation.kernel.formula import Call, Name

        reached = self.book.value(Call("attainment", (Name(axis.measure),)), self.context(row))
        passed = [
            n
            for n, edge in enumerate(axis.edges)
            if reached > edge.value or (reached == edge.value and not edge.is_above)
        ]
        return max(passed, default=-1)

    def result(self, item: p.Item, row: Row) -> Fraction:
        result = self.book.value(item.result, self.context(row))
        if item.gate is not None and result < item.gate:
            return ZERO
        share = self.on_curve(item.curve, result) if item.curve else result
        return min(share, item.cap) if item.cap is not None else share

    def of_pool(self, pays: p.Pool, row: Row) -> Fraction:
        if row.kind != CLOSES:
            return ZERO
        one = self.book.person(row.payee, row.on)
        span = self.component.settles or self.span
        mates, shares, first = [], [], None
        for payee in self.book.credits.payees:
            other = self.book.person(payee, row.on)
            closing = next((r for r in self.everybody[payee] if (r.kind, r.at) == (CLOSES, row.at)), None)
            if not (one and one.team and other and other.team == one.team and closing):
                continue
            first = first or closing
            mates.append(payee)
            takes_part = pays.when is None or self.book.holds(pays.when, self.context(closing))
            shares.append(self.weight(pays, closing, span) if takes_part else ZERO)
        if first is None or not sum(shares):
            return ZERO
        whole = self.rounded(self.book.value(pays.amount, self.context(first)) * self.book.scale)
        times = math.prod(one.denominator for one in shares)
        return Fraction(split_minor(whole, [int(one * times) for one in shares])[mates.index(row.payee)])

    def weight(self, pays: p.Pool, closing: Row, span: str) -> Fraction:
        if pays.by == "days" and pays.shares is None:
            unit = self.book.unit(span, closing.at)
            return Fraction(sum(count for _one, count in self.book.days(closing.payee, span, unit, own=self.own_days)))
        if self.own_days and not closing.earns:
            return ZERO
        if pays.shares is not None:
            return max(self.book.value(pays.shares, self.context(closing)), ZERO)
        assert self.measure is not None
        return max(self.book.credited(self.measure, closing.payee, self.span, closing.asked), ZERO)

    # Curves.

    def of_curve(self, pays: p.Curve, row: Row, reached: Fraction) -> Fraction:
        assert self.measure is not None
        goal = self.book.quota(self.measure, row.payee, self.measure.over, row.at, to_date=self.component.quota_to_date)
        above, below = (goal, reached) if self.measure.less_is_better else (reached, goal)
        share = self.on_curve(pays, above / below if below else ZERO)
        return self.book.value(pays.of, self.now(row)) * self.book.scale * share

    def on_curve(self, curve: p.Curve, reached: Fraction) -> Fraction:
        points = curve.points
        passed = [number for number, (x, _y) in enumerate(points) if x <= reached]
        if not passed:
            return ZERO if curve.below_is_zero else points[0][1]
        here = passed[-1]
        is_last = here == len(points) - 1
        if curve.is_step or (is_last and not curve.goes_on):
            return points[here][1]
        (x0, y0), (x1, y1) = (points[here - 1], points[here]) if is_last else (points[here], points[here + 1])
        return y0 + (reached - x0) * (y1 - y0) / (x1 - x0)
