"""Saved views, columns and density: chosen on the list, kept for the person."""

from __future__ import annotations

from datetime import date
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_POST

from core import selectors, services
from core.enums import Density
from core.forms import SavedViewForm, ViewForm
from core.htmx import PageRequest
from core.models import SavedView
from core.pages import own_address

MOST_COLUMNS = 60
NAMELESS = _lazy("Give the view a name of at most 60 characters.")


def _today() -> date:
    return selectors.company_day(timezone.now())


def _there(request: PageRequest, **changes: str | None) -> str:
    """The list one came from, with some of its address changed."""
    there = urlsplit(own_address(request, request.POST.get("to", "/")))
    kept = [(name, value) for name, value in parse_qsl(there.query) if name not in changes]
    kept += [(name, value) for name, value in changes.items() if value is not None]
    return f"{there.path}?{urlencode(kept)}" if kept else f"{there.path}?view=all"


@require_POST
def columns(request: PageRequest) -> HttpResponseBase:
    """Keep the ticked columns in the order they stand in; a button moves one up or down, or takes the choice back."""
    chosen = [key for key in request.POST.getlist("column")[:MOST_COLUMNS] if key.replace(":", "").isidentifier()]
    for name, step in (("up", -1), ("down", 1)):
        chosen = moved(chosen, request.POST.get(name, ""), step)
    table = request.POST.get("table", "")[:60]
    services.choose_columns(user=request.user, table=table, columns=[] if "reset" in request.POST else chosen)
    return HttpResponseRedirect(_there(request, columns=None, after=None, before=None))


def moved[Item](items: list[Item], item: Item, step: int) -> list[Item]:
    """A list with one item a step on. moved([1, 2, 3], 3, -1) -> [1, 3, 2]; at the end it stays."""
    if item not in items:
        return items
    rest = [other for other in items if other != item]
    rest.insert(max(0, items.index(item) + step), item)
    return rest


@require_POST
def density(request: PageRequest) -> HttpResponseBase:
    """How close rows stand, in every list."""
    asked = request.POST.get("density", "")
    if asked in Density.values:
        services.choose_density(user=request.user, density=asked)
    return HttpResponseRedirect(_there(request))


@require_POST
def save_view(request: PageRequest) -> HttpResponseBase:
    form = SavedViewForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(NAMELESS))
        return HttpResponseRedirect(_there(request))
    view = services.save_view(owner=request.user, **form.cleaned_data)
    messages.success(request, _("View “%(name)s” saved.") % {"name": view.name})
    return HttpResponseRedirect(_to_view(request, view))


def _to_view(request: PageRequest, view: SavedView) -> str:
    path = urlsplit(own_address(request, request.POST.get("to", "/"))).path
    return f"{path}?{view.query}&view={view.pk}" if view.query else f"{path}?view={view.pk}"


@require_POST
def view_edit(request: PageRequest, view_id: int) -> HttpResponseBase:
    """Rename an own view, or share it."""
    view, form = selectors.get_view_for(request.user, view_id), ViewForm(request.POST)
    try:
        if not form.is_valid():
            raise services.ViewError(str(NAMELESS))
        services.change_view(view=view, **form.cleaned_data)
    except services.ViewError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("View “%(name)s” changed.") % {"name": view.name})
    return HttpResponseRedirect(_there(request))


@require_POST
def view_overwrite(request: PageRequest, view_id: int) -> HttpResponseBase:
    """Let an own view hold what the list shows now."""
    view = selectors.get_view_for(request.user, view_id)
    services.overwrite_view(view=view, query=request.POST.get("query", "")[:2000])
    messages.success(request, _("View “%(name)s” now holds what you see.") % {"name": view.name})
    return HttpResponseRedirect(_to_view(request, view))


@require_POST
def view_first(request: PageRequest, view_id: int) -> HttpResponseBase:
    """Open the list with this view, or no more."""
    view = selectors.get_seen_view_for(request.user, view_id, _today())
    is_first = request.POST.get("first") == "1"
    services.choose_first_view(user=request.user, table=view.table, view=view if is_first else None)
    words = _("The list opens with “%(name)s”.") if is_first else _("The list no longer opens with “%(name)s”.")
    messages.success(request, words % {"name": view.name})
    return HttpResponseRedirect(_there(request))


@require_POST
def view_move(request: PageRequest, view_id: int) -> HttpResponseBase:
    """Put a view one place to the left or right, for oneself."""
    view = selectors.get_seen_view_for(request.user, view_id, _today())
    ids = [one.pk for one in selectors.list_state(request.user, view.table, _today()).views]
    step = -1 if request.POST.get("step") == "left" else 1
    services.order_views(user=request.user, table=view.table, ids=moved(ids, view.pk, step))
    return HttpResponseRedirect(_there(request))


@require_POST
def delete_view(request: PageRequest, view_id: int) -> HttpResponseBase:
    view = selectors.get_view_for(request.user, view_id)
    services.delete_view(view=view, at=timezone.now())
    back = urlsplit(own_address(request, request.POST.get("to", "/"))).path
    undo = f"{reverse('core:view_restore', args=[view.pk])}?{urlencode({'to': back})}"
    messages.success(request, _("View “%(name)s” deleted.") % {"name": view.name}, extra_tags=f"undo:{undo}")
    return HttpResponseRedirect(f"{back}?view=all")


@require_POST
def view_restore(request: PageRequest, view_id: int) -> HttpResponseBase:
    view = selectors.get_view_for(request.user, view_id, is_deleted=True)
    try:
        services.restore_view(view=view)
    except services.ViewError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("View “%(name)s” is back.") % {"name": view.name})
    return HttpResponseRedirect(own_address(request, request.GET.get("to", "/")))
