"""Prizes by rank: who takes part, who is equal, what a late credit moves, and what can't be decided by rank."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings

from compensation.kernel.engine import calculate
from compensation.kernel.lint import ERROR, lint
from compensation.kernel.plan import Contest
from compensation.kernel.ranking import narrowed, ranked, spans_of
from compensation.kernel.reading import PlanError, read_plan
from compensation.kernel.sentences import clauses
from compensation.kernel.trace import trace_line
from tests.compensation import made_up
from tests.compensation.plans import calculated, credit, data_of, plan_of, rows_of, total
from tests.compensation.test_oracle import seeds

QUARTER = {"measures": {"sales": {"over": "quarter"}}}
NAMES = ("ana", "ben", "cleo", "dan")
MARCH_END = date(2026, 3, 31)


def person(name: str, **more: Any) -> dict[str, Any]:
    return {"payee": name, "plan_role": "AE", "valid_from": "2026-01-01"} | more


PEOPLE = [person(name) for name in NAMES]


def prizes(pays: Any, credits: Any, people: Any = PEOPLE, through: date = MARCH_END, **more: Any) -> list[int]:
    """What Ana, Ben, Cleo and Dan take, in whole dollars and cents."""
    plan = plan_of({"contest": [500, 300, 100]} | pays, **QUARTER, **more)
    rows = rows_of(plan, credits, people=people, through=through)
    return [int(total(rows, "earned", payee=name) * 100) for name in NAMES]


def of(**amounts: Any) -> list[dict[str, Any]]:
    return [credit(f"{name}1", amount, payee=name) for name, amount in amounts.items()]


def test_the_best_take_the_prizes_in_their_order() -> None:
    assert prizes({}, of(ana=10, ben=40, cleo=30, dan=20)) == [0, 50_000, 30_000, 10_000]


def test_who_has_nothing_or_too_little_takes_no_part() -> None:
    assert prizes({}, of(ana=10, ben=-5)) == [50_000, 0, 0, 0]
    assert prizes({"at_least": 20}, of(ana=19.99, ben=20, cleo=30)) == [0, 30_000, 50_000, 0]
    assert prizes({"at_least": "20 if credited(sales) > 0 else 0"}, of(ana=19.99, ben=20)) == [0, 50_000, 0, 0]


def test_those_who_are_equal_share_the_prizes_of_their_ranks() -> None:
    assert prizes({}, of(ana=10, ben=20, cleo=20, dan=5)) == [10_000, 40_000, 40_000, 0]
    assert prizes({}, of(ana=10, ben=20, cleo=10, dan=10)) == [13_334, 50_000, 13_333, 13_333]
    assert sum(prizes({}, of(ana=7, ben=7, cleo=7, dan=7))) == 90_000


def test_the_earlier_one_is_before_and_of_one_day_they_share() -> None:
    days = [
        credit("A", 20, "2026-02-10", "ana"), credit("B", 20, "2026-02-09", "ben"),
        credit("C", 20, "2026-02-09", "cleo"), credit("D", 19, "2026-01-02", "dan"),
    ]  # fmt: skip
    assert prizes({"ties": "earlier"}, days) == [10_000, 40_000, 40_000, 0]


def test_what_was_returned_and_sold_again_counts_from_the_day_that_made_it_whole() -> None:
    back = [
        credit("A", 20, "2026-01-10", "ana"), credit("A-", -20, "2026-01-20", "ana", returns="A"),
        credit("A+", 20, "2026-02-20", "ana"), credit("B", 20, "2026-02-01", "ben"),
    ]  # fmt: skip
    assert prizes({"ties": "earlier"}, back) == [30_000, 50_000, 0, 0]  # Ana stands at 20 since February 20


def test_by_attainment_of_ones_own_quota() -> None:
    plan = plan_of({"contest": [500], "by": "attainment"}, **QUARTER)
    quotas = [
        {"payee": name, "measure": "sales", "period": "2026-Q1", "amount": n} for name, n in (("ana", 30), ("ben", 10))
    ]
    rows = rows_of(plan, of(ana=29, ben=11, cleo=99), quotas=quotas, people=PEOPLE, through=MARCH_END)
    assert total(rows, "earned", payee="ben") == 500  # 110 %; Cleo has no quota, and no attainment


def test_roles_teams_and_those_who_left() -> None:
    people = [person("ana", team="W"), person("ben", team="E", plan_role="SE"), person("cleo", team="W"), person("dan")]
    credits = of(ana=10, ben=40, cleo=30, dan=20)
    assert prizes({"among": "team"}, credits, people) == [30_000, 50_000, 50_000, 0]
    assert prizes({"among": "role"}, credits, people) == [10_000, 50_000, 50_000, 30_000]
    assert prizes({"roles": ["AE"]}, credits, people) == [10_000, 0, 50_000, 30_000]
    left = [person("ben", valid_to="2026-03-31"), *(person(name) for name in ("ana", "cleo", "dan"))]
    assert prizes({}, credits, left) == [10_000, 0, 50_000, 30_000]


def test_steps_come_after_the_prize() -> None:
    component = {"then": [{"gate": "credited(sales) >= 35", "otherwise": "50%"}, {"cap": 200}]}
    assert prizes({}, of(ana=40, ben=30), component=component) == [20_000, 15_000, 0, 0]


def test_a_running_contest_isnt_due_and_a_late_credit_moves_a_paid_one() -> None:
    plan = plan_of({"contest": [500, 300]}, **QUARTER)
    assert total(rows_of(plan, of(ana=10, ben=5), people=PEOPLE, through=date(2026, 2, 28))) == 0
    late = [*of(ana=10, ben=5), credit("late", 6, "2026-03-30", "ben")]
    rows = rows_of(plan, late, people=PEOPLE, through=date(2026, 6, 30))
    assert {name: int(total(rows, "paid", payee=name, period="2026-03")) for name in ("ana", "ben")} == {
        "ana": 300, "ben": 500,
    }  # fmt: skip


def test_a_line_says_ones_own_rank_and_nothing_of_the_others() -> None:
    found = calculated(plan_of({"contest": [500, 300]}, **QUARTER), of(ana=10, ben=20, cleo=20), people=PEOPLE,
                       through=MARCH_END)  # fmt: skip
    trace = trace_line(found, "c", "cleo")
    told = next(step for step in trace.steps if step.kind == "contest")
    assert dict(told.values) == {
        "rank": 1, "equal": 2, "of": 3, "reached": Fraction(20), "by": "credited", "prize": 40_000,
    }  # fmt: skip
    assert trace.amount == 40_000


@pytest.mark.parametrize(
    ("pays", "component", "place", "words"),
    [
        ({}, {"settles": "month"}, "components.c.settles", "span ends"),
        ({}, {"where": "product == 'A'"}, "components.c.where", "put the condition there"),
        ({"contest": ["variable"]}, {}, "components.c.pays.contest[0]", "same whoever"),
        ({"contest": [1, "p"]}, {}, "components.c.pays.contest[1]", "same whoever"),
        ({"contest": ["credited(sales)"]}, {}, "components.c.pays.contest[0]", "same whoever"),
        ({"roles": ["XX"]}, {}, "components.c.pays.roles", "isn't among"),
        ({"ties": "toss"}, {}, "components.c.pays.ties", "none of"),
        ({"contest": []}, {}, "components.c.pays", ""),
        ({}, {"measure": "less"}, "components.c.pays.by", "attainment"),
        ({}, {"pays": {"lump": 5}, "measure": "", "leaderboard": True}, "components.c.leaderboard", "a measure"),
    ],
)
def test_what_cannot_be_decided_by_rank(pays: Any, component: Any, place: str, words: str) -> None:
    measures = {"sales": {"over": "quarter"}, "less": {"less_is_better": True}}
    extra = {"parameters": {"p": "q", "q": "ote * 1%"}, "roles": ["AE"], "measures": measures}
    with pytest.raises(PlanError) as caught:
        plan_of({"contest": [500]} | pays, component=component, **extra)
    found = caught.value.problems
    assert any(one.place.startswith(place) and words in one.message for one in found), [str(one) for one in found]


def test_prizes_may_be_formulas_of_parameters() -> None:
    parameters = {"first": [{"valid_from": "2026-01-01", "value": 400}, {"valid_from": "2026-03-01", "value": 600}]}
    assert prizes({"contest": ["first", "first / 7"]}, of(ana=2, ben=1), parameters=parameters)[:2] == [60_000, 8_571]


def test_contests_cannot_be_chosen_among_and_a_rising_prize_is_asked_about() -> None:
    with pytest.raises(PlanError, match="contests"):
        plan_of({"choose": [{"when": "1", "pays": {"contest": [1]}}, {"pays": {"rate": 0}}]})
    found = lint(plan_of({"contest": [100, 300]}, **QUARTER))
    assert [(one.code, one.place) for one in found] == [("falling", "components.c.pays.contest[1]")]


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_ranks_of_a_leaderboard_are_those_that_are_paid(seed: int) -> None:
    """On the credits of one span alone: who takes a prize there takes it in the whole calculation."""
    from random import Random

    r = Random(seed)
    data, inputs, through = made_up.plan_data(r), made_up.inputs(r), date(2026, 12, 28)
    contest = made_up.contest(r) | {"contest": [1000, 700, 300, 200, 100]}
    contest.pop("between", None)
    plan = read_plan(data | {"components": {"c": {"measure": "sales", "pays": contest}}, "rounding": "half_up"})
    paid: dict[tuple[str, int], int] = {}
    found = calculate(plan, inputs, through)
    lines, grid = found.earned["c"], found.book.grid
    for payee, at, amount in zip(lines.payee.tolist(), lines.at.tolist(), lines.amount.tolist(), strict=True):
        unit = int(grid.units[plan.measures["sales"].over][at])
        key = (found.book.staff.payees[payee], unit)
        paid[key] = paid.get(key, 0) + amount
    for span in spans_of(plan, plan.components["c"], through):
        through_of = min(through, span.decided_on)
        board = ranked(narrowed(plan, "c", span), inputs, "c", through_of)
        unit = int(grid.units[plan.measures["sales"].over][int(grid.place(through_of.toordinal()))])
        for one in board:
            prize = 100 * sum([1000, 700, 300, 200, 100][one.rank - 1 : one.rank - 1 + one.equal]) if one.rank else 0
            assert abs(paid.get((one.payee, unit), 0) - Fraction(prize, one.equal or 1)) < 1, (span, one)


def test_the_made_up_contest_is_one() -> None:
    from random import Random

    plan = read_plan(
        made_up.plan_data(Random(0)) | {"components": {"c": {"measure": "sales", "pays": made_up.contest(Random(1))}}}
    )
    assert isinstance(plan.components["c"].pays, Contest)
    assert [one for one in lint(plan) if one.severity == ERROR] == []


SIDES = [
    person("ana", groups="North"), person("ben", groups="South; Coast"), person("cleo", groups="North"),
    person("dan", team="West"),
]  # fmt: skip


def test_only_those_who_are_named_take_part_beside_a_contest_of_all() -> None:
    credits = of(ana=10, ben=40, cleo=30, dan=20)
    assert prizes({"who": ["ana", "dan"]}, credits) == [30_000, 0, 0, 50_000]
    assert prizes({"who": ["North", "West"]}, credits, SIDES) == [10_000, 0, 50_000, 30_000]
    both = {"c": {"measure": "sales", "pays": {"contest": [500]}},
            "d": {"measure": "sales", "pays": {"contest": [70], "who": ["Coast", "ana"]}}}  # fmt: skip
    rows = rows_of(plan_of(**QUARTER, components=both), credits, people=SIDES, through=MARCH_END)
    assert total(rows, "earned", payee="ben") == 570 and total(rows, "earned", payee="ana") == 0


def test_groups_are_ranked_by_what_theirs_have_together_who_divide_the_prize() -> None:
    between: dict[str, Any] = {"between": ["North", "South", "West"]}
    assert prizes(between, of(ana=10, ben=35, cleo=30, dan=20), SIDES) == [25_000, 30_000, 25_000, 10_000]
    assert prizes(between | {"at_least": 36}, of(ana=10, ben=35, cleo=30), SIDES) == [25_000, 0, 25_000, 0]
    assert prizes(between, of(ana=5, ben=35, cleo=30), SIDES) == [20_000, 40_000, 20_000, 0]  # they are equal
    assert prizes(between | {"who": ["ana", "ben"]}, of(ana=36, ben=35, cleo=30), SIDES) == [50_000, 30_000, 0, 0]


def test_groups_by_the_attainment_of_their_quotas_together() -> None:
    plan = plan_of({"contest": [500], "between": ["North", "South"], "by": "attainment"}, **QUARTER)
    quotas = [
        {"payee": name, "measure": "sales", "period": "2026-Q1", "amount": n}
        for name, n in (("ana", 30), ("cleo", 70), ("ben", 10))
    ]
    rows = rows_of(plan, of(ana=60, cleo=31, ben=9), quotas=quotas, people=SIDES, through=MARCH_END)
    assert [total(rows, "earned", payee=name) for name in NAMES] == [250, 0, 250, 0]  # 91 % against 90 %


def test_who_belongs_to_a_group_on_the_last_day_plays_for_it() -> None:
    moved = [
        person("ana", valid_to="2026-03-01", groups="North"),
        person("ana", valid_from="2026-03-01", groups="South"),
        person("ben", groups="North"),
    ]
    assert prizes({"between": ["North", "South"]}, of(ana=10, ben=5), moved)[:2] == [50_000, 30_000]
    board = ranked(
        narrowed(plan := plan_of({"contest": [500], "between": ["North", "South"]}, **QUARTER), "c",
                 spans_of(plan, plan.components["c"], MARCH_END)[0]),
        calculated(plan, of(ana=10, ben=5), people=moved, through=MARCH_END).book.inputs, "c", MARCH_END,
    )  # fmt: skip
    assert [(one.payee, one.rank, one.reached) for one in board] == [("ana", 1, 10), ("ben", 2, 5)]


@pytest.mark.parametrize(
    ("pays", "place", "words"),
    [
        ({"between": ["North"]}, "between", "Two or more"),
        ({"between": ["North", "South"], "among": "role"}, "among", "leave this out"),
        ({"between": ["North", "South"], "ties": "earlier"}, "ties", "share"),
        ({"between": ["North", "South"], "at_least": "quota(sales)"}, "at_least", "same for every group"),
    ],
)
def test_what_groups_cannot_be_ranked_by(pays: Any, place: str, words: str) -> None:
    with pytest.raises(PlanError) as caught:
        plan_of({"contest": [500]} | pays, **QUARTER)
    assert [one.place for one in caught.value.problems] == [f"components.c.pays.{place}"]
    assert words in caught.value.problems[0].message


def test_the_sentence_names_who_takes_part() -> None:
    pays = {"contest": [500], "between": ["North", "South"], "who": ["ana"]}
    [said] = [one.text for one in clauses(data_of(pays, **QUARTER)) if one.place == "components.c"]
    assert "between North, South, whose people divide the prize in equal parts, of these: ana" in said
