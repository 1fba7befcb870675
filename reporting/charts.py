"""Charts: rows in, a Plotly figure as a plain dict out, drawn by static/js/charts.js in the house template.

Colours are roles ("$accent"), resolved from the style sheet when a chart is drawn; nothing here knows a theme.
`narrow` overrides the layout below 480 px.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from core.kernel import formats

Figure = dict[str, Any]
SMALL = 11
Steps = Sequence[tuple[str, str, float]]


def _note(x: Any, y: float, text: str, **more: Any) -> dict[str, Any]:
    """A label in the drawing itself."""
    font = {"size": SMALL, "color": more.pop("color", "$text")}
    return {"x": x, "y": y, "text": text, "showarrow": False, "font": font, **more}


def bookings_to_date(
    *,
    days: Sequence[date],
    booked: Sequence[float],
    then: Sequence[float],
    then_label: str,
    target: float | None,
    today: date | None,
    currency: str,
) -> Figure:
    """Cumulative bookings by day (ink), the compared period on the same days (grey, dashed), the target (a line).

    booked ends at today; then runs over all days. Values in units of the currency.
    """
    lines = [_line(days, then, then_label, "$grey1", dash="dot", width=1.5, currency=currency)] if any(then) else []
    lines.append(_line(days[: len(booked)], booked, "Booked", "$ink", width=2.5, currency=currency))
    top = max([*booked, *then, target or 0.0, 1.0])
    layout: Figure = {
        "margin": {"l": 4, "r": 16, "t": 20, "b": 4},
        "xaxis": {"type": "date", "range": [days[0].isoformat(), days[-1].isoformat()], "nticks": 7,
                  "tickformat": "%b %-d", "hoverformat": "%b %-d, %Y"},
        "yaxis": {"range": [0, top * 1.12], **_money_ticks(top, currency)},
        "shapes": [], "annotations": [],
    }  # fmt: skip
    if target:
        _mark_target(layout, target, currency)
    if booked:
        _mark_end(layout, days[len(booked) - 1], booked[-1], currency, is_late=len(booked) > len(days) / 2)
    if today is not None:
        _mark_today(layout, today)
    return {"data": lines, "layout": layout, "narrow": {"xaxis": layout["xaxis"] | {"nticks": 4}}}


def _money_ticks(top: float, currency: str) -> Figure:
    """At most five round amounts from zero up. 17.7 million -> 0, 5M, 10M, 15M."""
    size = 10.0 ** math.floor(math.log10(top / 4))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor * 5 > top)
    values = [step * number for number in range(int(top // step) + 1)]
    return {"tickvals": values, "ticktext": [_round(value, currency) for value in values]}


def _round(value: float, currency: str) -> str:
    """A round amount without needless decimals. 15 million -> $15M; 2.5 million -> $2.5M."""
    return re.sub(r"\.(\d*?)0+([KMB]?)$", lambda found: f"{'.' if found[1] else ''}{found[1]}{found[2]}",
                  formats.compact_money(value, currency))  # fmt: skip


def _line(
    days: Sequence[date],
    values: Sequence[float],
    name: str,
    colour: str,
    *,
    width: float,
    currency: str,
    dash: str = "solid",
) -> Figure:
    symbol = formats.SYMBOLS.get(currency, "")
    return {
        "type": "scatter", "mode": "lines", "name": name, "x": [day.isoformat() for day in days], "y": list(values),
        "line": {"color": colour, "width": width, "dash": dash},
        "hovertemplate": f"{name} {symbol}%{{y:,.3~s}}<extra></extra>",
    }  # fmt: skip


def _mark_target(layout: Figure, target: float, currency: str) -> None:
    layout["shapes"].append(
        {
            "type": "line",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "y0": target,
            "y1": target,
            "line": {"color": "$ink", "width": 1},
        }
    )
    text = f"Target <b>{formats.compact_money(target, currency)}</b>"
    layout["annotations"].append(_note(0, target, text, xref="paper", xanchor="left", yanchor="bottom", yshift=2))


def _mark_end(layout: Figure, day: date, value: float, currency: str, *, is_late: bool) -> None:
    text = f"Booked <b>{formats.compact_money(value, currency)}</b>"
    side = {"xanchor": "right", "xshift": -8} if is_late else {"xanchor": "left", "xshift": 8}
    layout["annotations"].append(_note(day.isoformat(), value, text, yanchor="bottom", yshift=10, **side))


def _mark_today(layout: Figure, today: date) -> None:
    line = {"color": "$grid", "width": 1}
    x = today.isoformat()
    layout["shapes"].append({"type": "line", "yref": "paper", "x0": x, "x1": x, "y0": 0, "y1": 1, "line": line})
    layout["annotations"].append(_note(x, 1, "Today", yref="paper", yanchor="bottom", color="$text2"))


def bars(*, labels: Sequence[str], values: Sequence[float], currency: str) -> Figure:
    """One bar a label with its value on top; the last one, which may still grow, in accent."""
    colours = ["$grey1"] * (len(labels) - 1) + ["$accent"]
    drawn = {
        "type": "bar", "x": list(labels), "y": list(values), "marker": {"color": colours}, "cliponaxis": False,
        "text": [formats.compact_money(value, currency) for value in values], "textposition": "outside",
        "textfont": {"size": SMALL, "color": "$text"}, "hoverinfo": "skip",
    }  # fmt: skip
    layout = {
        "margin": {"l": 4, "r": 4, "t": 20, "b": 4}, "xaxis": {"type": "category"},
        "yaxis": {"visible": False, "range": [0, max([*values, 1.0]) * 1.12]},
    }  # fmt: skip
    return {"data": [drawn], "layout": layout, "narrow": {"xaxis": {"type": "category", "tickangle": -60}}}


def waterfall(*, first: tuple[str, float], steps: Steps, last: tuple[str, float], currency: str) -> Figure:
    """From a first to a last level by signed steps (label, colour role, amount). The axis is cut when that shows more.

    Bars float between the level before and after a step; levels stand on the cut axis.
    """
    level, tops, bases, heights, colours, labels = first[1], [], [], [], ["$grey1"], [first[0]]
    for label, colour, amount in steps:
        bases.append(min(level, level + amount))
        heights.append(abs(amount))
        level += amount
        tops.append(bases[-1] + heights[-1])
        colours.append(colour)
        labels.append(label)
    floor = _floor([first[1], last[1], *bases])
    bases, heights = [floor, *bases, floor], [first[1] - floor, *heights, last[1] - floor]
    tops = [first[1], *tops, last[1]]
    texts = [formats.compact_money(first[1], currency)]
    texts += [formats.compact_money(amount, currency, plus=True) for _label, _colour, amount in steps]
    texts.append(formats.compact_money(last[1], currency))
    return _floating(bases, heights, tops, [*colours, "$grey1"], [*labels, last[0]], texts, floor)


def floor_of(first: float, amounts: Sequence[float], last: float) -> float:
    """Where the axis of a waterfall begins: 0, or higher when the steps are small beside the levels."""
    levels, level = [first, last], first
    for amount in amounts:
        level += amount
        levels.append(level)
    return _floor(levels)


def _floor(levels: Sequence[float]) -> float:
    low, high = min(levels), max(levels)
    return max(0.0, low - (high - low) * 0.6) if low > 0 and (high - low) < low * 0.6 else min(0.0, low)


def _floating(
    bases: Sequence[float], heights: Sequence[float], tops: Sequence[float], colours: Sequence[str],
    labels: Sequence[str], texts: Sequence[str], floor: float,
) -> Figure:  # fmt: skip
    places = list(range(len(bases)))
    notes = [
        _note(x, top, f"<b>{text}</b>" if x in (0, places[-1]) else text, yanchor="bottom", yshift=2)
        for x, top, text in zip(places, tops, texts, strict=True)
    ]
    bars = {
        "type": "bar", "x": places, "y": list(heights), "base": list(bases), "width": 0.68, "hoverinfo": "skip",
        "marker": {"color": list(colours)},
    }  # fmt: skip
    span = (max(tops) - floor) or 1.0
    axis = {"tickvals": places, "ticktext": list(labels), "range": [-0.5, len(places) - 0.5]}
    layout = {
        "margin": {"l": 4, "r": 4, "t": 14, "b": 4}, "xaxis": axis, "annotations": notes,
        "yaxis": {"visible": False, "range": [floor, max(tops) + span * 0.12]},
    }  # fmt: skip
    small = [note | {"font": {"size": 9, "color": "$text"}} for note in notes]
    return {"data": [bars], "layout": layout, "narrow": {"xaxis": axis | {"tickangle": -60}, "annotations": small}}


def histogram(*, counts: Sequence[int], edges: Sequence[str], mark: float | None, mark_label: str) -> Figure:
    """Bars of counts between edges; those at or past the mark (in bins) in accent, the others grey."""
    places = [index + 0.5 for index in range(len(counts))]
    colours = ["$accent" if mark is None or index + 1 > mark else "$grey1" for index in range(len(counts))]
    bars = {
        "type": "bar", "x": places, "y": list(counts), "marker": {"color": colours}, "width": 0.86,
        "text": [count or "" for count in counts], "textposition": "outside",
        "textfont": {"size": SMALL, "color": "$text2"}, "cliponaxis": False,
        "hovertemplate": "%{y}<extra></extra>",
    }  # fmt: skip
    top = max([*counts, 1]) * 1.25
    layout: Figure = {
        "margin": {"l": 4, "r": 4, "t": 20, "b": 4}, "hovermode": "closest",
        "xaxis": {"tickvals": list(range(0, len(edges), 2)), "ticktext": list(edges[::2]),
                  "range": [-0.35, len(counts) + 0.35]},
        "yaxis": {"visible": False, "range": [0, top]},
    }  # fmt: skip
    if mark is not None:
        line = {"color": "$ink", "width": 1.5}
        layout["shapes"] = [{"type": "line", "x0": mark, "x1": mark, "y0": 0, "y1": top * 0.93, "line": line}]
        layout["annotations"] = [_note(mark, top * 0.94, mark_label, xanchor="left", yanchor="middle", xshift=5)]
    return {"data": [bars], "layout": layout}
