"""Formulas over many rows at once: a row is a payee at a time, with or without a credit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from compensation.kernel import formula as f
from compensation.kernel.book import Book
from compensation.kernel.exact import Exact, choose
from compensation.kernel.inputs import InputError, Texts
from compensation.kernel.plan import COUNT
from compensation.kernel.staff import months_of, whole_months

Array = np.ndarray[Any, Any]
MOST_LEVELS = 30


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one component. credit: places of credits, -1 for what is looked at without one; at: base periods.

    own_days: variable pay and OTE are for the days on which the plan's version earns, not for all that count.
    level: how many levels below somebody else's credit is, or line; None where all are one's own.
    """

    book: Book
    span: str
    credit: Array
    payee: Array
    at: Array
    on: Array
    to_date: bool = False
    own_days: bool = False
    level: Array | None = None

    @property
    def levels(self) -> Array:
        return np.zeros(len(self), dtype=np.int8) if self.level is None else self.level

    def __len__(self) -> int:
        return len(self.payee)

    def number(self, node: f.Node, level: int = 0) -> Exact:
        """Values of a formula. Raises InputError for what can't be looked up or isn't a number."""
        match node:
            case f.Number(value):
                return Exact.same(value, len(self))
            case f.Name(name):
                return self._named(name, level)
            case f.Operation("/", left, right):
                return self._divided(self.number(left, level), self.number(right, level))
            case f.Operation(sign, left, right):
                return _OPERATIONS[sign](self.number(left, level), self.number(right, level))
            case f.Call(name, args):
                return self._called(name, args, level)
            case f.If(condition, yes, no):
                return choose(self.condition(condition, level), self.number(yes, level), self.number(no, level))
            case f.Text(value):
                raise InputError(f"“{value}” is a text where a number is wanted.")
        return Exact.whole(self.condition(node, level).astype(np.int64))

    def _divided(self, over: Exact, under: Exact) -> Exact:
        """0 where the divisor is; noted where a credit asks for it."""
        nothing = (under.num == 0) & (self.credit >= 0)
        if nothing.any():
            self.book.note_zero(self.payee[nothing], self.at[nothing])
        return over.over(under)

    def condition(self, node: f.Node, level: int = 0) -> Array:
        """Whether a formula holds; a number holds where it isn't zero."""
        match node:
            case f.Comparison(sign, left, right):
                return self._compared(sign, left, right, level)
            case f.All(parts):
                return np.logical_and.reduce([self.condition(part, level) for part in parts])
            case f.Either(parts):
                return np.logical_or.reduce([self.condition(part, level) for part in parts])
            case f.Not(part):
                return ~self.condition(part, level)
        return np.asarray(self.number(node, level).num != 0)

    def _compared(self, sign: str, left: f.Node, right: Any, level: int) -> Array:
        if sign == "in":
            return np.logical_or.reduce([self._compared("==", left, one, level) for one in right])
        sides = [self._text(side) for side in (left, right)]
        if any(side is not None for side in sides):
            if sign not in ("==", "!="):
                raise InputError("Texts can be compared with == and != only.")
            same = _same_text(*(self._text_of(side) for side in (left, right)))
            return same if sign == "==" else ~same
        order = self.number(left, level).compare(self.number(right, level))
        return np.asarray(_ORDERS[sign](order))

    def _text(self, node: f.Node) -> Any:
        """A text, or a column of texts; None for what is a number."""
        if isinstance(node, f.Text):
            return node.value
        return self._texts(node.name) if isinstance(node, f.Name) else None

    def _texts(self, name: str) -> Texts | None:
        """A field that is no number; names of the plan come first."""
        if name in self.book.plan.parameters or name in BUILT_IN or name in self.book.credits.numbers:
            return None
        return self.book.credits.texts.get(name)

    def _text_of(self, node: f.Node) -> str | list[str]:
        if isinstance(node, f.Text):
            return node.value
        column = self.book.credits.texts.get(node.name) if isinstance(node, f.Name) else None
        if column is None and not len(self.book.credits):
            column = Texts.of([""])
        if not isinstance(column, Texts):
            said = node.name if isinstance(node, f.Name) else "this"
            raise InputError(f"“{said}” isn't a text field of the credits.")
        return _Column(column, self.credit)  # type: ignore[return-value]  # -- compared below

    def _named(self, name: str, level: int) -> Exact:
        if level > MOST_LEVELS:
            raise InputError(f"The parameter “{name}” refers to itself.")
        if name in self.book.plan.parameters:
            return self._parameter(name, level)
        if name in BUILT_IN:
            return BUILT_IN[name](self)
        if name in self.book.credits.numbers:
            return self._of_credit(self.book.credits.numbers[name])
        if name in self.book.credits.texts:
            raise InputError(f"“{name}” is a text where a number is wanted.")
        if not len(self.book.credits):
            return Exact.same(0, len(self))
        raise InputError(f"“{name}” is neither a parameter of the plan nor a field of the credits.")

    def _of_credit(self, column: Exact) -> Exact:
        """A number of each row's credit, 0 without one."""
        if not len(column):
            return Exact.same(0, len(self))
        safe = column.at(np.maximum(self.credit, 0))
        return choose(self.credit >= 0, safe, Exact.same(0, len(self)))

    def _parameter(self, name: str, level: int) -> Exact:
        dated = self.book.plan.parameters[name]
        found = self.number(dated[0].value, level + 1)
        for one in dated[1:]:
            found = choose(self.on >= one.valid_from.toordinal(), self.number(one.value, level + 1), found)
        return found

    def _called(self, name: str, args: tuple[f.Node, ...], level: int) -> Exact:
        if name in f.TO_STEPS:
            step = self.number(args[1], level) if len(args) > 1 else Exact.same(1, len(self))
            return self._divided(self.number(args[0], level), step).to_whole(name) * step
        if name in ("min", "max", "abs"):
            values = [self.number(one, level) for one in args]
            if name == "abs":
                return Exact(np.abs(values[0].num), values[0].den)
            found = values[0]
            for value in values[1:]:
                found = found.smaller(value) if name == "min" else found.larger(value)
            return found
        names = [one.name for one in args if isinstance(one, f.Name)]
        measure = self.book.plan.measures.get(names[0])
        if measure is None:
            raise InputError(f"There is no measure “{names[0]}” in this plan.")
        asked = names[1] if len(names) > 1 else measure.over
        if asked not in f.ASKED_SPANS:
            raise InputError(f"“{asked}” is no span of time: {', '.join(f.ASKED_SPANS)}.")
        span = asked.removeprefix(f.LAST)
        before = self.book.grid.first_of(span)[self.at] - 1
        rows = self if span == asked else replace(self, at=np.where(before < 0, self.at, before), to_date=False)
        found = {
            "attainment": rows.attainment, "credited": rows.credited, "quota": rows.quota, "count": rows.credited,
            "score": rows.credited,
        }[name](names[0], span)  # fmt: skip
        return found if span == asked else choose(before < 0, Exact.same(0, len(self)), found)

    def credited(self, name: str, span: str) -> Exact:
        """What was credited in the span so far, in whole units."""
        measure = self.book.plan.measures[name]
        total = self.book.sums(measure, span)
        scale = 1 if measure.adds == COUNT else 10**self.book.plan.digits
        return Exact(total.num[self.payee, self.at], np.asarray(scale))

    def quota(self, name: str, span: str) -> Exact:
        """The quota in whole units; 0 where there is none, which is noted."""
        measure = self.book.plan.measures[name]
        scale = 1 if measure.adds == COUNT else 10**self.book.plan.digits
        return self.quota_minor(name, span) * Exact.same(Fraction(1, scale), len(self))

    def quota_minor(self, name: str, span: str) -> Exact:
        """The same in the measure's smallest units."""
        measure = self.book.plan.measures[name]
        table = self.book.quota_table(measure, span, to_date=self.to_date)
        missing = ~table.is_there[self.payee, self.at]
        self.book.note_missing(measure, span, self.payee[missing], self.at[missing])
        width = len(self.book.grid)
        return table.amounts.at(self.payee * width + self.at)

    def attainment(self, name: str, span: str) -> Exact:
        """Credited over quota, as a share; the other way round where less is better. 0 without a quota."""
        measure = self.book.plan.measures[name]
        actual, goal = self.credited(name, span), self.quota(name, span)
        return goal.over(actual) if measure.less_is_better else actual.over(goal)


