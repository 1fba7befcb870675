"""A large sheet as a stream: rows of XML in blocks, shared strings beside the heap, so that memory stays flat."""

from __future__ import annotations

import mmap
import re
import tempfile
import zipfile
from array import array
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO, Any
from xml.etree import ElementTree

from core.tabular.errors import Limits, TabularError

_BLOCK = 1 << 19
_MAX_ROW_BYTES = 64 * 1024**2
_DATE_FORMATS = {14, 15, 16, 17, 18, 19, 20, 21, 22, 27, 30, 36, 45, 46, 47, 50, 57}
_FIRST_DAY = datetime(1899, 12, 30)  # noqa: DTZ001 -- a workbook's days have no time zone
_FIRST_DAY_1904 = datetime(1904, 1, 1)  # noqa: DTZ001 -- as above
_NOT_CODE = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.')


def streamed(path: Path, part: str, limits: Limits) -> Iterator[tuple[int, list[Any]]]:
    """(row number, cells) of one sheet, with the memory of a block. Raises ParseError, KeyError, BadZipFile."""
    with zipfile.ZipFile(path) as archive, _Strings(archive) as strings:
        reader = _Cells(strings, _date_styles(archive), _first_day(archive), limits)
        number = 0
        with archive.open(part) as stream:
            for block in _blocks(stream):
                for row in ElementTree.fromstring(block):  # noqa: S314 -- document types are refused in _blocks
                    number = int(row.get("r", number + 1))
                    yield number, reader.of(row)


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    """Whole rows, wrapped as small documents: parsing these is several times faster than events of a long one."""
    head, rest = _until_rows(stream)
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
        raise TabularError("broken_xlsx", "The workbook holds a document type, which sheets never do. Save it again.")
    found = re.search(rb"<(\w+:)?sheetData", head)
    prefix = (found[1] or b"") if found else b""
    opening = b"<x %s>" % b" ".join(re.findall(rb'xmlns:\w+="[^"]*"', head))
    row, end = b"<%srow " % prefix, b"</%ssheetData>" % prefix
    is_over, searched = False, 0
    while not is_over:
        more = stream.read(_BLOCK)
        rest += more
        stop = rest.find(end, searched)
        is_over = stop >= 0 or not more
        cut = stop if stop >= 0 else rest.rfind(row)  # all before the last row's start are whole rows
        if cut > 0:
            yield opening + rest[:cut] + b"</x>"
            rest = rest[cut:]
            searched = max(0, len(rest) - len(end))
        elif len(rest) > _MAX_ROW_BYTES:
            raise TabularError("long_row", "The sheet has a row of more than 64 MB. Remove columns that aren't needed.")
    if rest and stop < 0:
        raise ElementTree.ParseError("the sheet ends in the middle of a row")


def _until_rows(stream: IO[bytes]) -> tuple[bytes, bytes]:
    """What stands before the rows, and what was read of them."""
    head = b""
    while more := stream.read(1 << 16):
        head += more
        found = re.search(rb"<(?:\w+:)?sheetData\s*/?>", head)
        if found:
            return head[: found.end()], head[found.end() :]
        if len(head) > _MAX_ROW_BYTES:
            break
    return head, b""


