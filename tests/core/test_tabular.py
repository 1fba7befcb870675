"""Any file a person may upload: what it is, its header, its rows; and what comes back after writing."""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.tabular import FileShape, TabularError, describe, rows, safe_cell, write_csv, write_xlsx
from core.tabular.delimited import delimiter_of
from core.tabular.headers import column_names, footer_rows


def kept(folder: Path, content: bytes | str, name: str = "upload") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(path: Path) -> list[list[object]]:
    return [row.values for row in rows(path, describe(path))]


def test_plain_csv(tmp_path: Path) -> None:
    shape = describe(kept(tmp_path, "id,name,amount\n1,Ada,10\n2,Bo,20\n"))
    assert (shape.format, shape.encoding, shape.delimiter, shape.header_row) == ("csv", "utf-8", ",", 1)
    assert shape.columns == ["id", "name", "amount"]
    assert shape.approx_rows == 2


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b\n1,2\n", ","),
        ("name;amount\nAda;1,5\nBo;2,5\n", ";"),
        ("name\tnote\nAda\tx, y\nBo\tz, w\n", "\t"),
        ("a|b|c\n1|2|3\n", "|"),
        ('name,note\nAda,"x;y;z"\nBo,"p;q;r"\n', ","),
        ("id,tags\n1,a;b\n2,c;d\n3,e;f\n", ","),
        ("sep=;\na;b\n1,5;2\n", ";"),
        ("Pipeline of March\n\nname;amount;day\nAda;1.000,00;1.2.2026\n", ";"),
        ("only\none\ncolumn\n", ","),
        ('"a;b";"c"\n"1,2,3";"x"\n"2,3,4";"y"\n', ";"),
    ],
)
def test_delimiter(text: str, delimiter: str) -> None:
    assert delimiter_of(text) == delimiter


def test_excels_own_separator_line_is_no_header(tmp_path: Path) -> None:
    path = kept(tmp_path, "sep=;\r\nname;amount\r\nAda;1,5\r\n")
    shape = describe(path)
    assert shape.columns == ["name", "amount"]
    assert [row.number for row in rows(path, shape)] == [3]


@pytest.mark.parametrize(
    ("encoding", "seen"),
    [("utf-8-sig", "utf-8"), ("utf-16", "utf-16"), ("utf-16-le", "utf-16-le"), ("utf-32", "utf-32")]
    + [("utf-16-be", "utf-16-be"), ("cp1252", "cp1252"), ("latin-1", "cp1252")],
)
def test_encodings(tmp_path: Path, encoding: str, seen: str) -> None:
    text = "id,name,city\n1,Jürgen Müller,Köln\n2,Zoë Peña,Málaga\n3,Åse Ødegård,Tromsø\n"
    path = kept(tmp_path, text.encode(encoding))
    shape = describe(path)
    assert shape.encoding == seen
    assert shape.columns[0] == "id"
    assert read(path)[0] == ["1", "Jürgen Müller", "Köln"]


def test_another_script_is_recognised(tmp_path: Path) -> None:
    text = "id,имя,город\n" + "".join(f"{i},Иван Петрович Сидоров,Санкт-Петербург\n" for i in range(40))
    path = kept(tmp_path, text.encode("cp1251"))
    assert read(path)[3][1:] == ["Иван Петрович Сидоров", "Санкт-Петербург"]


def test_odd_bytes_far_down_are_told_with_their_row(tmp_path: Path) -> None:
    good = "".join(f"{i},Müller Köln\n" for i in range(60_000)).encode()
    path = kept(tmp_path, b"id,name\n" + good + b"60000,M\xfcller\n60001,Bo\n")
    shape = describe(path)
    assert shape.encoding == "utf-8"
    assert "60,002" in shape.notes[0]
    assert list(rows(path, shape))[-2].values == ["60000", "M\ufffdller"]


def test_latin_letters_that_only_stand_far_down(tmp_path: Path) -> None:
    head = "".join(f"{i},plain name\n" for i in range(60_000)).encode()
    path = kept(tmp_path, b"id,name\n" + head + "60000,Müller\n".encode("latin-1"))
    shape = describe(path)
    assert shape.encoding == "cp1252"
    assert list(rows(path, shape))[-1].values == ["60000", "Müller"]


