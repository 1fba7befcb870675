"""What pages of this room have in common: who keeps territories, forms that one service answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.htmx import PageRequest
from core.pages import list_answer
from core.selectors import company_day
from territories import policies, services


def today() -> date:
    return company_day(timezone.now())


def keeper(request: PageRequest) -> None:
    """Who sees no territories finds nothing; who only sees them is told so."""
    if not policies.may_see_territories(request.user):
        raise Http404
    if not policies.may_keep_territories(request.user):
        raise PermissionDenied


LAYOUTS = (
    ("territories:territories", _("List")),
    ("territories:tree", _("Tree")),
    ("territories:coverage", _("Coverage")),
    ("territories:placements", _("Accounts")),
    ("territories:transitions", _("Transitions")),
)


def layouts(name: str) -> list[dict[str, Any]]:
    """The switch between the pages of this room."""
    return [{"url": reverse(url), "label": label, "active": url == name} for url, label in LAYOUTS]


def list_page(request: PageRequest, table: Any, name: str, actions: Any = ()) -> HttpResponseBase:
    return list_answer(
        request,
        table,
        as_of=today(),
        template="territories/list.html",
        page_actions=actions,
        layouts=layouts(name),
    )


def new_button(request: PageRequest) -> list[dict[str, Any]]:
    if not policies.may_keep_territories(request.user):
        return []
    url = reverse("territories:territory_new")
    return [{"url": url, "icon": "plus", "label": _("New territory"), "is_primary": True}]


def done(request: PageRequest, form: Any, act: Callable[[], Any], words: Any) -> bool:
    """Whether a form was sent, was right and its service did it; else the form says what is wrong."""
    if request.method != "POST" or not form.is_valid():
        return False
    try:
        act()
    except services.TerritoryConflict as conflict:
        form.conflict, form.clashes = str(conflict), form.show_beside(conflict.theirs)
        return False
    except services.TerritoryError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return False
    messages.success(request, words)
    return True


def form_answer(
    request: PageRequest, form: Any, title: str, back: str, *, template: str = "components/form_page.html", **more: Any
) -> HttpResponseBase:
    told = {"clashes": getattr(form, "clashes", None), "conflict": getattr(form, "conflict", "")}
    crumbs = [(_("Territories"), reverse("territories:territories"))]
    context = {"form": form, "title": title, "back": back, "crumbs": crumbs, **told, **more}
    return render(request, template, context)
