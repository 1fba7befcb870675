"""Writing tables that a spreadsheet opens without running anything in them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

# A text cell that begins so would be run as a formula; a leading ' makes it text.
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")


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
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    text = str(value)
    return f"'{text}" if text.startswith(_RISKY) else text


def write_csv(stream: IO[str], header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> int:
    """Header and rows as CSV; returns the number of rows."""
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
        sheet = book.add_worksheet()
        day, bold = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(header):
            sheet.write_string(0, column, str(name), bold)
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                _write(sheet, number, column, value, day)
            written = number
    return written


def _write(sheet: Any, row: int, column: int, value: Any, day: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, (int, float)) or (isinstance(value, Decimal) and len(value.as_tuple().digits) <= 15):
        sheet.write_number(row, column, value)
    elif isinstance(value, (datetime, date)):
        sheet.write_datetime(row, column, value, day)
    else:
        sheet.write_string(row, column, str(value))
