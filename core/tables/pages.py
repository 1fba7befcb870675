"""One page of a list, and its export."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from core.htmx import PageRequest
from core.kernel import formats
from core.selectors import editable_ids, the_company
from core.selectors.patience import TooSlow
from core.selectors.saved_views import ListState, quick_count, quick_sums
from core.tables.columns import BulkAction, Column, Table, chosen_columns, plain_value
from core.tables.filtering import Fields, chips_of, filtered, query_with
from core.tables.keyset import column_of, cursor_of, in_order, rows_of_page, sort_of, too_slow_words
from core.tables.tabs import ViewTab, state_of, view_tabs

COUNT_CAP = 10_000
_ANY_ID, _ANY_FIELD = 987654321, "any_field"


@dataclass
class ListPage:
    """One page of a list, ready for its template."""

    table: Table
    request: PageRequest
    columns: list[Column]
    objects: list[Model]
    count: int | None
    is_capped: bool
    previous: str
    next: str
    form: Any
    chips: list[dict[str, Any]]
    views: list[ViewTab]
    state: ListState
    sort: str
    total: Sequence[tuple[str, Decimal]] = ()
    editable: frozenset[int] = frozenset()
    note: str = ""
    as_of: date | None = None

    @property
    def heads(self) -> list[dict[str, Any]]:
        return [self._head(column) for column in self.columns]

    def _head(self, column: Column) -> dict[str, Any]:
        mine = self.sort.lstrip("-") == column.key
        falling = mine and self.sort.startswith("-")
        turned = column.key if falling else f"-{column.key}" if mine or column.is_number else column.key
        return {
            "column": column,
            "url": query_with(self.request, sort=turned, after=None, before=None) if column.sort else "",
            "aria": "descending" if falling else "ascending" if mine else "",
        }

    @property
    def zone(self) -> str:
        """The time zone that instants are shown in; asked for only where a column shows some."""
        if not any(column.kind == "datetime" for column in self.columns):
            return "UTC"
        return getattr(self.request.user, "time_zone", "") or str(the_company().time_zone)

    @property
    def year(self) -> tuple[date, date] | None:
        """The fiscal year of the page's day, half-open: days inside it are shown without it."""
        if self.as_of is None or not any(column.kind == "date" for column in self.columns):
            return None
        year = the_company().calendar.year_of(self.as_of)
        return year.start, year.end

    def edit_url(self, column: Column, row: Any) -> str:
        """Where a cell is edited in place; "" for one that isn't."""
        field = column.edit(row) if row.pk in self.editable else ""
        return self.cell_address.format(pk=row.pk, field=field) if field else ""

    @cached_property
    def cell_address(self) -> str:
        """The pattern of those addresses: turning a name into one takes longer than drawing a cell."""
        there = reverse(self.table.cell_url, args=[_ANY_ID, _ANY_FIELD])
        return there.replace(str(_ANY_ID), "{pk}").replace(_ANY_FIELD, "{field}")

    @property
    def total_text(self) -> str:
        """The sum of all rows behind the filters, each currency by itself."""
        return ", ".join(formats.whole_money(amount, currency) for currency, amount in self.total)

    @property
    def is_summed(self) -> bool:
        """Whether the list has a total at all; a total too large to add up is said so."""
        return self.table.summed is not None and bool(self.objects)

    @property
    def count_text(self) -> str:
        if self.count is None:  # counting them would have taken too long
            return str(_("many"))
        return f"{COUNT_CAP:,}+" if self.is_capped else f"{self.count:,}"

    @property
    def is_filtered(self) -> bool:
        return bool(self.chips)

    @property
    def shown_view(self) -> ViewTab | None:
        """The saved view that is open."""
        return next((tab for tab in self.views if tab.active and tab.view), None)

    @property
    def actions(self) -> Sequence[BulkAction]:
        return self.table.bulk(self.request.user)

    def export_url(self, kind: str) -> str:
        return query_with(self.request, format=kind, after=None, before=None)

    @property
    def csv_url(self) -> str:
        return self.export_url("csv")

    @property
    def xlsx_url(self) -> str:
        return self.export_url("xlsx")

    @property
    def is_compact(self) -> bool:
        return self.state.is_compact

    @property
    def kept_query(self) -> str:
        """The filters, sort and columns of this page, as a saved view keeps them."""
        keys = ",".join(column.key for column in self.columns)
        return query_with(self.request, after=None, before=None, view=None, columns=keys).lstrip("?")

    @property
    def columns_url(self) -> str:
        """Where the choice of columns is to be had."""
        return query_with(self.request, format="columns")

    @property
    def counts_url(self) -> str:
        """Where the tabs are to be had with their counts."""
        return query_with(self.request, format="counts", after=None, before=None)


