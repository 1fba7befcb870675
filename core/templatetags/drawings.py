"""Small drawings: icons, tags, avatars, meters, sparklines, charts. They emit the only style attributes there are."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from django import template
from django.conf import settings
from django.utils.html import format_html, format_html_join, json_script
from django.utils.safestring import SafeString, mark_safe

from core.kernel import formats

register = template.Library()
ICONS = Path(settings.BASE_DIR) / "node_modules/@tabler/icons/icons/outline"
NOTHING = mark_safe("")
Figure = Decimal | int | float | None


@lru_cache(maxsize=512)
def _paths(name: str) -> str:
    file = ICONS / f"{name}.svg"
    if not file.is_file():
        raise template.TemplateSyntaxError(f"There is no Tabler outline icon “{name}”; names are at tabler.io/icons.")
    text = file.read_text()
    inner = text[text.index(">", text.index("<svg")) + 1 : text.rindex("</svg>")]
    return "".join(part.strip() for part in inner.splitlines() if "M0 0h24v24H0z" not in part)


@register.simple_tag
@lru_cache(maxsize=1024)
def icon(name: str, classes: str = "") -> SafeString:
    """A Tabler outline icon, drawn inline. Decoration: the words beside it carry the meaning."""
    body = mark_safe(_paths(name))  # noqa: S308 -- the file of an installed package, not input
    return format_html('<svg class="icon {}" viewBox="0 0 24 24" aria-hidden="true">{}</svg>', classes, body)


@register.simple_tag
def tag(text: object, tone: str = "", icon_name: str = "") -> SafeString:
    """A fact in 11 px. tone: good, warn, bad, acc or none; a status always has its icon."""
    return format_html('<span class="tag {}">{}{}</span>', tone, icon(icon_name) if icon_name else "", text)


@register.simple_tag
def avatar(name: object, classes: str = "") -> SafeString:
    """Initials in a circle; the name stands beside it. classes: me, lg."""
    return format_html('<span class="so-ava {}" aria-hidden="true">{}</span>', classes, formats.initials(str(name)))


@register.simple_tag
def delta(text: object, is_up: bool | None = None, tone: str = "") -> SafeString:
    """A change with its arrow. The arrow says up or down (None: no arrow); tone (good, bad) says better or worse."""
    arrow = NOTHING if is_up is None else icon("arrow-up-right" if is_up else "arrow-down-right")
    return format_html('<span class="so-delta {}">{}{}</span>', tone or ("muted" if is_up is None else ""), arrow, text)


def _within(value: Figure) -> float:
    return round(max(0.0, min(100.0, float(value or 0))), 1)


@register.simple_tag
def meter(share: Figure, mark: Figure = None, thin: bool = False, label: str = "") -> SafeString:
    """A bullet bar: `share` and `mark` in percent of the track. Accent when on or ahead of the mark, else grey.

    The number stands beside it; label is for a bar that stands alone.
    """
    behind = mark is not None and float(share or 0) < float(mark)
    line = format_html('<u style="left:{}%"></u>', _within(mark)) if mark is not None else NOTHING
    spoken = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<div class="meter{}" {}><i{} style="width:{}%"></i>{}</div>',
        " thin" if thin else "",
        spoken,
        mark_safe(' class="below"') if behind else "",
        _within(share),
        line,
    )


@register.simple_tag
def progress(share: Figure, label: object) -> SafeString:
    """A bar of a running job; share None: how much is left isn't known."""
    known = format_html('aria-valuenow="{}"', round(float(share))) if share is not None else NOTHING
    return format_html(
        '<div class="so-prog" role="progressbar" aria-valuemin="0" aria-valuemax="100" aria-label="{}" {}>'
        '<i style="width:{}%"></i></div>',
        label,
        known,
        _within(100 if share is None else share),
    )


