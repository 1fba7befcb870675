"""List pages: filter, search, sort, keyset pages, columns, saved views, capped counts, export. Used by every list.

A room declares a Table; the page, the export and the API read the same queryset in the same order.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, Model, Q, QuerySet, Sum
from django.http import QueryDict
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django_filters import FilterSet

from core import registry
from core.htmx import PageRequest
from core.kernel import formats
from core.kernel.own_fields import OwnField, shown
from core.models import SavedView
from core.selectors import own_fields_of, the_company, value_of
from core.selectors.own_fields import all_person_names

PAGE_ROWS = 50
COUNT_CAP = 10_000
RESERVED = {"after", "before", "sort", "columns", "view", "format"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `value(row)` gives the plain value (export), kind says how it is shown.

    kind: text, money, number, percent, date, datetime, tag, tags (a sequence of words), act (an Act or None).
    sort: model field (may span relations). currency(row) names the currency of money; sub(row) is the second line;
    tone(row) colours a tag, icon(row) draws its icon. sums: the model field whose total, by currency, stands below
    the list.
    """

    key: str
    label: Any
    value: Callable[[Any], Any]
    kind: str = "text"
    sort: str = ""
    is_link: bool = False
    is_hidden: bool = False
    hide_sm: bool = False
    sub: Callable[[Any], Any] | None = None
    currency: Callable[[Any], str] = lambda row: row.currency_id
    tone: Callable[[Any], str] = lambda row: ""
    icon: Callable[[Any], str] = lambda row: ""
    sums: str = ""

    @property
    def is_number(self) -> bool:
        return self.kind in ("money", "exact", "number", "plain", "percent")


@dataclass(frozen=True, slots=True)
class Act:
    """A button in a row, posted with the list's form as name=value; `label` alone where it can't be pressed.

    asks: the words of a field beside it, posted as name_value: what a person fills in before they press it.
    """

    label: Any
    name: str = ""
    value: Any = ""
    icon: str = ""
    asks: Any = ""

    def __str__(self) -> str:
        return str(self.label)


