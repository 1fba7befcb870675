"""What a file is by its first bytes, and the table inside a zip or gzip, unpacked as a stream that can't explode."""

from __future__ import annotations

import gzip
import io
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from core.tabular.errors import Limits, TabularError

ZIP, EMPTY_ZIP, GZIP = b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b"
_ASK = "Upload a CSV or XLSX file."
_NOT_TABLES = {
    b"%PDF": "a PDF document",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\x7fELF": "a program",
    b"MZ\x90": "a program",
    b"{\\rtf": "an RTF document",
    b"SQLite format 3": "a database",
    b"PAR1": "a Parquet file",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
}
_MARKUP = (b"<!doctype html", b"<html", b"<?xml", b"<table")


@dataclass(frozen=True, slots=True)
class Packing:
    """How the table lies in the file: `kind` is "", zip or gzip; `member` its name inside a zip."""

    path: Path
    kind: str = ""
    member: str = ""

    @contextmanager
    def opened(self, limits: Limits) -> Iterator[IO[bytes]]:
        """The table's bytes. Raises TabularError when they are damaged or too many."""
        try:
            with self.path.open("rb") as outer, self._inner(outer) as inner:
                yield inner if not self.kind else _buffered(_Counted(inner, self.path.stat().st_size, limits))
        except (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise _damaged() from error

    @contextmanager
    def _inner(self, outer: IO[bytes]) -> Iterator[IO[bytes]]:
        if self.kind == "zip":
            with zipfile.ZipFile(outer) as archive, archive.open(self.member) as inner:
                yield inner
        elif self.kind == "gzip":
            with gzip.GzipFile(fileobj=outer) as unpacked:
                yield unpacked  # type: ignore[misc]  # -- reads like any binary file
        else:
            yield outer

    @contextmanager
    def as_file(self, limits: Limits) -> Iterator[Path]:
        """The table as a file of its own: itself, or unpacked for as long as it is read."""
        if not self.kind:
            yield self.path
            return
        with tempfile.NamedTemporaryFile(suffix=".xlsx") as target, self.opened(limits) as source:
            while chunk := source.read(1 << 20):
                target.write(chunk)
            target.flush()
            find_packing(Path(target.name), limits)  # the workbook inside is an archive too
            yield Path(target.name)


def find_packing(path: Path, limits: Limits) -> Packing:
    """How the table lies in the file. Raises TabularError for archives without exactly one table, and for bombs."""
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith(GZIP):
        return Packing(path, "gzip")
    if head not in (ZIP, EMPTY_ZIP):
        return Packing(path)
    try:
        with zipfile.ZipFile(path) as archive:
            members = [info for info in archive.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise _damaged() from error
    _refuse_bomb(members, limits)
    return _table_in(path, members)


def _table_in(path: Path, members: list[zipfile.ZipInfo]) -> Packing:
    names = {info.filename for info in members}
    if "[Content_Types].xml" in names:
        if "xl/workbook.bin" in names:
            raise TabularError("binary_workbook", "This is a binary .xlsb workbook. Save it as .xlsx and upload that.")
        if not any(name.startswith("xl/") for name in names):
            raise TabularError("not_a_table", f"This is an Office document without a sheet. {_ASK}")
        return Packing(path)
    if "mimetype" in names and "content.xml" in names:
        raise TabularError("open_document", "This is an OpenDocument file. Save it as .xlsx or CSV and upload that.")
    tables = [info for info in members if not _is_side_file(info.filename)]
    if len(tables) != 1:
        found = ", ".join(info.filename for info in tables[:5]) or "none"
        raise TabularError(
            "many_files", f"The archive holds {len(tables)} files ({found}). Upload one table at a time.", found=found
        )
    if tables[0].flag_bits & 1:
        raise TabularError("locked", "The archive is protected by a password. Unpack it and upload the file inside.")
    return Packing(path, "zip", tables[0].filename)


def _is_side_file(name: str) -> bool:
    """What packing programs add: `__MACOSX/`, `.DS_Store`, `Thumbs.db`."""
    last = PurePosixPath(name).name
    return name.startswith("__MACOSX/") or last.startswith(".") or last.lower() in ("thumbs.db", "desktop.ini")


def refuse_other_formats(head: bytes) -> None:
    """Raises TabularError for what is neither text nor a workbook."""
    for magic, what in _NOT_TABLES.items():
        if head.startswith(magic):
            raise TabularError("not_a_table", f"This is {what}, not a table. {_ASK}", found=what)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        message = "This is an old .xls or a password-protected workbook. Save it as .xlsx without a password."
        raise TabularError("old_excel", message)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(_MARKUP):
        message = "This is a web page or XML, not a table. Open it in a spreadsheet and save it as .xlsx."
        raise TabularError("markup", message)
    if start.startswith((b'{"', b"[{", b'[\n{"', b"{\n")):
        raise TabularError("json", f"This is JSON, not a table. {_ASK}")


def _refuse_bomb(members: list[zipfile.ZipInfo], limits: Limits) -> None:
    total = sum(info.file_size for info in members)
    packed = max(1, sum(info.compress_size for info in members))
    if total > limits.max_unpacked_bytes or (total > limits.ratio_from_bytes and total / packed > limits.max_ratio):
        raise _bomb(total, packed)


def _bomb(total: int, packed: int) -> TabularError:
    return TabularError(
        "too_large_unpacked",
        f"The file would unpack to more than {total / 1024**2:,.0f} MB from {packed / 1024**2:,.1f} MB. "
        "Files like that are refused; split the export and try again.",
        unpacked=total,
        packed=packed,
    )


def _damaged() -> TabularError:
    return TabularError("broken_zip", "The archive is damaged. Download or export it again.")


class _Counted(io.RawIOBase):
    """Stops reading once too much came out, whatever the archive's own figures say."""

    def __init__(self, source: IO[bytes], packed: int, limits: Limits) -> None:
        self.source, self.packed, self.limits, self.taken = source, max(1, packed), limits, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self.source.read(len(buffer))
        self.taken += len(data)
        limits = self.limits
        is_steep = self.taken > limits.ratio_from_bytes and self.taken / self.packed > limits.max_ratio
        if is_steep or self.taken > limits.max_unpacked_bytes:
            raise _bomb(self.taken, self.packed)
        buffer[: len(data)] = data
        return len(data)


def _buffered(raw: io.RawIOBase) -> IO[bytes]:
    return io.BufferedReader(raw, 1 << 18)
