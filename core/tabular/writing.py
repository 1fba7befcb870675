"""Writing tables that a spreadsheet opens without running anything in them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import IO, Any

# A text cell that begins so would be run as a formula (also in its full-width form); a leading ' makes it text.
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
BOM = "\ufeff"
SHEET_ROWS = 1_048_576  # of the format, header included; further rows go to a further sheet
CELL_CHARS = 32_767
EXACT_DIGITS = 15
_CUT = " … (cut: a cell holds at most 32,767 characters; export as CSV for all)"


def safe_cell(value: Any) -> Any:
    """A value as it may stand in a CSV: exact, ISO dates, texts that can't become formulas. "=1+1" -> "'=1+1"."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, (date, datetime, time)):
        return value.isoformat()
    text = str(value)
    return f"'{text}" if text.startswith(RISKY) else text


def write_csv(stream: IO[str], header: Sequence[Any], rows: Iterable[Sequence[Any]], *, bom: bool = False) -> int:
    """Header and rows as CSV; returns the number of rows. `bom` marks it as UTF-8 for Excel."""
    if bom:
        stream.write(BOM)
    writer = csv.writer(stream)
    writer.writerow([safe_cell(name) for name in header])
    written = 0
    for row in rows:
        writer.writerow([safe_cell(value) for value in row])
        written += 1
    return written


def write_xlsx(path: Path, header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> int:
    """Header and rows as a workbook in constant memory; returns the number of rows."""
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    written = 0
    with xlsxwriter.Workbook(str(path), options | {"remove_timezone": True}) as book:
        formats = _formats(book)
        sheet = _sheet(book, header, formats)
        for written, row in enumerate(rows, start=1):
            place = (written - 1) % (SHEET_ROWS - 1) + 1
            if place == 1 and written > 1:
                sheet = _sheet(book, header, formats)
            for column, value in enumerate(row):
                _write(sheet, place, column, value, formats)
    return written


def _formats(book: Any) -> dict[str, Any]:
    return {
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        "datetime": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        "time": book.add_format({"num_format": "hh:mm:ss"}),
        "header": book.add_format({"bold": True}),
        "text": book.add_format({"quote_prefix": True}),  # stays text when somebody edits the cell
    }


def _sheet(book: Any, header: Sequence[Any], formats: dict[str, Any]) -> Any:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    for column, name in enumerate(header):
        sheet.write_string(0, column, str(name), formats["header"])
    return sheet


def _write(sheet: Any, row: int, column: int, value: Any, formats: dict[str, Any]) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, (int, float, Decimal)) and _is_exact(value):
        sheet.write_number(row, column, value)
    elif isinstance(value, datetime) and value.year >= 1900:
        sheet.write_datetime(row, column, value, formats["datetime"])
    elif isinstance(value, date) and value.year >= 1900:
        sheet.write_datetime(row, column, value, formats["date"])
    elif isinstance(value, time):
        sheet.write_datetime(row, column, value, formats["time"])
    else:
        _write_text(sheet, row, column, value, formats)


def _write_text(sheet: Any, row: int, column: int, value: Any, formats: dict[str, Any]) -> None:
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    if len(text) > CELL_CHARS:
        text = text[: CELL_CHARS - len(_CUT)] + _CUT
    sheet.write_string(row, column, text, formats["text"] if text.startswith(RISKY) else None)


def _is_exact(value: float | Decimal) -> bool:
    """A workbook keeps 15 digits; longer numbers (ids, sums) are written as text."""
    if isinstance(value, float):
        return isfinite(value)
    number = Decimal(value)
    return number.is_finite() and len(number.normalize().as_tuple().digits) <= EXACT_DIGITS