def test_nul_characters_are_left_out_and_told(tmp_path: Path) -> None:
    filler = "".join(f"{i},name\n" for i in range(1000)).encode()
    path = kept(tmp_path, b"id,name\n" + filler + b"1000,A\x00da\n")
    shape = describe(path)
    assert "NUL" in shape.notes[0]
    assert "1,002" in shape.notes[0]
    assert list(rows(path, shape))[-1].values == ["1000", "Ada"]


def test_titles_and_blank_lines_above_the_header(tmp_path: Path) -> None:
    text = "Opportunities of Northwind\n\nas of 2026-11-20\n\nid,name,amount\n1,Ada,10\n\n2,Bo,20\n"
    path = kept(tmp_path, text)
    shape = describe(path)
    assert (shape.header_row, shape.columns) == (5, ["id", "name", "amount"])
    assert [(row.number, row.values[0]) for row in rows(path, shape)] == [(6, "1"), (8, "2")]


def test_a_file_without_header(tmp_path: Path) -> None:
    path = kept(tmp_path, "1,Ada,2026-01-02\n2,Bo,2026-01-03\n")
    shape = describe(path)
    assert shape.columns == ["Column 1", "Column 2", "Column 3"]
    assert shape.header_row == 0
    assert [row.number for row in rows(path, shape)] == [1, 2]


def test_a_file_of_words_whose_first_line_repeats_below_has_no_header(tmp_path: Path) -> None:
    path = kept(tmp_path, "West,Won,Ada\nEast,Lost,Bo\nWest,Won,Cy\nEast,Won,Ada\n")
    assert describe(path).header_row == 0


def test_years_as_column_names(tmp_path: Path) -> None:
    shape = describe(kept(tmp_path, "region,owner,2025,2026\nWest,Ada,10,20\nEast,Bo,30,40\n"))
    assert shape.columns == ["region", "owner", "2025", "2026"]


def test_row_numbers_are_those_of_a_spreadsheet(tmp_path: Path) -> None:
    path = kept(tmp_path, 'id,note\n1,"two\nlines"\n2,"say ""hi"""\n')
    assert [(row.number, row.values) for row in rows(path, describe(path))] == [
        (2, ["1", "two\nlines"]),
        (3, ["2", 'say "hi"']),
    ]


def test_ragged_rows(tmp_path: Path) -> None:
    path = kept(tmp_path, "a,b,c\n1,2,3\n4\n5,6,7,8\n9,10,11,,\n")
    found = list(rows(path, describe(path)))
    assert [(row.values, row.surplus, row.missing) for row in found] == [
        (["1", "2", "3"], 0, 0),
        (["4", "", ""], 0, 2),
        (["5", "6", "7", "8"], 1, 0),
        (["9", "10", "11"], 0, 0),
    ]


def test_names_are_unique_and_blank_ones_numbered() -> None:
    assert column_names(["Name", "", "Name", "Name (2)"], 5) == ["Name", "Column 2", "Name (3)", "Name (2)", "Column 5"]


def test_totals_and_remarks_at_the_end_are_no_rows(tmp_path: Path) -> None:
    body = "".join(f"{i},Deal {i},West,{i}00\n" for i in range(50))
    path = kept(tmp_path, f"id,name,region,amount\n{body}Total,,,1225\n\nCopyright 2026 Northwind,,,\n")
    shape = describe(path)
    assert shape.footer_rows == 2
    assert "aren't read" in shape.notes[-1]
    assert len(list(rows(path, shape))) == 50
    shape.footer_rows = 0
    assert len(list(rows(path, shape))) == 52


def test_a_customer_called_total_is_a_record() -> None:
    assert footer_rows([["Acme", "Retail", "FR"], ["Total", "Energy", "FR"]], 3) == 0
    assert footer_rows([["Acme", "Retail", "FR"], ["Grand Totals (123 records)", "", ""]], 3) == 1


def test_line_ends_of_every_kind(tmp_path: Path) -> None:
    for end in ("\n", "\r\n", "\r"):
        assert read(kept(tmp_path, f"id,name{end}1,Ada{end}2,Bo{end}")) == [["1", "Ada"], ["2", "Bo"]]


def test_zip_and_gzip_hold_one_table(tmp_path: Path) -> None:
    csv_bytes = b"id,name\n1,Ada\n"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/deals.csv", csv_bytes)
        archive.writestr("__MACOSX/folder/._deals.csv", b"x")
        archive.writestr("folder/.DS_Store", b"x")
    assert read(kept(tmp_path, packed.getvalue())) == [["1", "Ada"]]
    assert read(kept(tmp_path, gzip.compress(csv_bytes))) == [["1", "Ada"]]


