"""A version that counts credits from before its first day: measures go on, only what comes later earns."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings

from compensation.kernel.engine import calculate
from compensation.kernel.lint import lint
from compensation.kernel.plan import Plan
from compensation.kernel.reading import PlanError, read_plan
from compensation.kernel.trace import next_tier, trace_line
from tests.compensation import made_up
from tests.compensation.plans import ANA, calculated, credit, plan_of, rows_of, total
from tests.compensation.test_oracle import lines_of, seeds

HALF = {"valid_from": "2026-07-01", "counts_from": "2026-01-01"}
MARGINAL = {"tiers": [{"up_to": "100%", "rate": "8%"}, {"rate": "12%"}]}
WHOLE = MARGINAL | {"on": "all"}
CREDITS = [credit("A", 600_000, "2026-03-10"), credit("B", 300_000, "2026-08-10"), credit("C", 300_000, "2026-10-10")]
QUOTA = {"payee": "ana", "measure": "sales", "period": "2026", "amount": 1_000_000}
FULL_GATE = {"gate": "attainment(sales) >= 100%", "catches_up": True}


def earned(plan: Plan, credits: Any = CREDITS, **more: Any) -> dict[str, int]:
    """By credit, in dollars; spans without one by their component."""
    rows = [row for row in rows_of(plan, credits, quotas=[QUOTA], **more) if row["stage"] == "earned"]
    return {row["credit_key"]: int(Decimal(row["amount"])) for row in rows}


@pytest.mark.parametrize(
    ("pays", "component", "anew", "not_anew"),
    [
        (MARGINAL, {}, {"B": 24_000, "C": 32_000}, {"B": 24_000, "C": 32_000}),
        (WHOLE, {}, {"B": 24_000, "C": 72_000}, {"B": 24_000, "C": 48_000}),
        (MARGINAL, {"then": [{"cap": 60_000}]}, {"B": 12_000}, {"B": 24_000, "C": 32_000}),
        ({"rate": "8%"}, {"then": [FULL_GATE]}, {"C": 96_000}, {"C": 48_000}),
        ({"rate": "8%"}, {"then": [{"cap": {"amount": 30_000, "per": "quarter"}}]}, {"B": 24_000, "C": 24_000}, None),
        ({"each": 10}, {"then": [FULL_GATE]}, {"C": 30}, {"C": 20}),
        (
            {"tiers": [{"up_to": 2, "rate": 10}, {"rate": 50}], "by": "count", "on": "all"},
            {},
            {"B": 10, "C": 130},
            {"B": 10, "C": 90},
        ),
    ],
    ids=["marginal", "retroactive", "cap of the year", "gate", "cap of a quarter", "each", "counted"],
)
def test_what_came_before_counts_and_earns_nothing(
    pays: Any, component: Any, anew: dict[str, int], not_anew: dict[str, int] | None
) -> None:
    measures = {"sales": {"sum": "count"}} if pays.get("by") == "count" else {"sales": {}}
    plan = plan_of(pays, component=component, measures=measures, **HALF)
    assert earned(plan) == anew
    later_only = plan_of(pays, component=component, measures=measures, rerates_earlier=False, **HALF)
    assert earned(later_only) == (anew if not_anew is None else not_anew)


def test_without_counting_from_earlier_attainment_starts_anew() -> None:
    assert earned(plan_of(MARGINAL, valid_from="2026-07-01")) == {"B": 24_000, "C": 24_000}


def test_the_year_before_counts_where_a_measure_runs_over_the_plan() -> None:
    credits = [credit("A", 900_000, "2025-10-01"), credit("B", 300_000, "2026-02-01")]
    pays = {"tiers": [{"up_to": 1_000_000, "rate": "8%"}, {"rate": "12%"}], "by": "amount"}
    days = {"valid_from": "2026-01-01", "counts_from": "2025-07-01"}
    assert earned(plan_of(pays, measures={"sales": {"over": "plan"}}, **days), credits) == {"B": 32_000}
    assert earned(plan_of(pays, **days), credits) == {"B": 24_000}  # a year's measure begins with the year


def test_a_version_that_begins_within_a_quarter_settles_what_came_after() -> None:
    component = {"settles": "quarter"}
    plan = plan_of({"rate": "10%"}, component=component, valid_from="2026-08-15", counts_from="2026-01-01")
    rows = rows_of(plan, [credit("A", 100, "2026-08-14"), credit("B", 100, "2026-08-15")])
    assert [(row["credit_key"], row["period"], row["amount"]) for row in rows if row["stage"] == "earned"] == [
        ("B", "2026-09", "10.00")
    ]


@pytest.mark.parametrize(("mode", "first", "second"), [("original_rate", -24_000, 0), ("top_slice", -24_000, -24_000)])
def test_returns_of_what_came_before(mode: str, first: int, second: int) -> None:
    back = credit("R", -300_000, "2026-09-01", returns="A")
    plan = plan_of(MARGINAL, returns=mode, **HALF)
    assert earned(plan, [*CREDITS[:2], back])["R"] == first
    later_only = plan_of(MARGINAL, returns=mode, rerates_earlier=False, **HALF)
    assert earned(later_only, [*CREDITS[:2], back]).get("R", 0) == second
    warned = [one.code for one in lint(later_only)]
    assert ("earlier_return" in warned) == (mode == "original_rate")


def test_an_amount_for_a_span_pays_for_the_days_of_the_version() -> None:
    """Half a year of 10,000 by days: 184 of 365; on the way up the year's 10,000 are followed."""
    people = [ANA | {"variable": 10_000}]
    plan = plan_of({"lump": "variable"}, **HALF)
    assert total(rows_of(plan, CREDITS, people=people), "earned") == Decimal("5041.10")
    by_quarter = plan_of({"lump": "variable * min(attainment(sales), 1)"}, component={"settles": "quarter"}, **HALF)
    rows = rows_of(by_quarter, CREDITS, people=people, quotas=[QUOTA])
    assert [(row["period"], row["amount"]) for row in rows if row["stage"] == "earned"] == [
        ("2026-09", "3000.00"),
        ("2026-12", "1000.00"),
    ]