@dataclass(frozen=True, slots=True)
class BulkAction:
    """An act on the selected rows; `name` is posted as `action`.

    asks: the label of a field beside it, posted as `words`; options: an address that offers what may stand in it.
    """

    name: str
    label: Any
    icon: str
    is_primary: bool = False
    asks: Any = ""
    options: Any = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A list of records. `rows(user, as_of)` gives what the user may see; `search(rows, text)` narrows it.

    may_see(user): whether the list exists for a person at all; for others its address answers "not found".
    stacks: on a phone a row is a block, with tags and acts on lines of their own.
    record_kind: of a list of records with tags and custom fields, which have columns then; its filter set mixes in
    core.filters.OwnFilters.
    """

    key: str
    title: Any
    rows: Callable[[Any, date], QuerySet[Any]]
    columns: Sequence[Column]
    may_see: Callable[[Any], bool]
    default_sort: str = "-id"
    filterset: type[FilterSet] | None = None
    search: Callable[[QuerySet[Any], str], QuerySet[Any]] | None = None
    bulk: Callable[[Any], Sequence[BulkAction]] = lambda user: ()
    empty_title: Any = ""
    empty_reason: Any = ""
    presets: Sequence[tuple[Any, str]] = field(default_factory=tuple)
    stacks: bool = False
    record_kind: str = ""

    def all_columns(self) -> list[Column]:
        return [*self.columns, *registry.columns_for(self.key), *own_columns(self.record_kind)]

    @property
    def summed(self) -> Column | None:
        return next((column for column in self.columns if column.sums), None)


@dataclass(slots=True)
class ListPage:
    """One page of a list, ready for its template."""

    table: Table
    request: PageRequest
    columns: list[Column]
    objects: list[Model]
    count: int
    is_capped: bool
    previous: str
    next: str
    form: Any
    chips: list[dict[str, Any]]
    views: list[dict[str, Any]]
    sort: str
    total: Sequence[tuple[str, Decimal]] = ()

    @property
    def heads(self) -> list[dict[str, Any]]:
        return [self._head(column) for column in self.columns]

    def _head(self, column: Column) -> dict[str, Any]:
        mine = self.sort.lstrip("-") == column.key
        falling = mine and self.sort.startswith("-")
        turned = column.key if falling else f"-{column.key}" if mine or column.is_number else column.key
        return {
            "column": column,
            "url": _query(self.request, sort=turned, after=None, before=None) if column.sort else "",
            "aria": "descending" if falling else "ascending" if mine else "",
        }

    @property
    def rows(self) -> list[dict[str, Any]]:
        summed, zone = self.table.summed, ""
        if any(column.kind == "datetime" for column in self.columns):
            zone = getattr(self.request.user, "time_zone", "") or the_company().time_zone
        return [
            {
                "object": row,
                "cells": [cell(column, row, zone=zone) for column in self.columns],
                "amount": summed.value(row) if summed else None,
                "currency": summed.currency(row) if summed else "",
            }
            for row in self.objects
        ]

    @property
    def total_text(self) -> str:
        """The sum of all rows behind the filters, each currency by itself."""
        return ", ".join(formats.whole_money(amount, currency) for currency, amount in self.total)

    @property
    def count_text(self) -> str:
        return f"{COUNT_CAP:,}+" if self.is_capped else f"{self.count:,}"

    @property
    def is_filtered(self) -> bool:
        return bool(self.chips)

    @property
    def choices(self) -> list[dict[str, Any]]:
        shown = {column.key for column in self.columns}
        return [{"column": column, "shown": column.key in shown} for column in self.table.all_columns()]

    @property
    def actions(self) -> Sequence[BulkAction]:
        return self.table.bulk(self.request.user)

    def export_url(self, kind: str) -> str:
        return _query(self.request, format=kind, after=None, before=None)

    @property
    def csv_url(self) -> str:
        return self.export_url("csv")

    @property
    def xlsx_url(self) -> str:
        return self.export_url("xlsx")

    @property
    def kept_query(self) -> str:
        """The filters and sort of this page, as a saved view keeps them."""
        return _query(self.request, after=None, before=None, view=None).lstrip("?")


def own_columns(record_kind: str) -> list[Column]:
    """Columns of tags and custom fields, hidden until somebody chooses them."""
    if not record_kind:
        return []
    tags = Column("tags", _("Tags"), lambda row: row.tag_names, kind="tags", is_hidden=True, hide_sm=True)
    return [tags, *(_own_column(one) for one in own_fields_of(record_kind))]


def _own_column(field: OwnField) -> Column:
    kinds = {"number": "plain", "money": "exact", "date": "date"}

    def value(row: Any) -> Any:
        clean = value_of(row, field)
        if clean is None or field.is_number or field.type == "date":
            return clean
        return shown(field, clean, all_person_names() if field.type == "person" else {})

    def currency(row: Any) -> str:
        return str(getattr(row, "currency_id", "") or the_company().currency_id)

    kind = kinds.get(field.type, "clip" if field.type == "long" else "text")
    return Column(field.name, field.label, value, kind=kind, is_hidden=True, hide_sm=True, currency=currency)


def tag_action() -> BulkAction:
    """The bulk act that puts a tag on the chosen records; the list's view answers it with core.views.tag_chosen."""
    return BulkAction("tag", _("Add tag"), "tag", asks=_("Tag"), options=reverse_lazy("core:tag_options"))


def list_page(request: PageRequest, table: Table, *, as_of: date) -> ListPage:
    """The page a request asks for. Unknown filters, sorts and cursors are passed over, not failed on."""
    rows, form = filtered(request, table, as_of=as_of)
    sort = _sort_of(table, request.GET.get("sort", ""))
    column = next((c for c in table.all_columns() if c.key == sort.lstrip("-")), None)
    count = rows.order_by().values("pk")[: COUNT_CAP + 1].count()
    objects, has_more, has_less = _page(rows, column, sort, request.GET)
    return ListPage(
        table=table,
        request=request,
        columns=chosen_columns(table, request.GET),
        objects=objects,
        count=min(count, COUNT_CAP),
        is_capped=count > COUNT_CAP,
        previous=_query(request, before=_cursor(objects[0], column), after=None) if objects and has_less else "",
        next=_query(request, after=_cursor(objects[-1], column), before=None) if objects and has_more else "",
        form=form,
        chips=_chips(request, form),
        views=_views(request, table),
        sort=sort,
        total=_total(rows, table.summed) if objects and count <= COUNT_CAP else (),
    )


