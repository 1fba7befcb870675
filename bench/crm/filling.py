"""Rows into empty tables by COPY: columns that aren't given take the defaults of their model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models, transaction

from core import bulk


def fill(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]], *, count: int = 0) -> int:
    """COPY rows, numbered from 1 where no id is given; count says how many there are about. Returns how many."""
    names, defaults = _completed(model, columns)
    numbered = columns[0] == "id"
    table = model._meta.db_table
    made = ((*(() if numbered else (number,)), *row, *defaults) for number, row in enumerate(rows, 1))
    with transaction.atomic(), connection.cursor() as cursor:
        with bulk.bare_fill(cursor, table, count):
            copied = bulk.copy_rows(table=table, columns=names if numbered else ["id", *names], rows=made)
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), greatest(1, (SELECT max(id) FROM {table})))"
        )
    return copied


def _completed(model: type[models.Model], columns: Sequence[str]) -> tuple[list[str], list[Any]]:
    """All columns that a row must have, and the values of those that aren't given."""
    missing = [field for field in model._meta.concrete_fields if field.column not in {*columns, "id"}]
    needed = [field for field in missing if not _fills_itself(field)]
    return [*columns, *(str(field.column) for field in needed)], [field.get_default() for field in needed]


def _fills_itself(field: Any) -> bool:
    return field.null or field.generated or field.has_db_default() or getattr(field, "auto_now", False)