class _Column:
    """A text column seen by rows."""

    def __init__(self, column: Texts, credit: Array) -> None:
        self.column, self.credit = column, credit

    def equals(self, word: str) -> Array:
        codes = np.where(self.credit >= 0, self.column.codes[np.maximum(self.credit, 0)], -1)
        return np.asarray((codes == self.column.code_of(word)) | ((codes == -1) & (word == "")))


def _same_text(left: Any, right: Any) -> Array:
    if isinstance(left, _Column) and isinstance(right, str):
        return left.equals(right)
    if isinstance(left, str) and isinstance(right, _Column):
        return right.equals(left)
    raise InputError("Compare a text field of the credits with a text in quotes.")


def _amount(rows: Rows) -> Exact:
    credits = rows.book.credits
    return rows._of_credit(Exact.whole(credits.pay) * credits.fx) * Exact.same(
        Fraction(1, 10**rows.book.plan.digits), len(rows)
    )


def _quota_credit(rows: Rows) -> Exact:
    return rows._of_credit(Exact(rows.book.credits.quota, np.asarray(10**rows.book.plan.digits)))


def _of_time(kind: str) -> Callable[[Rows], Exact]:
    """Variable pay or OTE of the component's span, by days on the plan."""

    def look(rows: Rows) -> Exact:
        return rows.book.pay_table(kind, rows.span, own=rows.own_days).at(rows.payee * len(rows.book.grid) + rows.at)

    return look


