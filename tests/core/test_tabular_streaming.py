"""The streaming reader of workbooks says the same as the one that loads them, with flat memory."""

from __future__ import annotations

import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from core.tabular import Limits, describe, rows, sheets, write_xlsx
from core.tabular.streaming import streamed

TABLE = [
    ["A-1", 10, 1.5, date(2026, 2, 28), datetime(2026, 1, 2, 3, 4, 5), True, "Zoë & <Söhne>"],
    ["A-2", None, -0.25, None, None, False, " padded "],
    ["A-3", 2**40, 0.1, date(1999, 12, 31), datetime(2026, 12, 31, 23, 59, 59), None, "=1+1"],
]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "book.xlsx"
    write_xlsx(path, ["id", "n", "x", "day", "at", "is", "text"], TABLE)
    return path


def test_both_readers_agree(book: Path) -> None:
    part = sheets._part(book, "Sheet1")
    loaded = list(sheets._loaded(book, "Sheet1", Limits()))
    assert list(streamed(book, part, Limits()))[1:] == [(n, row[: len(row)]) for n, row in loaded][1:]
    assert [row for _n, row in loaded[1:]] == TABLE


def test_shared_strings_rich_text_and_named_prefixes(tmp_path: Path) -> None:
    """As other programs write it: prefixes on every name, strings in a table, gaps, row and cell addresses left out."""
    path = tmp_path / "odd.xlsx"
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(
            "xl/workbook.xml",
            f'<x:workbook xmlns:x="{main}" xmlns:r="u"><x:workbookPr date1904="1"/>'
            '<x:sheets><x:sheet name="S" r:id="r1"/></x:sheets></x:workbook>',
        )
        archive.writestr("xl/_rels/workbook.xml.rels", '<R><Relationship Id="r1" Target="/xl/s.xml"/></R>')
        archive.writestr(
            "xl/sharedStrings.xml",
            f'<x:sst xmlns:x="{main}"><x:si><x:t>id</x:t></x:si><x:si><x:r><x:t>na</x:t></x:r><x:r><x:t>me</x:t></x:r>'
            "<x:rPh><x:t>ignored</x:t></x:rPh></x:si></x:sst>",
        )
        archive.writestr(
            "xl/styles.xml",
            f'<x:styleSheet xmlns:x="{main}"><x:numFmts><x:numFmt numFmtId="170" formatCode="dd/mm/yyyy"/></x:numFmts>'
            '<x:cellXfs><x:xf numFmtId="0"/><x:xf numFmtId="170"/></x:cellXfs></x:styleSheet>',
        )
        archive.writestr(
            "xl/s.xml",
            f'<x:worksheet xmlns:x="{main}" xmlns:x14ac="v"><x:sheetData><x:row r="1" x14ac:dyDescent="0.25">'
            '<x:c r="A1" t="s"><x:v>0</x:v></x:c><x:c r="C1" t="s"><x:v>1</x:v></x:c></x:row>'
            '<x:row r="2"/><x:row r="3"><x:c><x:v>7</x:v></x:c><x:c t="e"><x:v>#N/A</x:v></x:c>'
            '<x:c s="1"><x:v>366</x:v></x:c></x:row></x:sheetData></x:worksheet>',
        )
    assert list(streamed(path, "xl/s.xml", Limits())) == [
        (1, ["id", None, "name"]),
        (2, []),
        (3, [7, "#N/A", date(1905, 1, 1)]),
    ]


def test_a_long_sheet_is_streamed_with_flat_memory(tmp_path: Path) -> None:
    import tracemalloc

    path = tmp_path / "long.xlsx"
    write_xlsx(path, ["id", "amount"], ([f"K{i}", Decimal(i)] for i in range(120_000)))
    assert not sheets.is_small(path, "Sheet1")
    tracemalloc.start()
    shape = describe(path)
    found = rows(path, shape)
    count = sum(1 for _row in found)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 120_000
    assert peak < 40 * 1024**2
