"""The sums behind the key figures: now, at the same day of what it is compared with, and of the periods before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from core.kernel.periods import ALL, Period
from pipeline.selectors.cube import Sums, span_sums
from pipeline.selectors.spans import first_and_last_day
from reporting.metrics import Inputs, Value, evaluate
from reporting.selectors.questions import Asked
from reporting.selectors.reports import four_quarters_before
from reporting.selectors.targets import target_for, target_in

POINTS = 8


@dataclass(frozen=True, slots=True)
class Trend:
    """Inputs of the period and of the compared one to the same day, each with its metrics; sums of POINTS periods.

    series: of `periods`, oldest first, each up to the day the asked period has reached. pace: percent of a whole
    period's bookings that was booked by this day, on average over the periods before; else the share of its days.
    """

    now: Inputs
    metrics: dict[str, Value]
    then: dict[str, Value] | None = None
    series: Sequence[Sums] = field(default_factory=tuple)
    periods: Sequence[Period] = field(default_factory=tuple)
    pace: Decimal | None = None

    @property
    def is_empty(self) -> bool:
        now = self.now.now
        return not (now.won_count or now.lost_count or now.open_count)

    def line(self, name: str, currency: str) -> list[Decimal | None]:
        """The values of one metric over the series."""
        return [evaluate(Inputs(part), currency=currency)[name].value for part in self.series]


def trend(asked: Asked) -> Trend:
    """Everything in one query over deals and two over targets."""
    periods, compared = _periods_before(asked), asked.compared
    spans = [asked.period, four_quarters_before(asked.question, asked.calendar)]
    spans += [asked.to_same_day(period) for period in periods] + periods
    if compared is not None:
        question = replace(asked.question, period=compared)
        spans += [asked.to_same_day(compared), four_quarters_before(question, asked.calendar)]
    found = [part.get((), Sums()) for part in span_sums(asked.question, spans)]
    cut, whole = found[2 : 2 + len(periods)], found[2 + len(periods) : 2 + 2 * len(periods)]
    now = Inputs(found[0], found[1], target_for(asked.question))
    return Trend(
        now=now,
        metrics=evaluate(now, currency=asked.currency),
        then=None if compared is None else _then(asked, compared, found[-2], found[-1]),
        series=cut if asked.period.kind == ALL else [*cut, found[0]],
        periods=periods if asked.period.kind == ALL else [*periods, asked.period],
        pace=_pace(asked, cut, whole),
    )


def _then(asked: Asked, compared: Period, now: Sums, before: Sums) -> dict[str, Value]:
    return evaluate(Inputs(now, before, target_in(asked.question, compared)), currency=asked.currency)


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
