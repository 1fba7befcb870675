"""Files as people really send them: what is wrong is told with its place, and nothing is half written."""

from __future__ import annotations

import tracemalloc
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError

from compensation.kernel.lint import ERROR, lint
from compensation.kernel.reading import PlanError, read_plan
from compensation.selectors import plan_data, plan_text
from core.kernel.money import round_ratio
from tests.compensation.plans import calculated, credit, data_of, plan_of
from tests.compensation.test_comp_plan import CREDITS, QUOTAS, TIERS, file, said

HEAD, FIRST = CREDITS.splitlines()


def run(
    folder: Path, *, plan: Any = None, credits: Any = CREDITS, quotas: str = QUOTAS, people: str = "", **more: str
) -> str:
    """The command on files of these contents; bytes stay as they are."""
    given = {
        "plan.yaml": plan_text(data_of(TIERS)) if plan is None else plan,
        "credits.csv": credits,
        "quotas.csv": quotas,
    }
    for name, content in (given | ({"people.csv": people} if people else {})).items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    asked = ["--people", str(folder / "people.csv")] if people else []
    asked += [part for name, value in more.items() for part in (f"--{name}", value)]
    return said("run", str(folder / "plan.yaml"), "--credits", str(folder / "credits.csv"), "--quotas",
                str(folder / "quotas.csv"), "--out", str(folder / "out.csv"), *asked)  # fmt: skip


def credits_with(**changes: str) -> str:
    cells = dict(zip(HEAD.split(","), FIRST.split(","), strict=True)) | changes
    return ",".join(cells) + "\n" + ",".join(cells.values()) + "\n"


@pytest.mark.parametrize(
    ("credits", "words"),
    [
        ("", "no column “credit_key”"),
        (CREDITS.replace(",", ";"), "separated by semicolons: save it with commas"),
        (CREDITS.replace(",", "\t"), "separated by tabs"),
        ("payee," + HEAD + "\n", "the column “payee” twice"),
        (HEAD + "\nA,ana,2026-03-01,sales,1,000.00,,USD,OPP-1\n", "line 2: 9 cells, but the head has 8. Put quotes"),
        (HEAD + "\nA,ana,2026-03-01\n", "line 2: 3 cells, but the head has 8"),
        (HEAD + '\nA,"ana,2026-03-01,sales,1,,USD,\n', "can't be read as CSV"),
        (CREDITS.replace("ana", "Zoé").encode("latin-1"), "credits.csv, line 2: this isn't UTF-8"),
        (CREDITS.encode("utf-16"), "credits.csv, line 1: this isn't UTF-8"),
        (credits_with(payee=""), "credits, row 1: “payee” is empty"),
        (credits_with(on="2026-02-30"), "“on” is “2026-02-30”, which is no day"),
        (credits_with(on="9999-12-31"), "days are from 1900 to 2199"),
        (credits_with(quota_credit='"1234,50"'), "no number. Write it with a point"),
        (credits_with(quota_credit='"1.234,50"'), "no number. Write it with a point"),
        (credits_with(quota_credit="1e9"), "which is no number"),
        (credits_with(quota_credit="$5"), "which is no number"),
        (credits_with(quota_credit="0.001"), "USD has 2 decimals"),
        (credits_with(quota_credit="9" * 30), "is too large"),
        (credits_with(currency="EUR"), "“rate” is missing: EUR must be worth something in USD"),
        (credits_with(currency="EUR", rate="0"), "“rate” must be above zero"),
        (credits_with(line="1.5"), "a whole number is wanted"),
        (credits_with(returns="Z"), "takes back Z, which ana doesn't have"),
        (CREDITS + FIRST + "\n", "The credit A comes twice for ana"),
    ],
)
def test_credits_that_cannot_be_read(tmp_path: Path, credits: Any, words: str) -> None:
    with pytest.raises(CommandError) as told:
        run(tmp_path, credits=credits)
    assert words in str(told.value)
    assert not list(tmp_path.glob("*out*"))


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"quotas": QUOTAS.replace("100000", "-5")}, "quotas, row 1: “amount” is negative"),
        ({"quotas": QUOTAS.replace("2026", "2026-Q9")}, "which is no fiscal period"),
        ({"quotas": QUOTAS + "ana,sales,2026,5,USD\n"}, "two quotas of sales for 2026"),
        ({"quotas": QUOTAS.replace("USD", "EUR")}, "quotas are in the plan's, USD"),
        ({"people": "payee,variable\nana,-1\n"}, "people, row 1: “variable” is negative"),
        ({"people": "payee,valid_from,valid_to\nana,2026-02-01,2026-02-01\n"}, "give one after 2026-02-01"),
        ({"people": "payee,valid_from\nana,2026-01-01\nana,2026-02-01\n"}, "ana has two rows for 2026-02-01"),
        ({"people": "payee,manager\nana,ben\nben,ana\n"}, "ana stands above themselves"),
        ({"people": "payee,manager\nana,ana\n"}, "ana stands above themselves"),
        ({"through": "soon"}, "--through is “soon”, which is no day"),
        ({"through": "2025-01-01"}, "before the plan begins on 2026-01-01"),
        ({"plan": plan_text(data_of({"rate": "8% if segment == 'A' else 4%"}))},
         "components.c.pays.rate: “segment” is neither"),
        ({"plan": "plan: a\nplan: b\n"}, "“plan” stands twice in line 1"),
        ({"plan": b"plan: Zo\xe9\n"}, "plan.yaml, line 1: this isn't UTF-8"),
        ({"plan": "\x00"}, "can't be read"),
        ({"plan": ""}, "holds no plan"),
        ({"plan": "- 1\n"}, "holds no plan"),
    ],
)  # fmt: skip
def test_other_files_that_cannot_be_read(tmp_path: Path, files: dict[str, Any], words: str) -> None:
    with pytest.raises(CommandError) as told:
        run(tmp_path, **files)
    assert words in str(told.value)
    assert not list(tmp_path.glob("*out*"))


