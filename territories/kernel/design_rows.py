"""Rows of a file become a Request; what is wrong is told with its line."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence

import numpy as np

from territories.kernel.request import Request
from territories.kernel.search import Ints

COLUMNS = "id, weight and x, y (or lat, lon); at will current, locked, area"
TRUE, FALSE = {"1", "true", "yes", "y"}, {"", "0", "false", "no", "n"}


class RowsError(ValueError):
    """What is wrong in a file, with the line where it stands."""


def table(text: str, name: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Column names in lower case, and (line, cells) of each row with something in it; comma, semicolon or tab."""
    text = text.removeprefix("\ufeff")
    head = text.lstrip().split("\n", 1)[0]
    if not head.strip():
        raise RowsError(f"{name} is empty. Wanted: a first line with column names.")
    between = max(",;\t", key=head.count)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=between, strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((reader.line_num, [cell.strip() for cell in cells]))
    except csv.Error as error:
        raise RowsError(f"{name}, line {reader.line_num}: {error}.") from error
    columns = [cell.lower() for cell in rows[0][1]]
    twice = next((column for column in columns if column and columns.count(column) > 1), None)
    if twice:
        raise RowsError(f"{name}, line {rows[0][0]}: column “{twice}” stands there twice.")
    for line, cells in rows[1:]:
        if len(cells) != len(columns):
            raise RowsError(f"{name}, line {line}: {len(cells)} cells under {len(columns)} columns.")
    return columns, rows[1:]


def request_of(text: str, name: str, count: int, kind: str | None, *, needs_places: bool) -> Request:
    """Units of a file; what else is asked is filled in by the caller. kind: None by the columns. Raises RowsError."""
    columns, rows = table(text, name)
    both = _places(columns, name, kind, needs_places)
    for column in ("id", "weight"):
        if column not in columns:
            raise RowsError(f"{name} has no column “{column}”. Wanted: {COLUMNS}.")
    if not rows:
        raise RowsError(f"{name} has no rows under its column names.")
    if not 1 <= count <= len(rows):
        raise RowsError(f"{name} has {len(rows)} units; {count} territories can't be made of them.")
    place = {column: at for at, column in enumerate(columns)}
    ids = _ids(rows, place["id"], name)
    weight = np.array([_weight(cells[place["weight"]], line, name) for line, cells in rows])
    if not weight.sum() > 0:
        raise RowsError(f"{name}: every weight is 0. At least one must be more.")
    most = {"lat": 90.0, "lon": 180.0}
    places = [
        np.array([_number(cells[place[column]], line, column, name, most.get(column)) for line, cells in rows])
        for column in both or ()
    ]
    current = tuple(cells[place["current"]] for _, cells in rows) if "current" in place else None
    locked = (
        np.array([_flag(cells[place["locked"]], line, name) for line, cells in rows]) if "locked" in place else None
    )
    if locked is not None and locked.any():
        _refuse_homeless(rows, locked.tolist(), current, name)
    by_earth = both == ("lat", "lon")
    return Request(
        ids,
        weight,
        count,
        places[0] if places else None,
        places[1] if places else None,
        kind or ("haversine" if by_earth else "euclid"),
        current=current if current is not None and any(current) else None,
        locked=locked,
    )


def _places(columns: Sequence[str], name: str, kind: str | None, needed: bool) -> tuple[str, str] | None:
    earth, flat = {"lat", "lon"} <= set(columns), {"x", "y"} <= set(columns)
    if earth and kind in (None, "haversine") and not (flat and kind is None):
        return "lat", "lon"
    if kind == "haversine" and not earth and (needed or flat):
        raise RowsError(f"{name} has no columns “lat” and “lon”, in degrees, which haversine distances need.")
    if flat:
        return "x", "y"
    if needed:
        missing = next((column for column in ("x", "y") if column not in columns), "x")
        raise RowsError(f"{name} has no column “{missing}”. Wanted: {COLUMNS}.")
    return None


def _ids(rows: list[tuple[int, list[str]]], at: int, name: str) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    for line, cells in rows:
        one = cells[at]
        if not one:
            raise RowsError(f"{name}, line {line}: there is no id.")
        if one in seen:
            raise RowsError(f"{name}, line {line}: id {one} stands in line {seen[one]} already.")
        seen[one] = line
    return tuple(seen)


def _number(cell: str, line: int, column: str, name: str, most: float | None = None) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise RowsError(f"{name}, line {line}: {column} “{cell}” is no number (decimals with a point).")
    if most is not None and abs(value) > most:
        raise RowsError(f"{name}, line {line}: {column} {cell} is outside -{most:g} to {most:g}.")
    return value


def _weight(cell: str, line: int, name: str) -> float:
    value = _number(cell, line, "weight", name)
    if value < 0:
        raise RowsError(f"{name}, line {line}: weight {cell} is below 0.")
    return value


def _flag(cell: str, line: int, name: str) -> bool:
    if cell.lower() not in TRUE | FALSE:
        raise RowsError(f"{name}, line {line}: locked “{cell}” is neither yes nor no.")
    return cell.lower() in TRUE


def _refuse_homeless(
    rows: list[tuple[int, list[str]]], locked: list[bool], current: tuple[str, ...] | None, name: str
) -> None:
    for at, (line, _) in enumerate(rows):
        if locked[at] and not (current and current[at]):
            raise RowsError(f"{name}, line {line}: what is locked needs today's territory in “current”.")


def edges_of(text: str, name: str, ids: Sequence[str]) -> Ints:
    """Neighbours (m, 2), as positions in ids. Raises RowsError."""
    columns, rows = table(text, name)
    for column in ("a", "b"):
        if column not in columns:
            raise RowsError(f"{name} has no column “{column}”. Wanted: a, b.")
    place = {one: at for at, one in enumerate(ids)}
    pairs = []
    for line, cells in rows:
        ends = [cells[columns.index(column)] for column in ("a", "b")]
        unknown = next((one for one in ends if one not in place), None)
        if unknown is not None:
            raise RowsError(f"{name}, line {line}: “{unknown}” is no id of a unit.")
        pairs.append([place[one] for one in ends])
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)
