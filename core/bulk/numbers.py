"""Whole numbers and days out of queries into arrays, and arrays into tables, by binary COPY.

Rows of fixed width are read and written as one block of memory: no Python object is made for any of them.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np

_HEADER = b"PGCOPY\n\xff\r\n\x00" + b"\x00" * 8
_END = b"\xff\xff"
EPOCH_ORDINAL = date(2000, 1, 1).toordinal()  # from which the database counts days
_TYPES = {"bigint": (">i8", 8), "smallint": (">i2", 2), "date": (">i4", 4)}
Array = np.ndarray[Any, Any]


def row_type(columns: Mapping[str, str]) -> np.dtype[Any]:
    """A row as COPY writes it: the number of fields, then length and value of each."""
    fields: list[tuple[str, str]] = [("number of columns", ">i2")]
    for name, kind in columns.items():
        fields += [(f"size of {name}", ">i4"), (name, _TYPES[kind][0])]
    return np.dtype(fields)


def read_numbers(cursor: Any, query: str, columns: Mapping[str, str]) -> dict[str, Array]:
    """What a query gives, as int64 arrays; none of it null. Days come as ordinals of datetime.date.

    columns: name -> bigint, smallint or date, in the query's order.
    """
    stream = io.BytesIO()
    cursor.copy_expert(f"COPY ({query}) TO STDOUT (FORMAT binary)", stream)
    rows = np.frombuffer(stream.getbuffer()[len(_HEADER) : -len(_END)], dtype=row_type(columns))
    return {
        name: rows[name].astype(np.int64) + (EPOCH_ORDINAL if kind == "date" else 0) for name, kind in columns.items()
    }


def write_numbers(cursor: Any, table: str, columns: Mapping[str, str], values: Mapping[str, Array]) -> int:
    """Arrays into a table; gives how many rows. Days are ordinals of datetime.date."""
    count = len(next(iter(values.values())))
    rows = np.empty(count, dtype=row_type(columns))
    rows["number of columns"] = len(columns)
    for name, kind in columns.items():
        rows[f"size of {name}"] = _TYPES[kind][1]
        rows[name] = values[name] - (EPOCH_ORDINAL if kind == "date" else 0)
    names = ", ".join(f'"{name}"' for name in columns)
    stream = io.BytesIO(_HEADER + rows.tobytes() + _END)
    cursor.copy_expert(f'COPY "{table}" ({names}) FROM STDIN (FORMAT binary)', stream, 1 << 20)
    return count