@pytest.mark.parametrize(
    "credits",
    ["\ufeff" + CREDITS, CREDITS.replace("\n", "\r\n"), CREDITS + "\n,,,,,,,\n",
     CREDITS.replace("120000.00", '"120,000.00"'),
     CREDITS.replace("credit_key,payee", " credit_key , payee")],
)  # fmt: skip
def test_what_spreadsheets_write_is_read(tmp_path: Path, credits: str) -> None:
    run(tmp_path, credits=credits)
    assert "10400.00" in (tmp_path / "out.csv").read_text()


def test_a_plan_with_a_mark_at_its_start_and_windows_lines_is_read(tmp_path: Path) -> None:
    run(tmp_path, plan="\ufeff" + plan_text(data_of(TIERS)).replace("\n", "\r\n"))
    assert (tmp_path / "out.csv").exists()


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="none.csv: No such file or directory"):
        said("check", str(tmp_path / "none.csv"))


def test_a_folder_that_is_not_there_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Nothing was written"):
        run(tmp_path, out=str(tmp_path / "none" / "out.csv"))


def test_what_counts_for_nothing_is_told(tmp_path: Path) -> None:
    rows = [FIRST, FIRST.replace("A,", "B,").replace("sales", "sails"),
            FIRST.replace("A,", "C,").replace("2026-03", "2025-03"),
            FIRST.replace("A,", "D,").replace("ana", "eve")]  # fmt: skip
    told = run(
        tmp_path, plan=plan_text(data_of(TIERS, roles=["AE"])),
        credits=f"{HEAD},colour\n" + "".join(f"{row},red\n" for row in rows),
        quotas=QUOTAS + "ana,sails,2026,5,USD\n", people="payee,plan_role,manager,shoe\nana,AE,max,42\neve,HR,,37\n",
    )  # fmt: skip
    for words in (
        "Credits called “sails”, which no measure takes: 1, such as B.",
        "Credits outside the days from 2026-01-01 that were calculated: 1, such as C.",
        "Credits of people who weren't on the plan that day: 1, such as D.",
        "Quotas of “sails”: no measure has that quota.",
        "Column “colour” of credits: nothing reads it.",
        "Column “shoe” of people: nothing reads it.",
        "Manager “max”: has no row among the people",
    ):
        assert words in told


@pytest.mark.parametrize(
    ("changes", "place", "words"),
    [
        ({"valid_from": "2026-02-30"}, "valid_from", "no day like"),
        ({"valid_to": "9999-02-01"}, "valid_to", "from 1900 to 2199"),
        ({"rounding": "sideways"}, "rounding", "none of"),
        ({"cases": [{"expect": [{"componet": "c", "amount": 1}]}]}, "cases[0].expect[0]", "“componet” isn't known"),
        ({"cases": [{"expect": [{"component": "c"}]}]}, "cases[0].expect[0]", "“amount” is missing"),
        ({"cases": [{"expect": [{"amount": "lots"}]}]}, "cases[0].expect[0].amount", "doesn't have the form"),
        ({"cases": [{"people": [{"payee": "ana", "varible": 1}], "expect": [{"amount": 0}]}]},
         "cases[0].people[0]", "“varible”"),
        ({"draws": {"d": {"amount": "__import__('os')"}}}, "draws.d.amount", "There is no function “__import__”"),
        ({"draws": {"d": {"amount": "().__class__"}}}, "draws.d.amount", "isn't allowed"),
        ({"draws": {"d": {"amount": "9 ** 9 ** 9"}}}, "draws.d.amount", "isn't allowed"),
        ({"draws": {"d": {"amount": "0,5"}}}, "draws.d.amount", "a number has a point"),
        ({"draws": {"d": {"amount": "floor(1, 2, 3)"}}}, "draws.d.amount", "takes 1 to 2 values"),
    ],
)  # fmt: skip
def test_what_a_plan_cannot_say_is_told_with_its_place(changes: dict[str, Any], place: str, words: str) -> None:
    with pytest.raises(PlanError) as told:
        read_plan(plan_data(plan_text(data_of(TIERS, **changes))))
    assert [one.place for one in told.value.problems] == [place]
    assert words in str(told.value)


