"""The calculation: from credits to lines of what each component earned, in whole minor units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from compensation.kernel import plan as p
from compensation.kernel.book import Book, Note
from compensation.kernel.budget import within_budget
from compensation.kernel.earning import capped, earned, money, without_earlier
from compensation.kernel.exact import Exact, Numbers, choose, running_sum
from compensation.kernel.frame import CREDIT, Above, Frame, differences, frame_of
from compensation.kernel.inputs import Inputs
from compensation.kernel.reading import PlanError, Problem
from core.kernel.periods import FiscalCalendar

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Earned:
    """Lines of one component: the credit's place (-1: none), payee, base period earned in and due in, amount.

    `reached` is what the measure had come to before the line.
    """

    component: str
    credit: Array
    payee: Array
    at: Array
    due: Array
    amount: Numbers
    reached: Numbers

    def __len__(self) -> int:
        return len(self.payee)

    def only(self, kept: Array) -> Earned:
        columns = (self.credit, self.payee, self.at, self.due, self.amount, self.reached)
        return Earned(self.component, *(column[kept] for column in columns))


@dataclass(frozen=True, slots=True)
class Calculation:
    """Lines by component, in the plan's order, with the book they came from and what people should look at.

    whole: with the lines of what only counts, as if the plan's version had always held: what overrides build on.
    """

    book: Book
    earned: Mapping[str, Earned]
    whole: Mapping[str, Earned]
    notes: tuple[Note, ...]


def calculate(plan: p.Plan, inputs: Inputs, through: date, calendar: FiscalCalendar | None = None) -> Calculation:
    """What everybody earned on a plan up to and with a day. Raises InputError and PlanError."""
    book = Book(plan, inputs, through, calendar)
    whole: dict[str, Earned] = {}
    own: dict[str, Earned] = {}
    for key in in_order(plan):
        component, book.asks = plan.components[key], key
        frame = frame_of(component, book, extra=_lines_above(component, book, whole))
        whole[key], earns = _lines(component, frame)
        own[key] = whole[key] if earns.all() else whole[key].only(earns)
    book.asks = ""
    earned_by, whole_by = ({key: lines[key] for key in plan.components} for lines in (own, whole))
    return Calculation(book, earned_by, whole_by, tuple(sorted(book.notes)))


def in_order(plan: p.Plan) -> list[str]:
    """Components so that what others build on comes first. Raises PlanError for a circle or an unknown one."""
    found: list[str] = []
    waiting = dict(plan.components)
    while waiting:
        ready = [
            key for key, component in waiting.items()
            if not isinstance(component.pays, p.Override) or all(name in found for name in component.pays.components)
        ]  # fmt: skip
        if not ready:
            key, component = next(iter(waiting.items()))
            raise PlanError([Problem(f"components.{key}.pays.override", _stuck(component, plan))])
        for key in ready:
            found.append(key)
            del waiting[key]
    return found


def _stuck(component: p.Component, plan: p.Plan) -> str:
    assert isinstance(component.pays, p.Override)
    unknown = [name for name in component.pays.components if name not in plan.components]
    return f"There is no component “{unknown[0]}” in this plan." if unknown else "These overrides go round in a circle."


def _lines_above(component: p.Component, book: Book, done: Mapping[str, Earned]) -> Above | None:
    """For an override: others' lines on credits, each for the people above them."""
    if not isinstance(component.pays, p.Override):
        return None
    sources = [done[key] for key in component.pays.components]
    credit = np.concatenate([one.credit for one in sources])
    payee = np.concatenate([one.payee for one in sources])
    amount = np.concatenate([one.amount for one in sources])
    kept = (credit >= 0) & (amount != 0)
    credit, payee, amount = credit[kept], payee[kept], amount[kept]
    at, boss, level = book.staff.pairs(payee, book.credits.on[credit], component.pays.of)
    credit, amount = credit[at], amount[at]
    on_plan = book.staff.is_on_plan_at(boss, book.credits.on[credit])
    order = np.lexsort((credit[on_plan], boss[on_plan]))
    return Above(*(column[on_plan][order] for column in (credit, boss, amount, level)))


