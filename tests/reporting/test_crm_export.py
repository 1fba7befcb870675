"""The figures of a real CRM export: the command, the file and the page show what the files add up to."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

FILES = (
    ("people", "sales_teams"),
    ("accounts", "accounts"),
    ("products", "products"),
    ("opportunities", "sales_pipeline"),
)
REGIONS = {"West": "3568647", "Central": "3346293", "East": "3090594"}
QUARTERS = {"2017-Q1": "1134672", "2017-Q2": "3086111", "2017-Q3": "2982255", "2017-Q4": "2802496"}


@pytest.fixture
def imported(db: None, shared_path: Callable[..., Path]) -> None:
    folder = shared_path("data", "crm_maven")
    for kind, name in FILES:
        call_command("import_records", kind, str(folder / f"{name}.csv"), "--accept-proposals", stdout=io.StringIO())


def metrics(*arguments: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("metrics", *arguments, "--json", stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def bookings(found: dict[str, Any]) -> dict[str, str]:
    return {line["key"]: line["metrics"]["bookings"]["value"] for line in found["by"]}


@pytest.mark.usefixtures("imported")
def test_figures_of_a_crm_export(signed_in: Callable[..., Client]) -> None:
    whole = metrics("--period", "all", "--by", "region")
    values = {name: one["value"] for name, one in whole["metrics"].items()}
    assert (values["won_count"], values["lost_count"], values["open_count"]) == (4238, 2473, 2089)
    assert (values["bookings"], values["undated_open"]) == ("10005534", 2089)
    assert values["win_rate"] == pytest.approx(100 * 4238 / 6711, abs=1e-12)
    assert round(values["average_cycle_days"], 2) == 51.78
    assert values["open_pipeline"] is None  # no open deal of the export has an amount
    assert bookings(whole) == REGIONS
    assert bookings(metrics("--period", "2017", "--by", "quarter")) == QUARTERS
    rates = {
        line["key"]: line["metrics"]["win_rate"]["value"]
        for line in metrics("--period", "all", "--by", "rep")["by"]
        if line["metrics"]["win_rate"]["value"] is not None
    }
    assert round(max(rates.values()), 2) == 70.39
    assert round(min(rates.values()), 2) == 54.98
    _managers_add_up_to_regions()
    _the_page_and_the_file_agree(signed_in)


def _managers_add_up_to_regions() -> None:
    managers = {key: int(value) for key, value in bookings(metrics("--period", "all", "--by", "manager")).items()}
    of_region = {"West": ("Celia Rouche", "Summer Sewald"), "Central": ("Dustin Brinkmann", "Melvin Marxen")}
    of_region["East"] = ("Cara Losch", "Rocco Neubert")
    assert {region: str(sum(managers[name] for name in names)) for region, names in of_region.items()} == REGIONS


def _the_page_and_the_file_agree(signed_in: Callable[..., Client]) -> None:
    from people.services import create_user

    vp = create_user(email="vp@example.com", password=None, roles=["executive"], by=None, on=date(2020, 1, 1))
    client = signed_in(vp)
    with time_machine.travel("2026-11-20T12:00:00Z", tick=False):
        page = client.get("/dashboard/?period=all&by=region").text
        file = client.get(f"{reverse('reporting:export')}?period=all&by=region&format=csv").getvalue().decode()
        printed = metrics("--period", "all", "--by", "region")
    rows = list(csv.DictReader(io.StringIO(file)))
    assert {row["key"]: row["bookings"] for row in rows} == {"all": "10005534"} | REGIONS
    for row, line in zip(rows, [{"metrics": printed["metrics"]}, *printed["by"]], strict=True):
        for name, one in line["metrics"].items():
            assert row[name] == ("" if one["value"] is None else str(one["value"]))
    for text in ("$10,005,534", "$3,568,647", "$3,346,293", "$3,090,594", "63.2%", "51.8", "4,238 won, 2,473 lost"):
        assert text in page
