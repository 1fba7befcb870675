"""The rows a component is worked out on: its credits in order, and the openings and ends of the spans it settles by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from compensation.kernel import plan as p
from compensation.kernel.book import Book
from compensation.kernel.exact import Exact, Numbers, choose, plus, times
from compensation.kernel.vector import Rows, condition_on_credits

Array = np.ndarray[Any, Any]
OPENS, CREDIT, CLOSES = 0, 1, 2


class Above(NamedTuple):
    """Others' lines for the people above them: credit, payee, amount, and how many levels below it was earned."""

    credit: Array
    payee: Array
    amount: Numbers
    level: Array


@dataclass(frozen=True, slots=True)
class Frame:
    """Rows by payee, window, time. window: the unit of the measure's span that a row counts in.

    adds: what advances the measure; pay: what is paid on, minor units of the plan's currency; starts: the first row of
    each row's payee and window; rows: for formulas about the row; asked: as of the end of what it settles with.
    earns: false for what only counts, being from before the plan's version.
    """

    component: p.Component
    kind: Array
    window: Array
    adds: Numbers
    pay: Exact
    starts: Array
    rows: Rows
    asked: Rows
    original: Array
    earns: Array

    def __len__(self) -> int:
        return len(self.kind)

    @property
    def book(self) -> Book:
        return self.rows.book

    @property
    def is_return(self) -> Array:
        return np.asarray(self.original >= 0)

    @property
    def only_counts(self) -> Array:
        """Rows that are worth nothing, then or later: from before a version that doesn't rate them anew."""
        return ~self.earns & (not self.book.plan.rerates_earlier)


def span_of(component: p.Component, plan: p.Plan) -> str:
    """The window in which a component adds up."""
    if component.measure:
        return plan.measures[component.measure].over
    return component.settles or plan.pay_every


def frame_of(component: p.Component, book: Book, *, extra: Above | None = None) -> Frame:
    """Rows of a component. extra: where it is paid on others' lines instead of on credits."""
    plan, grid = book.plan, book.grid
    span = span_of(component, plan)
    settles = component.settles or (span if _is_of_spans(component) else "")
    found = _credits(component, book) if extra is None else _of_lines(component, book, extra)
    credit, payee, adds, pay, level = found
    at, on = book.place[credit], book.credits.on[credit]
    original = book.credits.returns[credit] if extra is None else np.full(len(credit), -1, dtype=np.int64)
    window = grid.units[span][at]
    if component.returns == p.REWALK:
        where_from = book.place[np.maximum(original, 0)]
        window = np.where((original >= 0) & (where_from >= 0), grid.units[span][np.maximum(where_from, 0)], window)
    kind = np.full(len(credit), CREDIT, dtype=np.int64)
    ends = _ends(component, book, settles) if settles else []
    if ends:
        more = [np.array(column, dtype=np.int64) for column in zip(*ends, strict=True)]
        kind, payee, at, on = (
            np.concatenate([one, other]) for one, other in zip((kind, payee, at, on), more, strict=True)
        )
        count = len(ends)
        credit, original = (np.concatenate([one, np.full(count, -1)]) for one in (credit, original))
        level = np.concatenate([level, np.zeros(count, dtype=level.dtype)])
        window = np.concatenate([window, grid.units[span][more[2]]])
        adds = np.concatenate([adds, np.zeros(count, dtype=adds.dtype)])
        pay = _extended(pay, count)
    order = np.lexsort((np.arange(len(kind)), kind, at, window, payee))
    kind, payee, at, on, credit, window, adds, original, level = (
        one[order] for one in (kind, payee, at, on, credit, window, adds, original, level)
    )
    own_days = _stands_alone(component) and settles == span
    rows = Rows(book, span, credit, payee, at, on, component.quota_to_date, own_days, level)
    frame = Frame(
        component=component, kind=kind, window=window, adds=adds, pay=pay.at(order),
        starts=group_starts(payee, window), rows=rows, original=original,
        asked=replace(rows, at=_asked_at(book, at, settles)), earns=_earns(book, kind, rows, settles),
    )  # fmt: skip
    if not frame.only_counts.any():
        return frame
    return replace(frame, pay=choose(frame.only_counts, Exact.same(0, len(frame)), frame.pay))


def _earns(book: Book, kind: Array, rows: Rows, settles: str) -> Array:
    """Credits of the version's own days; ends of spans on them, of people who are on it then."""
    if book.plan.counts_from is None:
        return np.ones(len(rows), dtype=bool)
    own = rows.on >= book.plan.valid_from.toordinal()
    if settles:
        days = book.paid(settles, own=True).days[rows.payee, book.grid.units[settles][rows.at]]
        own &= (kind == CREDIT) | (days > 0)
    return np.asarray(own)


def _credits(component: p.Component, book: Book) -> tuple[Array, Array, Numbers, Exact, Array]:
    if not component.measure:
        nothing = np.zeros(0, dtype=np.int64)
        return nothing, nothing, nothing, Exact.same(0, 0), nothing
    found = book.counted(book.plan.measures[component.measure])
    keep = _is_taken(component, book, found.credit)
    adds = book.keeps_attainment(found, component.returns, lowers=component.returns_lower_attainment)
    places = found.credit[keep]
    fx = book.credits.fx
    pay = Exact(times(book.credits.pay[places], fx.at(places).num), fx.at(places).den)
    return places, found.payee[keep], adds[keep], pay, found.level[keep]