def frame_for(calculation: Calculation, key: str) -> Frame:
    """The rows that a component of a calculation was worked out on."""
    component, book = calculation.book.plan.components[key], calculation.book
    return frame_of(component, book, extra=_lines_above(component, book, calculation.whole))


def worked_frame(frame: Frame) -> tuple[Frame, Array]:
    """The rows as they are earned on, and which of them are paid back at the rate they were once paid at."""
    taken_back = frame.is_return & (frame.component.returns == p.ORIGINAL_RATE)
    return (_without(frame, taken_back) if taken_back.any() else frame), taken_back


def _lines(component: p.Component, frame: Frame) -> tuple[Earned, Array]:
    """All lines, and which of them the plan's version earns."""
    plan = frame.book.plan
    worked, taken_back = worked_frame(frame)
    exact = earned(component.pays, worked)
    for step in component.then:
        exact = stepped_lines(step, exact, worked)
    if component.interim_cap is not None:
        exact = under_interim_cap(component, exact, worked)
    if taken_back.any():
        exact = choose(taken_back, at_original_rate(exact, frame), exact)
    totals = exact.running(frame.starts).rounded(plan.rounding)
    amount = differences(Exact.whole(totals), frame.starts).num
    settles = component.settles or (frame.rows.span if frame.kind.size and (frame.kind != CREDIT).any() else "")
    due = frame.book.grid.last_of(settles)[frame.rows.at] if settles else frame.rows.at
    pays_every = frame.book.grid.last_of(plan.pay_every)
    reached = running_sum(frame.adds, frame.starts) - frame.adds
    keep = (amount != 0) | (frame.kind == CREDIT)
    lines = Earned(component.key, frame.rows.credit, frame.rows.payee, frame.rows.at, pays_every[due], amount, reached)
    return lines.only(keep), frame.earns[keep]


def stepped_lines(step: p.Step, lines: Exact, frame: Frame) -> Exact:
    """Exact lines after one step."""
    if isinstance(step, p.Limit):
        return without_earlier(capped(lines, step, frame), frame)
    if isinstance(step, p.Budget):
        return without_earlier(within_budget(lines, step, frame), frame)
    factor = factor_of(step, frame)
    if step.catches_up:
        return differences(lines.running(frame.starts) * factor, frame.starts)
    return lines * factor


def factor_of(step: p.Gate | p.Multiply, frame: Frame) -> Exact:
    if isinstance(step, p.Multiply):
        return frame.asked.number(step.by)
    holds = frame.asked.condition(step.when)
    return choose(holds, Exact.same(1, len(frame)), frame.asked.number(step.otherwise))


def under_interim_cap(component: p.Component, lines: Exact, frame: Frame) -> Exact:
    """Before the window's last span of settling, totals stay under the cap; in it they come to what they are."""
    assert component.interim_cap is not None
    grid, settles = frame.book.grid, component.settles or frame.rows.span
    is_last = grid.last_of(settles)[frame.rows.at] == grid.last_of(frame.rows.span)[frame.rows.at]
    totals = lines.running(frame.starts)
    held = totals.smaller(money(frame, component.interim_cap, asked=True))
    return without_earlier(differences(choose(is_last, totals, held), frame.starts), frame)


def _without(frame: Frame, taken_back: Array) -> Frame:
    """The same rows with nothing on those that are paid back at the rate they were once paid at."""
    nothing = Exact.same(0, len(frame))
    return replace(frame, adds=np.where(taken_back, 0, frame.adds), pay=choose(taken_back, nothing, frame.pay))


def at_original_rate(lines: Exact, frame: Frame) -> Exact:
    """Each return's part of what the credit it takes back had earned."""
    place = {(int(c), int(w)): row for row, (c, w) in enumerate(zip(frame.rows.credit, frame.rows.payee, strict=True))}
    rows = np.array(
        [place.get((int(o), int(w)), -1) for o, w in zip(frame.original, frame.rows.payee, strict=True)], dtype=np.int64
    )
    known = rows >= 0
    first = np.maximum(rows, 0)
    part = frame.pay.over(frame.pay.at(first))
    return choose(known, lines.at(first) * part, Exact.same(0, len(frame)))
