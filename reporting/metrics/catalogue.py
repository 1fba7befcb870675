"""The metric catalogue: one definition each, used by dashboard, commands, API, files and mail alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from reporting.metrics import formulas as f
from reporting.metrics.values import COUNT, DAYS, MONEY, PERCENT, RATIO, Inputs, Metric, Value

_ALL = (
    Metric("bookings", _("Bookings"), MONEY, _("Sum of the amounts of deals won, by close date."),
           f.bookings, f.why_no_bookings),
    Metric("won_count", _("Deals won"), COUNT, _("Deals won, by close date."), lambda i: i.now.won_count),
    Metric("lost_count", _("Deals lost"), COUNT, _("Deals lost, by close date."), lambda i: i.now.lost_count,
           more_is_better=False),
    Metric("open_count", _("Open deals"), COUNT,
           _("Deals open at the as-of day that are expected to close in the period; undated ones only under all time."),
           lambda i: i.now.open_count),
    Metric("open_pipeline", _("Open pipeline"), MONEY,
           _("Sum of the amounts of open deals expected to close in the period; undated ones only under all time."),
           f.open_pipeline, f.why_no_pipeline),
    Metric("weighted_pipeline", _("Weighted pipeline"), MONEY,
           _("Open pipeline, each deal times its probability, else its stage's."),
           f.weighted_pipeline, f.why_no_pipeline),
    Metric("undated_open", _("Open deals without a date"), COUNT,
           _("Deals open at the as-of day without an expected close date: they count in no period but all time."),
           lambda i: i.now.open_undated, more_is_better=False),
    Metric("win_rate", _("Win rate"), PERCENT, _("Deals won / (won + lost), by close date."),
           f.win_rate, f.why_none_closed),
    Metric("average_deal", _("Average deal"), MONEY, _("Bookings / deals won that have an amount."),
           f.average_deal, f.why_none_won),
    Metric("average_cycle_days", _("Average cycle"), DAYS,
           _("Mean days from engaged, else created, to close, of deals won. Lower is better."),
           f.average_cycle, f.why_no_cycle, more_is_better=False),
    Metric("velocity", _("Sales velocity"), MONEY,
           _("Open deals x win rate x average deal / average cycle: bookings a day at this pace."),
           f.velocity, f.why_no_velocity),
    Metric("target", _("Target"), MONEY, _("Bookings target of the period."), lambda i: i.target, f.why_no_target,
           more_is_better=None),
    Metric("attainment", _("Attainment"), PERCENT, _("Bookings / target."), f.attainment, f.why_no_target),
    Metric("coverage_target", _("Coverage of the target"), RATIO, _("Open pipeline / target."),
           f.coverage_target, f.why_no_target),
    Metric("coverage_remaining", _("Pipeline coverage"), RATIO,
           _("Open pipeline / what is left of the target (target - bookings). None once the target is reached."),
           f.coverage_remaining, f.why_no_coverage),
    Metric("coverage_needed", _("Coverage needed"), RATIO, _("1 / win rate of the four fiscal quarters before."),
           f.coverage_needed, f.why_not_needed, more_is_better=None),
    Metric("slippage", _("Pushed open deals"), PERCENT,
           _("Open deals whose close date was pushed at least once / open deals. Lower is better."),
           f.slippage, f.why_none_open, more_is_better=False),
)  # fmt: skip
METRICS: Mapping[str, Metric] = {metric.name: metric for metric in _ALL}


def evaluate(inputs: Inputs, *, currency: str, only: Iterable[str] = METRICS) -> dict[str, Value]:
    """Every metric of the catalogue, or some, for one set of inputs; money is in `currency`."""
    return {name: _value(METRICS[name], inputs, currency) for name in only}


def _value(metric: Metric, inputs: Inputs, currency: str) -> Value:
    made = metric.make(inputs)
    unit = currency if metric.kind == MONEY else metric.kind
    return Value(None, unit, str(metric.why(inputs))) if made is None else Value(Decimal(made), unit)