def workbook(path: Path) -> Path:
    days = [("1", date(2026, 1, 2), 10.5), ("2", datetime(2026, 1, 2, 3, 4, 5), Decimal("0.10"))]
    write_xlsx(path, ["id", "on", "amount"], days)
    return path


def test_workbooks_are_known_by_content(tmp_path: Path) -> None:
    path = workbook(tmp_path / "leads.csv")
    assert describe(path).format == "xlsx"
    assert read(path) == [["1", date(2026, 1, 2), 10.5], ["2", datetime(2026, 1, 2, 3, 4, 5), 0.1]]


def test_a_workbook_in_a_zip(tmp_path: Path) -> None:
    packed = tmp_path / "packed"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(workbook(tmp_path / "deals.xlsx"), "deals.xlsx")
    assert read(packed)[0][0] == "1"


def test_the_sheet_with_rows_is_taken(tmp_path: Path) -> None:
    import xlsxwriter

    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("Read me").write(0, 0, "Exported for you")
        sheet = book.add_worksheet("Deals")
        for row, cells in enumerate([("id", "name"), (1, "Ada"), (2, "Bo")]):
            sheet.write_row(row, 0, cells)
    shape = describe(path)
    assert (shape.sheets, shape.sheet, shape.columns) == (["Read me", "Deals"], "Deals", ["id", "name"])
    assert [row.values for row in rows(path, shape)] == [[1, "Ada"], [2, "Bo"]]
    assert [row.values for row in rows(path, shape, sheet="Read me")] == []


def test_a_shape_survives_json(tmp_path: Path) -> None:
    import json

    path = workbook(tmp_path / "deals.xlsx")
    shape = FileShape(**json.loads(json.dumps(describe(path).as_json())))
    assert len(list(rows(path, shape))) == 2


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-1+1", "@SUM(A1)", "\tx", "\rx", "＝1+1"])
def test_no_text_becomes_a_formula(tmp_path: Path, text: str) -> None:
    assert safe_cell(text) == "'" + text
    write_xlsx(tmp_path / "out.xlsx", ["=h"], [[text]])
    with zipfile.ZipFile(tmp_path / "out.xlsx") as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_numbers_stay_numbers_and_keep_all_digits(tmp_path: Path) -> None:
    long = Decimal("12345678901234567890.12")
    out = io.StringIO()
    write_csv(out, ["a"], [[-5], [Decimal("-0.10")], [long], [True], [None], [date(2026, 1, 2)]], bom=True)
    lines = ["-5", "-0.10", str(long), "true", '""', "2026-01-02"]
    assert out.getvalue() == "\ufeffa\r\n" + "".join(f"{line}\r\n" for line in lines)
    write_xlsx(tmp_path / "out.xlsx", ["a", "b"], [[long, -5], [2**60, float("nan")]])
    assert read(tmp_path / "out.xlsx") == [[str(long), -5], [str(2**60), "nan"]]


CELLS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20).map(lambda text: " ".join(text.split()))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=8))
def test_what_is_written_is_read_again(tmp_path: Path, body: list[list[str]]) -> None:
    table = [[f"K{i}", str(i), *cells] for i, cells in enumerate(body)]
    path = tmp_path / "round"
    with path.open("w", newline="", encoding="utf-8") as stream:
        write_csv(stream, ["key", "number", "one", "two", "three"], table)
    shape = describe(path)
    assert shape.columns == ["key", "number", "one", "two", "three"]
    assert [row.values for row in rows(path, shape)] == [[str(safe_cell(cell)) for cell in row] for row in table]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=8))
def test_workbooks_too(tmp_path: Path, body: list[list[str]]) -> None:
    table = [[f"K{i}", i, *cells] for i, cells in enumerate(body)]
    path = tmp_path / "round.xlsx"
    write_xlsx(path, ["key", "number", "one", "two"], table)
    assert [[v or "" for v in row.values[2:]] for row in rows(path, describe(path))] == [row[2:] for row in table]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(min_size=1, max_size=300))
def test_rubbish_is_read_or_refused_never_a_crash(tmp_path: Path, content: bytes) -> None:
    path = kept(tmp_path, content)
    try:
        for _row in rows(path, describe(path)):
            pass
    except TabularError as error:
        assert str(error).endswith(".")
