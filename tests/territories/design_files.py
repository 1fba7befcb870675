"""Files for territory_design, and what its answers must keep, judged from the output alone."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

from django.core.management import call_command


def or_library(path: Path) -> tuple[int, int, float, list[tuple[str, float, float, float]]]:
    """Best known value, territories, capacity, and (id, x, y, weight) of an instance."""
    lines = path.read_text().split("\n")
    _, best = lines[0].split()
    _, count, capacity = lines[1].split()
    rows = [line.split() for line in lines[2:] if line.strip()]
    return int(best), int(count), float(capacity), [(one, float(x), float(y), float(w)) for one, x, y, w in rows]


def units_file(folder: Path, rows: list[tuple[Any, ...]], columns: str = "id,x,y,weight") -> Path:
    path = folder / "units.csv"
    path.write_text("\n".join([columns, *(",".join(str(cell) for cell in row) for row in rows)]) + "\n")
    return path


def designed(path: Path, *told: str, seconds: float = 3) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """Report and rows of the output; one process, so that the same seed gives the same plan."""
    out, said = path.with_name("out.csv"), io.StringIO()
    call_command(
        "territory_design", str(path), "--out", str(out), "--json", "--seconds", str(seconds), "--processes", "1",
        *told, stdout=said,
    )  # fmt: skip
    return json.loads(said.getvalue()), list(csv.DictReader(out.open()))


def travel(units: list[tuple[str, float, float, float]], rows: list[dict[str, str]]) -> int:
    """Floored distances to the centres of the output, each of which lies in its own territory."""
    place = {one: (x, y) for one, x, y, _ in units}
    of = {row["id"]: row["territory"] for row in rows}
    assert all(of[row["center"]] == row["territory"] for row in rows)
    return sum(math.floor(math.dist(place[row["id"]], place[row["center"]])) for row in rows)


def loads(units: list[tuple[Any, ...]], rows: list[dict[str, str]]) -> dict[str, float]:
    weight = {str(unit[0]): float(unit[3]) for unit in units}
    assert [row["id"] for row in rows] == [str(unit[0]) for unit in units]
    total: dict[str, float] = {}
    for row in rows:
        total[row["territory"]] = total.get(row["territory"], 0.0) + weight[row["id"]]
    return total
