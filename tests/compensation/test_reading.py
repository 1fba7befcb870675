"""Plans that can't be used say what is wrong and where; formulas only compute; the linter asks what is overlooked."""

from __future__ import annotations

import time
from fractions import Fraction
from typing import Any

import pytest

from compensation.kernel.engine import calculate
from compensation.kernel.formula import FormulaError, parse
from compensation.kernel.inputs import InputError
from compensation.kernel.interpreter import Interpreter
from compensation.kernel.lint import ERROR, lint
from compensation.kernel.reading import PlanError, read_plan
from compensation.kernel.rows import inputs_of
from compensation.selectors import plan_data
from tests.compensation.plans import YEAR_END, calculated, credit, data_of, plan_of


@pytest.mark.parametrize(
    ("changes", "place", "words"),
    [
        ({"currency": "usd"}, "currency", "form"),
        ({"valid_to": "2025-01-01"}, "valid_to", "before it begins"),
        ({"components": {"c": {"measure": "x", "pays": {"rate": 1}}}}, "components.c.measure", "no measure"),
        ({"components": {"c": {"pays": {"rate": 1}}}}, "components.c", "measure"),
        ({"surprise": 1}, "", "isn't known"),
        ({"components": {"c": {"measure": "sales", "pays": {"rate": "amount."}}}}, "components.c.pays.rate", "formula"),
        ({"parameters": {"a": [{"valid_from": "2026-02-30", "value": 1}]}}, "parameters.a[0].valid_from", "no day"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(changes: dict[str, Any], place: str, words: str) -> None:
    with pytest.raises(PlanError) as caught:
        read_plan(data_of(**changes))
    assert caught.value.problems[0].place == place
    assert words in caught.value.problems[0].message


@pytest.mark.parametrize(
    ("tiers", "words"),
    [
        ([{"up_to": "100%", "rate": 1}, {"up_to": "90%", "rate": 1}, {"rate": 1}], "overlap"),
        ([{"rate": 1}, {"rate": 1}], "without a bound"),
        ([{"up_to": "100%", "rate": 1}], "last tier has no bound"),
        ([{"up_to": "100%", "below": "90%", "rate": 1}, {"rate": 1}], "not both"),
        (
            [{"up_to": n, "rate": "1%"} for n in range(1, 10_001)] + [{"rate": 1}],
            "10,001 of them are more than the 10,000",
        ),
    ],
    ids=["overlap", "open", "closed", "both", "too many"],
)
def test_tiers_that_cannot_be(tiers: list[Any], words: str) -> None:
    with pytest.raises(PlanError) as caught:
        plan_of({"tiers": tiers})
    assert any(words in one.message for one in caught.value.problems)


@pytest.mark.parametrize(("by", "on"), [("amount", "slice"), ("attainment", "all")])
def test_ten_thousand_tiers_are_checked_and_calculated_in_seconds(by: str, on: str) -> None:
    """By the engine and, to the same amounts, by the second calculator."""
    begun = time.process_time()
    bounds = [n if by == "amount" else f"{n}/5000" for n in range(1, 10_000)]
    tiers = [{"up_to": bound, "rate": f"{n % 97 + 1}%", "on": on} for n, bound in enumerate(bounds)] + [{"rate": 1}]
    plan = plan_of({"tiers": tiers, "by": by})
    assert [one for one in lint(plan) if one.severity == ERROR] == []
    rows = [credit(f"K{n}", f"{n * 40}.50", f"2026-{n:02d}-05", f"p{n % 2}") for n in range(1, 13)]
    quotas = [{"payee": f"p{n}", "measure": "sales", "period": "2026", "amount": 2500} for n in range(2)]
    inputs = inputs_of(plan, rows, quotas)
    amounts = calculate(plan, inputs, YEAR_END).earned["c"].amount.tolist()
    second = sorted(Interpreter(plan, inputs, YEAR_END).done["c"], key=lambda line: (line.payee, line.place))
    assert amounts == [line.amount for line in second] and all(amounts)
    assert time.process_time() - begun < 30


@pytest.mark.parametrize(
    "text",
    [
        *("__import__('os')", "amount.real", "open('x')", "[x for x in y]", "lambda: 1", "amount[0]", "f'{amount}'"),
        *("2 ** 99", "9 // 2", "amount @ 2", "(amount := 2)", "print(1)", "attainment(1)", "min(1)", "True", "1e400"),
        *("", "1 +", "a" * 3000, "-" * 60 + "1", "+".join("1" * 500), "amount if amount", "x in 'abc'", "*amount"),
        *("9" * 40, "0x10", "1j", "amount < 'a' < 2 is None"),
    ],
)
def test_a_formula_can_only_compute(text: str) -> None:
    with pytest.raises(FormulaError):
        parse(text)


def test_percentages_are_exact() -> None:
    assert parse("7.5%") == parse("(7.5/100)")
    plan = plan_of({"rate": "7.5%"})
    assert calculated(plan, [credit("A", "33.33")]).earned["c"].amount.tolist() == [250]  # 2.49975


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\na: 2", "stands twice"),
        ("a: &x [1]\nb: *x", "aren't read"),
        ("- 1", "no plan"),
        ("a: [", "can't be read"),
        ("!!python/object/apply:os.system ['true']", "can't be read"),
        ("", "no plan"),
    ],
)
def test_files_that_hold_no_plan(text: str, words: str) -> None:
    with pytest.raises(PlanError, match=words):
        plan_data(text)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"payee": ""}, "row 1: “payee” is empty"),
        ({"on": "31.1.2026"}, "no day"),
        ({"quota_credit": "1.005"}, "2 decimals"),
        ({"quota_credit": "a lot"}, "no number"),
        ({"quota_credit": "1" * 60}, "no number"),
        ({"quota_credit": "9" * 20}, "too large"),
        ({"currency": "EUR"}, "EUR must be worth"),
        ({"currency": "EUR", "rate": "0"}, "above zero"),
        ({"returns": "nothing"}, "takes back nothing"),
    ],
)
def test_credits_that_cannot_be_calculated_with(row: dict[str, str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        calculated(plan_of(), [credit("A", 100) | row])


def test_other_inputs_that_cannot_be() -> None:
    quota = {"payee": "ana", "measure": "sales", "period": "2026", "amount": -1}
    with pytest.raises(InputError, match="negative"):
        calculated(plan_of(), [], quotas=[quota])
    with pytest.raises(InputError, match="no fiscal period"):
        pays = {"tiers": [{"up_to": "100%", "rate": 1}, {"rate": 2}]}
        calculated(plan_of(pays), [credit("A", 1)], quotas=[quota | {"amount": 1, "period": "spring"}])
    with pytest.raises(InputError, match="comes twice"):
        calculated(plan_of(), [credit("A", 1), credit("A", 1)])
    people = [{"payee": "ana", "valid_from": "2026-01-01"}, {"payee": "ana", "valid_from": "2026-02-01"}]
    with pytest.raises(InputError, match="two rows"):
        calculated(plan_of(), [], people=people)
    with pytest.raises(InputError, match="neither a parameter"):
        calculated(plan_of({"rate": "margn"}), [credit("A", 1)])


def test_what_a_person_should_look_at_is_noted_and_pays_nothing() -> None:
    tiers = plan_of({"tiers": [{"up_to": "100%", "rate": "annual_variable / quota(sales)"}, {"rate": 0}]})
    found = calculated(tiers, [credit("A", 100)])
    assert {(note.kind, note.of) for note in found.notes} == {("no_quota", "sales"), ("division_by_zero", "c")}
    assert found.earned["c"].amount.tolist() == [0]


def codes(plan: Any, **known: Any) -> list[str]:
    return [one.code for one in lint(plan, **known)]


def test_the_linter_asks_what_people_overlook() -> None:
    gap = [{"up_to": "100%", "rate": "5%"}, {"from": "110%", "rate": "7%"}]
    assert codes(plan_of({"tiers": gap})) == ["tier_gap", "no_cap"]
    shared = [{"from": 0, "up_to": "100%", "rate": "5%"}, {"from": "100%", "rate": "7%"}]
    assert codes(plan_of({"tiers": shared})) == ["no_cap", "shared_boundary"]
    overlap = [{"up_to": "100%", "rate": "5%"}, {"from": "90%", "rate": "7%"}]
    assert codes(plan_of({"tiers": overlap}))[0] == "tier_overlap"
    bands = [{"from": 30_000, "rate": "10%"}, {"from": 0, "up_to": 29_000, "rate": "4%"}]
    assert codes(plan_of({"bands": bands}, component={"then": [{"cap": 1}]})) == ["band_gap"]
    assert "unfed" in codes(plan_of(), fed=["bookings"])
    assert "unknown_name" in codes(plan_of({"rate": "margn"}), fields=["margin"])
    assert "unknown_measure" in codes(plan_of(component={"then": [{"gate": "attainment(x) > 1"}]}))
    assert "circle" in codes(plan_of(parameters={"a": "b", "b": "a"}))
    card = {"scorecard": [{"title": "A", "weight": "60%", "result": 1, "cap": 1}], "of": 100}
    assert "weights" in codes(plan_of(card))
    ring = {"a": {"pays": {"override": ["b"], "rate": 1}}, "b": {"pays": {"override": ["a"], "rate": 1}}}
    assert codes(plan_of(components=ring))[0] == "override"


def test_a_cliff_is_told_with_its_size() -> None:
    tiers = [{"up_to": 150_000, "rate": "4%"}, {"rate": "8%"}]
    found = [one for one in lint(plan_of({"tiers": tiers, "by": "amount", "on": "all"})) if one.code == "cliff"]
    assert [one.money for one in found] == [Fraction(6000)]
    assert "6,000.00 USD" in found[0].message
