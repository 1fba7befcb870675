"""Order and pages by keyset: nulls last, ids break ties, unknown sorts and cursors are passed over."""

from __future__ import annotations

import base64
import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, QuerySet
from django.http import QueryDict

from core.tables.columns import Column, Table

PAGE_ROWS = 50


def sort_of(table: Table, asked: str) -> str:
    sortable = {column.key for column in table.all_columns() if column.sort}
    return asked if asked.lstrip("-") in sortable else table.default_sort


def order_by(column: Column | None, *, falling: bool) -> list[Any]:
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
    rows: QuerySet[Any], column: Column | None, sort: str, query: QueryDict, limit: int = PAGE_ROWS
) -> tuple[list[Any], bool, bool]:
    """Rows of one page by keyset, whether there are more after, and whether there are some before."""
    falling = sort.startswith("-") or column is None
    after, before = _read_cursor(query.get("after")), _read_cursor(query.get("before"))
    ordered = rows.order_by(*order_by(column, falling=falling))
    if before is not None:
        ordered = rows.filter(_beyond(column, before, falling=not falling, back=True)).order_by(
            *order_by(column, falling=falling)
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


def cursor_of(row: Any, column: Column | None) -> str:
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
