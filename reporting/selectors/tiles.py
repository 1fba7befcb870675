"""The key figures of the dashboard as tiles: value, definition, change, trend, and the rows behind.

Each function takes a Board and gives what components/kpi.html shows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.kernel import formats
from pipeline.selectors.hygiene import ScoreNow, score_now
from reporting.metrics import DAYS, METRICS, MONEY, PERCENT, RATIO, Value
from reporting.selectors.links import deals_url
from reporting.selectors.questions import Asked
from reporting.selectors.trends import Trend


class Board:
    """What tiles are made of: the question, its sums over time, the hygiene score (read once, when asked for)."""

    def __init__(self, asked: Asked, trend: Trend) -> None:
        self.asked, self.trend = asked, trend

    @property
    def currency(self) -> str:
        return self.asked.currency

    @cached_property
    def hygiene(self) -> ScoreNow:
        return score_now(self.asked.user, self.asked.as_of)

    def value(self, name: str) -> Value:
        return self.trend.metrics[name]


@dataclass(frozen=True, slots=True)
class Change:
    """A figure against another: its size in words, whether it rose, whether that is good, and against what."""

    text: str
    is_up: bool | None
    tone: str
    basis: str


@dataclass(frozen=True, slots=True)
class Tile:
    """What components/kpi.html shows. reason: why there is no value; reference: where the line has its dotted mark."""

    key: str
    label: Any
    definition: Any
    value: str = ""
    unit: str = ""
    reason: str = ""
    delta: Change | None = None
    context: str = ""
    url: str = ""
    spark: Sequence[Decimal | None] | None = None
    reference: Decimal | None = None


def shown(value: Decimal | None, kind: str, currency: str) -> str:
    """A figure as tiles write it."""
    if kind == MONEY:
        return formats.compact_money(value, currency)
    if kind == PERCENT:
        return formats.percent(value)
    if kind == DAYS:
        return days(value)
    return formats.ratio(value) if kind == RATIO else formats.whole(value)


def days(value: Decimal | None) -> str:
    """With one decimal below a hundred. 51.78 -> 51.8; 104.2 -> 104."""
    return formats.whole(value) if value is None or value >= 100 else formats.percent(value).removesuffix("%")


def change(board: Board, name: str) -> Change | None:
    """Against the compared period at the same day; None where either figure is missing."""
    compared, then = board.asked.compared, board.trend.then
    if compared is None or then is None:
        return None
    now, before = board.value(name).value, then[name].value if name in then else None
    if now is None or before is None:
        return None
    metric, size = METRICS[name], now - before
    text = formats.points(abs(size)) if metric.kind == PERCENT else shown(abs(size), metric.kind, board.currency)
    tone = "" if not size or metric.more_is_better is None else "good" if (size > 0) == metric.more_is_better else "bad"
    unit = _(" days") if metric.kind == DAYS else ""
    return Change(f"{text}{unit}", size > 0 if size else None, tone, _("vs %(period)s") % {"period": compared.label})


def tile(board: Board, name: str, **given: Any) -> Tile:
    """A tile of one metric: its value or the reason why there is none, its change and its line; given: what differs."""
    metric, value = METRICS[name], board.value(name)
    made = Tile(
        key=name,
        label=metric.label,
        definition=metric.formula,
        value=shown(value.value, metric.kind, board.currency),
        reason=value.reason,
        delta=change(board, name),
        spark=board.trend.line(name, board.currency),
    )
    return replace(made, **given)


def bookings(board: Board) -> Tile:
    target, reached = board.value("target").value, board.value("attainment").value
    given: dict[str, Any] = {"url": deals_url(board.asked, status="won")}
    if target is None:
        given["context"] = _("No target set")
    if target is not None and reached is not None:
        given |= {
            "label": _("Bookings vs target"),
            "unit": _("of %(target)s") % {"target": formats.compact_money(target, board.currency)},
            "context": _("%(percent)s attained") % {"percent": formats.percent(reached)},
            "delta": _pace(board, reached) or change(board, "bookings"),
            "definition": _pace_definition(board),
        }
    return tile(board, "bookings", **given)


def _pace(board: Board, reached: Decimal) -> Change | None:
    pace = board.trend.pace
    if pace is None:
        return None
    ahead = reached - pace
    words = _("%(points)s ahead of pace") if ahead >= 0 else _("%(points)s behind pace")
    return Change(words % {"points": formats.points(abs(ahead))}, ahead >= 0, "good" if ahead >= 0 else "bad", "")


def _pace_definition(board: Board) -> str:
    text = _("Sum of the amounts of deals won, by close date, as a share of the target.")
    if board.trend.pace is None:
        return text
    pace = _("Pace is what was booked by the same day of the periods before, on average: %(percent)s.")
    return f"{text} {pace % {'percent': formats.percent(board.trend.pace)}}"


def open_pipeline(board: Board) -> Tile:
    now = board.trend.now.now
    count = ngettext("in %(count)s deal", "in %(count)s deals", now.open_count) % {
        "count": formats.whole(now.open_count)
    }
    weighted = formats.compact_money(board.value("weighted_pipeline").value, board.currency)
    context = _("%(money)s weighted") % {"money": weighted}
    if now.open_blank:
        context = _("%(count)s deals without an amount") % {"count": formats.whole(now.open_blank)}
    if not now.open_count and now.open_undated:
        context = _("%(count)s open deals have no close date") % {"count": formats.whole(now.open_undated)}
    url = deals_url(board.asked, status="open")
    return tile(board, "open_pipeline", unit=count, context=context, url=url)


def coverage(board: Board) -> Tile:
    needed = board.value("coverage_needed")
    words = _("Needed %(ratio)s") % {"ratio": formats.ratio(needed.value)}
    formula = METRICS["coverage_remaining"].formula
    given = {
        "definition": f"{formula} {METRICS['coverage_needed'].label}: {METRICS['coverage_needed'].formula}",
        "context": needed.reason if needed.value is None else words,
        "url": deals_url(board.asked, status="open"),
    }
    return tile(board, "coverage_remaining", delta=_against_need(board, needed), spark=None, **given)


def _against_need(board: Board, needed: Value) -> Change | None:
    now = board.value("coverage_remaining").value
    if now is None or needed.value is None:
        return None
    ahead = now - needed.value
    words = _("%(ratio)s above need") if ahead >= 0 else _("%(ratio)s below need")
    return Change(words % {"ratio": formats.ratio(abs(ahead))}, ahead >= 0, "good" if ahead >= 0 else "bad", "")


def win_rate(board: Board) -> Tile:
    now = board.trend.now.now
    counts = {"won": formats.whole(now.won_count), "lost": formats.whole(now.lost_count)}
    context = _("%(won)s won, %(lost)s lost") % counts
    return tile(board, "win_rate", context=context, url=deals_url(board.asked, status="closed"))


def cycle(board: Board) -> Tile:
    context, url = _deals_won(board.trend.now.now.cycle_deals), deals_url(board.asked, status="won")
    return tile(board, "average_cycle_days", unit=_("days"), context=context, url=url)


def _deals_won(count: int) -> str:
    return ngettext("%(count)s deal won", "%(count)s deals won", count) % {"count": formats.whole(count)}


def velocity(board: Board) -> Tile:
    count = board.trend.now.now.open_count
    context = ngettext("%(count)s open deal", "%(count)s open deals", count) % {"count": formats.whole(count)}
    given = {"unit": _("a day"), "context": context}
    return tile(board, "velocity", url=deals_url(board.asked, status="open"), **given)


def average_deal(board: Board) -> Tile:
    context = _deals_won(board.trend.now.now.won_count)
    return tile(board, "average_deal", context=context, url=deals_url(board.asked, status="won"))


def slippage(board: Board) -> Tile:
    now = board.trend.now.now
    counts = {"pushed": formats.whole(now.open_pushed), "open": formats.whole(now.open_count)}
    context = _("%(pushed)s of %(open)s deals") % counts
    url = deals_url(board.asked, status="open", pushed="1")
    return tile(board, "slippage", context=context, url=url)


def hygiene(board: Board) -> Tile:
    now = board.hygiene
    what = _("Checks of clean data that open deals pass, weighted by severity; 100 when all pass.")
    made = Tile("hygiene", _("Hygiene score"), what, url=reverse("pipeline:hygiene"))
    if now.score is None:
        return replace(made, reason=_("No check has run yet. Checks run every night."))
    counts = {"failing": formats.whole(now.failing), "records": formats.whole(now.records)}
    return replace(
        made,
        value=formats.whole(now.score),
        unit=_("of 100"),
        context=_("%(failing)s of %(records)s deals fail a check") % counts,
        delta=_score_change(now),
        spark=[value for _day, value in now.trend],
    )


def _score_change(now: ScoreNow) -> Change | None:
    size = now.change
    if not size:
        return None
    return Change(f"{abs(size):.1f}", size > 0, "good" if size > 0 else "bad", _("vs last week"))


TILES: Sequence[tuple[str, Any, Callable[[Board], Tile]]] = (
    ("bookings", METRICS["bookings"].label, bookings),
    ("open_pipeline", METRICS["open_pipeline"].label, open_pipeline),
    ("coverage", METRICS["coverage_remaining"].label, coverage),
    ("win_rate", METRICS["win_rate"].label, win_rate),
    ("cycle", METRICS["average_cycle_days"].label, cycle),
    ("velocity", METRICS["velocity"].label, velocity),
    ("average_deal", METRICS["average_deal"].label, average_deal),
    ("slippage", METRICS["slippage"].label, slippage),
    ("hygiene", gettext_lazy("Hygiene score"), hygiene),
)
