"""Where people stand in one span of a leaderboard: the same figures that a contest's prizes go by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

import numpy as np

from compensation.kernel import plan as p
from compensation.kernel.book import Book
from compensation.kernel.contest import standings_of
from compensation.kernel.contest_groups import is_named
from compensation.kernel.frame import CLOSES, frame_of
from compensation.kernel.grid import MONTH, WEEK, Grid, make_grid
from compensation.kernel.inputs import Inputs
from core.kernel.periods import FiscalCalendar


@dataclass(frozen=True, slots=True)
class Span:
    """A unit of a measure's span, cut to the days of the plan: [starts_on, ends_on). decided_on: its own last day."""

    label: str
    starts_on: date
    ends_on: date
    decided_on: date


@dataclass(frozen=True, slots=True)
class Standing:
    """rank: 0 for who takes no part; equal: how many have it; reached: in whole units, or as a share of quota."""

    payee: str
    rank: int
    equal: int
    reached: Fraction
    group: str


def spans_of(plan: p.Plan, component: p.Component, through: date) -> list[Span]:
    """The spans of a leaderboard that began up to a day and in which the plan's version earns."""
    grid, over = _grid(plan, through), plan.measures[component.measure].over
    ends = plan.valid_to or date.max
    found = []
    for unit, label in enumerate(grid.unit_labels[over]):
        start, past = (date.fromordinal(day) for day in grid.bounds_of(over, unit))
        one = Span(label, max(start, plan.counting_from), min(past, ends), past - timedelta(days=1))
        held = (component.valid_from or date.min) < past and (component.valid_to or date.max) > start
        if held and one.starts_on <= through and one.ends_on > max(one.starts_on, plan.valid_from):
            found.append(one)
    return found


def _grid(plan: p.Plan, through: date) -> Grid:
    unit = WEEK if plan.pay_every == WEEK else MONTH
    return make_grid(FiscalCalendar(start_month=plan.year_starts), plan.counting_from, through, unit=unit)


def contest_of(plan: p.Plan, component: p.Component) -> p.Contest:
    """A component's contest; for others one without prizes, of everybody on the plan."""
    if isinstance(component.pays, p.Contest):
        return component.pays
    by = p.ATTAINMENT if plan.measures[component.measure].less_is_better else p.CREDITED
    return p.Contest((), by, p.EVERYBODY, frozenset(), None, p.SHARED)


def narrowed(plan: p.Plan, key: str, span: Span) -> p.Plan:
    """The plan with one component as a contest, and only the days of a span: all that is needed for its ranks."""
    one = plan.components[key]
    contest = replace(one, pays=contest_of(plan, one), where=None, then=(), settles="", interim_cap=None)
    begins = max(plan.valid_from, span.starts_on)
    counts = span.starts_on if span.starts_on < begins else None
    return replace(plan, components={key: contest}, draws=(), pay_cap=None, valid_from=begins, counts_from=counts)


def ranked(plan: p.Plan, inputs: Inputs, key: str, through: date) -> list[Standing]:
    """Everybody on a narrowed plan by group and rank, those who take no part last. through: a day of the span.

    Quota 100, 60 and 90 credited, by attainment: the second first with 90 %, then the first with 60 %.
    """
    component = plan.components[key]
    assert isinstance(component.pays, p.Contest)
    book = Book(plan, inputs, through)
    frame = frame_of(component, book)
    found = standings_of(component.pays, frame)
    at, unit = frame.rows.at, book.grid.units[frame.rows.span]
    seats = book.staff.rows_at(frame.rows.payee, frame.rows.on)
    named = is_named(component.pays, frame, seats)
    rows = np.flatnonzero((frame.kind == CLOSES) & (unit[at] == unit[book.last_place]) & named)
    names = {p.OF_ROLE: book.staff.roles, p.OF_TEAM: book.staff.teams}.get(component.pays.among, ("",))
    told = [
        Standing(
            payee=book.staff.payees[int(frame.rows.payee[row])],
            rank=int(found.rank[row]),
            equal=int(found.equal[row]),
            reached=found.reached.fraction(row),
            group=names[int(found.group[row])] if found.rank[row] else "",
        )
        for row in rows.tolist()
    ]
    return sorted(told, key=lambda one: (not one.rank, one.group, one.rank, -one.reached, one.payee))
