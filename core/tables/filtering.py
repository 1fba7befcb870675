"""Rows as the address narrows them, and what it says in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet
from django.forms import ModelChoiceField
from django.http import QueryDict
from django.utils.translation import gettext as _

from core.htmx import PageRequest
from core.tables.choices import LongChoice, shorten_choices
from core.tables.columns import Table

ENDINGS = ("", "_min", "_max", "_after", "_before", "_0", "_1")  # of the parameters that one filter takes
OPEN_CHIPS = 4


class Fields(StrEnum):
    """Which filters a form holds: those asked for, with the few that have a chip of their own, or all there are."""

    ASKED = "asked"
    CHIPS = "chips"
    ALL = "all"


def filtered(
    request: PageRequest,
    table: Table,
    *,
    as_of: date,
    query: QueryDict | None = None,
    fields: Fields = Fields.ASKED,
    rows: QuerySet[Any] | None = None,
) -> tuple[QuerySet[Any], Any]:
    """What the user may see, narrowed by the filters and the search text of the address; and the filter form.

    A saved view whose filter names a record out of sight, or none, has no rows for the person. query: instead of the
    address. The form says by `has_more` that it doesn't hold all filters. rows: what the user may see, if known.
    """
    asked = request.GET if query is None else query
    rows = table.rows(request.user, as_of) if rows is None else rows
    form = None
    if table.filterset is not None:
        filterset: Any = table.filterset
        names = table.filter_names
        kept = frozenset(names) if fields == Fields.ALL else _kept(names, asked, fields)
        narrowed = _lean(filterset, kept)(asked, queryset=rows, request=request)
        form = narrowed.form
        form.has_more = len(kept) < len(names)
        shorten_choices(form)
        hidden = asked.get("view") and any(is_out_of_sight(form, name) for name in form.errors)
        rows = rows.none() if hidden else narrowed.qs  # a filter in error is passed over, the others hold
    text = asked.get("q", "").replace("\0", "").strip()
    if text and table.search:
        rows = table.search(rows, text)
    return rows, form


def _kept(names: Sequence[str], asked: QueryDict, fields: Fields) -> frozenset[str]:
    """Filters to build: the field of one that nobody asked for often costs more than the rows of the page."""
    chips = names[:OPEN_CHIPS] if fields == Fields.CHIPS else ()
    return frozenset(chips) | {name for name in names if any(asked.get(f"{name}{end}") for end in ENDINGS)}


@lru_cache(maxsize=500)
def _lean(filterset: Any, kept: frozenset[str]) -> Any:
    """The filter set with some of its filters only."""
    lean: Any = type(filterset.__name__, (filterset,), {"kept": kept})
    lean.base_filters = {name: one for name, one in filterset.base_filters.items() if name in kept}
    return lean


def is_out_of_sight(form: Any, name: str) -> bool:
    """Whether a filter names a record by its id that isn't among those the person may choose from."""
    return (
        isinstance(form.fields.get(name), (ModelChoiceField, LongChoice)) and str(form.data.get(name, "")).isdecimal()
    )


def chips_of(request: PageRequest, form: Any) -> list[dict[str, Any]]:
    """The filters in force, each with the address that takes it away."""
    chips = []
    if text := request.GET.get("q", "").strip():
        chips.append(
            {"label": _("Search"), "value": text, "remove": query_with(request, q=None, after=None, before=None)}
        )
    for name in request.GET:
        base = name.rsplit("_min", 1)[0].rsplit("_max", 1)[0].rsplit("_after", 1)[0].rsplit("_before", 1)[0]
        if form is None or base not in form.fields or not request.GET[name]:
            continue
        bound = form.fields[base]
        label = str(bound.label or base)
        chips.append(
            {
                "label": label,
                "value": _words(bound, request.GET.getlist(name)),
                "remove": query_with(request, **{name: None, "after": None, "before": None}),
            }
        )
    return chips


def _words(bound: Any, values: list[str]) -> str:
    if isinstance(bound, LongChoice):
        return ", ".join(str(bound.prepare_value(value) or _("not visible to you")) for value in values)
    choices = getattr(bound, "choices", None)
    if choices is None:
        return ", ".join(values)
    known = {str(key): str(label) for key, label in choices}
    unknown = _("not visible to you") if isinstance(bound, ModelChoiceField) else ""
    return ", ".join(known.get(value) or unknown or value for value in values)


def query_with(request: PageRequest, **changes: str | None) -> str:
    query = request.GET.copy()
    query.pop("format", None)
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = value
    return f"?{query.urlencode()}" if query else "?"
