"""XLSX workbooks: their sheets, and which reader a sheet gets (calamine when small, a stream of XML when large)."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from core.tabular.errors import Limits, TabularError
from core.tabular.streaming import streamed

LOADED_BYTES = 50 * 1024**2  # of sheet XML
LOADED_STRINGS = 64 * 1024**2
LOADED_CELLS = 10_000_000  # calamine keeps a full rectangle: one cell in a far corner would cost the whole memory
LOADED_ROWS = 100_000
_ROW = re.compile(rb'<(?:\w+:)?row [^>]*?\br="(\d+)"')
_WIDE = re.compile(rb'\br="[A-Z]{3}\d')
_MIDDLE = re.compile(rb'\br="[A-Z]{2}\d')
_SIZE = re.compile(rb'<(?:\w+:)?dimension [^>]*?ref="(?:[A-Z]+\d+:)?([A-Z]+)(\d+)"')
_BROKEN = (KeyError, ElementTree.ParseError, zipfile.BadZipFile, UnicodeDecodeError, NotImplementedError, EOFError)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook and the part that holds its cells."""

    name: str
    part: str
    is_hidden: bool = False


def sheets_of(path: Path) -> list[Sheet]:
    """The sheets of a workbook, in order. Raises TabularError when it can't be opened."""
    try:
        with zipfile.ZipFile(path) as archive:
            found = list(_sheets(archive))
    except _BROKEN as error:
        raise _damaged(error) from error
    if not found:
        raise TabularError("no_sheet", "The workbook has no sheet with cells. Check that the right file was exported.")
    return found


def rows_told(path: Path, name: str) -> int:
    """How many rows the sheet says it has; 0 when it doesn't say."""
    with zipfile.ZipFile(path) as archive, archive.open(_part(path, name)) as stream:
        found = _SIZE.search(stream.read(4096))
    return int(found[2]) if found else 0


def lines(path: Path, name: str, limits: Limits) -> Iterator[tuple[int, list[Any]]]:
    """(row number, cells): text, numbers, dates, booleans; None for a blank cell."""
    try:
        part = _part(path, name)
        yield from _loaded(path, name, limits) if is_small(path, name) else streamed(path, part, limits)
    except _BROKEN as error:
        raise _damaged(error) from error


def is_small(path: Path, name: str) -> bool:
    """Whether a sheet can be loaded whole, judged by its cells' addresses and not by what it says of itself."""
    part = _part(path, name)
    with zipfile.ZipFile(path) as archive:
        strings = [info.file_size for info in archive.infolist() if info.filename == "xl/sharedStrings.xml"]
        if archive.getinfo(part).file_size > LOADED_BYTES or max(strings, default=0) > LOADED_STRINGS:
            return False
        content = archive.read(part)
    if _WIDE.search(content):
        return False
    last = max((int(number) for number in _ROW.findall(content)), default=0)
    return last <= LOADED_ROWS and last * (702 if _MIDDLE.search(content) else 26) <= LOADED_CELLS


def _part(path: Path, name: str) -> str:
    for sheet in sheets_of(path):
        if sheet.name == name:
            return sheet.part
    raise TabularError("no_sheet", f"The workbook has no sheet “{name}”.", found=name)


def _sheets(archive: zipfile.ZipFile) -> Iterator[Sheet]:
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 -- expat refuses entity bombs since 2.4.1
    targets = {node.get("Id"): node.get("Target", "") for node in relations}
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 -- as above
    parts = set(archive.namelist())
    for node in book.iter():
        if node.tag.rsplit("}")[-1] != "sheet":
            continue
        relation = next((value for key, value in node.items() if key.endswith("}id")), "")
        target = targets.get(relation, "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if part in parts and "chartsheet" not in part:
            yield Sheet(node.get("name", ""), part, node.get("state", "visible") != "visible")


def _loaded(path: Path, name: str, limits: Limits) -> Iterator[tuple[int, list[Any]]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        loaded = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(name)
    except CalamineError as error:
        raise _damaged(error) from error
    if loaded.width > limits.max_columns:
        raise too_wide(loaded.width, limits)
    start = (loaded.start or (0, 0))[0]
    for number, cells in enumerate(loaded.iter_rows(), start=1):
        if number > start:
            yield number, [_plain(cell) for cell in cells]


def too_wide(width: int, limits: Limits) -> TabularError:
    message = f"The sheet has {width:,} columns; at most {limits.max_columns} are read. Remove some."
    return TabularError("too_wide", message, found=width, limit=limits.max_columns)


def _plain(cell: Any) -> Any:
    if cell == "":
        return None
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    return cell


def _damaged(error: Exception) -> TabularError:
    message = "The workbook is damaged. Open it in a spreadsheet and save it again as .xlsx."
    return TabularError("broken_xlsx", message, found=str(error))
