"""Reading tables by their content: what a file is, how it is written, and its rows as a stream."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from core.tabular import delimited, sheets
from core.tabular.errors import TabularError

MAX_UNPACKED = 4 * 1024**3
MAX_RATIO = 200
SAMPLE_ROWS = 200
HEAD_BYTES = 512 * 1024
_NOT_TABLES = {
    b"%PDF": "a PDF document",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\x7fELF": "a program",
    b"MZ": "a program",
    b"{\\rtf": "an RTF document",
}


@dataclass(slots=True)
class FileShape:
    """How a file is written. `header_row` counts from 1 as a spreadsheet shows it; 0 = no header line."""

    format: str  # csv or xlsx
    packing: str = ""  # "", zip, gzip
    member: str = ""
    encoding: str = ""
    delimiter: str = ""
    sheets: list[str] = field(default_factory=list)
    sheet: str = ""
    header_row: int = 1
    columns: list[str] = field(default_factory=list)
    sample: list[list[Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"sample": [[_plain(value) for value in row] for row in self.sample]}


@dataclass(frozen=True, slots=True)
class Row:
    """One data row: its number as a spreadsheet shows it, its cells, and cells beyond the last column."""

    number: int
    values: list[Any]
    surplus: int = 0


def describe(path: Path, *, sheet: str = "") -> FileShape:
    """What a file is. Raises TabularError with a sentence that says what is wrong and how to mend it."""
    size = path.stat().st_size
    if size == 0:
        raise TabularError("empty", "The file is empty. Export it again and upload the new file.")
    packing, member = _packing(path)
    with _unpacked(path, packing, member) as stream:
        head = stream.read(8)
    _refuse_other_formats(head)
    if head.startswith(b"PK\x03\x04"):
        shape = FileShape("xlsx", packing=packing, member=member)
        with _as_local_file(path, packing, member) as local:
            shape.sheets = sheets.names(local)
            shape.sheet = sheet or shape.sheets[0]
    else:
        shape = FileShape("csv", packing=packing, member=member)
        with _unpacked(path, packing, member) as stream:
            raw = stream.read(HEAD_BYTES)
        shape.encoding, notes = delimited.encoding_of(raw, lambda: _unpacked(path, packing, member))
        shape.notes += notes
        shape.delimiter = delimited.delimiter_of(raw.decode(shape.encoding, errors="ignore"))
    _find_header(path, shape)
    return shape


def rows(path: Path, shape: FileShape) -> Iterator[Row]:
    """The data rows below the header, one at a time. Blank lines are passed over; short rows are filled with blanks."""
    width = len(shape.columns)
    for number, values in _lines(path, shape):
        if number <= shape.header_row or not any(value not in ("", None) for value in values):
            continue
        surplus = max(0, len(values) - width)
        if surplus and not any(value not in ("", None) for value in values[width:]):
            surplus = 0
        yield Row(number, (values + [""] * (width - len(values)))[: width + surplus], surplus)


def _lines(path: Path, shape: FileShape) -> Iterator[tuple[int, list[Any]]]:
    if shape.format == "csv":
        with _unpacked(path, shape.packing, shape.member) as stream:
            yield from delimited.lines(stream, shape.encoding, shape.delimiter)
        return
    with _as_local_file(path, shape.packing, shape.member) as local:
        yield from sheets.lines(local, shape.sheet)


def _find_header(path: Path, shape: FileShape) -> None:
    """The header is the first line of the sample whose cells are words and that is as wide as the table."""
    sample: list[tuple[int, list[Any]]] = []
    for line in _lines(path, shape):
        sample.append(line)
        if len(sample) >= SAMPLE_ROWS:
            break
    filled = [(number, values) for number, values in sample if any(value not in ("", None) for value in values)]
    if not filled:
        raise TabularError("no_rows", "The file holds no rows. Check that the right sheet was exported.")
    width = max(sum(value not in ("", None) for value in values) for _n, values in filled)
    for number, values in filled:
        cells = [value for value in values if value not in ("", None)]
        if 2 * len(cells) > width and all(_is_word(value) for value in cells):
            shape.header_row = number
            names = [str(value).strip() if value is not None else "" for value in values]
            break
    else:
        shape.header_row = filled[0][0] - 1
        names = []
        shape.notes.append("No header line was found; columns are numbered.")
    widest = (
        max(len(values) for number, values in filled if number > shape.header_row) if len(filled) > 1 else len(names)
    )
    shape.columns = _unique_names(_trimmed(names) if names else [""] * widest)
    shape.sample = [values for number, values in filled if number > shape.header_row][:50]


def _trimmed(names: list[str]) -> list[str]:
    while names and not names[-1]:
        names = names[:-1]
    return names


def _unique_names(names: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    unique = []
    for index, name in enumerate(names, start=1):
        label = name or f"Column {index}"
        seen[label] = seen.get(label, 0) + 1
        unique.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return unique


def _is_word(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    text = value.strip().replace(",", "").replace(".", "").replace("/", "").replace("-", "").replace(":", "")
    return bool(text) and not text.replace(" ", "").isdigit() and "@" not in text


def _plain(value: Any) -> Any:
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)


def _refuse_other_formats(head: bytes) -> None:
    for magic, what in _NOT_TABLES.items():
        if head.startswith(magic):
            raise TabularError("not_a_table", f"This is {what}, not a table. Upload a CSV or XLSX file.")
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise TabularError(
            "old_excel", "This is an old .xls or a password-protected workbook. Save it as .xlsx without a password."
        )


def _packing(path: Path) -> tuple[str, str]:
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith(b"\x1f\x8b"):
        return "gzip", ""
    if not head.startswith(b"PK\x03\x04"):
        return "", ""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [info for info in archive.infolist() if not info.is_dir()]
            _refuse_bomb(names)
    except zipfile.BadZipFile as error:
        raise TabularError("broken_zip", "The archive is damaged. Download or export it again.") from error
    if any(info.filename == "[Content_Types].xml" for info in names):
        if not any(info.filename.startswith("xl/") for info in names):
            raise TabularError("not_a_table", "This is an Office document without a sheet. Upload a CSV or XLSX file.")
        return "", ""
    tables = [info.filename for info in names if not Path(info.filename).name.startswith((".", "__"))]
    tables = [name for name in tables if not name.startswith("__MACOSX/")]
    if len(tables) != 1:
        raise TabularError("many_files", f"The archive holds {len(tables)} files. Upload one table at a time.")
    return "zip", tables[0]


def _refuse_bomb(infos: list[zipfile.ZipInfo]) -> None:
    total = sum(info.file_size for info in infos)
    packed = max(1, sum(info.compress_size for info in infos))
    if total > MAX_UNPACKED or (total > 64 * 1024**2 and total / packed > MAX_RATIO):
        raise TabularError(
            "too_large_unpacked",
            f"The archive would unpack to {total / 1024**2:,.0f} MB from {packed / 1024**2:,.1f} MB. "
            "Files like that are refused; split the export.",
        )


class _Counted(io.RawIOBase):
    """Stops reading past MAX_UNPACKED, whatever the archive's own figures say."""

    def __init__(self, source: IO[bytes]) -> None:
        self.source, self.taken = source, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self.source.read(len(buffer))
        self.taken += len(data)
        if self.taken > MAX_UNPACKED:
            raise TabularError("too_large_unpacked", "The file unpacks to more than 4 GB. Split the export.")
        buffer[: len(data)] = data
        return len(data)


@contextmanager
def _unpacked(path: Path, packing: str, member: str) -> Iterator[IO[bytes]]:
    if packing == "zip":
        with zipfile.ZipFile(path) as archive, archive.open(member) as inner:
            yield io.BufferedReader(_Counted(inner), 1 << 18)  # type: ignore[type-var]  # -- RawIOBase is what it takes
    elif packing == "gzip":
        with gzip.open(path) as inner:
            yield io.BufferedReader(_Counted(inner), 1 << 18)  # type: ignore[arg-type,type-var]  # -- a binary stream
    else:
        with path.open("rb") as plain:
            yield plain


@contextmanager
def _as_local_file(path: Path, packing: str, member: str) -> Iterator[Path]:
    """A workbook as a file of its own: itself, or unpacked beside it for as long as it is read."""
    if not packing:
        yield path
        return
    unpacked = path.with_suffix(".unpacked.xlsx")
    try:
        with _unpacked(path, packing, member) as source, unpacked.open("wb") as target:
            while chunk := source.read(1 << 20):
                target.write(chunk)
        _packing(unpacked)
        yield unpacked
    finally:
        unpacked.unlink(missing_ok=True)
