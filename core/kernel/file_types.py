"""What a file is, by its name and by what is in it; and a name that is safe to keep and to send.

Only types that can be told by their content are taken. What runs somewhere (programs, scripts, pages, macros) isn't.
"""

from __future__ import annotations

import re
import unicodedata
import zipfile
from collections.abc import Callable
from typing import IO

NAME_CHARS = 150
HEAD_BYTES, TAIL_BYTES, BLOCK_BYTES = 4096, 70_000, 1 << 20
MOST_ENTRIES, MOST_UNPACKED, MOST_RATIO = 5000, 300 * 1024**2, 200

_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."
TYPES = {
    "pdf": "application/pdf",
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp",
    "docx": f"{_OOXML}wordprocessingml.document", "xlsx": f"{_OOXML}spreadsheetml.sheet",
    "pptx": f"{_OOXML}presentationml.presentation",
    "odt": f"{_ODF}text", "ods": f"{_ODF}spreadsheet", "odp": f"{_ODF}presentation",
    "doc": "application/msword", "xls": "application/vnd.ms-excel", "ppt": "application/vnd.ms-powerpoint",
    "csv": "text/csv", "txt": "text/plain", "eml": "message/rfc822",
}  # fmt: skip
OFFERED = "PDF, images (PNG, JPEG, GIF, WebP), Word, Excel, PowerPoint, OpenDocument, CSV, TXT and EML"

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SCRIPTS = re.compile(rb"<\s{0,9}script|<\?php", re.IGNORECASE)
_TAGS = rb"!doctype|html|head|body|script|iframe|svg|\?xml|title|style|table|a |b>|h1|p>|img|br|div|font"
_PAGE = re.compile(rb"\s*(<!--.*?-->\s*)*<(" + _TAGS + rb")", re.IGNORECASE | re.DOTALL)
_RUNS = (b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"Cr24", b"L\x00\x00\x00\x01\x14\x02")
_PDF_ACTS = re.compile(rb"/(JavaScript|Launch|RichMedia)[\s/<>(\[]")
_MACROS = ("_VBA_PROJECT".encode("utf-16-le"), b"_VBA_PROJECT", "PROJECTwm".encode("utf-16-le"))
_PROGRAMS = (".exe", ".js", ".vbs", ".html", ".htm", ".svgz", ".lnk", ".bat", ".cmd", ".scr", ".ps1", ".jar")
_INVISIBLE = "\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff"
_HIDDEN = re.compile(f"[{_INVISIBLE}]")
_HEADERS = re.compile(rb"(?:[!-9;-~]{1,80}:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*)+")
_MAIL = re.compile(rb"^(from|to|subject|date|received|mime-version|message-id|return-path):", re.I | re.MULTILINE)


class Refused(ValueError):
    """A file that isn't taken; the message says why and what to do."""


def safe_name(text: str) -> str:
    """A file name without folders, invisible signs and surplus dots; at most 150 characters, the ending kept.

    "../../etc/pass\\nwd" -> "passwd"; "" -> "file"; ten thousand letters and ".pdf" -> 146 letters and ".pdf".
    """
    name = unicodedata.normalize("NFC", text).replace("\\", "/").rsplit("/", 1)[-1]
    name = " ".join(_HIDDEN.sub("", name).split())
    name = re.sub(r'[<>:"|?*;%]', "_", name).strip(". ")
    stem, dot, ending = name.rpartition(".")
    if not dot:
        return name[:NAME_CHARS].strip(". ") or "file"
    ending = ending[:10]
    return f"{stem[: NAME_CHARS - len(ending) - 1].strip('. ') or 'file'}.{ending}"


def checked_type(name: str, stream: IO[bytes], size: int, *, most_bytes: int) -> str:
    """The media type of a file whose name and content agree. Raises Refused."""
    if size > most_bytes:
        raise Refused(
            f"“{name}” is larger than {most_bytes / 1024**2:,.0f} MB. Make it smaller, or link to it instead."
        )
    if not size:
        raise Refused(f"“{name}” is empty.")
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if ending not in TYPES:
        raise Refused(f"“{name}” isn't of a type that can be attached. Take {OFFERED}.")
    stream.seek(0)
    head = stream.read(HEAD_BYTES)
    if head.startswith(_RUNS) or (head.startswith(b"MZ") and b"\x00" in head):
        raise Refused(f"“{name}” is a program under another name. It isn't taken.")
    _CHECKS[ending](name, stream, head)
    stream.seek(0)
    return TYPES[ending]


def _disguised(name: str) -> Refused:
    ending = name.rpartition(".")[2].upper()
    return Refused(f"What is in “{name}” isn't {ending}. Save it under its own type, or export it as {ending}.")


def _whole(stream: IO[bytes], found: Callable[[bytes], bool]) -> bool:
    """Whether some place of the file answers; blocks overlap, so that nothing hides between two."""
    stream.seek(0)
    kept = b""
    while block := stream.read(BLOCK_BYTES):
        if found(kept + block):
            return True
        kept = block[-64:]
    return False


def _tail(stream: IO[bytes]) -> bytes:
    stream.seek(0, 2)
    stream.seek(max(0, stream.tell() - TAIL_BYTES))
    return stream.read()


def _refuse_second_file(name: str, stream: IO[bytes]) -> None:
    """An archive at the end, or a script inside, makes one file two."""
    if b"PK\x05\x06" in _tail(stream) or _whole(stream, lambda block: bool(_SCRIPTS.search(block))):
        raise Refused(f"“{name}” hides another file or a script in it. It isn't taken.")


