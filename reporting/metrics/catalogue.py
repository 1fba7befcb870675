"""The metric catalogue: one definition each, used by dashboard, API, CSV and mail alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from pipeline.selectors.cube import Sums

MONEY, COUNT, PERCENT, DAYS, RATIO = "money", "count", "percent", "days", "ratio"


@dataclass(frozen=True, slots=True)
class Inputs:
    """What formulas are made of: sums of the period, sums of the four fiscal quarters before, the target."""

    now: Sums
    before: Sums = field(default_factory=Sums)
    target: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """A figure, or None with the reason why there is none."""

    value: Decimal | None
    unit: str
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        shown = None if self.value is None else plain(self.value)
        answer: dict[str, Any] = {"value": shown, "unit": self.unit}
        return answer | ({"reason": self.reason} if self.value is None else {})


def plain(value: Decimal) -> str | int:
    """An exact figure without needless zeros; whole numbers of counts stay numbers."""
    text = format(value.normalize(), "f") if value else "0"
    return text


@dataclass(frozen=True, slots=True)
class Metric:
    """name, label, unit kind, the formula in words, how it is made, and whether more is better."""

    name: str
    label: Any
    kind: str
    formula: Any
    make: Callable[[Inputs], Decimal | int | None]
    why_none: Any = ""
    more_is_better: bool = True


def _ratio(top: Decimal | int, bottom: Decimal | int | None) -> Decimal | None:
    return None if not bottom else Decimal(top) / Decimal(bottom)


def _win_rate(sums: Sums) -> Decimal | None:
    return _ratio(100 * sums.won_count, sums.won_count + sums.lost_count)


def _remaining(inputs: Inputs) -> Decimal | None:
    left = None if inputs.target is None else inputs.target - inputs.now.won_amount
    return _ratio(inputs.now.open_amount, left) if left is not None and left > 0 else None


def _needed(inputs: Inputs) -> Decimal | None:
    rate = _win_rate(inputs.before)
    return _ratio(100, rate) if rate else None


def _velocity(inputs: Inputs) -> Decimal | None:
    rate, cycle = _win_rate(inputs.now), _ratio(inputs.now.cycle_days, inputs.now.cycle_deals)
    deal = _ratio(inputs.now.won_amount, inputs.now.won_count)
    if rate is None or not cycle or deal is None:
        return None
    return inputs.now.open_count * rate / 100 * deal / cycle


_NO_TARGET = _("No target is set for this period. Add one under Settings, Targets.")
_NO_CLOSED = _("No deals closed in this period.")
_NO_WON = _("No deals were won in this period.")

METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(
            "bookings",
            _("Bookings"),
            MONEY,
            _("Sum of the amounts of deals won, by close date."),
            lambda i: i.now.won_amount,
        ),
        Metric("won_count", _("Deals won"), COUNT, _("Deals won, by close date."), lambda i: i.now.won_count),
        Metric(
            "lost_count",
            _("Deals lost"),
            COUNT,
            _("Deals lost, by close date."),
            lambda i: i.now.lost_count,
            more_is_better=False,
        ),
        Metric(
            "open_count",
            _("Open deals"),
            COUNT,
            _("Deals open at the as-of day with an expected close date in the period."),
            lambda i: i.now.open_count,
        ),
        Metric(
            "open_pipeline",
            _("Open pipeline"),
            MONEY,
            _("Sum of the amounts of deals open at the as-of day with an expected close date in the period."),
            lambda i: i.now.open_amount,
        ),
        Metric(
            "weighted_pipeline",
            _("Weighted pipeline"),
            MONEY,
            _("Open pipeline, each deal times its probability (else its stage's)."),
            lambda i: i.now.open_weighted,
        ),
        Metric(
            "undated_open",
            _("Open deals without a date"),
            COUNT,
            _("Open deals without an expected close date; they count only under all time."),
            lambda i: i.now.open_undated,
            more_is_better=False,
        ),
        Metric(
            "win_rate",
            _("Win rate"),
            PERCENT,
            _("Deals won / (won + lost), by close date."),
            lambda i: _win_rate(i.now),
            _NO_CLOSED,
        ),
        Metric(
            "average_deal",
            _("Average deal"),
            MONEY,
            _("Bookings / deals won."),
            lambda i: _ratio(i.now.won_amount, i.now.won_count),
            _NO_WON,
        ),
        Metric(
            "average_cycle_days",
            _("Average cycle"),
            DAYS,
            _("Mean days from engaged (else created) to close, of deals won."),
            lambda i: _ratio(i.now.cycle_days, i.now.cycle_deals),
            _NO_WON,
            more_is_better=False,
        ),
        Metric(
            "velocity",
            _("Sales velocity"),
            MONEY,
            _("Open deals x win rate x average deal / average cycle: bookings a day."),
            _velocity,
            _NO_WON,
        ),
        Metric("target", _("Target"), MONEY, _("Bookings target of the period."), lambda i: i.target, _NO_TARGET),
        Metric(
            "attainment",
            _("Attainment"),
            PERCENT,
            _("Bookings / target."),
            lambda i: _ratio(100 * i.now.won_amount, i.target),
            _NO_TARGET,
        ),
        Metric(
            "coverage_target",
            _("Coverage of target"),
            RATIO,
            _("Open pipeline / target."),
            lambda i: _ratio(i.now.open_amount, i.target),
            _NO_TARGET,
        ),
        Metric(
            "coverage_remaining",
            _("Pipeline coverage"),
            RATIO,
            _("Open pipeline / (target - bookings)."),
            _remaining,
            _("There is no target for this period, or it is reached."),
        ),
        Metric(
            "coverage_needed",
            _("Coverage needed"),
            RATIO,
            _("1 / win rate of the four fiscal quarters before."),
            _needed,
            _("No deals closed in the four quarters before."),
            more_is_better=False,
        ),
        Metric(
            "slippage",
            _("Pushed open deals"),
            PERCENT,
            _("Open deals whose close date was pushed at least once / open deals."),
            lambda i: _ratio(100 * i.now.open_pushed, i.now.open_count),
            _("No open deals in this period."),
            more_is_better=False,
        ),
    )
}


def evaluate(inputs: Inputs, *, currency: str) -> dict[str, Value]:
    """Every metric of the catalogue for one set of inputs."""
    units = {MONEY: currency, COUNT: "count", PERCENT: "percent", DAYS: "days", RATIO: "ratio"}
    values = {}
    for name, metric in METRICS.items():
        made = metric.make(inputs)
        values[name] = Value(None if made is None else Decimal(made), units[metric.kind], str(metric.why_none))
    return values
