from __future__ import annotations

from django.http import Http404, HttpResponseBase
from django.shortcuts import render

from core.htmx import PageRequest
from core.selectors import may_see_scenarios, visible_scenarios


def scenario_list(request: PageRequest) -> HttpResponseBase:
    if not may_see_scenarios(request.user):
        raise Http404
    return render(request, "planning/scenarios.html", {"scenarios": visible_scenarios(request.user)})