def _of_lines(component: p.Component, book: Book, extra: Above) -> tuple[Array, Array, Numbers, Exact, Array]:
    credit, payee, amount, level = (column[_is_taken(component, book, extra.credit)] for column in extra)
    return credit, payee, amount, Exact.whole(amount), level


def _is_taken(component: p.Component, book: Book, credit: Array) -> Array:
    """Which of some credits a component takes: by its condition and its days."""
    on = book.credits.on[credit]
    keep = np.ones(len(credit), dtype=bool)
    if component.where is not None:
        keep &= condition_on_credits(component.where, book)[credit]
    if component.valid_from is not None:
        keep &= on >= component.valid_from.toordinal()
    if component.valid_to is not None:
        keep &= on < component.valid_to.toordinal()
    return keep


def _is_of_spans(component: p.Component) -> bool:
    """Whether what is earned is known at the end of a span only."""
    return not isinstance(component.pays, p.Rate | p.Each | p.Bands | p.Tiers | p.Override) or any(
        isinstance(step, p.Limit) and not step.is_cap for step in component.then
    )


def _stands_alone(component: p.Component) -> bool:
    """Whether it pays amounts for spans only, which no credit brings nearer."""
    pays = component.pays
    options = [option for _when, option in pays.options] if isinstance(pays, p.Choice) else [pays]
    return all(isinstance(one, p.Lump | p.Matrix | p.Scorecard | p.Pool | p.Contest) for one in options)


def _looks_back(component: p.Component) -> bool:
    """Whether a new span may change what the window came to so far."""
    steps = any(isinstance(step, p.Gate | p.Multiply) and step.catches_up for step in component.then)
    return steps or component.quota_to_date or component.interim_cap is not None or isinstance(component.pays, p.Choice)


def _ends(component: p.Component, book: Book, settles: str) -> list[tuple[int, int, int, int]]:
    """(kind, payee, base period, day) of the ends of spans, and of their openings where a new span looks back."""
    grid, time = book.grid, book.paid(settles)
    last_place = int(grid.place(np.array([book.through]))[0])
    lasts, firsts = grid.last_of(settles), grid.first_of(settles)
    found = []
    for unit in range(time.days.shape[1]):
        inside = np.flatnonzero(grid.units[settles] == unit)
        first, last = int(firsts[inside[0]]), int(lasts[inside[0]])
        if first > last_place or not _holds_in(component, grid, first, last):
            continue
        closes_at = min(last, last_place)
        for payee in np.flatnonzero(time.days[:, unit]).tolist():
            found.append((CLOSES, payee, closes_at, int(grid.starts[closes_at + 1]) - 1))
            if _looks_back(component):
                found.append((OPENS, payee, first, int(grid.starts[first])))
    return found


def _holds_in(component: p.Component, grid: Any, first: int, last: int) -> bool:
    begins, ends = component.valid_from, component.valid_to
    after = begins is None or begins.toordinal() < grid.starts[last + 1]
    return after and (ends is None or ends.toordinal() > grid.starts[first])


def _asked_at(book: Book, at: Array, settles: str) -> Array:
    """The base period as of which conditions are asked: the end of what a row settles with, or of the calculation."""
    if not settles:
        return at
    last_place = int(book.grid.place(np.array([book.through]))[0])
    return np.asarray(np.maximum(np.minimum(book.grid.last_of(settles)[at], last_place), 0))


def _extended(pay: Exact, count: int) -> Exact:
    num = np.concatenate([pay.num, np.zeros(count, dtype=pay.num.dtype)])
    return Exact(num, pay.den if pay.is_uniform else np.concatenate([pay.den, np.ones(count, dtype=pay.den.dtype)]))


def group_starts(*keys: Array) -> Array:
    """For each row the first row of its run of equal keys."""
    if not len(keys[0]):
        return np.zeros(0, dtype=np.int64)
    changes = np.zeros(len(keys[0]), dtype=bool)
    changes[0] = True
    for key in keys:
        changes[1:] |= key[1:] != key[:-1]
    first = np.flatnonzero(changes)
    return np.asarray(np.repeat(first, np.diff(np.append(first, len(changes)))))


def before(totals: Exact, starts: Array) -> Exact:
    """Each row's total before it; 0 at the start of its group."""
    shifted = totals.at(np.maximum(np.arange(len(totals)) - 1, 0))
    return choose(np.arange(len(totals)) > starts, shifted, Exact.same(0, len(totals)))


def differences(totals: Exact, starts: Array) -> Exact:
    """What each row adds to the total of its group."""
    earlier = before(totals, starts)
    if totals.is_uniform:
        return totals - earlier
    same = (np.arange(len(totals)) == starts) | (earlier.den == totals.den)
    if same.all():
        earlier_num = np.where(np.arange(len(totals)) == starts, 0, earlier.num)
        return Exact(plus(totals.num, -earlier_num), totals.den)
    return (totals - earlier).reduced()
