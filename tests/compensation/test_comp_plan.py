"""The command: a plan is checked, and calculates from CSV to CSV without a database."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from compensation.selectors import plan_text
from tests.compensation.plans import credit, data_of

TIERS = {"tiers": [{"up_to": "100%", "rate": "8%"}, {"rate": "12%"}]}
CREDITS = (
    "credit_key,payee,on,measure,quota_credit,commissionable,currency,deal\n"
    "A,ana,2026-03-01,sales,120000.00,,USD,OPP-1\n"
)
QUOTAS = "payee,measure,period,amount,currency\nana,sales,2026,100000,USD\n"


def file(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text)
    return str(folder / name)


def said(*arguments: str) -> str:
    out = io.StringIO()
    call_command("comp_plan", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def test_a_plan_with_cases_is_checked(tmp_path: Path) -> None:
    expect = [{"payee": "ana", "component": "c", "amount": 10_400}]
    quotas = [{"payee": "ana", "measure": "sales", "period": "2026", "amount": 100_000}]
    case: dict[str, Any] = {"title": "Over", "credits": [credit("A", 120_000)], "quotas": quotas, "expect": expect}
    good = file(tmp_path, "good.yaml", plan_text(data_of(TIERS, cases=[case])))
    assert "1 of 1 cases come out" in said("check", good)
    case["expect"][0]["amount"] = 10_401
    bad = file(tmp_path, "bad.yaml", plan_text(data_of(TIERS, cases=[case])))
    with pytest.raises(CommandError, match="isn't ready"):
        said("check", bad)
    with pytest.raises(CommandError, match="isn't ready"):
        said("check", good, "--strict")  # without a cap


def test_credits_become_lines_and_payments(tmp_path: Path) -> None:
    plan, out = file(tmp_path, "plan.yaml", plan_text(data_of(TIERS))), tmp_path / "out.csv"
    credits, quotas = file(tmp_path, "credits.csv", CREDITS), file(tmp_path, "quotas.csv", QUOTAS)
    said("run", plan, "--credits", credits, "--quotas", quotas, "--out", str(out))
    rows = list(csv.DictReader(out.open()))
    assert [(row["component"], row["credit_key"], row["stage"], row["amount"]) for row in rows] == [
        ("c", "A", "earned", "10400.00"),
        ("", "", "paid", "10400.00"),
    ]
    assert {row["period"] for row in rows} == {"2026-03"}


def test_rows_in_another_order_have_the_same_fingerprints(tmp_path: Path) -> None:
    plan, quotas = file(tmp_path, "plan.yaml", plan_text(data_of(TIERS))), file(tmp_path, "quotas.csv", QUOTAS)
    head, first = CREDITS.splitlines()[:2]
    second = first.replace("A,", "B,", 1)
    told = []
    for number, rows in enumerate(([head, first, second], [head, second, first], [head, first])):
        credits = file(tmp_path, f"credits{number}.csv", "\n".join(rows) + "\n")
        said_so = said("run", plan, "--credits", credits, "--quotas", quotas, "--out", str(tmp_path / f"{number}.csv"))
        told.append(said_so.splitlines()[1:])
    assert told[0] == told[1] and len(told[0]) == 2 and not set(told[0]) & set(told[2])


def test_nothing_is_written_when_a_quota_is_missing(tmp_path: Path) -> None:
    plan, out = file(tmp_path, "plan.yaml", plan_text(data_of(TIERS))), tmp_path / "out.csv"
    credits = file(tmp_path, "credits.csv", CREDITS)
    with pytest.raises(CommandError, match="Nothing was written"):
        said("run", plan, "--credits", credits, "--out", str(out))
    assert list(tmp_path.glob("*out*")) == []
    said("run", plan, "--credits", credits, "--out", str(out), "--allow-notes")
    assert out.exists()


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("credits.csv", "payee,on\n", "no column “credit_key”"),
        ("credits.csv", CREDITS.replace("2026-03-01", "soon"), "credits, row 1: “on” is “soon”"),
        ("plan.yaml", "plan: [", "can't be read"),
        ("plan.yaml", "plan: x", "is missing"),
    ],
)
def test_a_bad_file_is_refused_in_words(tmp_path: Path, name: str, text: str, words: str) -> None:
    files = {"plan.yaml": plan_text(data_of(TIERS)), "credits.csv": CREDITS} | {name: text}
    paths = {key: file(tmp_path, key, content) for key, content in files.items()}
    with pytest.raises(CommandError, match=words):
        said("run", paths["plan.yaml"], "--credits", paths["credits.csv"], "--out", str(tmp_path / "out.csv"))