def _total(rows: QuerySet[Any], column: Column | None) -> list[tuple[str, Decimal]]:
    """Exact sums by currency, of lists that are counted to the end."""
    if column is None:
        return []
    sums = rows.order_by().values_list("currency_id").annotate(total=Sum(column.sums)).order_by("currency_id")
    return [(currency, total) for currency, total in sums if total is not None]


def filtered(request: PageRequest, table: Table, *, as_of: date) -> tuple[QuerySet[Any], Any]:
    """What the user may see, narrowed by the filters and the search text of the address; and the filter form."""
    rows = table.rows(request.user, as_of)
    form = None
    if table.filterset is not None:
        narrowed = table.filterset(request.GET, queryset=rows, request=request)
        form = narrowed.form
        rows = narrowed.qs if narrowed.is_valid() else rows
    text = request.GET.get("q", "").strip()
    if text and table.search:
        rows = table.search(rows, text)
    return rows, form


def export_rows(request: PageRequest, table: Table, *, as_of: date) -> tuple[list[str], Iterator[list[Any]]]:
    """Header and rows of an export: the same columns, filters and order as the page, exact values, all pages."""
    rows, _form = filtered(request, table, as_of=as_of)
    columns = chosen_columns(table, request.GET)
    sort = _sort_of(table, request.GET.get("sort", ""))
    column = next((c for c in table.all_columns() if c.key == sort.lstrip("-")), None)
    ordered = rows.order_by(*_order(column, falling=sort.startswith("-")))
    header = [str(c.label) for c in columns]
    return header, ([_plain(c, row) for c in columns] for row in ordered.iterator(chunk_size=2000))


def _plain(column: Column, row: Any) -> Any:
    """A value as an export writes it."""
    value = column.value(row)
    if column.kind == "tags":
        return "; ".join(str(word) for word in value or ())
    return str(value) if isinstance(value, Act) else value


def chosen_columns(table: Table, query: QueryDict) -> list[Column]:
    wanted = [key for key in query.get("columns", "").split(",") if key]
    known = table.all_columns()
    chosen = [column for column in known if column.key in wanted]
    return chosen or [column for column in known if not column.is_hidden]


@dataclass(frozen=True, slots=True)
class Shown:
    """A tag of a cell: its words, tone and icon."""

    text: Any
    tone: str = ""
    icon: str = ""


def cell(column: Column, row: Any, *, zone: str = "UTC") -> dict[str, Any]:
    """A value as its column shows it; instants in a time zone."""
    value = column.value(row)
    text: Any = formats.moment(value, zone) if column.kind == "datetime" else _shown(column, row, value)
    sub = column.sub(row) if column.sub else ""
    return {"column": column, "text": text, "sub": sub or ""}


def _shown(column: Column, row: Any, value: Any) -> Any:
    if value is None or value == "":
        return formats.NONE
    if column.kind == "money":
        return formats.whole_money(value, column.currency(row))
    if column.kind == "exact":
        return formats.exact_money(value, column.currency(row))
    if column.kind == "plain":
        return f"{value.normalize():f}" if isinstance(value, Decimal) else value
    if column.kind == "percent":
        return formats.percent(value)
    if column.kind == "number":
        return formats.whole(value) if isinstance(value, (int, Decimal)) else value
    if column.kind == "date":
        return formats.day(value)
    if column.kind == "tag":
        return Shown(value, column.tone(row), column.icon(row))
    if column.kind == "tags":
        return [Shown(word, column.tone(row)) for word in value]
    return value


def _sort_of(table: Table, asked: str) -> str:
    sortable = {column.key for column in table.all_columns() if column.sort}
    return asked if asked.lstrip("-") in sortable else table.default_sort


def _order(column: Column | None, *, falling: bool) -> list[Any]:
    if column is None:
        return ["-id"]
    by = F(column.sort.replace(".", "__"))
    return [by.desc(nulls_last=True), "-id"] if falling else [by.asc(nulls_last=True), "id"]


