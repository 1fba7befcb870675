"""The sums behind the key figures: now, at the same day of what it is compared with, and of the periods before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from core.kernel.periods import ALL, Period
from pipeline.selectors.cube import Answer, Ask, Sums, answers
from pipeline.selectors.nights import open_at_nights
from pipeline.selectors.spans import first_and_last_day
from reporting.metrics import Inputs, Value, evaluate
from reporting.selectors.questions import Asked
from reporting.selectors.reports import four_quarters_before
from reporting.selectors.targets import targets_in

POINTS = 8
# Figures of what is open: of earlier days they come from the snapshots, which know some of them.
KEPT = frozenset(
    ("open_count", "open_pipeline", "velocity", "slippage", "coverage_target", "coverage_remaining"),
)
NOT_KEPT = frozenset(("weighted_pipeline", "undated_open"))


@dataclass(frozen=True, slots=True)
class Trend:
    """Inputs of the period and of the compared one to the same day, each with its metrics; sums of POINTS periods.

    series: of `periods`, oldest first, each up to the day the asked period has reached. pace: percent of a whole
    period's bookings that was booked by this day, on average over the periods before; else the share of its days.
    stock: the series with what was open at that day, from the snapshots; None where there is none.
    """

    now: Inputs
    metrics: dict[str, Value]
    then: dict[str, Value] | None = None
    series: Sequence[Sums] = field(default_factory=tuple)
    periods: Sequence[Period] = field(default_factory=tuple)
    pace: Decimal | None = None
    stock: Sequence[Sums | None] = field(default_factory=tuple)

    @property
    def is_empty(self) -> bool:
        now = self.now.now
        return not (now.won_count or now.lost_count or now.open_count)

    def line(self, name: str, currency: str) -> list[Decimal | None]:
        """The values of one metric over the series; None where what was open then isn't known."""
        parts = self.stock if name in KEPT else self.series
        return [
            None if part is None else evaluate(Inputs(part), currency=currency, only=(name,))[name].value
            for part in parts
        ]


class TrendAsks:
    """What a trend asks of the cube: whole periods, which totals know at a glance, and periods up to the same day."""

    def __init__(self, asked: Asked) -> None:
        self.periods, compared = _periods_before(asked), asked.compared
        others = [] if compared is None else [compared]
        self.days = [*self.periods, *others]
        questions = [asked.question, *(replace(asked.question, period=period) for period in others)]
        befores = [four_quarters_before(question, asked.calendar) for question in questions]
        self.whole = Ask(asked.question, [asked.period, *befores, *self.days])
        cut = [asked.to_same_day(period) for period in self.days] if asked.is_running else []
        self.cut = Ask(asked.question, cut)

    def parts(self, whole: Sequence[Answer], cut: Sequence[Answer]) -> tuple[list[Sums], list[Sums], list[Sums]]:
        """The asked period and those before it and the compared one; the whole periods; the same to the day."""
        known = [part.get((), Sums()) for part in whole]
        first = len(known) - len(self.days)
        return known[:first], known[first:], [part.get((), Sums()) for part in cut] or known[first:]


def trend(asked: Asked, found: Sequence[Sequence[Answer]] | None = None) -> Trend:
    """One query over deals, unless the answers of TrendAsks are there, two over snapshots, one over targets."""
    asks, compared = TrendAsks(asked), asked.compared
    if found is None:
        found = answers([asks.whole, asks.cut])
    first, whole, cut = asks.parts(*found)
    open_then = _open_then(asked, asks.days)
    targets = targets_in(asked.question, [asked.period, *([compared] if compared else [])])
    now, many = Inputs(first[0], first[1], targets[0]), len(asks.periods)
    then = None
    if compared is not None:
        then = _then(asked, Inputs(cut[-1], first[2], targets[1]), open_then[-1])
    return Trend(
        now=now,
        metrics=evaluate(now, currency=asked.currency),
        then=then,
        pace=_pace(asked, cut[:many], whole[:many]),
        **_lines(asked, asks.periods, cut[:many], open_then, now.now),
    )


def _lines(
    asked: Asked, periods: Sequence[Period], cut: Sequence[Sums], open_then: Sequence[Sums | None], now: Sums
) -> dict[str, Any]:
    """The series of a trend: periods, their sums, and what was open then. All time has none that is open."""
    if asked.period.kind == ALL:
        return {"periods": periods, "series": cut}
    stock = [None if kept is None else _with_open(part, kept) for part, kept in zip(cut, open_then, strict=False)]
    return {"periods": [*periods, asked.period], "series": [*cut, now], "stock": [*stock, now] if any(stock) else ()}


def _open_then(asked: Asked, periods: Sequence[Period]) -> list[Sums | None]:
    """What was open at the same day of earlier periods; known only while the asked one runs."""
    if not asked.is_running or not periods:
        return [None] * len(periods)
    days = [asked.to_same_day(period).end - timedelta(days=1) for period in periods]
    return open_at_nights(asked.question, list(zip(days, periods, strict=True)))


def _with_open(part: Sums, kept: Sums) -> Sums:
    """The sums of a period with the open deals of a night."""
    return replace(
        part,
        open_count=kept.open_count,
        open_amount=kept.open_amount,
        open_blank=kept.open_blank,
        open_pushed=kept.open_pushed,
    )


def _then(asked: Asked, then: Inputs, kept: Sums | None) -> dict[str, Value]:
    """The metrics of the compared period at the same day, without those that nobody knows any more."""
    part = then.now if kept is None else _with_open(then.now, kept)
    found = evaluate(replace(then, now=part), currency=asked.currency)
    unknown = NOT_KEPT if kept is not None else NOT_KEPT | KEPT
    return {name: value for name, value in found.items() if name not in unknown}


def _periods_before(asked: Asked) -> list[Period]:
    """The periods before the asked one, oldest first; of all time: its last quarters."""
    if asked.period.kind != ALL:
        return [asked.calendar.shift(asked.period, step) for step in range(-POINTS + 1, 0)]
    _first, last = first_and_last_day()
    if last is None:
        return []
    quarter = asked.calendar.quarter_of(min(last, asked.as_of))
    return [asked.calendar.shift(quarter, step) for step in range(-POINTS + 1, 1)]


def _pace(asked: Asked, cut: Sequence[Sums], whole: Sequence[Sums]) -> Decimal | None:
    """Booked by this day of periods before: 40 of 100 and 60 of 100 -> 50. None when the period doesn't run."""
    if not asked.is_running:
        return None
    shares = [
        100 * part.won_amount / all_of.won_amount for part, all_of in zip(cut, whole, strict=True) if all_of.won_amount
    ]
    if shares:
        return sum(shares, Decimal(0)) / len(shares)
    return Decimal(100 * asked.day_number) / asked.period.days
