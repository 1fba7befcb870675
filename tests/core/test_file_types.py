"""What may be attached, and what pretends to be something else."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kernel.file_types import NAME_CHARS, TYPES, Refused, checked_type, safe_name

MOST = 25 * 1024**2
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40 + b"IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0" + b"\x00" * 40 + b"\xff\xd9"
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600
MAIL = b"From: ann@example.com\r\nSubject: Offer\r\n\r\n<html><script>mine()</script></html>"


def zipped(*entries: tuple[str, bytes], stored: bool = False) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return stream.getvalue()


def office(folder: str = "word", *more: tuple[str, bytes]) -> bytes:
    return zipped(("[Content_Types].xml", b"<Types/>"), (f"{folder}/document.xml", b"<doc/>"), *more)


def odf(kind: str = "text", *more: tuple[str, bytes]) -> bytes:
    mimetype = f"application/vnd.oasis.opendocument.{kind}".encode()
    return zipped(("mimetype", mimetype), ("content.xml", b"<x/>"), *more, stored=True)


def check(name: str, data: bytes) -> str:
    return checked_type(name, io.BytesIO(data), len(data), most_bytes=MOST)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.pdf", PDF), ("a.PNG", PNG), ("a.jpeg", JPEG), ("a.gif", b"GIF89a" + b"\x00" * 9),
        ("a.webp", b"RIFF\x10\x00\x00\x00WEBPVP8 "), ("a.docx", office()), ("a.xlsx", office("xl")),
        ("a.pptx", office("ppt")), ("a.odt", odf()), ("a.ods", odf("spreadsheet")), ("a.doc", OLE),
        ("a.csv", "name;größe\n".encode("cp1252")), ("a.txt", b"MZ is no program here"), ("a.eml", MAIL),
        ("a.txt", "\ufeffText".encode("utf-16-le")),
    ],
)  # fmt: skip
def test_what_is_what_it_says_is_taken(name: str, data: bytes) -> None:
    assert check(name, data) == TYPES[name.rpartition(".")[2].lower()]


HIDDEN_ZIP = zipped(("evil.exe", b"MZ"))
BOMB = zipped(("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"\x00" * (64 * 1024**2)))


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("virus.exe", b"MZ\x90\x00", "type"),
        ("invoice.pdf.exe", b"MZ\x90\x00", "type"),
        ("page.html", b"<html>", "type"),
        ("drawing.svg", b"<svg onload=alert(1)>", "type"),
        ("all.zip", HIDDEN_ZIP, "type"),
        ("noending", PDF, "type"),
        ("macro.docm", office(), "type"),
        ("invoice.pdf", b"MZ\x90\x00\x03", "program"),
        ("run.txt", b"#!/bin/sh\nrm -rf ~", "program"),
        ("run.csv", b"\x7fELF\x02\x01", "program"),
        ("invoice.pdf", b"<html><script>alert(1)</script>", "isn't PDF"),
        ("photo.png", b"<svg xmlns='x' onload='alert(1)'/>", "isn't PNG"),
        ("photo.png", JPEG, "isn't PNG"),
        ("photo.jpg", b"GIF89a", "isn't JPG"),
        ("notes.txt", b"  <!-- x --><!DOCTYPE html><script>", "isn't TXT"),
        ("notes.txt", b"\xef\xbb\xbf<svg onload=alert(1)>", "isn't TXT"),
        ("notes.txt", "\ufeff<script>".encode("utf-16-le"), "isn't TXT"),
        ("notes.txt", b"plain until\x00binary", "isn't TXT"),
        ("list.csv", PDF, "isn't CSV"),
        ("mail.eml", b"<html>no header</html>", "isn't EML"),
        ("mail.eml", b"hello: but no mail\r\n\r\n", "isn't EML"),
        ("text.docx", HIDDEN_ZIP, "isn't DOCX"),
        ("text.docx", office("xl"), "isn't DOCX"),
        ("text.docx", OLE, "isn't DOCX"),
        ("text.docx", office()[:-30], "damaged"),
        ("text.docx", b"PK\x03\x04 not a zip at all", "damaged"),
        ("text.odt", odf("spreadsheet"), "isn't ODT"),
        ("photo.png", PNG + HIDDEN_ZIP, "hides another file"),
        ("invoice.pdf", PDF + HIDDEN_ZIP + b"%%EOF", "hides another file"),
        ("photo.gif", b"GIF89a/*" + b"\x00" * 9 + b"*/=1;</ScRiPt><script>alert(1)", "hides another file"),
        ("photo.jpg", JPEG + b"<?php system($_GET['c']);", "hides another file"),
        ("invoice.pdf", PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/JavaScript/JS(app.alert())>>"), "script"),
        ("invoice.pdf", PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/Launch/F(cmd.exe)>>"), "script"),
        ("invoice.pdf", PDF[:20], "breaks off"),
        ("text.docx", office("word", ("word/vbaProject.bin", b"x")), "macros"),
        ("sheet.xlsx", office("xl", ("xl/macrosheets/sheet1.xml", b"x")), "macros"),
        ("text.docx", office("word", ("word/embeddings/setup.exe", b"MZ")), "program"),
        ("text.odt", odf("text", ("Basic/Standard/Module1.xml", b"x")), "macros"),
        ("old.doc", OLE + "_VBA_PROJECT".encode("utf-16-le"), "macros"),
        ("text.docx", office("word", ("../../evil.xml", b"x")), "damaged"),
        ("text.docx", BOMB, "unpack"),
        ("empty.pdf", b"", "empty"),
    ],
)  # fmt: skip
def test_what_is_something_else_is_refused_in_words(name: str, data: bytes, says: str) -> None:
    with pytest.raises(Refused, match=says) as refused:
        check(name, data)
    assert name in str(refused.value)


def test_too_large_is_said_with_the_limit() -> None:
    with pytest.raises(Refused, match="larger than 25 MB"):
        checked_type("a.pdf", io.BytesIO(PDF), MOST + 1, most_bytes=MOST)


def test_many_entries_are_refused() -> None:
    with pytest.raises(Refused, match="unpack"):
        check("a.docx", office("word", *((f"word/{n}.xml", b"") for n in range(5001))))


@given(st.sampled_from(sorted(TYPES)), st.binary(max_size=400))
def test_whatever_bytes_come_the_answer_is_a_type_or_words(ending: str, data: bytes) -> None:
    try:
        assert check(f"a.{ending}", data) == TYPES[ending]
    except Refused as refused:
        assert str(refused)


@given(st.sampled_from(["docx", "odt", "xlsx"]), st.integers(0, 400), st.binary(max_size=8))
def test_damaged_archives_are_refused_not_failed_on(ending: str, place: int, junk: bytes) -> None:
    data = odf() if ending == "odt" else office("xl" if ending == "xlsx" else "word")
    data = data[:place] + junk + data[place + len(junk) :]
    try:
        check(f"a.{ending}", data)
    except Refused as refused:
        assert str(refused)


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\system.ini", "system.ini"),
        ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie_ x=1.pdf"),
        ('a"; filename="b.html.pdf', "a__ filename=_b.html.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("  .hidden..pdf ", "hidden.pdf"),
        ("", "file"),
        ("...", "file"),
        ("Angebot für Müller.pdf", "Angebot für Müller.pdf"),
        ("日本語.pdf", "日本語.pdf"),
    ],
)
def test_names_are_made_safe(given_name: str, kept: str) -> None:
    assert safe_name(given_name) == kept


@given(st.text(max_size=300) | st.just("a" * 10_000 + ".pdf"))
def test_a_safe_name_is_short_flat_and_stays_as_it_is(text: str) -> None:
    name = safe_name(text)
    assert 0 < len(name) <= NAME_CHARS
    assert not set(name) & set('/\\\r\n\0"<>|:*?;')
    assert name.strip(". ") == name
    assert safe_name(name) == name
