"""What the switches of the dashboard offer: periods, filters, comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.selectors import segments
from core.kernel.periods import ALL, FiscalCalendar, Period
from people.models import Team
from pipeline.models import Product
from reporting.selectors.links import page_url
from reporting.selectors.questions import LAST_YEAR, NOTHING, PREVIOUS, Asked
from reporting.selectors.reports import BY

BY_LABELS = {
    "region": gettext_lazy("region"),
    "team": gettext_lazy("team"),
    "manager": gettext_lazy("manager"),
    "rep": gettext_lazy("rep"),
    "product": gettext_lazy("product"),
    "family": gettext_lazy("product family"),
    "segment": gettext_lazy("segment"),
    "type": gettext_lazy("type"),
    "quarter": gettext_lazy("quarter"),
}
QUARTERS_BACK, QUARTERS_AHEAD, YEARS_BACK = 7, 2, 3
MOST_OPTIONS = 60


@dataclass(frozen=True, slots=True)
class Choice:
    """A line of a switch; group: the heading above it, where a new one begins; part_url: of a part alone."""

    label: str
    key: str = ""
    url: str = ""
    active: bool = False
    group: str = ""
    part_url: str = ""


@dataclass(frozen=True, slots=True)
class PeriodSwitch:
    """What components/period.html shows."""

    current: Period
    previous: Period | None
    next: Period | None
    choices: Sequence[Choice]


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter as components/filters.html shows it."""

    label: str
    value: str
    options: Sequence[Choice]
    is_on: bool = False


def period_switch(asked: Asked) -> PeriodSwitch:
    """Quarters and years around the asked period, its months, all time."""
    period, calendar = asked.period, asked.calendar
    if period.kind == ALL:
        near, before, after = calendar.quarter_of(asked.as_of), None, None
    else:
        near = calendar.quarter_of(period.start)
        before, after = calendar.shift(period, -1), calendar.shift(period, 1)
    return PeriodSwitch(period, before, after, _choices(calendar, near, calendar.quarter_of(asked.as_of)))


def _choices(calendar: FiscalCalendar, near: Period, today: Period) -> list[Choice]:
    quarters = [calendar.shift(near, step) for step in range(QUARTERS_AHEAD, -QUARTERS_BACK - 1, -1)]
    if today not in quarters:
        quarters = sorted([today, *quarters], key=lambda quarter: quarter.start, reverse=True)
    year = calendar.year_of(near.start)
    years = [calendar.shift(year, step) for step in range(1, -YEARS_BACK - 1, -1)]
    groups = [
        (_("Quarters"), quarters),
        (_("Years"), years),
        (_("Months of %(quarter)s") % {"quarter": near.label}, calendar.months_of(near)),
    ]
    found = [
        Choice(period.label, period.key, group=group if not number else "")
        for group, periods in groups
        for number, period in enumerate(periods)
    ]
    return [*found, Choice(_("All time"), ALL, group=_("Everything"))]


def chips(asked: Asked, *, with_teams: bool) -> list[Chip]:
    """The filters with more than one value to choose from, and what the figures are compared with."""
    of_teams = [("region", _("Region")), ("team", _("Team"))] if with_teams else []
    found = [
        *(_chip(asked, name, label, _teams(name)) for name, label in of_teams),
        _chip(asked, "segment", _("Segment"), _segments()),
        _chip(asked, "product", _("Product"), _products()),
    ]
    compare = [] if asked.period.kind == ALL else [_compare(asked)]
    return [chip for chip in found if len(chip.options) > 2 or chip.is_on] + compare


def _chip(asked: Asked, name: str, label: str, options: Sequence[tuple[str, str]]) -> Chip:
    held = asked.values.get(name, "")
    named = dict(options)
    everything = Choice(_("All"), url=page_url(asked, **{name: None}), active=not held)
    lines = [Choice(text, key, page_url(asked, **{name: key}), key == held) for key, text in options]
    every = _("All %(count)s") % {"count": len(options)} if len(options) < MOST_OPTIONS else _("All")
    return Chip(label, named.get(held, held) if held else every, [everything, *lines], bool(held))


def _compare(asked: Asked) -> Chip:
    words = {PREVIOUS: _("Previous period"), LAST_YEAR: _("Same period last year"), NOTHING: _("Nothing")}
    options = [Choice(text, key, page_url(asked, compare=key), key == asked.compare) for key, text in words.items()]
    compared = asked.compared
    return Chip(_("Compare with"), compared.label if compared else words[NOTHING], options)


def _teams(kind: str) -> list[tuple[str, str]]:
    return _texts(Team.objects.filter(kind=kind).order_by("name").values_list("pk", "name")[:MOST_OPTIONS])


def _products() -> list[tuple[str, str]]:
    return _texts(Product.objects.order_by("name").values_list("pk", "name")[:MOST_OPTIONS])


def _segments() -> list[tuple[str, str]]:
    return [(name, name) for name in segments(MOST_OPTIONS)]


def _texts(rows: Any) -> list[tuple[str, str]]:
    return [(str(pk), name) for pk, name in rows]


def splits(asked: Asked) -> list[Choice]:
    """What the table can be split by; quarters only where there are several."""
    many = asked.period.kind in (ALL, "year")
    return [
        Choice(
            str(BY_LABELS[by]),
            by,
            page_url(asked, by=by),
            by == asked.by,
            part_url=page_url(asked, "reporting:breakdown", by=by),
        )
        for by in BY
        if by != "quarter" or many
    ]
