"""What is wrong in a file is told with its line, and nothing is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError

from tests.territories.design_files import designed

GOOD = "id,x,y,weight\na,0,0,1\nb,1,0,1\nc,10,0,1\nd,11,0,1\n"
BAD = [
    ("", "units.csv is empty"),
    ("\ufeff\n", "units.csv is empty"),
    ("id,x,y,weight\n", "no rows"),
    ("id,x,weight\na,1,1\n", "no column “y”"),
    ("id,x,y\na,1,1\nb,1,1\n", "no column “weight”"),
    ("x,y,weight\n1,1,1\n2,2,2\n", "no column “id”"),
    ("id,x,y,weight\na,0,0,1\nb,east,0,1\n", "line 3: x “east” is no number"),
    ("id,x,y,weight\na,0,0,1\nb,nan,0,1\n", "line 3: x “nan” is no number"),
    ("id,x,y,weight\na,0,0,1\nb,0,0,-2\n", "line 3: weight -2 is below 0"),
    ("id,x,y,weight\na,0,0,1\nb,0,0,2\na,1,1,1\n", "line 4: id a stands in line 2 already"),
    ("id,x,y,weight\na,0,0,1\nb,0,0\n", "line 3: 3 cells under 4 columns"),
    ("id,x,y,weight\na,0,0,1\n,0,0,1\n", "line 3: there is no id"),
    ("id,lat,lon,weight\na,0,0,1\nb,90.5,0,1\n", "line 3: lat 90.5 is outside -90 to 90"),
    ("id,lat,lon,weight\na,0,0,1\nb,0,181,1\n", "line 3: lon 181 is outside -180 to 180"),
    ("id,x,y,weight\na,0,0,0\nb,0,0,0\n", "every weight is 0"),
    ("id,x,y,weight\na,0,0,1\n", "1 units; 2 territories"),
    ("id,x,y,weight,locked\na,0,0,1,yes\nb,0,0,1,no\n", "line 2: what is locked needs"),
    ("id,x,y,weight,locked\na,0,0,1,perhaps\nb,0,0,1,no\n", "line 2: locked “perhaps”"),
    ("id,x,x,weight\na,0,0,1\n", "column “x” stands there twice"),
    ('id,x,y,weight\n"a,0,0,1\n', "line 2"),
]


@pytest.mark.parametrize(("text", "words"), BAD)
def test_bad_files(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "units.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CommandError, match=words) as error:
        designed(path, "--territories", "2")
    assert error.value.returncode == 2
    assert sorted(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("text", [GOOD, "\ufeff" + GOOD, GOOD.replace(",", ";"), GOOD.replace("\n", "\r\n")])
def test_files_of_spreadsheets_are_read(tmp_path: Path, text: str) -> None:
    path = tmp_path / "units.csv"
    path.write_bytes(text.encode())
    report, rows = designed(path, "--territories", "2", "--capacity", "2", "--centers", "points")
    assert (report["value"], report["proven"]) == (2.0, True)
    assert rows[0]["territory"] == rows[1]["territory"] != rows[2]["territory"] == rows[3]["territory"]


@pytest.mark.parametrize(
    ("adjacency", "told", "words"),
    [
        ("a,b\na,z\n", ["--contiguous"], "near.csv, line 2: “z” is no id"),
        ("from,to\na,b\n", ["--contiguous"], "no column “a”"),
        (None, ["--contiguous"], "need --adjacency"),
        (None, ["--moves-at-most", "2"], "no column “current”"),
        (None, ["--band", "-1"], "--band -1.0 is below 0"),
    ],
)
def test_bad_arguments(tmp_path: Path, adjacency: str | None, told: list[str], words: str) -> None:
    path, near = tmp_path / "units.csv", tmp_path / "near.csv"
    path.write_text(GOOD)
    if adjacency is not None:
        near.write_text(adjacency)
        told = [*told, "--adjacency", str(near)]
    with pytest.raises(CommandError, match=words) as error:
        designed(path, "--territories", "2", *told)
    assert error.value.returncode == 2


def test_a_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(CommandError) as error:
        designed(tmp_path / "none.csv", "--territories", "2")
    assert error.value.returncode == 2


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "units.csv"
    path.write_bytes(b"id,x,y,weight\n\xff\xfe,0,0,1\n")
    with pytest.raises(CommandError) as error:
        designed(path, "--territories", "1")
    assert error.value.returncode == 2
