"""Reading tables by their content: what a file is, how it is written, and its rows as a stream."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from core.tabular import delimited, headers, sheets
from core.tabular.encodings import scan
from core.tabular.errors import DEFAULT_LIMITS, Limits, TabularError
from core.tabular.packing import ZIP, Packing, find_packing, refuse_other_formats

SAMPLE_ROWS, KEPT_SAMPLE = 200, 50
HEAD_BYTES = 512 * 1024
LAST_ROWS = 12


@dataclass(slots=True)
class FileShape:
    """How a file is written. `header_row` counts from 1 as a spreadsheet shows it; the row before the data if none.

    `footer_rows` lines at the end (totals, remarks) are no records and aren't read; set it to 0 to read them.
    `approx_rows` are the rows to expect: exact unless cells hold line breaks. `notes` are sentences for people.
    """

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
    approx_rows: int = 0
    size_bytes: int = 0
    footer_rows: int = 0

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"sample": [[_plain(value) for value in row] for row in self.sample]}


class Row(NamedTuple):
    """One data row: its number as a spreadsheet shows it, its cells, how many came beyond the last column or lack."""

    number: int
    values: list[Any]
    surplus: int = 0
    missing: int = 0


def describe(path: Path, *, sheet: str = "", limits: Limits = DEFAULT_LIMITS) -> FileShape:
    """What a file is. Raises TabularError with a sentence that says what is wrong and how to mend it."""
    size = path.stat().st_size
    if size == 0:
        raise TabularError("empty", "The file is empty. Export it again and upload the new file.")
    if size > limits.max_bytes:
        most = limits.max_bytes / 1024**2
        message = f"The file has {size / 1024**2:,.0f} MB; at most {most:,.0f} MB are read. Split it."
        raise TabularError("too_large", message, found=size, limit=limits.max_bytes)
    packing = find_packing(path, limits)
    with packing.opened(limits) as stream:
        head = stream.read(HEAD_BYTES)
    if not head:
        raise TabularError("empty", "The file inside the archive is empty. Export it again.")
    refuse_other_formats(head[:512])
    shape = FileShape("xlsx" if head.startswith(ZIP) else "csv", packing.kind, packing.member, size_bytes=size)
    if shape.format == "xlsx":
        last = _read_workbook(packing, shape, sheet, limits)
    else:
        last = _read_text(packing, shape, head, limits)
    _find_footer(shape, last)
    return shape


def rows(path: Path, shape: FileShape, *, sheet: str | None = None, limits: Limits = DEFAULT_LIMITS) -> Iterator[Row]:
    """The data rows below the header, one at a time, without blank lines and footers. Short rows are filled up."""
    if sheet and sheet != shape.sheet:
        shape = describe(path, sheet=sheet, limits=limits)
    found = _data(path, shape, limits)
    return _without_last(found, shape.footer_rows) if shape.footer_rows else found


def _data(path: Path, shape: FileShape, limits: Limits) -> Iterator[Row]:
    width, header_row = len(shape.columns), shape.header_row
    for number, values in _lines(path, shape, limits):
        if number <= header_row:
            continue
        count = len(values)
        if count == width:
            if values[0] or not all(map(headers.is_blank, values)):
                yield Row(number, values)
        elif not all(map(headers.is_blank, values)):
            yield _fitted(number, values, width)


def _fitted(number: int, values: list[Any], width: int) -> Row:
    if len(values) < width:
        return Row(number, values + [""] * (width - len(values)), 0, width - len(values))
    if all(map(headers.is_blank, values[width:])):
        return Row(number, values[:width])
    return Row(number, values, len(values) - width)


def _without_last(found: Iterator[Row], count: int) -> Iterator[Row]:
    waiting: deque[Row] = deque()
    for row in found:
        waiting.append(row)
        if len(waiting) > count:
            yield waiting.popleft()


def _lines(path: Path, shape: FileShape, limits: Limits) -> Iterator[tuple[int, list[Any]]]:
    packing = Packing(path, shape.packing, shape.member)
    if shape.format == "csv":
        with packing.opened(limits) as stream:
            yield from delimited.lines(stream, shape.encoding, shape.delimiter, limits)
        return
    with packing.as_file(limits) as local:
        yield from sheets.lines(local, shape.sheet, limits)


def _read_text(packing: Packing, shape: FileShape, head: bytes, limits: Limits) -> list[list[Any]]:
    """Encoding, delimiter, header; returns the last rows."""
    with packing.opened(limits) as stream:
        found = scan(stream)
    shape.encoding, shape.notes = found.encoding, found.notes
    codec = "utf-8-sig" if found.encoding == "utf-8" else found.encoding
    shape.delimiter = delimited.delimiter_of(head.decode(codec, errors="ignore"))
    lines = list(islice(_lines(packing.path, shape, limits), SAMPLE_ROWS))
    _find_header(shape, lines)
    ends = found.line_ends or len(lines)
    shape.approx_rows = max(0, ends - shape.header_row) if found.tail else _estimated(found.size_bytes, head, codec)
    tail = found.tail.decode(codec, errors="replace").splitlines()
    return delimited.parsed("\n".join(tail[1:][-LAST_ROWS:]), shape.delimiter)


def _estimated(size: int, head: bytes, codec: str) -> int:
    return round(size / len(head) * max(0, head.decode(codec, errors="ignore").count("\n") - 1))


def _read_workbook(packing: Packing, shape: FileShape, sheet: str, limits: Limits) -> list[list[Any]]:
    """Sheets, header; returns the last rows where the sheet is small enough to be looked through."""
    with packing.as_file(limits) as local:
        found = sheets.sheets_of(local)
        shape.sheets = [one.name for one in found]
        shown = sorted(found, key=lambda one: one.is_hidden)
        skims = (_skim(local, name, limits) for name in ([sheet] if sheet else [one.name for one in shown]))
        skim = first = next(skims)
        while len(skim.filled) < 2 and (other := next(skims, None)) is not None:
            skim = other
        skim = skim if len(skim.filled) > 1 else first
    shape.sheet = skim.sheet
    if not sheet and len(found) > 1:
        shape.notes.append(f"The workbook has {len(found)} sheets; “{shape.sheet}” is read.")
    _find_header(shape, skim.filled)
    shape.approx_rows = max(0, skim.last_number - shape.header_row)
    return skim.last


class _Skim(NamedTuple):
    """The first filled rows of a sheet, its last ones, and the number of the very last."""

    sheet: str
    filled: list[headers.Line]
    last: list[list[Any]]
    last_number: int


def _skim(path: Path, name: str, limits: Limits) -> _Skim:
    """One pass over a small sheet; only the beginning of a large one, whose length is taken from what it says."""
    found = sheets.lines(path, name, limits)
    first = list(islice(found, SAMPLE_ROWS))
    filled = [line for line in first if headers.filled(line[1])]
    if len(first) == SAMPLE_ROWS and not sheets.is_small(path, name):
        return _Skim(name, filled, [], sheets.rows_told(path, name))
    last: deque[headers.Line] = deque(first[-LAST_ROWS:], maxlen=LAST_ROWS)
    last.extend(found)
    return _Skim(name, filled, [values for _n, values in last], last[-1][0] if last else 0)


def _find_header(shape: FileShape, lines: list[headers.Line]) -> None:
    filled = [line for line in lines if headers.filled(line[1])]
    if not filled:
        raise TabularError("no_rows", "The file holds no rows. Check that the right sheet was exported.")
    header = headers.header_of(filled)
    if header is None:
        names: list[Any] = []
        shape.header_row = _first_full(filled) - 1
        shape.notes.append("No header line was found; columns are numbered.")
    else:
        shape.header_row, names = header[0], headers.trimmed(header[1])
    data = [values for number, values in filled if number > shape.header_row]
    widths = [len(headers.trimmed(values)) for values in data]
    usual = max(widths, default=len(names)) if header is None else _width(names, widths)
    shape.columns = headers.column_names(names, usual)
    shape.sample = data[:KEPT_SAMPLE]
    if short := sum(width < len(shape.columns) // 2 for width in widths):
        shape.notes.append(
            f"{short:,} of the first {len(widths):,} rows end early; their missing cells are read as blank."
        )


def _first_full(filled: list[headers.Line]) -> int:
    width = max(len(headers.filled(values)) for _n, values in filled)
    return next(number for number, values in filled if 2 * len(headers.filled(values)) > width)


def _width(names: list[Any], widths: list[int]) -> int:
    """Columns without a name count when most rows fill them; a few longer rows are mistakes in those rows."""
    longer = sorted(width for width in widths if width > len(names))
    return longer[len(longer) // 2] if 2 * len(longer) > len(widths) else len(names)


def _find_footer(shape: FileShape, last: list[list[Any]]) -> None:
    shape.footer_rows = min(headers.footer_rows(last, len(shape.columns)), max(0, shape.approx_rows - 1))
    if shape.footer_rows == 1:
        shape.notes.append("The last row is a total or a remark, not a record; it isn't read.")
    elif shape.footer_rows:
        shape.notes.append(f"The last {shape.footer_rows} rows are totals or remarks, not records; they aren't read.")


def _plain(value: Any) -> Any:
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)
