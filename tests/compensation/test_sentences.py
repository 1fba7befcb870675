"""A plan in sentences: every value knows its place, and writing what stands there changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from compensation.forms.documents import ValueForm, changed_contents, typed_as
from compensation.kernel.digest import plan_hash
from compensation.kernel.patterns import NEW_CLAUSES, PATTERNS, pattern_of
from compensation.kernel.places import NoSuchPlace, parts_of, renamed, value_at, with_value, without
from compensation.kernel.reading import plain_data, read_plan
from compensation.kernel.sentences import clauses, find_value, marked
from compensation.selectors import plan_data, plan_text
from tests.compensation.pay_desk import definition

GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("*.yaml"))


def contents(path: Path) -> Any:
    found = yaml.safe_load(path.read_text())
    return plain_data(found.get("plan_file", found) if isinstance(found, dict) else {})


PLANS = [one for one in (contents(path) for path in GOLDEN) if "components" in one]
PLANS += [pattern_of(one.key, currency="USD", first=__import__("datetime").date(2027, 1, 1)) for one in PATTERNS]


def test_there_are_plans_of_every_kind() -> None:
    words = {word for plan in PLANS for one in plan["components"].values() for word in one["pays"]}
    assert len(PLANS) > 40
    assert {"rate", "tiers", "bands", "curve", "cells", "lump", "scorecard", "pool", "override", "each"} <= words
    assert {"contest", "choose"} <= words


@pytest.mark.parametrize("number", range(len(PLANS)))
def test_every_value_written_as_it_stands_leaves_the_plan_as_it_is(number: int) -> None:
    plan = PLANS[number]
    for clause in clauses(plan):
        assert clause.text.strip()
        for token in clause.values:
            assert changed_contents(plan, token, typed_as(token)) == plan, token
            form = ValueForm({"value": typed_as(token)}, contents=plan, token=token, edits=1)
            assert form.is_valid(), (token, form.errors)
            assert form.definition == plan


@given(number=st.integers(0, len(PLANS) - 1), which=st.integers(0, 10_000), share=st.integers(1, 99))
@settings(max_examples=150, deadline=None)
def test_a_share_that_was_changed_stands_at_its_place_and_nowhere_else(number: int, which: int, share: int) -> None:
    plan = PLANS[number]
    shares = [one for clause in clauses(plan) for one in clause.values if one.kind == "share" and one.raw is not None]
    if not shares:
        return
    token = shares[which % len(shares)]
    changed = changed_contents(plan, token, f"{share}%")
    assert value_at(changed, token.place) == f"{share}%"
    assert changed_contents(changed, find_value(changed, token.place), typed_as(token)) == with_value(
        plan, token.place, token.raw if not str(token.raw).lstrip("-").isdecimal() else int(token.raw)
    )
    told = {place for one in marked(changed, plan) for place in one.was}
    assert told <= {token.place}
    assert told or str(token.raw) == f"{share}%"


@pytest.mark.parametrize("number", range(len(PLANS)))
def test_a_plan_as_text_and_back_is_the_same_in_the_same_order(number: int) -> None:
    again = plain_data(plan_data(plan_text(PLANS[number])))
    assert again == PLANS[number] and list(again["components"]) == list(PLANS[number]["components"])
    assert plan_hash(again) == plan_hash(PLANS[number])


def test_patterns_are_plans_whose_cases_come_out() -> None:
    from compensation.kernel.cases import run_cases
    from compensation.kernel.lint import ERROR, lint

    for plan in PLANS[-len(PATTERNS) :]:
        read = read_plan(plan)
        assert run_cases(read, plan) == [] and plan["cases"]
        assert not [one for one in lint(read) if one.severity == ERROR]


def test_every_new_clause_can_be_read() -> None:
    for part, _title, key, value in NEW_CLAUSES.values():
        plan = definition()
        given = {part: [value] if part == "crediting" else (plan.get(part) or {}) | {key: value}}
        read_plan(plan | given)


def test_what_is_marked_against_another_version() -> None:
    before, now = definition(), definition()
    now = with_value(now, "components.commission.pays.tiers[1].rate", "25%")
    now = with_value(now, "components.spiff", {"measure": "bookings", "pays": {"each": 100}})
    before = with_value(before, "components.old", {"measure": "bookings", "pays": {"rate": "1%"}})
    told = {one.clause.key: (one.state, dict(one.was)) for one in marked(now, before)}
    assert told["commission"] == ("changed", {"components.commission.pays.tiers[1].rate": "20%"})
    assert told["spiff"] == ("new", {}) and told["old"] == ("removed", {}) and told["bookings"] == ("same", {})
    assert all(one.state == "same" for one in marked(now, None))


def test_a_sentence_in_words() -> None:
    (commission, _measure, _terms) = clauses(definition())
    assert commission.text == (
        "Pay 10% of bookings up to 100% of quota, and 20% above; tiers by attainment of quota, a rate holds for the "
        "slice alone."
    )


def test_who_is_credited_stands_in_the_plan_and_is_told_when_it_changes() -> None:
    sales = {"credit": "bookings", "on": "booking", "to": "splits", "only": {"product": ["Arm", "Leg"]}}
    before = definition(crediting=[sales, {"credit": "bookings", "on": "return"}])
    told = [one.text for one in clauses(before) if one.kind == "crediting"]
    assert told == [
        "Credit the owner and splits with 100% of the amount of each booking, as bookings. Only where product is Arm, "
        "Leg.",
        "Of each return, take back 100% of what it gave as bookings to everybody who was credited.",
    ]
    now = with_value(before, "crediting[0].to", "territory")
    (changed,) = [one for one in marked(now, before) if one.state != "same"]
    assert dict(changed.was) == {"crediting[0].to": "the owner and splits"}
    gone = [one.clause.place for one in marked(without(before, "crediting[1]"), before) if one.state == "removed"]
    assert gone == ["crediting[1]"]


def test_a_schedule_of_a_thousand_tiers_is_told_in_short() -> None:
    tiers = [{"up_to": f"{n}%", "rate": "1%"} for n in range(1, 1000)] + [{"rate": "2%"}]
    plan = definition(components={"c": {"measure": "bookings", "pays": {"tiers": tiers}}})
    assert "and 976 more tiers" in clauses(plan)[0].text and len(clauses(plan)[0].values) < 60


def test_places() -> None:
    assert parts_of("a.b[2].c") == ("a", "b", 2, "c")
    data = {"a": {"b": [1, {"c": 2}]}}
    assert with_value(data, "a.b[1].c", 3) == {"a": {"b": [1, {"c": 3}]}} and data["a"]["b"][1] == {"c": 2}
    assert without({"draws": {"one": {"amount": 1}}, "x": 1}, "draws.one") == {"x": 1}
    assert list(renamed({"p": {"a": 1, "b": 2}}, "p.a", "z", 3)["p"]) == ["z", "b"]
    for wrong in ("", "[", "a[", "a..b]"):
        with pytest.raises(NoSuchPlace):
            parts_of(wrong)
    for place in ("a.x", "a.b[7]", "a.b.c"):
        with pytest.raises(NoSuchPlace):
            without(data, place)
