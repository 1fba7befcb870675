"""Figures over the API: the metric catalogue and its values, the same as of the command `metrics` and the dashboard."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.response import Response

from core.api.bodies import Body
from core.api.fields import Anything, Choice, Day, Flag, Id, Text
from core.api.problems import Invalid, NotNow
from core.api.views import Api
from core.kernel.periods import FiscalCalendar
from core.selectors import MissingRate, the_company
from reporting.forms import YEARS, DashboardForm
from reporting.metrics import COUNT, DAYS, METRICS, MONEY, PERCENT, RATIO
from reporting.policies import may_see_dashboard
from reporting.selectors import BY, report
from reporting.selectors.questions import FILTERS

KINDS = [(MONEY, "money"), (COUNT, "whole number"), (PERCENT, "percent"), (DAYS, "days"), (RATIO, "ratio")]
_ID = {"type": "integer", "minimum": 1, "maximum": 2**62}
_VALUE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["value", "unit"],
    "properties": {
        "value": {
            "anyOf": [{"type": "string"}, {"type": "number"}, {"type": "null"}],
            "description": "Money: an exact decimal as a text. Counts: whole numbers. Others: numbers.",
        },
        "unit": {"type": "string", "example": "USD"},
        "reason": {"type": "string", "description": "Why there is no value, and what helps."},
    },
}
_VALUES = {
    "type": "object",
    "additionalProperties": False,
    "required": list(METRICS),
    "properties": dict.fromkeys(METRICS, _VALUE),
}


def _asked(name: str, schema: dict[str, Any], words: str) -> dict[str, Any]:
    return {"name": name, "schema": schema, "description": words}


PARAMETERS = (
    _asked(
        "period",
        {"type": "string", "pattern": "^((19[1-9]|20[0-9]|21[0-8])[0-9](-(Q[1-4]|0[1-9]|1[0-2]))?|all)$"},
        "`2026`, `2026-Q3`, `2026-10` or `all`; the current quarter where it says none.",
    ),
    _asked("by", {"type": "string", "enum": list(BY)}, "Also the figures of each key of a split."),
    _asked("as_of", {"type": "string", "format": "date"}, "The day the figures stand for; today where it says none."),
    _asked("region", _ID, "Only deals of a region, by number."),
    _asked("team", _ID, "Only deals of a team, by number."),
    _asked("product", _ID, "Only deals of a product, by number."),
    _asked("segment", {"type": "string", "maxLength": 80}, "Only deals with accounts of a segment."),
)


class MetricOut(Body):
    """One figure of the catalogue: its name, its formula in words, and which way a change is good."""

    name = Text(read_only=True, example="win_rate")
    label = Text(read_only=True)
    kind = Choice(KINDS, read_only=True)
    formula = Text(read_only=True)
    more_is_better = Flag(read_only=True, allow_null=True)


class LineOut(Body):
    key = Text(read_only=True, example="West")
    id = Id(read_only=True, allow_null=True, help_text="Of the region, team, person or product.")
    metrics = Anything(_VALUES, read_only=True)


class ReportOut(Body):
    """Every metric over all, and for each key of the split asked for, most bookings first."""

    period = Text(read_only=True, example="2026-Q3")
    as_of = Day(read_only=True)
    currency = Text(read_only=True)
    metrics = Anything(_VALUES, read_only=True)
    by = LineOut(many=True, read_only=True)


CATALOGUE = type("Metrics", (serializers.Serializer,), {"items": MetricOut(many=True)})


class MetricsApi(Api):
    resource, noun, nouns = "metrics", "metric", "metrics"
    answers = {"catalogue": (200, CATALOGUE), "values": (200, ReportOut)}
    asks = {"values": PARAMETERS}
    refusals = {"values": (409,)}
    texts = {
        "catalogue": ("List the metrics", "Name, unit and formula of each."),
        "values": ("Get the figures of a period", "Cut to the deals that the caller may see."),
    }

    def may_read(self, user: Any) -> bool:
        return may_see_dashboard(user)

    def catalogue(self, request: Any) -> Response:
        self.no_parameters()
        return Response(CATALOGUE({"items": METRICS.values()}).data)

    def values(self, request: Any) -> Response:
        self.no_parameters()
        calendar, today = the_company().calendar, self.as_of
        clean = _clean(request.query_params, calendar)
        as_of = clean["as_of"] or today
        period = calendar.period(clean["period"]) if clean["period"] else calendar.quarter_of(as_of)
        filters = {split: str(clean[name]) for name, split in FILTERS.items() if clean[name]}
        try:
            found = report(
                period=period, as_of=as_of, by=clean["by"], user=request.user, filters=filters, seen_on=today
            )
        except MissingRate as error:
            raise NotNow(str(error)) from error
        told = found.as_json()
        for line, told_line in zip(found.lines, told["by"], strict=True):
            told_line["id"] = line.record_id or None
        return Response(told)


def _clean(query: Any, calendar: FiscalCalendar) -> dict[str, Any]:
    """The parameters as the dashboard's form reads them; what it passes over is refused here. Raises Invalid."""
    if twice := [name for name in query if len(query.getlist(name)) > 1 or not query[name]]:
        raise Invalid.of_parameter(twice[0], _("Give one value, or leave it out."))
    given = {**{name: query[name] for name in query if name != "as_of"}, "since": query.get("as_of", "")}
    form = DashboardForm(given, calendar=calendar)
    form.fields["since"].input_formats = ["%Y-%m-%d"]  # type: ignore[attr-defined]  # -- a date field
    if not form.is_valid():
        errors = {"as_of" if name == "since" else name: texts for name, texts in form.errors.items()}
        raise Invalid({"parameter": name, "message": str(text)} for name, texts in errors.items() for text in texts)
    if form.cleaned_data["since"] and form.cleaned_data["since"].year not in YEARS:
        raise Invalid.of_parameter("as_of", _("A year from 1910 to 2189."))
    return {**form.cleaned_data, "as_of": form.cleaned_data["since"]}
