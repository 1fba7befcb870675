"""XLSX workbooks: small ones by calamine, large ones as a stream of XML so that memory stays flat."""

from __future__ import annotations

import re
import zipfile
from array import array
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from core.tabular.errors import TabularError

STREAM_ABOVE_BYTES = 40 * 1024**2
_NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_DATE_FORMATS = {14, 15, 16, 17, 18, 19, 20, 21, 22, 45, 46, 47}
_CELL = re.compile(r"([A-Z]+)(\d+)")
_EPOCH = datetime(1899, 12, 30)


def names(path: Path) -> list[str]:
    """The sheets of a workbook, in order. Raises TabularError when it can't be opened."""
    try:
        with zipfile.ZipFile(path) as archive:
            return list(_parts(archive))
    except (KeyError, ElementTree.ParseError, zipfile.BadZipFile) as error:
        raise TabularError(
            "broken_xlsx", "The workbook is damaged. Open it in a spreadsheet and save it again."
        ) from error


def lines(path: Path, sheet: str) -> Iterator[tuple[int, list[Any]]]:
    """(row number, cells): text, numbers, dates, booleans; None for a blank cell."""
    with zipfile.ZipFile(path) as archive:
        part = _parts(archive).get(sheet)
        if part is None:
            raise TabularError("no_sheet", f"The workbook has no sheet “{sheet}”.")
        large = archive.getinfo(part).file_size > STREAM_ABOVE_BYTES
    yield from (_streamed(path, part) if large else _loaded(path, sheet))


def _loaded(path: Path, sheet: str) -> Iterator[tuple[int, list[Any]]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        loaded = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(sheet)
    except CalamineError as error:
        raise TabularError("broken_xlsx", f"The workbook can't be read ({error}). Save it again as .xlsx.") from error
    start = (loaded.start or (0, 0))[0]
    for number, cells in enumerate(loaded.iter_rows(), start=1):
        if number > start:
            yield number, [_plain(cell) for cell in cells]


def _plain(cell: Any) -> Any:
    if cell == "":
        return None
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    return cell


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name -> path of its part."""
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 -- expat refuses entity bombs since 2.4.1
    targets = {node.get("Id"): node.get("Target", "") for node in relations}
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 -- as above
    found = {}
    for node in book.iter(f"{_NS}sheet"):
        target = targets.get(node.get(_REL), "")
        found[node.get("name", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return found


class _Strings:
    """Shared strings of a workbook in one byte buffer with offsets: 1M strings cost their own length plus 8 bytes."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.data, self.ends = bytearray(), array("q", [0])
        if "xl/sharedStrings.xml" not in archive.namelist():
            return
        with archive.open("xl/sharedStrings.xml") as stream:
            for _event, node in ElementTree.iterparse(stream):  # noqa: S314 -- as above
                if node.tag == f"{_NS}si":
                    self.data += "".join(text.text or "" for text in node.iter(f"{_NS}t")).encode()
                    self.ends.append(len(self.data))
                    node.clear()

    def __getitem__(self, index: int) -> str:
        return self.data[self.ends[index] : self.ends[index + 1]].decode()


def _date_styles(archive: zipfile.ZipFile) -> set[int]:
    """Indexes of the cell styles that show a number as a date."""
    if "xl/styles.xml" not in archive.namelist():
        return set()
    root = ElementTree.fromstring(archive.read("xl/styles.xml"))  # noqa: S314 -- as above
    own = {}
    for node in root.iter(f"{_NS}numFmt"):
        code = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", node.get("formatCode", "").lower())
        own[int(node.get("numFmtId", 0))] = bool(re.search(r"[ymdh]", code))
    formats = root.find(f"{_NS}cellXfs")
    styles = set()
    for index, node in enumerate(formats if formats is not None else []):
        number = int(node.get("numFmtId", 0))
        if own.get(number, number in _DATE_FORMATS):
            styles.add(index)
    return styles


def _streamed(path: Path, part: str) -> Iterator[tuple[int, list[Any]]]:
    with zipfile.ZipFile(path) as archive:
        strings, dates = _Strings(archive), _date_styles(archive)
        with archive.open(part) as stream:
            context = ElementTree.iterparse(stream, events=("start", "end"))  # noqa: S314 -- as above
            _event, root = next(context)
            for event, node in context:
                if event == "end" and node.tag == f"{_NS}row":
                    yield int(node.get("r", 0)), _cells(node, strings, dates)
                    root.clear()
                    node.clear()


def _cells(row: ElementTree.Element, strings: _Strings, dates: set[int]) -> list[Any]:
    cells: list[Any] = []
    for node in row:
        found = _CELL.match(node.get("r", ""))
        index = _column(found[1]) if found else len(cells)
        cells += [None] * (index - len(cells))
        cells.append(_value(node, strings, dates))
    return cells


def _column(letters: str) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1


def _value(node: ElementTree.Element, strings: _Strings, dates: set[int]) -> Any:
    kind = node.get("t", "n")
    if kind == "inlineStr":
        return "".join(text.text or "" for text in node.iter(f"{_NS}t")) or None
    raw = node.findtext(f"{_NS}v")
    if raw is None or raw == "":
        return None
    if kind == "s":
        return strings[int(raw)] or None
    if kind == "b":
        return raw == "1"
    if kind == "n":
        number = float(raw)
        if int(node.get("s", 0)) in dates:
            return _moment(number)
        return int(number) if number.is_integer() else number
    return raw


def _moment(serial: float) -> date | datetime | time:
    moment = _EPOCH + timedelta(days=serial)
    if serial < 1:
        return moment.time()
    return moment.date() if float(serial).is_integer() else moment.replace(microsecond=0)
