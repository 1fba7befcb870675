"""What the pages of runs and adjustments have in common: lists with a switch between them, forms, acts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compensation import policies
from compensation.services.errors import CompensationError
from core.htmx import PageRequest
from core.pages import list_answer
from core.selectors import company_day


def today() -> date:
    return company_day(timezone.now())


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


def list_page(request: PageRequest, table: Any, name: str, actions: Sequence[dict[str, Any]] = ()) -> HttpResponseBase:
    """A list with the switch to the others that the person may see."""
    layouts = [
        {"url": reverse(url), "label": label, "active": url == name} for url, label, may in LISTS if may(request.user)
    ]
    given = {"page_actions": actions, "layouts": layouts if len(layouts) > 1 else []}
    return list_answer(request, table, as_of=today(), template="compensation/list.html", **given)


def button(url: str, label: str, icon: str, *, is_primary: bool = False) -> dict[str, Any]:
    return {"url": url, "label": label, "icon": icon, "is_primary": is_primary}


def acted(request: PageRequest, act: Callable[[], Any], words: str, back: str) -> HttpResponseBase:
    """Do an act that asks for nothing; say what was done, or why it can't be."""
    try:
        act()
    except CompensationError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, words)
    return redirect(back)


def added(request: PageRequest, form: Any, act: Callable[[], Any], words: str) -> Any:
    """What a service made of a form that was sent and is right; None where there is something to say at the form."""
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        made = act()
    except CompensationError as error:
        form.add_error(None, str(error))
        return None
    messages.success(request, words)
    return made if made is not None else True


def form_answer(request: PageRequest, form: Any, title: str, back: str, **more: Any) -> HttpResponseBase:
    context = {"form": form, "title": title, "back": back, **more}
    return render(request, "components/form_page.html", context)
