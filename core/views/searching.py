from __future__ import annotations

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from core import registry, selectors
from core.htmx import PageRequest

PALETTE_HITS, PAGE_HITS = 6, 25


def search(request: PageRequest) -> HttpResponseBase:
    text = request.GET.get("q", "").strip()
    as_of = selectors.company_day(timezone.now())
    groups = []
    for provider in registry.search_providers:
        if len(text) >= 2 and provider.may_see(request.user):
            hits = provider.search(request.user, text, as_of, PALETTE_HITS if request.htmx else PAGE_HITS)
            groups.append({"label": provider.label, "hits": hits})
    template = "core/_hits.html" if request.htmx else "core/search.html"
    return render(request, template, {"groups": [g for g in groups if g["hits"]], "text": text})
