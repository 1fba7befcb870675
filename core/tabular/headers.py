"""Which line is the header, what the columns are called, and which lines at the end are no rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

Line = tuple[int, list[Any]]
_TYPED = re.compile(
    r"^(?:[-+(]?\W{0,3}\d[\d.,'\s\u00a0]*\W{0,3}%?|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*|[^@\s]+@[^@\s]+\.\w+|true|false|yes|no)$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"^(?:19|20)\d\d$")
_TOTAL = re.compile(r"^(?:grand |sub)?(?:totals?|sum|summe|gesamt\w*|totaal|somme|suma|totale)\b", re.IGNORECASE)
_SURE_TOTAL = re.compile(r"^grand totals?\b|^totals? \(\d", re.IGNORECASE)
_REMARK = re.compile(
    r"copyright|confidential|all rights reserved|generated (?:on|by)|exported (?:on|by)|^report\b|^filters?\b|page \d",
    re.IGNORECASE,
)


def is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def filled(values: Iterable[Any]) -> list[Any]:
    return [value for value in values if not is_blank(value)]


def header_of(lines: Sequence[Line]) -> Line | None:
    """The first line that differs from the rows under it as names do: words over figures, no value of its column.

    Titles above a table are passed over. None when the table begins with data.
    """
    width = _usual_width(lines)
    for place, (number, values) in enumerate(lines[:30]):
        if 2 * len(filled(values)) > width and (width < 2 or len(filled(values)) > 1):
            return (number, values) if _names(values, [row for _n, row in lines[place + 1 :]]) else None
    return None


def _usual_width(lines: Sequence[Line]) -> int:
    """Cells that rows have filled: more than most, so that blank cells don't count, and not the one odd long row."""
    counts = sorted(len(filled(values)) for _n, values in lines)
    return counts[3 * (len(counts) - 1) // 4] if counts else 0


def _names(values: Sequence[Any], below: Sequence[Sequence[Any]]) -> bool:
    score = 0.0
    for index, value in enumerate(values):
        if is_blank(value):
            score -= 0.2
            continue
        under = [row[index] for row in below if index < len(row) and not is_blank(row[index])]
        score += _evidence(value, under)
    return score > 0


def _evidence(value: Any, under: Sequence[Any]) -> float:
    """How much one cell speaks for being a name (> 0) or a value (< 0) of its column."""
    if _YEAR.match(str(value)) and not any(_YEAR.match(str(below)) for below in under):
        return 0.0
    if _is_typed(value):
        return -1.0 if not under or 2 * sum(map(_is_typed, under)) >= len(under) else -0.1
    if under and 2 * sum(map(_is_typed, under)) > len(under):
        return 1.0
    return -1.0 if value in under[:200] else 0.2


def _is_typed(value: Any) -> bool:
    return not isinstance(value, str) or bool(_TYPED.match(value.strip()))


def column_names(values: Sequence[Any], width: int) -> list[str]:
    """A unique name for each column. ["Name", "", "Name"] -> ["Name", "Column 2", "Name (2)"]"""
    cells = [" ".join(str(value).split()) if not is_blank(value) else "" for value in values]
    cells += [""] * (width - len(cells))
    taken = set(filter(None, cells))
    seen: set[str] = set()
    names = []
    for index, cell in enumerate(cells, start=1):
        name = cell or f"Column {index}"
        times = 1
        while name in seen or (times > 1 and name in taken):
            times += 1
            name = f"{cell or f'Column {index}'} ({times})"
        seen.add(name)
        names.append(name)
    return names


def trimmed(values: Sequence[Any]) -> list[Any]:
    """Without blank cells at the end."""
    end = len(values)
    while end and is_blank(values[end - 1]):
        end -= 1
    return list(values[:end])


def footer_rows(last: Sequence[Sequence[Any]], width: int) -> int:
    """How many of the last rows are totals or remarks, not records: they name a total and leave most cells blank."""
    count = 0
    for values in reversed([row for row in last if filled(row)]):
        if not _is_footer(values, width):
            break
        count += 1
    return count


def _is_footer(values: Sequence[Any], width: int) -> bool:
    cells = filled(values)
    text = cells[0].strip() if isinstance(cells[0], str) else ""
    if _SURE_TOTAL.match(text):
        return True
    is_sparse = width >= 3 and 2 * len(cells) <= width
    return is_sparse and bool(_TOTAL.match(text) or (len(cells) == 1 and _REMARK.search(text)))
