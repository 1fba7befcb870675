"""What pay did: cost of sale, pay against performance, how it is spread. For those who see runs."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_safe

from compensation import policies
from compensation.selectors import effectiveness as found
from compensation.selectors.effect_facts import Scope
from compensation.selectors.effect_words import file_rows, findings_of, tiles_of
from compensation.views.answers import found_if
from core import audit
from core.htmx import PageRequest
from core.pages import csv_answer


def _scope(request: PageRequest) -> tuple[found.Choices, Scope | None]:
    found_if(policies.sees_runs(request.user))
    asked = {name: request.GET.get(name, "")[:20] for name in ("period", "currency", "plan")}
    usual = found.choices_for(request.user, asked["currency"])
    currency = asked["currency"] if asked["currency"] in usual.currencies else next(iter(usual.currencies), "")
    choices = usual if currency == asked["currency"] else found.choices_for(request.user, currency)
    return choices, found.find_scope(choices, period=asked["period"], currency=currency, plan=asked["plan"])


@require_safe
def effectiveness_page(request: PageRequest) -> HttpResponseBase:
    choices, scope = _scope(request)
    shown = found.effect_of(scope, request.user) if scope is not None else None
    context: dict[str, Any] = {"scope": scope, "shown": shown, "choices": choices}
    if shown is not None and scope is not None:
        context |= {"tiles": tiles_of(shown), "findings": findings_of(shown), "file_url": _file_url(scope)}
        legend = [("grey", _("Earned")), ("accent", _("Paid"))] if shown.paid is not None else [("accent", _("Earned"))]
        context |= {"legend": legend}
    return render(request, "compensation/effectiveness.html", context)


def _file_url(scope: Scope) -> str:
    plan = scope.plan.pk if scope.plan is not None else ""
    asked = {"period": scope.span.key, "currency": scope.currency, "plan": plan}
    return f"{reverse('compensation:effectiveness_file')}?{urlencode(asked)}"


@require_GET
def effectiveness_file(request: PageRequest) -> HttpResponseBase:
    """What is shown, as CSV; noted, as pay that leaves the application is."""
    _choices, scope = _scope(request)
    shown = found.effect_of(scope, request.user) if scope is not None else None
    if shown is None or scope is None:
        raise Http404("Nothing was posted.")
    detail = {"period": scope.span.key, "currency": scope.currency, "plan": scope.plan.number if scope.plan else ""}
    audit.record(act="effectiveness.exported", actor=request.user, detail=detail)
    header, rows = file_rows(shown)
    return csv_answer(f"effectiveness-{scope.span.key}", header, rows)