@register.simple_tag
def stackbar(parts: Sequence[tuple[str, float]]) -> SafeString:
    """Shares of a whole in one bar: (tone, value) with tone accent, good, warn, bad or grey. A legend names them."""
    pieces = format_html_join(
        "", '<i class="{}" style="flex:{}"></i>', ((tone, value) for tone, value in parts if value)
    )
    return format_html('<div class="stackbar" aria-hidden="true">{}</div>', pieces)


@register.simple_tag
def sparkline(values: Sequence[Figure] | None, reference: Figure = None) -> SafeString:
    """A line of points with an end dot; a dotted line marks the reference (target, quota)."""
    known = [float(value) for value in values or () if value is not None]
    if len(known) < 2:
        return mark_safe('<div class="sparkbox"></div>')
    spread = [*known, float(reference)] if reference is not None else known
    low, span = min(spread), (max(spread) - min(spread)) or 1.0
    height = [25 - 22 * (value - low) / span for value in known]
    step = 116 / (len(known) - 1)
    path = " ".join(f"{'M' if i == 0 else 'L'}{1 + i * step:.1f} {y:.1f}" for i, y in enumerate(height))
    dotted = NOTHING
    if reference is not None:
        dotted = format_html(
            '<path class="ref" d="M0 {0} L120 {0}"/>', f"{25 - 22 * (float(reference) - low) / span:.1f}"
        )
    return format_html(
        '<div class="sparkbox"><svg class="spark" viewBox="0 0 120 28" preserveAspectRatio="none" aria-hidden="true">{}'
        '<path class="l" d="{}"/></svg><i class="spark-dot" style="left:97.5%;top:{}%"></i></div>',
        dotted,
        path,
        round(height[-1] / 28 * 100, 1),
    )


@register.simple_tag
def chart(
    key: str, figure: dict[str, Any], finding: object, height: int = 240, table: dict[str, Any] | None = None
) -> SafeString:
    """A Plotly figure as data, drawn by charts.js; the finding is what a screen reader hears.

    table {"head": [text], "rows": [[text]]} is what the table button ({% chart_toggle key title %}) swaps in.
    """
    block = str(json_script(figure)).replace("<script", f'<script data-for="{key}"', 1)
    return format_html(
        '<div class="so-chart" id="{}" role="img" aria-label="{}" style="height:{}px"></div>{}{}',
        key,
        finding,
        height,
        mark_safe(block),  # noqa: S308 -- json_script has escaped it
        _chart_table(key, table, finding) if table else NOTHING,
    )


def _chart_table(key: str, table: dict[str, Any], finding: object) -> SafeString:
    head = format_html_join("", '<th scope="col"{}>{}</th>', ((_num(i), text) for i, text in enumerate(table["head"])))
    rows = format_html_join(
        "",
        "<tr>{}</tr>",
        ((format_html_join("", "<td{}>{}</td>", ((_num(i), v) for i, v in enumerate(row))),) for row in table["rows"]),
    )
    table_html = format_html(
        '<table class="so-table tight plain"><caption class="vh">{}</caption>'
        "<thead><tr>{}</tr></thead><tbody>{}</tbody></table>",
        finding,
        head,
        rows,
    )
    return format_html(
        '<div class="so-chart-data so-tablewrap" id="{}-data" tabindex="0" role="region" aria-label="{}" hidden>'
        "{}</div>",
        key,
        finding,
        table_html,
    )


def _num(position: int) -> SafeString:
    return mark_safe(' class="num"') if position else NOTHING


@register.simple_tag
def chart_toggle(key: str, title: object) -> SafeString:
    """The button of a chart's card head that swaps the drawing for its data. title says which: “pipeline changes”."""
    return format_html(
        '<button class="btn btn-sm btn-icon btn-ghost" type="button" data-chart-table="{}" aria-pressed="false" '
        'aria-label="{}">{}</button>',
        key,
        template.defaultfilters.capfirst(f"{title} as table"),
        icon("table"),
    )


@register.simple_tag
def bar_style(share: Figure) -> SafeString:
    return format_html('style="width:{}%"', _within(share))