def test_what_only_counts_is_not_raised_to_a_floor_that_uses_up_a_cap() -> None:
    steps = [{"floor": {"amount": 30_000, "per": "quarter"}}, {"cap": {"amount": 70_000, "per": "year"}}]
    component = {"then": steps, "settles": "quarter"}
    plan = plan_of({"rate": "1%"}, component=component, rerates_earlier=False, **HALF)
    assert total(rows_of(plan, CREDITS, quotas=[QUOTA]), "earned") == Decimal(60_000)


def test_a_pool_by_credits_is_divided_among_those_of_the_version() -> None:
    people = [ANA | {"team": "T", "valid_to": "2026-05-01"}, ANA | {"team": "T", "valid_from": "2026-05-01"}]
    people += [ANA | {"payee": name, "team": "T"} for name in ("ben", "cat")]
    dan = ANA | {"payee": "dan", "team": "T"}
    people += [dan | {"valid_to": "2026-06-30"}, dan | {"valid_from": "2026-06-30", "plan_role": "SE"}]
    credits = [credit(name, 100, "2026-03-10", payee=name) for name in ("ana", "ben", "cat", "dan")]
    plan = plan_of({"pool": 900, "by": "credits"}, roles=["AE"], **HALF)
    rows = [row for row in rows_of(plan, credits, people=people) if row["stage"] == "earned"]
    assert {row["payee"]: row["amount"] for row in rows} == {"ana": "300.00", "ben": "300.00", "cat": "300.00"}


def test_a_managers_cap_is_used_up_by_what_came_before() -> None:
    people = [ANA | {"manager": "mia"}, ANA | {"payee": "mia"}]
    over = {"override": ["c"], "rate": "50%"}
    limited = {"pays": over, "settles": "year", "then": [{"cap": {"amount": 40_000, "per": "year"}}]}
    components = {"c": {"measure": "sales", "pays": {"rate": "8%"}}, "over": limited}
    found = rows_of(plan_of(components=components, **HALF), CREDITS, people=people, quotas=[QUOTA])
    assert total(found, "earned", payee="mia") == Decimal(16_000)  # 24,000 of the cap went with A


