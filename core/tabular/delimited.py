"""Delimited text: its delimiter and its rows."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from math import log2
from typing import IO

from core.tabular.errors import Limits, TabularError

# Where two fit equally well the rarer sign in plain text is meant: `1,5;2,5` has a comma in every line.
DELIMITERS = "\t;|,"
_HINT = "sep="  # Excel's first line


def delimiter_of(text: str) -> str:
    """The delimiter of a sample: rows and their header must fall into the same number of cells. "a;b\\n1,5;2" -> ;"""
    first = text[:10].lower()
    if first.startswith(_HINT) and first[4:5] in DELIMITERS:
        return text[4]
    whole = text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text  # the last line may be cut
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        score = _score(parsed(whole, delimiter))
        if score > best_score:
            best, best_score = delimiter, score
    return best


def parsed(text: str, delimiter: str) -> list[list[str]]:
    """The first rows of a text that aren't blank."""
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if row:
                rows.append(row)
            if len(rows) >= 300:
                break
    except csv.Error:
        pass
    return rows


def _score(rows: list[list[str]]) -> float:
    """Share of rows with the usual width, better for more columns, much better when a full first line has it too."""
    if not rows:
        return 0.0
    width, times = Counter(len(row) for row in rows).most_common(1)[0]
    if width < 2:
        return 0.0
    header = next((row for row in rows if len(row) == width), rows[0])
    is_whole = rows.index(header) < max(3, len(rows) // 4) and sum(bool(cell.strip()) for cell in header) > width / 2
    return times / len(rows) * (1 + log2(min(width, 64))) * (1.0 if is_whole and _leads(rows, width) else 0.3)


def _leads(rows: list[list[str]], width: int) -> bool:
    """The first row with more than one cell has the usual width (titles above have one cell)."""
    first = next((row for row in rows if sum(bool(cell.strip()) for cell in row) > 1), rows[0])
    return abs(len(first) - width) <= max(1, width // 5) and len(rows[0]) <= width + 1


def lines(stream: IO[bytes], encoding: str, delimiter: str, limits: Limits) -> Iterator[tuple[int, list[str]]]:
    """(row number, cells). Blank lines and rows with line breaks in a cell count as one row, as in a spreadsheet."""
    encoding = "utf-8-sig" if encoding == "utf-8" else encoding
    text = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")
    source = _Source(text)
    csv.field_size_limit(limits.max_cell_chars)
    number = 0
    try:
        for number, cells in enumerate(csv.reader(source.lines(), delimiter=delimiter), start=1):
            if len(cells) > limits.max_columns:
                raise _too_wide(number, cells, limits.max_columns)
            if source.is_over:
                raise _open_quote(number)
            is_hint = number == 1 and cells[:1] and cells[0].lower() in (_HINT, f"{_HINT}{delimiter}")
            yield number, [] if is_hint else cells
    except csv.Error as error:
        raise _broken(number + 1, error, limits) from error


class _Source:
    """Lines without NUL. The reader asks beyond the last line only when a quotation mark is still open there."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self.text, self.is_over = text, False

    def lines(self) -> Iterator[str]:
        for line in self.text:
            yield line if "\x00" not in line else line.replace("\x00", "")
        self.is_over = True


def _too_wide(number: int, cells: list[str], width: int) -> TabularError:
    message = f"Row {number:,} has {len(cells):,} columns; at most {width} are read. Remove columns that aren't needed."
    return TabularError("too_wide", message, row=number, found=len(cells), limit=width)


def _open_quote(number: int) -> TabularError:
    message = (
        f"Row {number:,} opens a quotation mark that is never closed, so all rows below are one cell. Mend the row."
    )
    return TabularError("open_quote", message, row=number)


def _broken(number: int, error: csv.Error, limits: Limits) -> TabularError:
    if "field larger" in str(error):
        message = (
            f"Row {number:,} has a cell of more than {limits.max_cell_chars:,} characters. "
            "A quotation mark is probably never closed; mend the row."
        )
        return TabularError("long_cell", message, row=number, limit=limits.max_cell_chars)
    message = f"Row {number:,} can't be read ({error}). Mend the row, or save the file again from a spreadsheet."
    return TabularError("broken_row", message, row=number)
