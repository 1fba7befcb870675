"""The encoding of a text file, decided over the whole of it: a mark, else UTF-8, else a guess that is told."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from typing import IO

from core.tabular.errors import TabularError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like UTF-16, so it is asked first
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHUNK, _TAIL, _ODD_BYTES = 1 << 20, 1 << 16, 1 << 16
_OTHER_SCRIPTS = ["cp1251", "koi8_r", "cp866", "cp1253", "cp1255", "cp1256", "cp874", "cp932", "euc_jp"]
_OTHER_SCRIPTS += ["gb18030", "big5", "cp949"]
_ASCII_LETTERS = bytes([*range(65, 91), *range(97, 123)])
_CONTROLS = bytes({*range(32)} - {9, 10, 12, 13, 26, 27})


@dataclass(slots=True)
class Scan:
    """What one pass over the bytes found."""

    encoding: str = "utf-8"
    notes: list[str] = field(default_factory=list)
    line_ends: int = 0
    size_bytes: int = 0
    tail: bytes = b""


@dataclass(slots=True)
class _Doubt:
    """Bytes that are no UTF-8: how many, the first line, a sample; `good` counts characters that did decode."""

    bad: int = 0
    good: int = 0
    first_line: int = 0
    first_nul: int = 0
    sample: bytearray = field(default_factory=bytearray)


def scan(stream: IO[bytes]) -> Scan:
    """Encoding, size and end of a text file. Raises TabularError for binary data."""
    found, doubt = Scan(), _Doubt()
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    is_first = True
    while chunk := stream.read(_CHUNK):
        if is_first:
            found.encoding = _from_head(chunk)
            is_first = False
        if found.encoding == "utf-8":
            _decode(chunk, decoder, found.line_ends, doubt)
        found.line_ends += chunk.count(b"\n") or (chunk.count(b"\r") if b"\n" not in chunk else 0)
        found.size_bytes += len(chunk)
        found.tail = (found.tail + chunk)[-_TAIL:]
    if found.encoding == "utf-8":
        _settle(found, doubt)
    if found.encoding.startswith(("utf-16", "utf-32")):
        found.tail = b""  # a cut in the middle of a character helps nobody
    if found.tail and not found.tail.endswith((b"\n", b"\r")):
        found.line_ends += 1
    return found


def _from_head(head: bytes) -> str:
    for mark, name in _MARKS:
        if head.startswith(mark):
            return "utf-8" if name == "utf-8-sig" else name
    if b"\x00" in head[:4096]:
        return _without_mark(head[:4000])
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if controls > 0.01 * len(head):
        raise _binary()
    return "utf-8"


def _without_mark(head: bytes) -> str:
    even, odd, half = head[0::2].count(0), head[1::2].count(0), len(head) / 2
    if odd > 0.4 * half and even < 0.1 * half:
        return "utf-16-le"
    if even > 0.4 * half and odd < 0.1 * half:
        return "utf-16-be"
    raise _binary()


def _binary() -> TabularError:
    return TabularError("binary", "The file holds binary data, not text. Upload a CSV or XLSX file.")


def _decode(chunk: bytes, decoder: codecs.IncrementalDecoder, lines_before: int, doubt: _Doubt) -> None:
    if not doubt.first_nul and (place := chunk.find(b"\x00")) >= 0:
        doubt.first_nul = lines_before + chunk.count(b"\n", 0, place) + 1
    if chunk.isascii() and not decoder.getstate()[0]:
        return
    text = decoder.decode(chunk)
    bad = text.count("\ufffd") - chunk.count(b"\xef\xbf\xbd")
    doubt.good += len(text) - len(text.encode("ascii", "ignore")) - bad
    if bad > 0:
        if not doubt.bad:
            doubt.first_line = lines_before + text.count("\n", 0, text.find("\ufffd")) + 1
        doubt.bad += bad
        if len(doubt.sample) < _ODD_BYTES:
            doubt.sample += b"\n".join(line for line in chunk.splitlines() if not line.isascii())[:_ODD_BYTES]


def _settle(found: Scan, doubt: _Doubt) -> None:
    if found.tail.startswith(codecs.BOM_UTF8) and found.size_bytes <= _TAIL:
        found.tail = found.tail[3:]
    if doubt.first_nul:
        found.notes.append(f"Row {doubt.first_nul:,} holds NUL characters; they are left out.")
    if not doubt.bad:
        return
    if doubt.good >= 10 * doubt.bad:
        places = "1 place" if doubt.bad == 1 else f"{doubt.bad:,} places"
        found.notes.append(
            f"The file is UTF-8 but for {places}, the first near row {doubt.first_line:,}; they show as \ufffd. "
            "Mend them, or save the file again as UTF-8."
        )
        return
    found.encoding = _guess(bytes(doubt.sample))
    found.notes.append(
        f"The file isn't UTF-8 (first seen near row {doubt.first_line:,}); it is read as {found.encoding}. "
        "Check names with accents in the preview."
    )


def _guess(sample: bytes) -> str:
    """Windows Latin, unless most letters of the words in question are no ASCII: then another script is written."""
    odd = b" ".join(word for word in sample.replace(b",", b" ").replace(b";", b" ").split() if not word.isascii())
    letters = len(odd) - len(odd.translate(None, _ASCII_LETTERS))
    high = len(odd) - len(odd.decode("ascii", "ignore"))
    if high < 20 or high < 2 * letters:
        return "cp1252"
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=_OTHER_SCRIPTS).best()
    return best.encoding if best else "cp1252"
