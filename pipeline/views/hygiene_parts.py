"""The parts of the data quality page: figures, chart, groups, checks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from core import registry
from core.htmx import PageRequest
from core.kernel import formats
from pipeline import policies
from pipeline.filters import FailingDealFilter
from pipeline.selectors import hygiene, hygiene_acts
from pipeline.selectors.hygiene import GroupScore, RuleCount, ScoreNow
from pipeline.services.hygiene_fixes import fixes_for

SPLITS = (("team", _("Team")), ("region", _("Region")), ("person", _("Person")))
STALE_DAYS = 2


def page_parts(request: PageRequest, as_of: date) -> dict[str, Any]:
    """What stands above and beside the list; only the question to run the checks where none has run yet."""
    user = request.user
    now = hygiene.score_now(user, as_of)
    common = {"now": now, "may_run": policies.may_keep_process(user), "may_act": policies.may_create(user)}
    common["last_run"] = hygiene.last_run()
    if now.checked_on is None:
        return common
    split = request.GET.get("by", "team")
    split = split if split in dict(SPLITS) else "team"
    expected, currency = hygiene.standards(), hygiene.reporting_currency()
    pipeline, fixed = hygiene.open_pipeline(user, as_of), hygiene.fixed_deals(user, as_of)
    return common | {
        "currency": currency,
        "stale_days": days if (days := (as_of - now.checked_on).days) > STALE_DAYS else None,
        "tiles": _tiles(now, pipeline, fixed, expected[0], currency),
        "figure": score_figure(now.trend, expected[0]),
        "chart_table": _chart_table(now.trend),
        "sentence": _sentence(now.trend, expected[0]),
        "standard": expected[0],
        **_groups(request, split, expected, as_of),
        "splits": [{"label": label, "url": f"?by={key}", "active": key == split} for key, label in SPLITS],
        **_checks(request, as_of),
        "company_change": _signed(now.change),
    }


def whole(score: Decimal | None) -> str:
    return formats.NONE if score is None else f"{score.quantize(Decimal(1), ROUND_HALF_UP)}"


def _signed(change: Decimal | None) -> dict[str, str] | None:
    """A change of a score in whole points with its tone; None where there is no week before."""
    if change is None:
        return None
    points = int(change.quantize(Decimal(1), ROUND_HALF_UP))
    return {
        "text": formats.whole(points, plus=True),
        "tone": "good" if points > 0 else "bad" if points < 0 else "muted",
    }


def _tiles(now: ScoreNow, pipeline: Decimal, fixed: int, standard: int, currency: str) -> list[dict[str, Any]]:
    mended = {"label": _("Fixed this week"), "value": formats.whole(fixed), "unit": _("deals")}
    mended["note"] = _("with a problem that is gone")
    return [_score_tile(now, standard), _failing_tile(now), _stake_tile(now, pipeline, currency), mended]


def _score_tile(now: ScoreNow, standard: int) -> dict[str, Any]:
    change = _signed(now.change)
    tile: dict[str, Any] = {"label": _("Hygiene score"), "value": whole(now.score), "unit": _("of 100")}
    tile["note"] = _("%(score)s is expected") % {"score": standard}
    if change:
        is_up = None if change["tone"] == "muted" else change["tone"] == "good"
        size = change["text"].lstrip(f"+{formats.MINUS}")  # the arrow says the direction
        tile["delta"] = change | {"text": size, "is_up": is_up, "basis": _("vs last week,")}
    return tile


def _failing_tile(now: ScoreNow) -> dict[str, Any]:
    tile: dict[str, Any] = {"label": _("Deals failing a check"), "value": formats.whole(now.failing), "url": "#list"}
    tile["unit"] = _("of %(count)s open") % {"count": formats.whole(now.records)}
    if now.failing_before is not None:
        more = now.failing - now.failing_before
        tone = "good" if more < 0 else "bad" if more > 0 else ""
        is_up = more > 0 if more else None
        tile["delta"] = {"text": formats.whole(abs(more)), "is_up": is_up, "tone": tone, "basis": _("vs last week")}
    return tile


def _stake_tile(now: ScoreNow, pipeline: Decimal, currency: str) -> dict[str, Any]:
    tile: dict[str, Any] = {"label": _("Pipeline at stake"), "value": formats.compact_money(now.at_stake, currency)}
    if not pipeline:
        return tile | {"value": formats.NONE, "reason": _("No open deal has an amount.")}
    tile["unit"] = _("of %(amount)s") % {"amount": formats.compact_money(pipeline, currency)}
    tile["note"] = _("%(share)s of the open pipeline") % {"share": formats.percent(100 * now.at_stake / pipeline)}
    return tile


def score_figure(trend: Sequence[tuple[date, Decimal]], standard: int) -> dict[str, Any] | None:
    """Score by week as a line, with the expected score; None before there are two weeks."""
    if len(trend) < 2:
        return None
    days, scores = [day for day, _score in trend], [float(score) for _day, score in trend]
    last = len(scores) - 1
    ticks = list(range(0, last + 1, max(1, last // 4)))
    axis = {"tickvals": ticks, "ticktext": [f"{days[i]:%b} {days[i].day}" for i in ticks], "range": [-0.2, last + 0.1]}
    floor = max(0, 10 * int(min(*scores, standard) // 10) - 5)
    rule = {"type": "line", "x0": -0.2, "x1": last + 0.1, "y0": standard, "y1": standard}
    return {
        "data": _line(days, scores),
        "layout": {
            "hovermode": "closest",
            "margin": {"l": 4, "r": 84, "t": 8, "b": 4},
            "xaxis": axis,
            "yaxis": {"range": [floor, 101], "nticks": 5},
            "shapes": [rule | {"line": {"color": "$ink", "width": 1}}],
            "annotations": _labels(last, scores[-1], standard, 101 - floor),
        },
    }


def _line(days: Sequence[date], scores: Sequence[float]) -> list[dict[str, Any]]:
    """The line, and the dot at its end."""
    last = len(scores) - 1
    line = {"x": list(range(last + 1)), "y": list(scores), "mode": "lines", "line": {"color": "$accent", "width": 2.5}}
    dot = {"x": [last], "y": [scores[-1]], "mode": "markers", "marker": {"size": 8, "color": "$accent"}}
    told = {"text": [formats.day(day) for day in days], "hovertemplate": "%{text}: %{y:.0f}<extra></extra>"}
    return [line | told, dot | {"cliponaxis": False, "hoverinfo": "skip"}]


def _labels(x: float, score: float, standard: int, height: float) -> list[dict[str, Any]]:
    """What is expected and what is, at the end of their lines."""
    apart = _apart(score - standard, height)
    now = _("<b>%(n)s</b> now") % {"n": f"{score:.0f}"}
    expected = _at_end(x, standard, _("Expected %(n)s") % {"n": standard}, "$text", yshift=-apart)
    return [expected, _at_end(x, score, now, "$accent", yshift=apart)]


def _apart(above: float, height: float) -> int:
    """Pixels by which two labels move off each other where the score ends close to what is expected."""
    if abs(above) > height / 12:
        return 0
    return 8 if above >= 0 else -8


def _at_end(x: float, y: float, text: str, color: str, *, yshift: int = 0) -> dict[str, Any]:
    place = {"x": x, "y": y, "xshift": 8, "yshift": yshift, "xanchor": "left", "yanchor": "middle", "showarrow": False}
    return place | {"text": text, "font": {"size": 11, "color": color}}


def _chart_table(trend: Sequence[tuple[date, Decimal]]) -> dict[str, Any]:
    return {"head": [_("Checked on"), _("Score")], "rows": [[formats.day(day), f"{score}"] for day, score in trend]}


def _sentence(trend: Sequence[tuple[date, Decimal]], standard: int) -> str:
    if len(trend) < 2:
        return ""
    (first_day, first), (last_day, last) = trend[0], trend[-1]
    words = {"a": whole(first), "on": formats.day(first_day, year_of=last_day), "b": whole(last), "standard": standard}
    if whole(first) == whole(last):
        return _("The score is %(b)s, as on %(on)s; %(standard)s is expected.") % words
    told = _("The score rose from %(a)s on %(on)s to %(b)s; %(standard)s is expected.")
    if last < first:
        told = _("The score fell from %(a)s on %(on)s to %(b)s; %(standard)s is expected.")
    return told % words


def _suggested(user: Any, as_of: date) -> int:
    """How many of the listed deals have a suggested fix."""
    return FailingDealFilter({"fix": "1"}, queryset=hygiene.failing_deals_for(user, as_of)).qs.order_by().count()


def _groups(request: PageRequest, split: str, expected: dict[int, int], as_of: date) -> dict[str, Any]:
    """The score table: for teams with who leads them, and how many keep the score expected of them."""
    found = hygiene.scores_by(split, request.user, as_of)
    managers = hygiene.managers_of([group.key for group in found], as_of) if split == "team" else {}
    groups = [_group(group, split, expected) | {"manager": managers.get(group.key, "")} for group in found]
    met = sum(1 for group in groups if group["is_met"])
    return {"groups": groups, "groups_met": met, "shows_manager": split == "team"}


def _group(group: GroupScore, split: str, expected: dict[int, int]) -> dict[str, Any]:
    """A row of the score table, with the list of its deals."""
    name = "owner" if split == "person" else split
    standard = expected.get(group.key, expected[0]) if split != "person" else expected[0]
    return {
        "label": group.label,
        "url": f"?{urlencode({'by': split, name: group.key or 'null'})}#list",
        "now": group.now,
        "score": whole(group.now.score),
        "standard": standard,
        "is_met": group.now.score is not None and group.now.score >= standard,
        "trend": [score for _day, score in group.now.trend],
        "change": _signed(group.now.change),
    }


def _checks(request: PageRequest, as_of: date) -> dict[str, Any]:
    """The table of checks, how many findings stand on each kind of record, and what was done about some."""
    found = hygiene.rule_counts(request.user, as_of)
    counts: dict[str, int] = {}
    for one in found:
        counts[one.rule.subject_kind] = counts.get(one.rule.subject_kind, 0) + one.count
    kinds = [
        {"label": kind.label_plural, "count": counts[kind.key], "url": reverse("pipeline:findings", args=[kind.key])}
        for kind in registry.record_kinds
        if counts.get(kind.key)
    ]
    return {
        "checks": [_rule(one) for one in found],
        "kinds": kinds,
        "suggested": _suggested(request.user, as_of),
        "asks": hygiene_acts.asks_left(request.user, as_of),
        "dismissed": hygiene_acts.dismissed_count(request.user, as_of),
    }


def _rule(counted: RuleCount) -> dict[str, Any]:
    """A row of the checks, with the list behind its number and the change since last week."""
    rule = counted.rule
    if rule.subject_kind == "opportunity":
        url = f"{reverse('pipeline:deals')}?finding={rule.key}"
    else:
        url = f"{reverse('pipeline:findings', args=[rule.subject_kind])}?rule={rule.key}"
    return {
        "rule": rule,
        "found": counted,
        "url": url,
        "is_fixable": bool(fixes_for(rule.subject_kind, [rule.key])),
        "change": formats.whole(counted.change, plus=True),
        "change_tone": "bad" if counted.change > 0 else "good" if counted.change < 0 else "muted",
    }
