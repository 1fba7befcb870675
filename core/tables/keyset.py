"""Order and pages by keyset: nulls last, ids break ties, unknown sorts and cursors are passed over.

Rows with a value and rows without one are asked for apart, the latter only where a page reaches them: so one plain
index on (column, id) serves both directions, however deep the page.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import F, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from core.selectors.patience import at_most
from core.tables.columns import Column, Table

PAGE_ROWS = 50
SORT_MS = 5_000
_MOST_DIGITS = 40
Narrow = Callable[[QuerySet[Any], int], QuerySet[Any]]


def sort_of(table: Table, asked: str) -> str:
    sortable = {column.key for column in table.all_columns() if column.sort}
    return asked if asked.lstrip("-") in sortable else table.default_sort


def column_of(table: Table, sort: str) -> Column | None:
    """The column that a list is sorted by; None: by its ids."""
    return next((column for column in table.all_columns() if column.key == sort.lstrip("-")), None)


def too_slow_words(column: Column | None) -> str:
    words = _("Sorting so many records by “%(name)s” takes too long. Narrow the list by a filter, then sort it.")
    return words % {"name": column.label if column else ""}


def in_order(rows: QuerySet[Any], column: Column | None, *, falling: bool) -> QuerySet[Any]:
    """A whole list in its order, for whoever reads all of it."""
    if column is None:
        return rows.order_by("-id")
    by = F(column.sort.replace(".", "__"))
    order: list[Any] = [by.desc(nulls_last=True), "-id"] if falling else [by.asc(nulls_last=True), "id"]
    return _with_order(rows, column).order_by(*order)


def _with_order(rows: QuerySet[Any], column: Column | None) -> QuerySet[Any]:
    """Rows with what they are ordered by, where that is no field of theirs."""
    return rows.annotate(**{column.sort: column.order()}) if column and column.order else rows


def keyset_part(
    rows: QuerySet[Any], table: Table, *, sort: str, after: str = "", before: str = "", limit: int = PAGE_ROWS
) -> tuple[list[Any], str, str]:
    """Rows in the order of a list after or before a cursor, and the cursors of the parts after and before them.

    sort: the key of a sortable column, "-" in front for falling; the cursors are "" where there is nothing more.
    Raises TooSlow (core.selectors.patience).
    """
    column = column_of(table, sort)
    query = QueryDict(mutable=True)
    query.update({"after": after, "before": before})
    found, has_more, has_less = rows_of_page(rows, column, sort, query, limit)
    next_one = cursor_of(found[-1], column) if found and has_more else ""
    return found, next_one, cursor_of(found[0], column) if found and has_less else ""


def rows_of_page(
    rows: QuerySet[Any],
    column: Column | None,
    sort: str,
    query: QueryDict,
    limit: int = PAGE_ROWS,
    narrow: Narrow = lambda ordered, limit: ordered,
) -> tuple[list[Any], bool, bool]:
    """Rows of one page by keyset, whether there are more after, and whether there are some before.

    narrow(ordered rows, limit): a queryset with the same first rows that is quicker to read. Raises TooSlow where the
    order of the column, which no index serves, takes longer than SORT_MS.
    """
    if column is None or column.order is None:
        return _part(rows, column, sort, query, limit, narrow)
    with at_most(SORT_MS):
        return _part(_with_order(rows, column), column, sort, query, limit, narrow)


def _part(
    rows: QuerySet[Any], column: Column | None, sort: str, query: QueryDict, limit: int, narrow: Narrow
) -> tuple[list[Any], bool, bool]:
    walk = _Walk(rows, column, falling=sort.startswith("-") or column is None, narrow=narrow)
    before, after = (_read_cursor(query.get(name), column) for name in ("before", "after"))
    try:
        if before is not None:
            found = walk.back(before, limit + 1)
            return found[:limit][::-1], True, len(found) > limit
        found = walk.on(after, limit + 1)
    except (ValueError, TypeError, ArithmeticError, ValidationError):  # a cursor of another list, or made up
        after, found = None, walk.on(None, limit + 1)
    return found[:limit], len(found) > limit, after is not None


Cursor = tuple[Any, int]


@dataclass(frozen=True, slots=True)
class _Walk:
    """Rows in an order, from a cursor on or back from it."""

    rows: QuerySet[Any]
    column: Column | None
    falling: bool
    narrow: Narrow

    def on(self, after: Cursor | None, limit: int) -> list[Any]:
        """With a value first, then those without."""
        found = [] if after is not None and self._is_among_empty(after) else self._valued(after, limit, back=False)
        if len(found) < limit and self._has_empty:
            rest = after if after is not None and self._is_among_empty(after) else None
            found += self._empty(rest, limit - len(found), back=False)
        return found

    def back(self, before: Cursor, limit: int) -> list[Any]:
        """The nearest first."""
        if not self._is_among_empty(before):
            return self._valued(before, limit, back=True)
        found = self._empty(before, limit, back=True)
        return found if len(found) == limit else found + self._valued(None, limit - len(found), back=True)

    @property
    def _name(self) -> str:
        return self.column.sort.replace(".", "__") if self.column else ""

    @property
    def _is_made(self) -> bool:
        """Whether the order is made row by row: no index has it, and each mention of it costs time."""
        return self.column is not None and self.column.order is not None

    @property
    def _has_empty(self) -> bool:
        return self.column is not None and _may_be_null(self.rows.model, self._name)

    def _is_among_empty(self, cursor: Cursor) -> bool:
        return self._has_empty and cursor[0] is None

    def _valued(self, cursor: Cursor | None, limit: int, *, back: bool) -> list[Any]:
        down = self.falling != back
        rows = self.rows
        if self._has_empty and not (cursor is not None and self._is_made):  # past a value there is none without one
            rows = rows.filter(**{f"{self._name}__isnull": False})
        if cursor is not None:
            rows = rows.filter(_past(self._name, cursor, down=down))
        order = [self._name, "id"] if self.column else ["id"]
        return self._first(rows.order_by(*(f"-{name}" if down else name for name in order)), limit)

    def _empty(self, cursor: Cursor | None, limit: int, *, back: bool) -> list[Any]:
        down = self.falling != back
        rows = self.rows.filter(**{f"{self._name}__isnull": True})
        if cursor is not None:
            rows = rows.filter(**{"id__lt" if down else "id__gt": cursor[1]})
        return self._first(rows.order_by("-id" if down else "id"), limit)

    def _first(self, ordered: QuerySet[Any], limit: int) -> list[Any]:
        first = self.narrow(ordered, limit)
        if self._is_made:
            # Sorted without what a row shows: of a large list only the rows of the page are read in full.
            ids = list(first.values_list("pk", flat=True)[:limit])
            return list(ordered.filter(pk__in=ids))
        return list(first[:limit])


def _past(name: str, cursor: Cursor, *, down: bool) -> Q:
    """Rows past a cursor; the first condition alone bounds what an index has to be read of."""
    value, pk = cursor
    beyond = Q(id__lt=pk) if down else Q(id__gt=pk)
    if not name:
        return beyond
    lookup = "lt" if down else "gt"
    return Q(**{f"{name}__{lookup}e": value}) & (Q(**{f"{name}__{lookup}": value}) | beyond)


def _may_be_null(model: Any, name: str) -> bool:
    """Whether a column, also one of a related record or an annotation, may be without a value."""
    for part in name.split("__"):
        try:
            field = model._meta.get_field(part)
        except FieldDoesNotExist:
            return True
        if field.null or not getattr(field, "concrete", False):
            return True
        model = field.related_model
    return False


def cursor_of(row: Any, column: Column | None) -> str:
    value = None
    if column is not None:
        value = row
        for part in column.sort.replace("__", ".").split("."):
            value = getattr(value, part, None)
    if isinstance(value, (date, datetime, Decimal)):
        value = str(value) if isinstance(value, Decimal) else value.isoformat()
    return (
        base64.urlsafe_b64encode(json.dumps([value, row.pk], default=str, ensure_ascii=False).encode())
        .decode()
        .rstrip("=")
    )


def _read_cursor(text: str | None, column: Column | None) -> Cursor | None:
    if not text:
        return None
    try:
        value, pk = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return (value, int(pk)) if _is_held(value, column) else None
    except (ValueError, TypeError, ArithmeticError):
        return None


def _is_held(value: Any, column: Column | None) -> bool:
    """Whether the database could hold a value: it refuses the rest only when the statement runs."""
    if isinstance(value, str) and column is not None and column.is_number:
        number = Decimal(value)
        return number.is_finite() and abs(number.adjusted()) <= _MOST_DIGITS
    if isinstance(value, float):
        return isfinite(value)
    return not (isinstance(value, str) and "\0" in value)