def keyset_part(
    rows: QuerySet[Any], table: Table, *, sort: str, after: str = "", before: str = "", limit: int = PAGE_ROWS
) -> tuple[list[Any], str, str]:
    """Rows in the order of a list after or before a cursor, and the cursors of the parts after and before them.

    sort: the key of a sortable column, "-" in front for falling; the cursors are "" where there is nothing more.
    """
    column = next((c for c in table.all_columns() if c.key == sort.lstrip("-")), None)
    query = QueryDict(mutable=True)
    query.update({"after": after, "before": before})
    found, has_more, has_less = _page(rows, column, sort, query, limit)
    next_one = _cursor(found[-1], column) if found and has_more else ""
    return found, next_one, _cursor(found[0], column) if found and has_less else ""


def _page(
    rows: QuerySet[Any], column: Column | None, sort: str, query: QueryDict, limit: int = PAGE_ROWS
) -> tuple[list[Any], bool, bool]:
    """Rows of one page by keyset, whether there are more after, and whether there are some before."""
    falling = sort.startswith("-") or column is None
    after, before = _read_cursor(query.get("after")), _read_cursor(query.get("before"))
    ordered = rows.order_by(*_order(column, falling=falling))
    if before is not None:
        ordered = rows.filter(_beyond(column, before, falling=not falling, back=True)).order_by(
            *_order(column, falling=falling)
        )
        found = list(ordered.reverse()[: limit + 1])
        page = found[:limit][::-1]
        return page, True, len(found) > limit
    if after is not None:
        ordered = ordered.filter(_beyond(column, after, falling=falling, back=False))
    found = list(ordered[: limit + 1])
    return found[:limit], len(found) > limit, after is not None


def _beyond(column: Column | None, cursor: tuple[Any, int], *, falling: bool, back: bool) -> Q:
    """Rows after a cursor in the direction of travel; nulls come last in the list, so first when going back."""
    value, pk = cursor
    past_id = Q(id__lt=pk) if falling else Q(id__gt=pk)
    if column is None:
        return past_id
    name = column.sort.replace(".", "__")
    empty = Q(**{f"{name}__isnull": True})
    if value is None:
        return (empty & past_id) | (~empty if back else Q(pk__in=[]))
    past = Q(**{f"{name}__{'lt' if falling else 'gt'}": value}) | (Q(**{name: value}) & past_id)
    return past if back else past | empty


def _cursor(row: Any, column: Column | None) -> str:
    value = None
    if column is not None:
        value = row
        for part in column.sort.replace("__", ".").split("."):
            value = getattr(value, part, None)
    if isinstance(value, (date, datetime, Decimal)):
        value = str(value) if isinstance(value, Decimal) else value.isoformat()
    return base64.urlsafe_b64encode(json.dumps([value, row.pk], default=str).encode()).decode().rstrip("=")


def _read_cursor(text: str | None) -> tuple[Any, int] | None:
    if not text:
        return None
    try:
        value, pk = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return value, int(pk)
    except (ValueError, TypeError):
        return None


def _chips(request: PageRequest, form: Any) -> list[dict[str, Any]]:
    """The filters in force, each with the address that takes it away."""
    chips = []
    if text := request.GET.get("q", "").strip():
        chips.append({"label": _("Search"), "value": text, "remove": _query(request, q=None, after=None, before=None)})
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
                "remove": _query(request, **{name: None, "after": None, "before": None}),
            }
        )
    return chips


def _words(bound: Any, values: list[str]) -> str:
    choices = getattr(bound, "choices", None)
    if choices is None:
        return ", ".join(values)
    known = {str(key): str(label) for key, label in choices}
    return ", ".join(known.get(value, value) for value in values)


def _views(request: PageRequest, table: Table) -> list[dict[str, Any]]:
    now = _query(request, after=None, before=None, view=None).lstrip("?")
    views = [
        {"name": name, "url": f"?{query}", "active": now == query} for name, query in [(_("All"), ""), *table.presets]
    ]
    own = SavedView.objects.filter(Q(owner=request.user.pk) | Q(is_shared=True), table=table.key).select_related(
        "owner"
    )
    for view in own:
        views.append({"name": view.name, "url": f"?{view.query}", "active": now == view.query, "view": view})
    return views


def _query(request: PageRequest, **changes: str | None) -> str:
    query = request.GET.copy()
    query.pop("format", None)
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = value
    return f"?{query.urlencode()}" if query else "?"
