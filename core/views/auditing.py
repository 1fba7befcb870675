"""The audit page: who did what, and what it changed. Reading it is an act of its own."""

from __future__ import annotations

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core import audit, selectors
from core.htmx import PageRequest
from core.lists import AUDIT
from core.pages import list_answer


@require_safe
def audit_list(request: PageRequest) -> HttpResponseBase:
    if not selectors.may_see_audit(request.user):
        raise Http404("No such list.")
    if "format" not in request.GET:  # an export is recorded as one
        asked = request.GET.urlencode()[:500]
        audit.record(act="audit.read", actor=request.user, detail={"query": asked} if asked else {})
    return list_answer(request, AUDIT, as_of=selectors.company_day(timezone.now()))


@require_safe
def audit_event(request: PageRequest, event_id: int) -> HttpResponseBase:
    """One act with what it changed, before and after."""
    event = selectors.get_event_for(request.user, event_id)
    audit.record(act="audit.read", actor=request.user, detail={"event": event.pk})
    altered = selectors.altered_by(event, request.user, selectors.company_day(timezone.now()))
    return render(request, "core/audit_event.html", {"event": event, "altered": altered})
