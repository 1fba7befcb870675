"""Rows into a table by COPY, and who is named as their author in the history."""

from __future__ import annotations

import csv
import io
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from itertools import batched
from typing import Any

from django.db import connection

BLOCK_ROWS = 20_000
_JSON = frozenset((dict, list))


def copy_rows(*, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """COPY rows into a table in blocks; returns how many. None is null, dicts and lists are JSON.

    Memory stays at one block. Between blocks the connection is free, so that whatever makes the rows may ask the
    database.
    """
    names = ", ".join(f'"{name}"' for name in columns)
    copied = 0
    for block in batched(rows, BLOCK_ROWS):
        with connection.cursor() as cursor:
            cursor.copy_expert(f'COPY "{table}" ({names}) FROM STDIN WITH (FORMAT csv)', _as_csv(block), 1 << 18)
        copied += len(block)
    return copied


def _as_csv(block: Iterable[Sequence[Any]]) -> io.StringIO:
    """Every value in quotes but null, so that an empty text stays one. NUL can't stand in a text of the database."""
    lines = io.StringIO()
    csv.writer(lines, quoting=csv.QUOTE_NOTNULL, lineterminator="\n").writerows(map(_plain, block))
    text = lines.getvalue()
    return io.StringIO(text.replace("\x00", "") if "\x00" in text else text)


def _plain(row: Sequence[Any]) -> Sequence[Any]:
    if _JSON.isdisjoint(map(type, row)):
        return row
    return [json.dumps(v, ensure_ascii=False) if type(v) in _JSON else v for v in row]


def say_who(*, user_id: int | None, detail: Mapping[str, Any]) -> None:
    """Name the author of the bulk statements that follow, for the history triggers of this transaction."""
    metadata = json.dumps({"user": user_id, **detail})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('pghistory.context_id', %s, true), set_config('pghistory.context_metadata', %s, true)",
            [str(uuid.uuid4()), metadata],
        )