def test_who_left_before_the_version_gets_no_amount_from_it() -> None:
    people = [ANA | {"valid_to": "2026-05-01"}, ANA | {"payee": "ben"}]
    rows = rows_of(plan_of({"lump": 500}, roles=["AE"], **HALF), CREDITS, people=people)
    assert {row["payee"] for row in rows if row["stage"] == "earned"} == {"ben"}


def test_draws_begin_with_the_version_and_people_keep_their_first_period() -> None:
    draw = {"draw": {"amount": 1_000, "periods": 8, "recoverable": False}}
    rows = rows_of(plan_of(draws=draw, **HALF), CREDITS[:1], people=[ANA])
    assert [row["period"] for row in rows if row["stage"] == "draw"] == ["2026-07", "2026-08"]


def test_only_quotas_that_matter_are_missed() -> None:
    monthly = {"sales": {"over": "month"}}
    found = calculated(plan_of(MARGINAL, measures=monthly, **HALF), CREDITS)
    assert {note.period for note in found.notes} == {"2026-08", "2026-10"}


def test_a_line_says_that_it_only_counts() -> None:
    found = calculated(plan_of(MARGINAL, **HALF), CREDITS, quotas=[QUOTA])
    trace = trace_line(found, "c", "ana", "A")
    assert (trace.amount, trace.steps[-1].kind, trace.steps[-1].amount) == (0, "only_counts", 0)
    after = next_tier(calculated(plan_of(MARGINAL, **HALF), CREDITS[:2], quotas=[QUOTA]), "c", "ana")
    assert after is not None
    assert after.missing == 10_000_000


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ({"counts_from": "2026-01-01"}, "counts_from"),
        ({"counts_from": "2026-02-01"}, "counts_from"),
        ({"rerates_earlier": False}, "rerates_earlier"),
    ],
)
def test_days_that_cannot_be(words: dict[str, Any], place: str) -> None:
    with pytest.raises(PlanError) as caught:
        plan_of(**words)
    assert [one.place for one in caught.value.problems] == [place]


@settings(max_examples=150, deadline=None)
@given(seeds)
def test_later_lines_are_those_of_a_version_that_always_held(seed: int) -> None:
    """Amounts for spans aside, which go by the version's own days."""
    r = Random(seed)
    data, inputs = made_up.plan_data(r), made_up.inputs(r)
    alone = ("lump", "scorecard", "pool", "contest", "cells")
    data["components"] = {
        key: one
        for key, one in data["components"].items()
        if not any(word in pays for pays in _schedules(one["pays"]) for word in (*alone, "override"))
    } or {"c": {"measure": "sales", "pays": {"rate": "10%"}}}
    days = {"valid_from": "2026-04-10", "counts_from": "2026-01-01", "rerates_earlier": True}
    plan = read_plan(data | days)
    always = read_plan({key: value for key, value in data.items() if key not in days} | {"valid_from": "2026-01-01"})
    through, first = date(2026, 12, 28), plan.valid_from.toordinal()
    some, all_of_them = (lines_of(calculate(one, inputs, through)) for one in (plan, always))
    for key, lines in all_of_them.items():
        later = [line for line in lines if line[1] >= 0 and inputs.credits.on[line[1]] >= first]
        assert [line for line in some[key] if line[1] >= 0] == later


def _schedules(pays: dict[str, Any]) -> list[dict[str, Any]]:
    return [option["pays"] for option in pays["choose"]] if "choose" in pays else [pays]


def test_a_version_that_begins_inside_a_year_is_told_what_does_not_count() -> None:
    begun = {"valid_from": "2026-07-01"}
    (found,) = [one for one in lint(plan_of(MARGINAL, measures={"sales": {}}, **begun)) if one.code == "mid_span"]
    assert (found.place, found.severity) == ("measures.sales", "note") and "to Jan 1, 2026" in found.message
    counted = (HALF, {"valid_from": "2026-01-01"}, begun | {"year_starts": 7})
    for terms in counted:
        assert not [one for one in lint(plan_of(MARGINAL, measures={"sales": {}}, **terms)) if one.code == "mid_span"]
    monthly = plan_of(MARGINAL, measures={"sales": {"over": "month"}}, **begun)
    assert not [one for one in lint(monthly) if one.code == "mid_span"]
