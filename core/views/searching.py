from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from core import registry, selectors
from core.htmx import PageRequest
from core.registry import SearchHit
from core.selectors.recent import acts_on_hit, recent_records

PALETTE_HITS, PALETTE_OF_A_KIND, PAGE_HITS = 9, 5, 25
LONGEST = 120


def search(request: PageRequest) -> HttpResponseBase:
    """Records by name, number, domain or e-mail: for the palette in one list with what can be done, else by kind."""
    text = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST]
    as_of = selectors.company_day(timezone.now())
    if request.htmx:
        return render(request, "core/_hits.html", _for_palette(request, text, as_of) | {"text": text})
    groups = [
        {"label": provider.label, "hits": found} for provider, found in _found(request, text, as_of, PAGE_HITS) if found
    ]
    return render(request, "core/search.html", {"groups": groups, "text": text})


def _found(
    request: PageRequest, text: str, as_of: date, limit: int
) -> list[tuple[registry.SearchProvider, list[SearchHit]]]:
    """What each provider finds for a text of two letters or more; one query a kind."""
    if len(text) < 2 or text.startswith(">"):
        return []
    seen = [provider for provider in registry.search_providers if provider.may_see(request.user)]
    return [(provider, list(provider.search(request.user, text, as_of, limit))) for provider in seen]


def _for_palette(request: PageRequest, text: str, as_of: date) -> dict[str, Any]:
    if not text:
        return {"recent": recent_records(request.user, as_of)}
    found = [hit for _provider, hits in _found(request, text, as_of, PALETTE_OF_A_KIND) for hit in hits]
    hits = sorted(found, key=lambda hit: _rank(hit, text.casefold()))[:PALETTE_HITS]
    return {"hits": hits, "acts": acts_on_hit(request.user, hits[0], as_of) if hits else []}


def _rank(hit: SearchHit, text: str) -> int:
    """Named by its number, then a name that begins with the text, then the rest, each in the order of the providers."""
    if text in hit.detail.casefold().split(" · "):
        return 0
    return 1 if hit.title.casefold().startswith(text) else 2