def _pdf(name: str, stream: IO[bytes], head: bytes) -> None:
    if not head.startswith(b"%PDF-"):
        raise _disguised(name)
    if b"%%EOF" not in _tail(stream):
        raise Refused(f"“{name}” breaks off before its end. Save or download it again.")
    _refuse_second_file(name, stream)
    if _whole(stream, lambda block: bool(_PDF_ACTS.search(block))):
        raise Refused(f"“{name}” runs a script or carries another file. Print it to a new PDF and attach that.")


def _image(*starts: bytes) -> Callable[[str, IO[bytes], bytes], None]:
    def check(name: str, stream: IO[bytes], head: bytes) -> None:
        if not head.startswith(starts) or (starts[0] == b"RIFF" and head[8:12] != b"WEBP"):
            raise _disguised(name)
        _refuse_second_file(name, stream)

    return check


def _text(name: str, stream: IO[bytes], head: bytes) -> None:
    """Text of any usual encoding, that no browser would take for a page."""
    if _PAGE.match(head.lstrip(b"\xef\xbb\xbf")) or head.startswith((b"%PDF", _ZIP, _OLE, b"{\\rtf")):
        raise _disguised(name)
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    if wide and _PAGE.match(head[2:].replace(b"\x00", b"")):
        raise _disguised(name)
    if not wide and _whole(stream, lambda block: b"\x00" in block):
        raise _disguised(name)


def _mail(name: str, stream: IO[bytes], head: bytes) -> None:
    _text(name, stream, head)
    start = _HEADERS.match(head)
    if not start or not _MAIL.search(start[0]):
        raise _disguised(name)


def _ole(name: str, stream: IO[bytes], head: bytes) -> None:
    if not head.startswith(_OLE):
        raise _disguised(name)
    if _whole(stream, lambda block: any(sign in block for sign in _MACROS)):
        raise _with_macros(name)


def _with_macros(name: str) -> Refused:
    return Refused(f"“{name}” holds macros. Save it without them and attach that.")


def _archive(name: str, stream: IO[bytes], head: bytes) -> zipfile.ZipFile:
    """The parts of an office file, opened; never unpacked. Refuses what would fill a disk and what isn't whole."""
    if not head.startswith(_ZIP):
        raise _disguised(name)
    try:
        archive = zipfile.ZipFile(stream)
        entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, OverflowError) as error:
        raise Refused(f"“{name}” is damaged. Save or download it again.") from error
    packed, unpacked = (sum(getattr(one, part) for one in entries) for part in ("compress_size", "file_size"))
    if len(entries) > MOST_ENTRIES or unpacked > MOST_UNPACKED or unpacked > MOST_RATIO * max(packed, 100_000):
        raise Refused(f"“{name}” would unpack to far more than it says. It isn't taken.")
    if any(".." in one.filename.split("/") or one.filename.startswith(("/", "\\")) for one in entries):
        raise Refused(f"“{name}” is damaged. Save or download it again.")
    return archive


def _ooxml(folder: str) -> Callable[[str, IO[bytes], bytes], None]:
    def check(name: str, stream: IO[bytes], head: bytes) -> None:
        names = [one.filename.lower() for one in _archive(name, stream, head).infolist()]
        if "[content_types].xml" not in names or not any(one.startswith(f"{folder}/") for one in names):
            raise _disguised(name)
        if any("vbaproject" in one or "/activex" in one or "macrosheets/" in one for one in names):
            raise _with_macros(name)
        if any(
            one.endswith((".exe", ".js", ".vbs", ".html", ".htm", ".svgz", ".lnk", ".bat", ".ps1")) for one in names
        ):
            raise Refused(f"“{name}” carries a program or a page in it. Take it out and attach the file again.")

    return check


def _odf(kind: str) -> Callable[[str, IO[bytes], bytes], None]:
    def check(name: str, stream: IO[bytes], head: bytes) -> None:
        archive = _archive(name, stream, head)
        first = archive.infolist()[:1]
        if not first or first[0].filename != "mimetype" or first[0].file_size > 200:
            raise _disguised(name)
        try:
            said = archive.read(first[0])
        except (zipfile.BadZipFile, ValueError, OSError, RuntimeError, NotImplementedError, EOFError) as error:
            raise Refused(f"“{name}” is damaged. Save or download it again.") from error
        if said.decode("ascii", "replace") != f"{_ODF}{kind}":
            raise _disguised(name)
        if any(one.filename.startswith(("Basic/", "Scripts/")) for one in archive.infolist()):
            raise _with_macros(name)

    return check


_CHECKS: dict[str, Callable[[str, IO[bytes], bytes], None]] = {
    "pdf": _pdf,
    "png": _image(b"\x89PNG\r\n\x1a\n"), "jpg": _image(b"\xff\xd8\xff"), "jpeg": _image(b"\xff\xd8\xff"),
    "gif": _image(b"GIF87a", b"GIF89a"), "webp": _image(b"RIFF"),
    "docx": _ooxml("word"), "xlsx": _ooxml("xl"), "pptx": _ooxml("ppt"),
    "odt": _odf("text"), "ods": _odf("spreadsheet"), "odp": _odf("presentation"),
    "doc": _ole, "xls": _ole, "ppt": _ole,
    "csv": _text, "txt": _text, "eml": _mail,
}  # fmt: skip
