"""Tabs above a list: all rows, presets, saved views, each with its count when asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.http import QueryDict
from django.utils.translation import gettext as _

from core.htmx import PageRequest
from core.models import SavedView
from core.selectors.saved_views import ListState, list_state, quick_counts
from core.tables.columns import Table
from core.tables.filtering import filtered, query_with

TAB_CAP = 1_000


@dataclass(slots=True)
class ViewTab:
    """A tab above a list: its name and address, whether it is shown, the saved view behind it and whose that is."""

    name: str
    url: str
    active: bool
    view: SavedView | None = None
    is_own: bool = False
    is_first: bool = False
    is_changed: bool = False
    count: int | None = None

    @property
    def count_text(self) -> str:
        return "" if self.count is None else f"{TAB_CAP:,}+" if self.count > TAB_CAP else f"{self.count:,}"


def view_tabs(request: PageRequest, table: Table, state: ListState) -> list[ViewTab]:
    """All rows, the presets, then saved views in the person's order; the one in force by `view`, else by its query."""
    now = query_with(request, after=None, before=None, view=None).lstrip("?")
    asked = request.GET.get("view", "")
    fixed = [(_("All"), ""), *table.presets]
    tabs = [
        ViewTab(str(name), f"?{query}" if query else "?view=all", asked in ("", "all") and now == query)
        for name, query in fixed
    ]
    for view in state.views:
        url = f"?{view.query}&view={view.pk}" if view.query else f"?view={view.pk}"
        active = asked == str(view.pk)
        is_own, is_first = view.owner_id == request.user.pk, view == state.first_view
        tabs.append(ViewTab(view.name, url, active, view, is_own, is_first, is_changed=active and now != view.query))
    return tabs


def state_of(request: PageRequest, table: Table, as_of: date) -> ListState:
    """How the person keeps the list, read once a request."""
    kept: dict[str, ListState] = request.__dict__.setdefault("list_states", {})
    if table.key not in kept:
        kept[table.key] = list_state(request.user, table.key, as_of)
    return kept[table.key]


def count_views(request: PageRequest, table: Table, *, as_of: date) -> list[ViewTab]:
    """The tabs with how many rows each holds for the person, up to a cap; None where counting takes too long."""
    tabs = view_tabs(request, table, state_of(request, table, as_of))
    seen = table.rows(request.user, as_of)
    queries = [QueryDict(tab.url.lstrip("?")) for tab in tabs]
    narrowed = [filtered(request, table, as_of=as_of, query=query, rows=seen)[0] for query in queries]
    for tab, count in zip(tabs, quick_counts(narrowed, cap=TAB_CAP), strict=True):
        tab.count = count
    return tabs