def _annual(kind: str) -> Callable[[Rows], Exact]:
    """The yearly amount in force on each row's day."""

    def look(rows: Rows) -> Exact:
        staff = rows.book.staff
        if not len(staff.start):
            return Exact.same(0, len(rows))
        found = staff.rows_at(rows.payee, rows.on)
        table = Exact.of(list(staff.variable if kind == "variable" else staff.ote))
        return choose(found >= 0, table.at(np.maximum(found, 0)), Exact.same(0, len(rows)))

    return look


def _month_on_plan(rows: Rows) -> Exact:
    """1 in the calendar month of somebody's first day on the plan, 2 in the next one."""
    return Exact.whole(months_of(rows.on) - rows.book.staff.first_months[rows.payee] + 1)


def _returned_after(rows: Rows) -> Exact:
    """Days from a credit to the one that takes it back; 0 of what takes nothing back."""
    then, now = _taken_back(rows)
    return rows._of_credit(Exact.whole(now - then))


def _months_kept(rows: Rows) -> Exact:
    """Whole months from a credit to the one that takes it back: 11 from March 31 to the next March 30."""
    then, now = _taken_back(rows)
    return rows._of_credit(Exact.whole(whole_months(then, now)))


def _taken_back(rows: Rows) -> tuple[Array, Array]:
    """By credit the day of the one it takes back (its own where it takes back nothing), and its own."""
    credits = rows.book.credits
    return np.where(credits.returns >= 0, credits.on[np.maximum(credits.returns, 0)], credits.on), credits.on


BUILT_IN: dict[str, Callable[[Rows], Exact]] = {
    "amount": _amount,
    "quota_credit": _quota_credit,
    "returned_after": _returned_after,
    "months_kept": _months_kept,
    "month_on_plan": _month_on_plan,
    "level": lambda rows: Exact.whole(rows.levels.astype(np.int64)),
    "variable": _of_time("variable"),
    "ote": _of_time("ote"),
    "annual_variable": _annual("variable"),
    "annual_ote": _annual("ote"),
}
_OPERATIONS: dict[str, Callable[[Exact, Exact], Exact]] = {
    "+": lambda one, other: one + other,
    "-": lambda one, other: one - other,
    "*": lambda one, other: one * other,
}
_ORDERS: dict[str, Callable[[Array], Array]] = {
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
    "==": lambda order: order == 0,
    "!=": lambda order: order != 0,
}


def condition_on_credits(node: f.Node, book: Book) -> Array:
    """Which of all credits a filter lets through."""
    credits = book.credits
    rows = Rows(
        book, "year", np.arange(len(credits)), credits.payee, np.clip(book.place, 0, len(book.grid) - 1), credits.on
    )
    return rows.condition(node)
