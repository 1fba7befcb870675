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
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import F, Q, QuerySet
from django.http import QueryDict

from core.tables.columns import Column, Table

PAGE_ROWS = 50
Narrow = Callable[[QuerySet[Any], int], QuerySet[Any]]


def sort_of(table: Table, asked: str) -> str:
    sortable = {column.key for column in table.all_columns() if column.sort}
    return asked if asked.lstrip("-") in sortable else table.default_sort


def order_by(column: Column | None, *, falling: bool) -> list[Any]:
    """The order of a whole list, for whoever reads all of it."""
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

    narrow(ordered rows, limit): a queryset with the same first rows that is quicker to read.
    """
    walk = _Walk(rows, column, falling=sort.startswith("-") or column is None, narrow=narrow)
    before, after = _read_cursor(query.get("before")), _read_cursor(query.get("after"))
    try:
        if before is not None:
            found = walk.back(before, limit + 1)
            return found[:limit][::-1], True, len(found) > limit
        found = walk.on(after, limit + 1)
    except (ValueError, TypeError, ValidationError):  # a cursor of another list, or made up
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
    def _has_empty(self) -> bool:
        return self.column is not None and _may_be_null(self.rows.model, self._name)

    def _is_among_empty(self, cursor: Cursor) -> bool:
        return self._has_empty and cursor[0] is None

    def _valued(self, cursor: Cursor | None, limit: int, *, back: bool) -> list[Any]:
        down = self.falling != back
        rows = self.rows.filter(**{f"{self._name}__isnull": False}) if self._has_empty else self.rows
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
        return list(self.narrow(ordered, limit)[:limit])


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
    return base64.urlsafe_b64encode(json.dumps([value, row.pk], default=str).encode()).decode().rstrip("=")


def _read_cursor(text: str | None) -> Cursor | None:
    if not text:
        return None
    try:
        value, pk = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return value, int(pk)
    except (ValueError, TypeError):
        return None