class _Strings:
    """Shared strings in a temporary file with offsets: a million strings cost 8 MB of memory, however long they are."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.ends = array("q", [0])
        self.file = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by __exit__
        self.recent: dict[int, str] = {}
        if "xl/sharedStrings.xml" in archive.namelist():
            with archive.open("xl/sharedStrings.xml") as stream:
                self._fill(stream)
        self.file.flush()
        self.data = mmap.mmap(self.file.fileno(), 0, access=mmap.ACCESS_READ) if self.ends[-1] else b""

    def _fill(self, stream: IO[bytes]) -> None:
        root: ElementTree.Element | None = None
        for event, node in ElementTree.iterparse(stream, events=("start", "end")):  # noqa: S314 -- expat refuses entity bombs since 2.4.1
            if root is None:
                root = node
            elif event == "end" and _local(node) == "si":
                text = _text_of(node).encode("utf-8", "replace")
                self.file.write(text)
                self.ends.append(self.ends[-1] + len(text))
                root.clear()

    def __enter__(self) -> _Strings:
        return self

    def __exit__(self, *_error: object) -> None:
        if isinstance(self.data, mmap.mmap):
            self.data.close()
        self.file.close()

    def get(self, index: int) -> str:
        found = self.recent.get(index)
        if found is None:
            found = self.data[self.ends[index] : self.ends[index + 1]].decode()
            if len(self.recent) < 20_000 and len(found) < 200:
                self.recent[index] = found
        return found


def _local(node: ElementTree.Element) -> str:
    return str(node.tag).rsplit("}", 1)[-1]


def _text_of(item: ElementTree.Element) -> str:
    """The text of a cell without the reading aids (rPh) that Japanese workbooks carry beside it."""
    parts = []
    for node in item:
        kind = _local(node)
        if kind == "t":
            parts.append(node.text or "")
        elif kind == "r":
            parts += [part.text or "" for part in node if _local(part) == "t"]
    return "".join(parts)


class _Cells:
    """The cells of a row as values."""

    def __init__(self, strings: _Strings, dates: set[str], first_day: datetime, limits: Limits) -> None:
        self.strings, self.dates, self.first_day, self.limits = strings, dates, first_day, limits
        self.places: dict[str, int] = {}

    def of(self, row: ElementTree.Element) -> list[Any]:
        cells: list[Any] = []
        for node in row:
            address = node.get("r")
            place = self._place(address) if address else len(cells)
            if place > len(cells):
                cells += [None] * (place - len(cells))
            cells.append(self._value(node))
        return cells

    def _place(self, address: str) -> int:
        letters = address.rstrip("0123456789")
        place = self.places.get(letters)
        if place is None:
            place = 0
            for letter in letters:
                place = place * 26 + ord(letter) - 64
            place -= 1
            if place >= self.limits.max_columns:
                message = f"Cell {address} lies beyond column {self.limits.max_columns}; such wide sheets aren't read."
                raise TabularError("too_wide", message, found=address, limit=self.limits.max_columns)
            self.places[letters] = place
        return place

    def _value(self, node: ElementTree.Element) -> Any:
        kind, raw = node.get("t", "n"), None
        for child in node:
            name = _local(child)
            if name == "v":
                raw = child.text
            elif name == "is":
                return _text_of(child) or None
        if raw is None or raw == "":
            return None
        if kind == "s":
            return self.strings.get(int(raw)) or None
        if kind == "n":
            return self._number(raw, node.get("s"))
        if kind == "b":
            return raw == "1"
        return datetime.fromisoformat(raw) if kind == "d" else raw

    def _number(self, raw: str, style: str | None) -> Any:
        number = float(raw)
        if style in self.dates:
            return _moment(number, self.first_day)
        return int(number) if number.is_integer() else number


def _date_styles(archive: zipfile.ZipFile) -> set[str]:
    """Numbers of the cell styles that show a number as a date."""
    if "xl/styles.xml" not in archive.namelist():
        return set()
    root = ElementTree.fromstring(archive.read("xl/styles.xml"))  # noqa: S314 -- expat refuses entity bombs since 2.4.1
    own, styles = {}, set()
    for node in root.iter():
        if _local(node) == "numFmt":
            code = _NOT_CODE.sub("", node.get("formatCode", "").lower())
            own[int(node.get("numFmtId", 0))] = bool(re.search(r"[ymdhs]", code.replace("general", "")))
    formats = next((node for node in root.iter() if _local(node) == "cellXfs"), None)
    for index, node in enumerate(formats if formats is not None else []):
        number = int(node.get("numFmtId", 0))
        if own.get(number, number in _DATE_FORMATS):
            styles.add(str(index))
    return styles


def _first_day(archive: zipfile.ZipFile) -> datetime:
    is_1904 = re.search(rb'date1904="(?:1|true)"', archive.read("xl/workbook.xml"))
    return _FIRST_DAY_1904 if is_1904 else _FIRST_DAY


def _moment(serial: float, first_day: datetime) -> date | datetime | time | float:
    try:
        moment = first_day + timedelta(days=serial)
    except OverflowError:
        return serial
    if 0 <= serial < 1:
        return moment.time()
    if float(serial).is_integer():
        return moment.date()
    return (moment + timedelta(microseconds=500_000)).replace(microsecond=0)
