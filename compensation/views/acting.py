"""What the pages of runs and adjustments have in common: who keeps them, and lists with a switch between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from compensation import policies
from compensation.views.answers import today
from core.htmx import PageRequest
from core.pages import list_answer


def keeper(request: PageRequest) -> None:
    """Comp admins; others who see pay are refused, for everybody else there is nothing here."""
    if not policies.sees_runs(request.user):
        raise Http404
    if not policies.keeps_pay(request.user):
        raise PermissionDenied


LISTS = (
    ("compensation:periods", _("Pay runs"), policies.sees_runs),
    ("compensation:adjustments", _("Adjustments"), policies.sees_all_pay),
    ("compensation:pay_events", _("Milestones and scores"), policies.sees_all_pay),
    ("compensation:credit_holds", _("Held credits"), policies.sees_all_pay),
)


def list_page(
    request: PageRequest, table: Any, name: str, actions: Sequence[dict[str, Any]] = (), **more: Any
) -> HttpResponseBase:
    """A list with the switch to the others that the person may see."""
    layouts = [
        {"url": reverse(url), "label": label, "active": url == name} for url, label, may in LISTS if may(request.user)
    ]
    given = {"page_actions": actions, "layouts": layouts if len(layouts) > 1 else [], **more}
    return list_answer(request, table, as_of=today(), template="compensation/list.html", **given)
