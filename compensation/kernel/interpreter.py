"""The same calculation a second time, word by word: one credit after the other, in fractions, with nothing clever.

It shares the plan, the calendar and the order of credits with the engine, and no arithmetic. Tests compare the two on
random plans, and people may have any line of theirs worked out again by it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from compensation.kernel import formula as f
from compensation.kernel import plan as p
from compensation.kernel.engine import in_order
from compensation.kernel.grid import WEEK, Grid, make_grid
from compensation.kernel.inputs import Inputs, Person
from core.kernel.money import round_ratio
from core.kernel.periods import FiscalCalendar

ZERO = Fraction(0)
OPENS, CREDIT, CLOSES = 0, 1, 2


@dataclass(slots=True)
class Row:
    kind: int
    place: int
    payee: str
    at: int
    on: int
    window: int
    adds: Fraction
    pay: Fraction
    original: int = -1
    asked: int = 0
    line: Fraction = ZERO
    earns: bool = True
    own_days: bool = False
    level: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    payee: str
    place: int
    at: int
    due: int
    amount: int
    is_own: bool = True


def rounded(plan: p.Plan, value: Fraction) -> int:
    if plan.rounding == "half_even":
        return round(value)
    return int(value) if plan.rounding == "down" else round_ratio(value)


class Interpreter:
    def __init__(self, plan: p.Plan, inputs: Inputs, through: date, calendar: FiscalCalendar | None = None) -> None:
        self.plan, self.inputs, self.credits = plan, inputs, inputs.credits
        self.calendar = calendar or FiscalCalendar(start_month=plan.year_starts)
        unit = WEEK if plan.pay_every == WEEK else "month"
        self.begins, self.earns_from = plan.counting_from.toordinal(), plan.valid_from.toordinal()
        self.grid: Grid = make_grid(self.calendar, plan.counting_from, through, unit=unit)
        self.through, self.scale = through.toordinal(), 10**plan.digits
        self.last_at = self.at(self.through)
        self.whole: dict[str, list[Line]] = {}
        for key in in_order(plan):
            self.whole[key] = list(self.component(plan.components[key]))
        self.done = {key: [line for line in lines if line.is_own] for key, lines in self.whole.items()}

    # Time and people.

    def at(self, on: int) -> int:
        return max(number for number, start in enumerate(self.grid.starts.tolist()) if start <= on)

    def unit(self, span: str, at: int) -> int:
        return int(self.grid.units[span][at])

    def inside(self, span: str, unit: int) -> list[int]:
        return [at for at in range(len(self.grid)) if self.unit(span, at) == unit]

    def person(self, payee: str, on: int) -> Person | None:
        known = [one for one in self.inputs.people if one.payee == payee]
        if not known:
            return Person(payee, "", date(1, 1, 1))
        day = date.fromordinal(on)
        return next(
            (one for one in known if one.valid_from <= day and (one.valid_to is None or day < one.valid_to)), None
        )

    def is_on_plan(self, one: Person | None) -> bool:
        stranger = one is not None and one.role == "" and not any(q.payee == one.payee for q in self.inputs.people)
        return one is not None and (not self.plan.roles or one.role in self.plan.roles or stranger)

    def above(self, payee: str, on: int, of: str) -> list[str]:
        one = self.person(payee, on)
        if of == p.TEAM:
            mates = {q.payee for q in self.inputs.people if one and one.team and q.team == one.team}
            return [q for q in sorted(mates) if (r := self.person(q, on)) is not None and one and r.team == one.team]
        found: list[str] = []
        while one is not None and one.manager in self.credits.payees and one.manager not in found:
            found.append(one.manager)
            if of == p.REPORTS:
                break
            one = self.person(one.manager, on)
        return found

    def days(self, payee: str, span: str, unit: int, *, own: bool = False) -> list[tuple[Person, int]]:
        start, past = self.grid.bounds_of(span, unit)
        plan, found = self.plan, []
        begins, ends = self.earns_from if own else self.begins, plan.valid_to.toordinal() if plan.valid_to else 10**7
        mine = [q for q in self.inputs.people if q.payee == payee] or [Person(payee, "", date(1, 1, 1))]
        for one in mine:
            if not self.is_on_plan(one):
                continue
            goes_on = any(q.valid_to == one.valid_from and self.is_on_plan(q) for q in mine)
            first, last = one.valid_from.toordinal(), one.valid_to.toordinal() if one.valid_to else 10**7
            count = min(last, past, ends) - max(first, start, begins)
            is_free = plan.day_count == "start_day_free" and not goes_on
            if count > 0 and is_free and first > start and first >= begins:
                count -= 1
            if count > 0 or (min(last, past, ends) > max(first, start, begins)):
                found.append((one, count))
        return found

    def of_pay(self, kind: str, payee: str, span: str, at: int, *, own: bool) -> Fraction:
        unit, total = self.unit(span, at), ZERO
        start, past = self.grid.bounds_of(span, unit)
        share = sum(
            (Fraction(1, len(self.inside("year", self.unit("year", x)))) for x in self.inside(span, unit)), ZERO
        )
        for one, count in self.days(payee, span, unit, own=own):
            total += getattr(one, kind) * Fraction(count, past - start) * share
        return total

    # What was credited, and the quota.

    def credits_of(self, measure: p.Measure) -> Iterator[tuple[int, str]]:
        ends = self.plan.valid_to.toordinal() if self.plan.valid_to else self.through + 1
        for place in range(len(self.credits)):
            on, owner = int(self.credits.on[place]), self.credits.payees[self.credits.payee[place]]
            if not self.begins <= on < min(ends, self.through + 1):
                continue
            if self.credits.measure[place] not in measure.credits:
                continue
            if measure.where is not None and not self.holds(measure.where, self.plain(place, owner, on)):
                continue
            for payee in [owner] if measure.of == p.SELF else self.above(owner, on, measure.of):
                if self.is_on_plan(self.person(payee, on)):
                    yield place, payee

    def plain(self, place: int, payee: str, on: int) -> tuple[Row, str, bool]:
        return Row(CREDIT, place, payee, self.at(on), on, 0, ZERO, ZERO, asked=self.at(on)), "year", False

    def adds(self, measure: p.Measure, place: int) -> Fraction:
        if measure.adds == p.COUNT:
            return Fraction(-1 if self.credits.returns[place] >= 0 else 1)
        column = self.credits.pay if measure.adds == p.COMMISSIONABLE else self.credits.quota
        return Fraction(int(column[place]))

    def credited(self, measure: p.Measure, payee: str, span: str, at: int) -> Fraction:
        found = ZERO
        for place, who in self.credits_of(measure):
            when = self.at(int(self.credits.on[place]))
            if who == payee and when <= at and self.unit(span, when) == self.unit(span, at):
                found += self.adds(measure, place)
        return found

    def quota(self, measure: p.Measure, payee: str, span: str, at: int, *, to_date: bool) -> Fraction:
        inside = self.inside(span, self.unit(span, at))
        first, past = inside[0], (at if to_date else inside[-1]) + 1
        rows = {}
        for one in self.inputs.quotas:
            if (one.payee, one.measure) == (payee, measure.quota):
                period = self.calendar.period(one.period)
                starts = self.grid.starts.tolist()
                if starts[0] <= period.start.toordinal() < starts[-1]:
                    rows[self.at(period.start.toordinal()), self.at(period.end.toordinal() - 1) + 1] = one.amount
        amount = self.covered(rows, first, past)
        if self.plan.prorate_quota:
            start, end = self.grid.bounds_of(span, self.unit(span, at))
            amount *= Fraction(sum(count for _one, count in self.days(payee, span, self.unit(span, at))), end - start)
        return amount * (1 if measure.adds == p.COUNT else self.scale)

    def covered(self, rows: dict[tuple[int, int], Fraction], first: int, past: int) -> Fraction:
        if (first, past) in rows:
            return rows[first, past]
        total, at, gaps = ZERO, first, 0
        while at < past:
            ends = [end for (begin, end) in rows if begin == at and end <= past]
            total += rows[at, max(ends)] if ends else ZERO
            gaps += not ends
            at = max(ends) if ends else at + 1
        around = sorted(
            (end - begin, amount) for (begin, end), amount in rows.items() if begin <= first and past <= end
        )
        return around[0][1] * Fraction(past - first, around[0][0]) if gaps and around else total

    # Formulas.

    def value(self, node: f.Node, context: tuple[Row, str, bool]) -> Fraction:
        row, span, to_date = context
        match node:
            case f.Number(value):
                return value
            case f.Operation(sign, left, right):
                one, other = self.value(left, context), self.value(right, context)
                if sign == "/":
                    return one / other if other else ZERO
                return one + other if sign == "+" else one - other if sign == "-" else one * other
            case f.If(condition, yes, no):
                return self.value(yes if self.holds(condition, context) else no, context)
            case f.Name(name):
                return self.named(name, context)
            case f.Call("min" | "max" | "abs" as name, args):
                values = [self.value(one, context) for one in args]
                return abs(values[0]) if name == "abs" else min(values) if name == "min" else max(values)
            case f.Call("floor" | "ceil" | "round" as name, args):
                return self.to_step(name, *(self.value(one, context) for one in args))
            case f.Call(name, args):
                names = [one.name for one in args if isinstance(one, f.Name)]
                measure = self.plan.measures[names[0]]
                over = names[1] if len(names) > 1 else measure.over
                scale, at = 1 if measure.adds == p.COUNT else self.scale, row.asked
                if over.startswith("last_"):
                    over, to_date = over.removeprefix("last_"), False
                    at = self.inside(over, self.unit(over, at))[0] - 1
                    if at < 0:
                        return ZERO
                if name == "quota":
                    return self.quota(measure, row.payee, over, at, to_date=to_date) / scale
                total = self.credited(measure, row.payee, over, at)
                if name != "attainment":
                    return total / scale
                goal = self.quota(measure, row.payee, over, at, to_date=to_date)
                above, below = (goal, total) if measure.less_is_better else (total, goal)
                return above / below if below else ZERO
        return Fraction(self.holds(node, context))

    def to_step(self, way: str, value: Fraction, step: Fraction = Fraction(1)) -> Fraction:
        if not step:
            return ZERO
        steps = value / step
        near = round_ratio(steps) if way == "round" else math.floor(steps) if way == "floor" else math.ceil(steps)
        return near * step

    def month_on_plan(self, payee: str, on: int) -> Fraction:
        rows = [one for one in self.inputs.people if one.payee == payee and self.is_on_plan(one)]
        first, day = min((one.valid_from for one in rows), default=date(1, 1, 1)), date.fromordinal(on)
        return Fraction((day.year - first.year) * 12 + day.month - first.month + 1)

    def kept(self, first: int, place: int, name: str) -> Fraction:
        then, now = (date.fromordinal(int(self.credits.on[one])) for one in (first, place))
        if name == "returned_after":
            return Fraction((now - then).days)
        return Fraction((now.year - then.year) * 12 + now.month - then.month - (now.day < then.day))

    def named(self, name: str, context: tuple[Row, str, bool]) -> Fraction:
        row, span, _to_date = context
        if name in self.plan.parameters:
            dated = [one for one in self.plan.parameters[name] if one.valid_from.toordinal() <= row.on]
            return self.value((dated or self.plan.parameters[name][:1])[-1].value, context)
        if name in ("annual_variable", "annual_ote"):
            one = self.person(row.payee, row.on)
            return getattr(one, name.removeprefix("annual_")) if one else ZERO
        if name in ("variable", "ote"):
            return self.of_pay(name, row.payee, span, row.asked, own=row.own_days)
        if name == "level":
            return Fraction(row.level)
        if name == "month_on_plan":
            return self.month_on_plan(row.payee, row.on)
        if row.place < 0:
            return ZERO
        if name in ("returned_after", "months_kept"):
            first = int(self.credits.returns[row.place])
            return self.kept(first, row.place, name) if first >= 0 else ZERO
        if name == "amount":
            return int(self.credits.pay[row.place]) * self.credits.fx.fraction(row.place) / self.scale
        if name == "quota_credit":
            return Fraction(int(self.credits.quota[row.place]), self.scale)
        return self.credits.numbers[name].fraction(row.place)

    def text(self, node: Any, row: Row) -> str | None:
        if isinstance(node, f.Text):
            return node.value
        is_number = isinstance(node, f.Name) and (
            node.name in self.credits.numbers or node.name in self.plan.parameters
        )
        if not isinstance(node, f.Name) or is_number or node.name not in self.credits.texts:
            return None
        return self.credits.texts[node.name][row.place] if row.place >= 0 else ""

    def word(self, node: Any, row: Row) -> str:
        if isinstance(node, f.Text):
            return node.value
        column = self.credits.texts.get(node.name)
        return column[row.place] if column is not None and row.place >= 0 else ""

    def holds(self, node: f.Node, context: tuple[Row, str, bool]) -> bool:
        match node:
            case f.All(parts):
                return all(self.holds(part, context) for part in parts)
            case f.Either(parts):
                return any(self.holds(part, context) for part in parts)
            case f.Not(part):
                return not self.holds(part, context)
            case f.Comparison("in", left, right) if isinstance(right, tuple):
                return any(self.holds(f.Comparison("==", left, one), context) for one in right)
            case f.Comparison(sign, left, right) if not isinstance(right, tuple):
                if isinstance(left, f.Text) or isinstance(right, f.Text):
                    words = [self.word(side, context[0]) for side in (left, right)]
                    return (words[0] == words[1]) is (sign == "==")
                texts = self.text(left, context[0]), self.text(right, context[0])
                one: Any = texts[0] if texts[0] is not None else self.value(left, context)
                other: Any = texts[1] if texts[1] is not None else self.value(right, context)
                return {
                    "<": lambda: one < other, "<=": lambda: one <= other, ">": lambda: one > other,
                    ">=": lambda: one >= other, "==": lambda: one == other, "!=": lambda: one != other,
                }[sign]()  # fmt: skip
        return self.value(node, context) != 0

    def component(self, component: p.Component) -> Iterator[Line]:
        from compensation.kernel.reckoning import Reckoning

        yield from Reckoning(self, component).lines()
