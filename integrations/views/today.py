from __future__ import annotations

from datetime import timedelta

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from core.htmx import PageRequest
from integrations.policies import may_import
from integrations.selectors import unfinished_imports

SHOWN, WITHIN = 6, timedelta(days=30)


def imports_today(request: PageRequest) -> HttpResponseBase:
    """Imports that wait or failed: a card of the start page, alone for htmx."""
    if not may_import(request.user):
        raise Http404
    found = unfinished_imports(request.user, since=timezone.now() - WITHIN, limit=SHOWN)
    template = "integrations/_today.html" if request.htmx else "integrations/today.html"
    return render(request, template, {"imports": found})
