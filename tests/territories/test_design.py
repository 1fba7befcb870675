"""Territories by design: published instances, counties, what every plan keeps, and what can't be done."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError
from hypothesis import given, settings
from hypothesis import strategies as st

from territories.kernel.continuity import relabelled
from territories.kernel.design import Infeasible, Request, design
from territories.kernel.districting import components, is_contiguous
from tests.territories.design_files import designed, loads, or_library, travel, units_file

MEDIAN = ("--distance", "euclid-floor", "--centers", "points")
Shared = Callable[..., Path]


@pytest.mark.parametrize(("number", "proven"), [(2, True), (8, False)])
def test_published_instances(shared_path: Shared, tmp_path: Path, number: int, proven: bool) -> None:
    path = shared_path("data", "districting_pmedcap", f"pmedcap1_{number}.txt")
    best, count, capacity, units = or_library(path)
    told = ("--territories", str(count), "--capacity", str(capacity), *MEDIAN)
    report, rows = designed(units_file(tmp_path, units), *told, seconds=5)
    assert best <= report["total_distance"] <= best * 1.01
    assert travel(units, rows) == report["total_distance"] == report["value"]
    assert max(loads(units, rows).values()) <= capacity
    assert len({row["territory"] for row in rows}) == count
    assert report["bound"] <= best
    if proven:
        assert (report["status"], report["gap"], report["bound"]) == ("proven", 0.0, best)


@pytest.mark.parametrize(("state", "count"), [("IA", 4), ("AL", 7)])
def test_counties_hang_together(shared_path: Shared, tmp_path: Path, state: str, count: int) -> None:
    counties = [row for row in _csv(shared_path("data", "geo", "us_counties_2010.csv")) if row["state"] == state]
    edges = [row for row in _csv(shared_path("data", "geo", "us_county_adjacency_2010.csv")) if row["state"] == state]
    units = [(row["geoid"], row["lat"], row["lon"], row["pop2010"]) for row in counties]
    path = units_file(tmp_path, units, "id,lat,lon,weight")
    near = tmp_path / "near.csv"
    near.write_text("a,b\n" + "".join(f"{row['geoid_a']},{row['geoid_b']}\n" for row in edges))
    told = ("--territories", str(count), "--band", "0.005", "--contiguous", "--adjacency", str(near))
    report, rows = designed(path, *told, seconds=6)
    mean = sum(int(row["pop2010"]) for row in counties) / count
    found = loads(units, rows)
    assert len(found) == count
    assert all(abs(load - mean) <= 0.005 * mean for load in found.values())
    of = {row["id"]: row["territory"] for row in rows}
    assert report["cut_edges"] == sum(of[row["geoid_a"]] != of[row["geoid_b"]] for row in edges)
    place = {one: at for at, one in enumerate(of)}
    around: list[list[int]] = [[] for _ in place]
    for row in edges:
        around[place[row["geoid_a"]]].append(place[row["geoid_b"]])
        around[place[row["geoid_b"]]].append(place[row["geoid_a"]])
    names = sorted(found)
    assert is_contiguous(around, [names.index(of[one]) for one in place])


def test_a_county_above_the_limit_is_named(shared_path: Shared, tmp_path: Path) -> None:
    counties = [row for row in _csv(shared_path("data", "geo", "us_counties_2010.csv")) if row["state"] == "IA"]
    units = [(row["geoid"], row["lat"], row["lon"], row["pop2010"]) for row in counties]
    path = units_file(tmp_path, units, "id,lat,lon,weight")
    with pytest.raises(CommandError, match="19153 alone weighs 430,640") as error:
        designed(path, "--territories", "8")
    assert error.value.returncode == 3
    assert not path.with_name("out.csv").exists()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(6, 24), st.integers(1, 4), st.sampled_from(["points", "free"]))
def test_limits_cost_and_bound_of_any_plan(seed: int, size: int, count: int, centers: str) -> None:
    rng = np.random.default_rng(seed)
    at, weight = rng.integers(0, 60, (size, 2)).astype(float), rng.integers(1, 6, size).astype(float)
    capacity = float(np.ceil(weight.sum() / count) + 4)
    request = Request(
        tuple(map(str, range(size))), weight, count, at[:, 0], at[:, 1], capacity=capacity, centers=centers, seed=seed
    )
    found = design(request, lambda: 1.0)  # a clock that stands still: it ends by itself
    assert len(found.of) == size
    assert found.loads.max() <= capacity
    assert np.allclose(found.loads, np.bincount(found.of, weight, minlength=count))
    assert found.bound is not None
    assert found.bound <= found.value * (1 + 1e-9) + 1e-9
    again = design(request, lambda: 1.0)
    assert again.of.tolist() == found.of.tolist()
    if centers == "points":
        middle = at[[int(unit) for unit in found.center]]
        assert np.isclose(np.hypot(*(at - middle[found.of]).T).sum(), found.value)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 4))
def test_contiguous_plans_of_grids(seed: int, count: int) -> None:
    wide, high = 6, 5
    near = [(a, a + 1) for a in range(wide * high) if a % wide < wide - 1]
    near += [(a, a + wide) for a in range(wide * (high - 1))]
    weight = np.array([random.Random(seed * 50 + a).randint(1, 3) for a in range(wide * high)], dtype=float)
    request = Request(
        tuple(map(str, range(wide * high))), weight, count, band=0.2, objective="cut-edges", edges=np.array(near),
        contiguous=True, seed=seed,
    )  # fmt: skip
    clock = iter(range(10**9))
    found = design(request, lambda: 1.0 - next(clock) / 400)
    assert is_contiguous(request.neighbours(), found.of.tolist())
    assert request.limits().excess(found.loads).max() <= 1e-9
    assert found.cut_edges == sum(found.of[a] != found.of[b] for a, b in near)


def test_locked_units_stay_and_moves_are_capped_with_reasons(tmp_path: Path) -> None:
    rng = random.Random(4)
    units = [
        (at, rng.uniform(0, 100), rng.uniform(0, 100), 1, rng.choice("NSW"), int(at % 10 == 0)) for at in range(90)
    ]
    path = units_file(tmp_path, units, "id,x,y,weight,current,locked")
    free, rows = designed(path, "--territories", "3", "--band", "0.2")
    assert all(row["territory"] == row["was"] for row, unit in zip(rows, units, strict=True) if unit[5])
    assert all(bool(row["reason"]) == (row["territory"] != row["was"]) for row in rows)
    assert free["moved"] == sum(row["territory"] != row["was"] for row in rows) > 20
    capped, rows = designed(path, "--territories", "3", "--band", "0.2", "--moves-at-most", "20")
    assert 0 < capped["moved"] == sum(row["territory"] != row["was"] for row in rows) <= 20
    assert free["total_distance"] < capped["total_distance"]


def test_too_few_moves_are_refused(tmp_path: Path) -> None:
    units = [(at, at, 0, 1, "N" if at < 16 else "S") for at in range(20)]
    path = units_file(tmp_path, units, "id,x,y,weight,current")
    with pytest.raises(CommandError, match="At least 5 units must move") as error:
        designed(path, "--territories", "2", "--band", "0.1", "--moves-at-most", "3")
    assert error.value.returncode == 3


def test_options_show_what_is_bought_with_what(tmp_path: Path) -> None:
    rng = random.Random(5)
    units = [(at, rng.uniform(0, 100), rng.uniform(0, 100), 1, rng.choice("NSW")) for at in range(60)]
    report, _ = designed(
        units_file(tmp_path, units, "id,x,y,weight,current"),
        "--territories",
        "3",
        "--band",
        "0.2",
        "--options",
        seconds=4,
    )
    rows = {row["name"]: row for row in report["options"]}
    assert list(rows) == ["today", "asked", "fewest_moves", "halfway", "tighter"]
    assert rows["today"]["moved"] == 0
    assert rows["fewest_moves"]["moved"] <= rows["halfway"]["moved"] <= rows["asked"]["moved"]
    assert rows["asked"]["total_distance"] < rows["halfway"]["total_distance"] < rows["today"]["total_distance"]
    assert rows["tighter"]["load_max"] <= 20 * 1.1


def test_new_territories_are_named_by_what_they_share() -> None:
    order = relabelled(np.array([0, 0, 0, 1, 1]), np.array([1, 1, 0, 0, -1]), 2)
    assert order.tolist() == [1, 0]


def test_what_is_impossible_names_the_unit() -> None:
    ids, four = tuple("abcd"), np.ones(4)
    with pytest.raises(Infeasible, match="hold 3") as error:
        design(Request(ids, four, 3, four, four, capacity=1.0), lambda: 1.0)
    assert error.value.proven
    island = Request(ids, four, 2, band=0.1, edges=np.array([[0, 1], [1, 2]]), objective="cut-edges", contiguous=True)
    with pytest.raises(Infeasible, match="Unit d has no neighbours elsewhere") as error:
        design(island, lambda: 1.0)
    assert error.value.unit == "d"
    assert components([[1], [0], []]) == [[0, 1], [2]]


def test_progress_is_told_and_a_cancelled_search_gives_what_it_has() -> None:
    rng = np.random.default_rng(1)
    request = Request(tuple(map(str, range(40))), np.ones(40), 4, rng.random(40), rng.random(40), capacity=12)
    told: list[tuple[int, int, str]] = []
    found = design(request, lambda: 1.0, progress=lambda *words: told.append(words), cancelled=lambda: len(told) > 5)
    assert found.loads.max() <= 12
    assert told
    assert all(0 <= done <= total == 100 for done, total, _ in told)


def _csv(path: Path) -> list[dict[str, Any]]:
    return list(csv.DictReader(path.open()))