def list_page(request: PageRequest, table: Table, *, as_of: date) -> ListPage:
    """The page a request asks for. Unknown filters, sorts and cursors are passed over, not failed on."""
    rows, form = filtered(request, table, as_of=as_of, fields=Fields.CHIPS)
    state = state_of(request, table, as_of)
    part = _part_of(request, table, rows, as_of)
    objects, column = part.objects, part.column
    count, total = _counted(rows, table.summed)
    return ListPage(
        table=table,
        request=request,
        columns=chosen_columns(table, request.GET, state.columns),
        objects=objects,
        count=None if count is None else min(count, COUNT_CAP),
        is_capped=count is not None and count > COUNT_CAP,
        previous=part.beside(request, before=cursor_of(objects[0], column)) if objects and part.has_less else "",
        next=part.beside(request, after=cursor_of(objects[-1], column)) if objects and part.has_more else "",
        form=form,
        chips=chips_of(request, form),
        views=view_tabs(request, table, state),
        state=state,
        sort=part.sort,
        note=part.note,
        as_of=as_of,
        total=total if objects and count is not None and count <= COUNT_CAP else (),
        editable=_editable(request, table, objects, as_of),
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """The rows of a page and their order; note: why it isn't the one that was asked for."""

    objects: list[Model]
    has_more: bool
    has_less: bool
    column: Column | None
    sort: str
    note: str = ""

    def beside(self, request: PageRequest, **place: str) -> str:
        """The address of the page after or before, which keeps an order that there was time for."""
        there: dict[str, str | None] = {"after": None, "before": None, **place}
        return query_with(request, **(there | {"sort": None} if self.note else there))


def _part_of(request: PageRequest, table: Table, rows: QuerySet[Any], as_of: date) -> _Part:
    """In the order that is asked for, or in the list's own where that one takes too long."""

    def narrow(ordered: QuerySet[Any], limit: int) -> QuerySet[Any]:
        return table.narrow(request.user, as_of, ordered, limit) if table.narrow else ordered

    sort = sort_of(table, request.GET.get("sort", ""))
    column = column_of(table, sort)
    try:
        return _Part(*rows_of_page(rows, column, sort, request.GET, narrow=narrow), column, sort)
    except TooSlow:
        usual = column_of(table, table.default_sort)
        found = rows_of_page(rows, usual, table.default_sort, QueryDict(), narrow=narrow)
        return _Part(*found, usual, table.default_sort, too_slow_words(column))


def row_page(request: PageRequest, table: Table, pk: int, *, as_of: date) -> ListPage:
    """One row of a list as it stands now, with the columns of the page; no row where it is out of sight by now."""
    state = state_of(request, table, as_of)
    objects = list(table.rows(request.user, as_of).filter(pk=pk))
    return ListPage(
        table=table,
        request=request,
        columns=chosen_columns(table, request.GET, state.columns),
        objects=objects,
        count=len(objects),
        is_capped=False,
        previous="",
        next="",
        form=None,
        chips=[],
        views=[],
        state=state,
        sort="",
        editable=_editable(request, table, objects, as_of),
        as_of=as_of,
    )


def _editable(request: PageRequest, table: Table, objects: Sequence[Model], as_of: date) -> frozenset[int]:
    """Which of the rows may be edited in place."""
    if not table.cell_url or not objects:
        return frozenset()
    return frozenset(editable_ids(request.user, table.record_kind, [row.pk for row in objects], as_of))


def _counted(rows: QuerySet[Any], column: Column | None) -> tuple[int | None, list[tuple[str, Decimal]]]:
    """How many rows there are, and exact sums by currency where the list has a column for them."""
    if column is None:
        return quick_count(rows, cap=COUNT_CAP), []
    return quick_sums(rows, column.sums, cap=COUNT_CAP)


def export_rows(request: PageRequest, table: Table, *, as_of: date) -> tuple[list[str], Iterator[list[Any]]]:
    """Header and rows of an export: the same columns, filters and order as the page, exact values, all pages."""
    rows, _form = filtered(request, table, as_of=as_of)
    columns = chosen_columns(table, request.GET, state_of(request, table, as_of).columns)
    sort = sort_of(table, request.GET.get("sort", ""))
    column = column_of(table, sort)
    ordered = in_order(rows, column, falling=sort.startswith("-"))
    header = [str(c.label) for c in columns]
    return header, ([plain_value(c, row) for c in columns] for row in ordered.iterator(chunk_size=2000))
