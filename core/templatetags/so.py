"""Tags and filters of every page: icons, figures, small drawings. Loaded as built-ins."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString, mark_safe

from core.kernel import formats

register = template.Library()
ICONS = Path(settings.BASE_DIR) / "node_modules/@tabler/icons/icons/outline"


@lru_cache(maxsize=512)
def _paths(name: str) -> str:
    text = (ICONS / f"{name}.svg").read_text()
    inner = text[text.index(">", text.index("<svg")) + 1 : text.rindex("</svg>")]
    return "".join(part for part in inner.splitlines() if "M0 0h24v24H0z" not in part)


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """A Tabler outline icon, drawn inline. Decoration: the words beside it carry the meaning."""
    body = mark_safe(_paths(name))  # noqa: S308 -- the file of an installed package, not input
    return format_html('<svg class="icon {}" viewBox="0 0 24 24" aria-hidden="true">{}</svg>', classes, body)


@register.filter
def money(amount: Decimal | None, currency: str = "USD") -> str:
    return formats.exact_money(amount, currency)


@register.filter
def whole_money(amount: Decimal | None, currency: str = "USD") -> str:
    return formats.whole_money(amount, currency)


@register.filter
def compact(amount: Decimal | None, currency: str = "USD") -> str:
    return formats.compact_money(amount, currency)


@register.filter
def signed_compact(amount: Decimal | None, currency: str = "USD") -> str:
    return formats.compact_money(amount, currency, plus=True)


@register.filter
def pct(value: Decimal | None) -> str:
    return formats.percent(value)


@register.filter
def times(value: Decimal | None) -> str:
    return formats.ratio(value)


@register.filter
def whole(value: Decimal | int | None) -> str:
    return formats.whole(value)


@register.filter
def day(value: date | None) -> str:
    return formats.day(value)


@register.filter
def initials(name: str) -> str:
    return formats.initials(name)


@register.simple_tag(takes_context=True)
def stamp(context: template.Context, value: datetime | None) -> SafeString:
    """An instant in the user's time zone, else the company's."""
    if value is None:
        return mark_safe(formats.NONE)
    company = context.get("company")
    zone = getattr(context.get("user"), "time_zone", "") or getattr(company, "time_zone", "UTC")
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), formats.moment(value, zone))


@register.simple_tag
def meter(share: Decimal | float | None, mark: Decimal | float | None = None, thin: bool = False) -> SafeString:
    """A bullet bar: `share` and `mark` in percent of the track. Accent when on or ahead of the mark."""
    filled = max(0.0, min(100.0, float(share or 0)))
    behind = mark is not None and filled < float(mark)
    line = format_html('<u style="left:{}%"></u>', round(min(100.0, float(mark)), 1)) if mark is not None else ""
    return format_html(
        '<div class="meter {}" aria-hidden="true"><i class="{}" style="width:{}%"></i>{}</div>',
        "thin" if thin else "",
        "below" if behind else "",
        round(filled, 1),
        line,
    )


@register.simple_tag
def sparkline(values: list[float | None], reference: float | None = None) -> SafeString:
    """Up to a few dozen points with an end dot; a dotted line marks the reference."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return mark_safe('<div class="sparkbox"></div>')
    spread = [*known, reference] if reference is not None else known
    low, high = min(spread), max(spread)
    height = [25 - 22 * (value - low) / ((high - low) or 1) for value in known]
    step = 116 / (len(known) - 1)
    path = " ".join(f"{'M' if i == 0 else 'L'}{1 + i * step:.1f} {y:.1f}" for i, y in enumerate(height))
    level = 25 - 22 * ((reference or 0) - low) / ((high - low) or 1)
    dotted = format_html('<path class="ref" d="M0 {0} L120 {0}"/>', f"{level:.1f}") if reference is not None else ""
    return format_html(
        '<div class="sparkbox"><svg class="spark" viewBox="0 0 120 28" preserveAspectRatio="none" aria-hidden="true">{}'
        '<path class="l" d="{}"/></svg><i class="spark-dot" style="left:97.5%;top:{}%"></i></div>',
        dotted,
        path,
        round(height[-1] / 28 * 100, 1),
    )


@register.simple_tag
def chart(key: str, figure: dict[str, Any], finding: str, height: int = 240) -> SafeString:
    """A Plotly figure as data, drawn by charts.js; the finding is what a screen reader hears."""
    block = json_script(figure)
    data = mark_safe(str(block).replace("<script", f'<script data-for="{key}"', 1))  # noqa: S308 -- json_script escapes
    return format_html(
        '<div class="so-chart" id="{}" role="img" aria-label="{}" style="height:{}px"></div>{}', key, finding, height, data
    )


@register.simple_tag
def bar_style(share: float) -> SafeString:
    return format_html('style="width:{}%"', round(max(0.0, min(100.0, float(share))), 1))


@register.simple_tag(takes_context=True)
def url_with(context: template.Context, **changes: Any) -> str:
    """The query string of this page with some values changed; None takes one away."""
    request: HttpRequest = context["request"]
    query = request.GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = str(value)
    return f"?{query.urlencode()}"


@register.filter
def as_json(value: Any) -> str:
    return json.dumps(value, default=str)


@register.filter
def get(mapping: dict[str, Any], key: str) -> Any:
    return mapping.get(key)
