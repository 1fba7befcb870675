"""Delimited text: its encoding, its delimiter, its lines."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import IO

from core.tabular.errors import TabularError

DELIMITERS = ",;\t|"
MAX_COLUMNS = 500
MAX_CELL = 131_072
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"))
_CHUNK = 1 << 20
csv.field_size_limit(MAX_CELL)

Opener = Callable[[], AbstractContextManager[IO[bytes]]]


def encoding_of(head: bytes, reopen: Opener) -> tuple[str, list[str]]:
    """The encoding of a file and notes for people: BOM, then strict UTF-8 over the whole file, then a guess."""
    for mark, name in (*_BOMS, (codecs.BOM_UTF16_BE, "utf-16"), (codecs.BOM_UTF32_BE, "utf-32")):
        if head.startswith(mark):
            return name, []
    if b"\x00" in head:
        return _without_mark(head), []
    with reopen() as stream:
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while chunk := stream.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return _guess(head)
    return "utf-8", []


def _without_mark(head: bytes) -> str:
    even, odd = head[0:4000:2].count(0), head[1:4000:2].count(0)
    half = len(head[:4000]) / 2
    if odd > 0.4 * half and even < 0.1 * half:
        return "utf-16-le"
    if even > 0.4 * half and odd < 0.1 * half:
        return "utf-16-be"
    raise TabularError("binary", "The file holds binary data, not text. Upload a CSV or XLSX file.")


def _guess(head: bytes) -> tuple[str, list[str]]:
    from charset_normalizer import from_bytes

    found = from_bytes(head[:100_000]).best()
    name = found.encoding if found else "cp1252"
    if name in ("utf_8", "ascii", "latin_1", "iso8859_1", "cp1250", "cp1257", "mac_roman"):
        name = "cp1252"  # the usual encoding of spreadsheets that aren't UTF-8; a superset of Latin-1 in print
    return name, [f"The file isn't UTF-8; it is read as {name}. Check names with accents in the preview."]


def delimiter_of(text: str) -> str:
    """The delimiter that gives most lines the same number of cells, quoted cells left whole."""
    lines = text.splitlines(keepends=True)[:200]
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        widths = [len(row) for row in _parse(lines, delimiter) if row]
        if not widths:
            continue
        width, times = Counter(widths).most_common(1)[0]
        score = times / len(widths) * min(width, 30) if width > 1 else 0.0
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _parse(lines: list[str], delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return []


def lines(stream: IO[bytes], encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells). A quoted cell may hold line breaks; the number is the line on which the row begins."""
    text = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")
    reader = csv.reader((line.replace("\x00", "") for line in text), delimiter=delimiter)
    begins = 1
    try:
        for cells in reader:
            if len(cells) > MAX_COLUMNS:
                raise TabularError(
                    "too_wide", f"Line {begins} has {len(cells)} columns; at most {MAX_COLUMNS} are read."
                )
            yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as error:
        raise TabularError(
            "broken_quotes",
            f"Line {begins} can't be read ({error}). A quotation mark is probably never closed; mend the line.",
        ) from error
