"""What the database alone costs: whole numbers out of a table into arrays, and arrays into a table, by binary COPY."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np

_HEADER = b"PGCOPY\n\xff\r\n\x00" + b"\x00" * 8
_END = b"\xff\xff"
Array = np.ndarray[Any, Any]


def row_type(columns: Sequence[str]) -> np.dtype[Any]:
    """A row of bigints as COPY writes it: the number of fields, then length and value of each."""
    fields: list[tuple[str, str]] = [("fields", ">i2")]
    for column in columns:
        fields += [(f"size of {column}", ">i4"), (column, ">i8")]
    return np.dtype(fields)


def read(cursor: Any, query: str, columns: Sequence[str]) -> dict[str, Array]:
    """Columns of bigints that a query gives, none of them null."""
    stream = io.BytesIO()
    cursor.copy_expert(f"COPY ({query}) TO STDOUT (FORMAT binary)", stream)
    rows = np.frombuffer(stream.getbuffer()[len(_HEADER) : -len(_END)], dtype=row_type(columns))
    return {column: rows[column].astype(np.int64) for column in columns}


def write(cursor: Any, table: str, columns: dict[str, Array]) -> None:
    """Columns of bigints into a table."""
    kind = row_type(list(columns))
    rows = np.empty(len(next(iter(columns.values()))), dtype=kind)
    rows["fields"] = len(columns)
    for name, values in columns.items():
        rows[f"size of {name}"], rows[name] = 8, values
    names = ", ".join(f'"{name}"' for name in columns)
    stream = io.BytesIO(_HEADER + rows.tobytes() + _END)
    cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN (FORMAT binary)", stream)
