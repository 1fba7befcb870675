"""A budget that all on a plan share: who comes first, what is left for the last, returns, late credits, words."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings

from compensation.kernel.engine import calculate
from compensation.kernel.inputs import Credit, gather
from compensation.kernel.lint import lint
from compensation.kernel.overlay import overlaid
from compensation.kernel.plan import Budget
from compensation.kernel.reading import PlanError, read_plan
from compensation.kernel.sentences import clauses
from compensation.kernel.trace import trace_line
from compensation.selectors.words_of_steps import SAID
from compensation.services.verifying import compare_with_interpreter, verify_run
from people.models import Person
from tests.compensation import made_up
from tests.compensation.pay_desk import PayDesk, entries, said
from tests.compensation.plans import YEAR_END, calculated, credit, data_of, plan_of, rows_of, total
from tests.compensation.test_oracle import lines_of, seeds

NAMES = ("ana", "ben", "cleo")
THREE = [credit(name[0].upper(), 10, f"2026-01-1{day}", name) for day, name in enumerate(NAMES)]


def spiff(budget: Any, **more: Any) -> Any:
    return plan_of({"each": 100}, component={"then": [{"budget": budget}]} | more)


def paid(plan: Any, credits: Any = THREE, **more: Any) -> list[int]:
    rows = rows_of(plan, credits, **more)
    return [int(total(rows, "earned", payee=name) * 100) for name in NAMES]


@pytest.mark.parametrize(
    ("budget", "cents"),
    [
        ({"first": 2}, [10_000, 10_000, 0]),
        ({"amount": 250}, [10_000, 10_000, 5_000]),
        ({"amount": 250, "last": "nothing"}, [10_000, 10_000, 0]),
        ({"amount": 250, "first": 1}, [10_000, 0, 0]),
        ({"amount": "pot / 3"}, [10_000, 3_333, 0]),
    ],
)
def test_the_first_are_paid_until_nothing_is_left(budget: Any, cents: list[int]) -> None:
    data = data_of({"each": 100}, component={"then": [{"budget": budget}]}, parameters={"pot": 400})
    assert paid(read_plan(data)) == cents


def test_who_doesnt_fit_with_nothing_ends_it_for_smaller_ones_too() -> None:
    plan = plan_of({"rate": "100%"}, component={"then": [{"budget": {"amount": 15, "last": "nothing"}}]})
    credits = [credit("A", 10, payee="ana"), credit("B", 6, payee="ben"), credit("C", 1, payee="cleo")]
    assert paid(plan, credits) == [1_000, 0, 0]


def test_of_one_day_the_key_decides_whoever_it_is_of() -> None:
    same = [credit("K3", 1, payee="ana"), credit("K1", 1, payee="cleo"), credit("K2", 1, payee="ben")]
    assert paid(spiff({"first": 1}), same) == [0, 0, 10_000]
    assert paid(spiff({"first": 2}), same[::-1]) == [0, 10_000, 10_000]


def test_each_span_has_its_own_budget_and_conditions_come_first() -> None:
    plan = plan_of(
        {"each": 100, "when": "quota_credit >= 5"}, measures={"sales": {"over": "month"}},
        component={"then": [{"budget": {"first": 1}}]},
    )  # fmt: skip
    credits = [credit("A", 4, payee="ana"), *THREE[1:], credit("Z", 9, "2026-02-01", "ana")]
    assert paid(plan, credits) == [10_000, 10_000, 0]


def test_what_comes_back_takes_back_what_it_was_paid_and_leaves_its_place_taken() -> None:
    back = [*THREE, credit("A-", -10, "2026-02-01", "ana", returns="A")]
    assert paid(spiff({"first": 2}), back) == [0, 10_000, 0]
    again = [*back, credit("C-", -10, "2026-02-02", "cleo", returns="C")]
    assert paid(spiff({"amount": 250}), again) == [0, 10_000, 0]  # half was paid, half comes back
    twice = [*back, credit("A=", -10, "2026-02-03", "ana", returns="A")]
    assert paid(spiff({"first": 2}), twice) == [0, 10_000, 0]


def test_parts_of_a_return_take_back_their_part() -> None:
    rate = {"rate": "10%"}
    sold = [credit("A", 1000, payee="ana"), credit("B", 1000, "2026-01-16", "ben")]
    back = [*sold, credit("B-", -500, "2026-02-01", "ben", returns="B")]
    for returns in ("top_slice", "original_rate", "rewalk"):
        plan = plan_of(rate, component={"then": [{"budget": {"amount": 150}}], "returns": returns})
        assert paid(plan, back) == [10_000, 2_500, 0], returns  # 50 of 100 were paid


def test_a_late_credit_comes_before_those_of_later_days() -> None:
    late = [*THREE, credit("0", 10, "2026-01-02", "cleo")]
    assert paid(spiff({"amount": 250}), late) == [10_000, 5_000, 10_000]


def test_whole_units_are_never_more_than_the_budget() -> None:
    plan = plan_of({"rate": "1/3"}, component={"then": [{"budget": {"amount": 1}}]})
    credits = [credit(f"K{n}", "0.05", f"2026-01-{n + 1:02d}", NAMES[n % 3]) for n in range(28)]
    more = [credit(f"L{n}", 1, f"2026-02-{n + 1:02d}", NAMES[n % 3]) for n in range(28)]
    assert sum(paid(plan, credits + more)) == 100


@settings(max_examples=80, deadline=None)
@given(seeds)
def test_nobody_gets_more_than_without_it_nor_all_more_than_there_is(seed: int) -> None:
    r = Random(seed)
    data, credits = made_up.plan_data(r), made_up.credits(r)
    component = {"measure": "sales", "pays": r.choice([{"rate": "7.3%"}, {"each": "12.34"}]), "returns": "rewalk"}
    data |= {"measures": {"sales": {"over": "plan"}}, "components": {"c": component}}
    data.pop("counts_from", None), data.pop("rerates_earlier", None)
    limited = data | {"components": {"c": component | {"then": [{"budget": {"amount": 30}}]}}}
    inputs = gather(credits, (), made_up.PEOPLE)
    whole, held = (calculate(read_plan(one), inputs, YEAR_END) for one in (data, limited))
    sums: dict[str, int] = {}
    for name, _credit, _at, _due, amount in lines_of(held)["c"]:
        sums[name] = sums.get(name, 0) + amount
    assert sum(sums.values()) <= 3_000
    most: dict[str, int] = {}
    for name, _credit, _at, _due, amount in lines_of(whole)["c"]:
        most[name] = most.get(name, 0) + max(amount, 0)
    assert all(amount <= most.get(name, 0) for name, amount in sums.items())


def test_a_line_says_its_turn_and_nothing_of_what_others_got() -> None:
    trace = trace_line(calculated(spiff({"amount": 250}), THREE), "c", "cleo", "C")
    step = next(one for one in trace.steps if one.kind == "budget")
    assert dict(step.values) == {"before": 10_000, "turn": 3, "budget": 25_000, "last": "part"}
    assert (step.amount, trace.amount) == (5_000, 5_000)
    label, words = SAID["budget"](step, "USD", spiff({"amount": 250}))
    assert (label, words) == ("Budget", "Number 3 of those that qualify; $250.00 for everybody on the plan")
    none = trace_line(calculated(spiff({"first": 2}), THREE), "c", "cleo", "C")
    assert next(one for one in none.steps if one.kind == "budget").values["first"] == 2 and none.amount == 0


def test_deals_laid_over_the_credits_come_last_on_their_day() -> None:
    plan = spiff({"first": 2})
    inputs = calculated(plan, THREE[:2]).book.inputs
    more = Credit("0", "ana", date(2026, 1, 10), "sales", 1000, 1000)
    laid = overlaid(inputs.credits, [more])
    assert laid.turns[laid.keys.tolist().index(-1)] == 1  # after A, before B of the next day


@pytest.mark.parametrize(
    ("budget", "place", "words"),
    [
        ({}, "components.c.then[0]", ""),
        ({"first": 0}, "components.c.then[0]", ""),
        ({"last": "part"}, "components.c.then[0].budget", "Say “first”"),
        ({"amount": "variable"}, "components.c.then[0].budget.amount", "same for everybody"),
        ({"amount": "credited(sales)"}, "components.c.then[0].budget.amount", "same for everybody"),
        ({"amount": 5, "last": "all"}, "components.c.then[0]", ""),
    ],
)
def test_what_is_no_budget_for_all(budget: Any, place: str, words: str) -> None:
    with pytest.raises(PlanError) as caught:
        spiff(budget)
    assert any(one.place.startswith(place) and words in one.message for one in caught.value.problems)


def test_words_and_warnings() -> None:
    data = data_of({"each": 100}, component={"then": [{"budget": {"first": 10, "amount": 5000, "last": "nothing"}}]})
    [said_so] = [one.text for one in clauses(data) if one.place == "components.c"]
    assert "only the first 10 that qualify are paid" in said_so
    assert "a budget of $5,000 for everybody on the plan is used up" in said_so
    assert "nothing unless all of it is left" in said_so
    step = read_plan(data).components["c"].then[0]
    assert isinstance(step, Budget) and step.last == "nothing"
    assert [one.code for one in lint(read_plan(data))] == []
    assert "budget" in [one.code for one in lint(spiff({"amount": 50}))]


@pytest.mark.django_db
def test_a_late_credit_moves_what_was_paid_by_dated_adjustments(desk: PayDesk) -> None:
    people = [desk.ana, *(Person.objects.create(name=name) for name in ("Ben Berg", "Cleo Cole"))]
    flat = {"c": {"measure": "bookings", "pays": {"each": 100}, "then": [{"budget": {"first": 2}}]}}
    version = desk.plan(people=people, components=flat)
    days = zip(("Z", "Y", "X"), people, ("2024-01-10", "2024-01-11", "2024-01-12"), strict=True)
    desk.keep(version, *(desk.credit(key, "500", on, person=one) for key, one, on in days))
    first = desk.closed("2024-01")
    earned = {row.payee.person_id: row.amount_minor for row in entries(run_id=first.pk, stage=1) if row.amount_minor}
    assert earned == {people[0].pk: 10_000, people[1].pk: 10_000}
    desk.add(version, desk.credit("A", "500", "2024-01-10", person=people[2]))  # by its key before Z
    second = desk.closed("2024-02")
    moved = entries(run_id=second.pk, stage=1)
    assert {row.payee.person_id: row.amount_minor for row in moved} == {people[1].pk: -10_000, people[2].pk: 10_000}
    assert {one[2] for one in said(moved)} == {"2024-01-01"}
    payees = list(second.results.values_list("payee_id", flat=True))
    assert verify_run(second).is_same and compare_with_interpreter(second, version, payees).wrong == ()
