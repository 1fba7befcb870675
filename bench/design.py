"""How near do territories come, in how long? `make bench NAME=design SIZE=100000` (accounts; 0: published ones alone).

The ten published capacitated p-median instances of the shared folder, ten seconds each, against their best known
values; then made-up accounts around ZIP centres into territories of 500 within 5 %, sixty seconds. Each runs as the
command does, in a process of its own, and is judged from what it wrote. How it works: docs/algorithms/territories.md.
"""

from __future__ import annotations

import csv
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("SALESOPS_SHARED") or ROOT.parent / "shared") / "data"


def main(size: int) -> None:
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted((SHARED / "districting_pmedcap").glob("*.txt"), key=lambda one: int(one.stem.split("_")[1])):
            missed += _instance(path, Path(folder))
        if size:
            missed += _accounts(size, Path(folder))
    sys.exit("Some missed their goal." if missed else 0)


def _designed(units: Path, *told: str) -> tuple[dict[str, Any], list[dict[str, str]], float]:
    out, begun = units.with_name("out.csv"), time.monotonic()
    command = [sys.executable, "manage.py", "territory_design", str(units), "--out", str(out), "--json", *told]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(answer.stdout), list(csv.DictReader(out.open())), time.monotonic() - begun


def _instance(path: Path, folder: Path) -> int:
    lines = [line.split() for line in path.read_text().split("\n") if line.strip()]
    best, count, capacity = int(lines[0][1]), lines[1][1], float(lines[1][2])
    units = folder / "units.csv"
    units.write_text("id,x,y,weight\n" + "".join(",".join(line) + "\n" for line in lines[2:]))
    told = ("--territories", count, "--capacity", str(capacity), "--distance", "euclid-floor", "--centers", "points")
    report, rows, seconds = _designed(units, *told)
    at = {one: (float(x), float(y)) for one, x, y, _ in lines[2:]}
    weight = {one: float(w) for one, _, _, w in lines[2:]}
    value = sum(math.floor(math.dist(at[row["id"]], at[row["center"]])) for row in rows)
    load: dict[str, float] = {}
    for row in rows:
        load[row["center"]] = load.get(row["center"], 0) + weight[row["id"]]
    good = len(rows) == len(at) and max(load.values()) <= capacity and value <= best * 1.01 and len(load) <= int(count)
    above, bound = 100 * (value / best - 1), report["bound"]
    words = "" if good else " MISSED"
    print(f"{path.stem:12} {value} best known {best} ({above:+.2f} %), bound {bound:g}, {seconds:.1f} s{words}")
    return not good


def _accounts(size: int, folder: Path) -> int:
    zips = [(float(row["lat"]), float(row["lon"])) for row in csv.DictReader((SHARED / "geo" / "us_zips.csv").open())]
    rng = np.random.default_rng(0)
    at = np.array(zips)[rng.choice(len(zips), size, p=rng.dirichlet(np.full(len(zips), 0.2)))]
    at += rng.normal(0, 0.05, at.shape)
    weight = np.round(rng.lognormal(0, 1, size), 2) + 0.01
    units = folder / "units.csv"
    rows = [f"{one},{lat:.6f},{lon:.6f},{w:.2f}\n" for one, ((lat, lon), w) in enumerate(zip(at, weight, strict=True))]
    units.write_text("id,lat,lon,weight\n" + "".join(rows))
    report, out, seconds = _designed(units, "--territories", str(max(2, size // 500)), "--seconds", "60")
    mean = report["load_mean"]
    print(
        f"{size:,} accounts  {report['value']:,.0f} km, {100 * report['gap']:.2f} % above its centres' bound, loads "
        f"{report['load_min'] / mean:.3f} to {report['load_max'] / mean:.3f}, {seconds:.1f} s"
    )
    return len(out) != size or report["gap"] > 0.005 or seconds > 60


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
