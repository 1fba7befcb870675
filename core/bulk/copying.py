"""Rows into a table by COPY, and who is named as their author in the history."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import batched
from typing import Any

from django.db import connection

BLOCK_ROWS = 20_000
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\x00": ""})


def copy_text(values: Sequence[Any]) -> str:
    """One line of COPY text format; None is null."""
    return "\t".join(_cell(value) for value in values) + "\n"


def _cell(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return value.translate(_ESCAPES)
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False).translate(_ESCAPES)
    if isinstance(value, (int, Decimal)):
        return str(value)
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value).translate(_ESCAPES)


def copy_rows(*, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """COPY rows into a table in blocks, in text format; returns how many. Memory stays at one block.

    Between blocks the connection is free, so that whatever makes the rows may ask the database.
    """
    quoted = ", ".join(f'"{name}"' for name in columns)
    copied = 0
    for block in batched(rows, BLOCK_ROWS):
        lines = io.StringIO("".join(copy_text(row) for row in block))
        with connection.cursor() as cursor:
            cursor.copy_expert(f'COPY "{table}" ({quoted}) FROM STDIN', lines, 1 << 18)
        copied += len(block)
    return copied


def say_who(*, user_id: int | None, detail: Mapping[str, Any]) -> None:
    """Name the author of the bulk statements that follow, for the history triggers of this transaction."""
    metadata = json.dumps({"user": user_id, **detail})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('pghistory.context_id', %s, true), set_config('pghistory.context_metadata', %s, true)",
            [str(uuid.uuid4()), metadata],
        )
