"""Files that are broken, huge or meant to harm: one clear sentence, quickly, with flat memory."""

from __future__ import annotations

import gzip
import io
import struct
import time
import zipfile
from pathlib import Path

import pytest

from core.tabular import Limits, TabularError, describe, rows

MB = 1024**2


def kept(folder: Path, content: bytes, name: str = "upload.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def refusal(path: Path, limits: Limits | None = None) -> TabularError:
    limits = limits or Limits()
    with pytest.raises(TabularError) as caught:
        for _row in rows(path, describe(path, limits=limits), limits=limits):
            pass
    assert str(caught.value)[0].isupper()
    assert str(caught.value).endswith(".")
    return caught.value


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\n\n \n", "no_rows"),
        (b"%PDF-1.7\n", "not_a_table"),
        (b"\x89PNG\r\n\x1a\n", "not_a_table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "old_excel"),
        (b"<html><body><table><tr><td>1</td></tr></table>", "markup"),
        (b'<?xml version="1.0"?><Workbook/>', "markup"),
        (b'[{"id": 1}]', "json"),
        (bytes(range(256)) * 20, "binary"),
        (b"id,name\n\x01\x02\x03\x04\x05\x06", "binary"),
        (b"PK\x03\x04 but no archive", "broken_zip"),
        (b"\x1f\x8b but no gzip", "broken_zip"),
        (gzip.compress(b"id,name\n" * 5000, mtime=0)[:-30], "broken_zip"),
        (gzip.compress(b"", mtime=0), "empty"),
        (b'id,name\n1,"Ada\n2,Bo\n3,Cy\n', "open_quote"),
        (b'id,name\n1,"' + b"x" * 200_000 + b'"\n', "long_cell"),
        (b"id,name\n" + b"1," * 600 + b"\n", "too_wide"),
    ],
)
def test_refused_with_a_sentence(tmp_path: Path, content: bytes, code: str) -> None:
    assert refusal(kept(tmp_path, content)).code == code


def zipped(*members: tuple[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ([], "many_files"),
        ([("a.csv", b"id\n1\n"), ("b.csv", b"id\n1\n")], "many_files"),
        ([("[Content_Types].xml", b"<x/>"), ("word/document.xml", b"<x/>")], "not_a_table"),
        ([("[Content_Types].xml", b"<x/>"), ("xl/workbook.bin", b"x")], "binary_workbook"),
        ([("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x")], "broken_xlsx"),
        ([("mimetype", b"application/vnd.oasis"), ("content.xml", b"<x/>")], "open_document"),
        ([("inner.zip", zipped(("a.csv", b"id\n1\n"))), ("readme.txt", b"hi")], "many_files"),
    ],
)
def test_archives_without_one_table(tmp_path: Path, members: list[tuple[str, bytes]], code: str) -> None:
    assert refusal(kept(tmp_path, zipped(*members))).code == code


def test_a_gigabyte_of_nothing_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.write(b"id,name\n1,Ada\n")
        file.truncate(1000**3)
    began = time.monotonic()
    assert refusal(path).code == "binary"
    with path.open("wb") as file:
        file.truncate(1024**3 + 1)
    assert refusal(path).code == "too_large"
    assert time.monotonic() - began < 1


def test_bombs_stop_early(tmp_path: Path) -> None:
    zeros = bytes(MB)
    with (
        zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a.csv", "w") as inner,
    ):
        for _ in range(300):
            inner.write(zeros.replace(b"\0", b"a"))
    with gzip.open(tmp_path / "bomb.gz", "wb", compresslevel=1) as file:
        for _ in range(300):
            file.write(zeros.replace(b"\0", b"1,2\n"[:1]))
    began = time.monotonic()
    assert refusal(tmp_path / "bomb.zip").code == "too_large_unpacked"
    assert refusal(tmp_path / "bomb.gz").code == "too_large_unpacked"
    assert time.monotonic() - began < 5


def test_sizes_an_archive_lies_about_are_not_believed(tmp_path: Path) -> None:
    content = zipped(("a.csv", b"id,name\n" + b"1,Ada\n" * 40_000))
    true_size = struct.pack("<I", 8 + 6 * 40_000)
    assert refusal(kept(tmp_path, content.replace(true_size, struct.pack("<I", 20)))).code == "broken_zip"
    tight = Limits(ratio_from_bytes=1000, max_ratio=5)
    assert (
        refusal(kept(tmp_path, gzip.compress(b"id,name\n" + b"1,Ada\n" * 40_000)), tight).code == "too_large_unpacked"
    )


def sheet(tmp_path: Path, cells: str, head: str = "") -> Path:
    ns = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    book = f'<workbook {ns} xmlns:r="{rel}"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>'
    relations = '<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>'
    content = f"{head}<worksheet {ns}><sheetData>{cells}</sheetData></worksheet>"
    return kept(
        tmp_path,
        zipped(
            ("[Content_Types].xml", b"<Types/>"),
            ("xl/workbook.xml", book.encode()),
            ("xl/_rels/workbook.xml.rels", relations.encode()),
            ("xl/worksheets/sheet1.xml", content.encode()),
        ),
    )


ROW1 = '<row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c><c r="B1" t="inlineStr"><is><t>name</t></is></c></row>'


def test_a_cell_in_the_far_corner_costs_no_memory(tmp_path: Path) -> None:
    """A reader that keeps a full rectangle would ask for 16 thousand million cells."""
    path = sheet(tmp_path, f'{ROW1}<row r="1048576"><c r="A1048576"><v>1</v></c><c r="B1048576"><v>2</v></c></row>')
    assert [(row.number, row.values) for row in rows(path, describe(path))] == [(1048576, [1, 2])]
    path = sheet(tmp_path, f'{ROW1}<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    assert refusal(path).code == "too_wide"


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    head = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    path = sheet(tmp_path, f'{ROW1}<row r="200000"><c r="A200000" t="str"><v>&b;</v></c></row>', head)
    assert refusal(path).code == "broken_xlsx"


def test_a_workbook_that_ends_in_the_middle(tmp_path: Path) -> None:
    path = sheet(tmp_path, f'{ROW1}<row r="200000"><c r="A200000"><v>1</v></c></row><row r="200001"><c r="A2000')
    assert refusal(path).code == "broken_xlsx"


def test_a_csv_is_read_with_flat_memory(tmp_path: Path) -> None:
    import tracemalloc

    path = tmp_path / "long.csv"
    with path.open("w") as file:
        file.write("id,name,amount\n")
        file.writelines(f"{i},Customer {i},{i}.50\n" for i in range(200_000))
    tracemalloc.start()
    shape = describe(path)
    count = sum(1 for _row in rows(path, shape))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (count, shape.approx_rows) == (200_000, 200_000)
    assert peak < 12 * MB