@pytest.mark.parametrize(
    ("component", "place", "words"),
    [
        ({"pays": {"override": ["c"]}}, "components.c.pays", "Give “rate”"),
        ({"pays": {"override": ["c"], "rate": 1, "levels": [1]}}, "components.c.pays", "Give “rate”"),
        ({"pays": {"override": ["c"], "of": "line", "levels": [1]}}, "components.c.pays.of", "leave this out"),
        ({"pays": {"pool": 5, "by": "days", "shares": "ote"}}, "components.c.pays.by", "give one of them"),
        ({"pays": {"rate": 1}, "hold": {"share": 1, "until": "collected"}}, "components.c.hold", "go together"),
        ({"pays": {"rate": 1}, "hold": {"share": 1, "by": "cash"}}, "components.c.hold", "go together"),
        ({"pays": {"rate": 1}, "hold": {"share": 1, "by": "cash", "until": "collected", "months": 1}},
         "components.c.hold.months", "waits for nothing else"),
        ({"pays": {"tiers": [{"up_to": 5, "rate": 1}, {"up_to": 5, "rate": 2}, {"rate": 3}]}},
         "components.c.pays.tiers[1]", "they overlap"),
    ],
)  # fmt: skip
def test_parts_that_do_not_go_together(component: dict[str, Any], place: str, words: str) -> None:
    with pytest.raises(PlanError) as told:
        read_plan(data_of(component={"measure": "sales", **component}))
    assert place in [one.place for one in told.value.problems] and words in str(told.value)


def test_ten_thousand_tiers_are_read_checked_and_calculated(tmp_path: Path) -> None:
    tiers = [{"up_to": 10 * number, "rate": f"{number}/100000"} for number in range(1, 10_000)] + [{"rate": "10%"}]
    run(tmp_path, plan=plan_text(data_of({"tiers": tiers, "by": "amount"})))
    assert (tmp_path / "out.csv").exists()
    with pytest.raises(PlanError, match="10,001 of them are more than the 10,000"):
        read_plan(data_of({"tiers": [*tiers, {"rate": 1}], "by": "amount"}))


@pytest.mark.parametrize(
    ("pays", "place", "words"),
    [
        ({"tiers": [{"upto": 5, "rate": 1}, {"rate": 2}]}, ".tiers[0]", "“upto” isn't known here. Known: below, from"),
        ({"tiers": {"rate": 2}}, ".tiers", "a list is wanted"),
        ({"tiers": []}, ".tiers", "at least one is wanted"),
        ({"pool": "5 if attainment(a", "year) > 1 else 2": None}, "", "a formula with a comma needs quotes"),
        ({"percent": 5}, "", "What is paid? One of these words"),
        (5, "", "What is paid?"),
        ({"rate": [1]}, ".rate", "a text or a number is wanted"),
        ({"choose": [{"pays": {"curve": {"points": [[0, 0]]}}}]}, ".choose[0].pays", "“of” is missing"),
        ({"choose": [{"pays": {"pool": 5, "of": 1}}]}, ".choose[0].pays", "“of” isn't known here. Known: by, pool"),
    ],
)
def test_what_is_paid_is_told_by_its_own_word(pays: Any, place: str, words: str) -> None:
    with pytest.raises(PlanError) as told:
        read_plan(data_of(component={"measure": "sales", "pays": pays}))
    assert [one.place for one in told.value.problems] == [f"components.c.pays{place}"]
    assert words in str(told.value)


def test_a_span_is_no_field_of_the_credits() -> None:
    plan = plan_of({"rate": "10% if attainment(sales, quarter) > 1 else 5%"})
    assert [one for one in lint(plan, fields=[]) if one.severity == ERROR] == []


def test_unknown_spans_are_errors() -> None:
    plan = plan_of({"lump": "credited(sales, last_plan)"})
    assert [one.code for one in lint(plan) if one.severity == ERROR] == ["unknown_span"]


def test_a_case_that_cannot_be_calculated_is_told(tmp_path: Path) -> None:
    case = {"title": "Odd", "credits": [credit("A", "1,5")], "expect": [{"amount": 0}]}
    with pytest.raises(CommandError, match="isn't ready"):
        said("check", file(tmp_path, "plan.yaml", plan_text(data_of(TIERS, cases=[case]))))


def test_thousands_of_whole_tiers_do_not_fill_the_memory() -> None:
    tiers = [{"up_to": 10 * number, "rate": f"{number}/90000", "on": "all"} for number in range(1, 1_500)]
    plan = plan_of({"tiers": [*tiers, {"rate": "10%"}], "by": "amount"})
    credits = [credit(f"K{number}", 10 * number, payee=f"p{number}") for number in range(1, 1_500)]
    tracemalloc.start()
    try:
        found = calculated(plan, credits).earned["c"].amount
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert int(found.sum()) == sum(round_ratio(Fraction(number * number, 90)) for number in range(1, 1_500))
    assert peak < 40_000_000
