"""The panels of a record in one answer: what is known of the person and the record isn't asked again for each."""

from __future__ import annotations

from copy import copy
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import resolve
from django.utils import timezone

from core import registry, selectors
from core.htmx import PageRequest


def record_panels(request: PageRequest, kind: str, record_id: int, column: str) -> HttpResponseBase:
    """What the rooms say of a record in a column of its page. Each panel decides itself whether the person sees it."""
    if not request.htmx:
        return redirect(selectors.get_record_for(request.user, kind, record_id, selectors.company_day(timezone.now())))
    shown = [panel for panel in registry.panels_for(kind, request.user) if panel.column == column]
    parts = [part for panel in shown if (part := _part(request, panel.address(record_id))) is not None]
    if not parts:
        raise Http404("No such record.")
    return HttpResponse(b"".join(parts))


def _part(request: PageRequest, address: str) -> bytes | None:
    """What the page of a panel answers to the same person; None where there is nothing for them."""
    page = resolve(address)
    asked: Any = copy(request)
    asked.path = asked.path_info = address
    asked.META = request.META | {"PATH_INFO": address, "QUERY_STRING": ""}
    asked.GET, asked.resolver_match = QueryDict(), page
    try:
        answer = page.func(asked, *page.args, **page.kwargs)
    except (Http404, PermissionDenied):
        return None
    return answer.content if answer.status_code == 200 else None
