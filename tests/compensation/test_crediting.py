"""Who is credited with what: clauses by example, and laws that hold for any events."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compensation.kernel.clauses import said_condition
from compensation.kernel.crediting import Credited, credits_of
from compensation.kernel.engine import calculate
from compensation.kernel.events import OVERLAY, REVENUE, Event, Split
from compensation.kernel.inputs import InputError, gather
from compensation.kernel.interpreter import Interpreter
from compensation.kernel.lint import lint
from compensation.kernel.plan import Plan
from compensation.kernel.reading import PlanError, read_plan
from tests.compensation import made_up
from tests.compensation.plans import YEAR_END, plan_of
from tests.compensation.test_oracle import lines_of

DAY = date(2026, 3, 1)
SPLIT = (Split("ben", REVENUE, Fraction(2, 5)), Split("ana", REVENUE, Fraction(3, 5)))
seeds = st.integers(0, 2**32)


def clause(**words: Any) -> dict[str, Any]:
    return {"credit": "sales", "on": "booking", "to": "splits"} | words


def plan_with(*clauses: dict[str, Any], **changes: Any) -> Plan:
    return plan_of(crediting=list(clauses), **changes)


def event(key: str = "OPP-1", amount: int = 10_001, kind: str = "booking", **more: Any) -> Event:
    return replace(Event(kind, key, DAY, amount, "USD"), **more)


def told(credited: Credited) -> list[tuple[str, str, int, int]]:
    return [(one.credit.key, one.credit.payee, one.credit.quota, one.credit.pay) for one in credited.given]


def test_splits_add_up_and_say_their_part() -> None:
    found = credits_of(plan_with(clause()), [event("ORD-12", line=1, splits=SPLIT)])
    assert told(found) == [("ORD-12/1:1", "ana", 6_001, 6_001), ("ORD-12/1:1", "ben", 4_000, 4_000)]
    assert [(one.why, one.factor, one.clause.place) for one in found.given] == [
        ("split", Fraction(3, 5), "crediting[0]"),
        ("split", Fraction(2, 5), "crediting[0]"),
    ]
    assert found.doubts == ()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({"to": "owner"}, [("cat", 10_001)]),
        ({"to": "owner", "share": "50%"}, [("cat", 5_001)]),
        ({"to": "splits", "share": "50%"}, [("ana", 3_001), ("ben", 2_000)]),
        ({"to": "overlays"}, [("dan", 10_001), ("eve", 2_500)]),
        ({"to": "team"}, [("ana", 10_001), ("eve", 10_001)]),
        ({"to": "team", "part": ["engineer"], "share": "10%"}, [("eve", 1_000)]),
        ({"to": "owner", "quota": "margin"}, [("cat", 4_000)]),
        ({"to": "owner", "quota": "count"}, [("cat", 100)]),
        ({"to": "owner", "only": {"product": "Arm"}}, [("cat", 10_001)]),
        ({"to": "owner", "only": {"product": ["Leg", "Hand"]}}, []),
        ({"to": "owner", "only": {"region": "EMEA", "product": ["Arm", "Leg"]}}, [("cat", 10_001)]),
    ],
)
def test_what_a_clause_gives_to_whom(words: dict[str, Any], expected: list[tuple[str, int]]) -> None:
    more = (Split("dan", OVERLAY, Fraction(1)), Split("eve", OVERLAY, Fraction(1, 4)))
    team = (("eve", "engineer"), ("ana", "executive"), ("eve", "trainer"))
    one = event(owner="cat", splits=(*SPLIT, *more), team=team, margin_minor=4_000, product="Arm")
    found = credits_of(plan_with(clause(**words)), [replace(one, fields={"region": "EMEA"})])
    assert [(payee, quota) for _key, payee, quota, _pay in told(found)] == expected


def test_attainment_and_pay_may_go_by_different_sizes() -> None:
    plan = plan_with(clause(quota="count", pays_on="margin", key="deals"))
    found = credits_of(plan, [event(splits=SPLIT, margin_minor=-101)])
    assert told(found) == [("OPP-1:deals", "ana", 60, -61), ("OPP-1:deals", "ben", 40, -40)]


def test_without_splits_the_owner_gets_the_whole() -> None:
    assert told(credits_of(plan_with(clause()), [event(owner="cat")])) == [("OPP-1:1", "cat", 10_001, 10_001)]


def test_another_currency_counts_in_the_plans_and_is_paid_by_its_rate() -> None:
    euros = event(currency="EUR", fx=Fraction(11, 10), splits=SPLIT)
    found = credits_of(plan_with(clause()), [euros])
    assert told(found) == [("OPP-1:1", "ana", 6_601, 6_001), ("OPP-1:1", "ben", 4_400, 4_000)]
    assert {one.credit.fx for one in found.given} == {Fraction(11, 10)}
    assert [one.kind for one in credits_of(plan_with(clause()), [replace(euros, fx=None)]).doubts] == ["no_rate"]


def test_meetings_credit_whom_they_name() -> None:
    plan = plan_with(clause(on="activity", to="named", quota="count", only={"type": "meeting"}))
    held = event("A-1", 0, "activity", named="dan", fields={"type": "meeting"})
    call = event("A-2", 0, "activity", named="dan", fields={"type": "call"})
    assert told(credits_of(plan, [held, call])) == [("A-1:1", "dan", 100, 100)]


@pytest.mark.parametrize(
    ("one", "kind", "value"),
    [
        (event(), "no_payee", None),
        (event(owner="cat", splits=SPLIT[:1]), "splits_not_whole", Fraction(2, 5)),
        (event(owner="cat", splits=(*SPLIT, SPLIT[0])), "splits_not_whole", Fraction(7, 5)),
        (event("R", 10, "return", returns="nothing"), "unknown_return", None),
    ],
)
def test_what_people_should_look_at(one: Event, kind: str, value: Fraction | None) -> None:
    plan = plan_with(clause(), {"credit": "sales", "on": "return"})
    found = credits_of(plan, [one]).doubts
    assert [(doubt.kind, doubt.value) for doubt in found if doubt.kind != "above_whole"] == [(kind, value)]


def test_a_missing_margin_credits_nothing_and_is_told() -> None:
    found = credits_of(plan_with(clause(pays_on="margin")), [event(owner="cat")])
    assert (told(found), [one.kind for one in found.doubts]) == ([], ["no_margin"])


def test_credit_above_the_whole_is_told_once_a_deal() -> None:
    plan = plan_with(clause(), clause(to="overlays"))
    splits = (*SPLIT, Split("dan", OVERLAY, Fraction(3, 4)))
    lines = [event("ORD-1", line=n, deal="OPP-9", splits=splits) for n in (1, 2)]
    found = credits_of(plan, lines).doubts
    assert [(one.kind, one.deal, one.clause, one.value) for one in found] == [
        ("above_whole", "OPP-9", "sales", Fraction(7, 4))
    ]


def test_half_of_an_order_comes_back_from_whom_it_went_to() -> None:
    plan = plan_with(clause(on="order"), {"credit": "sales", "on": "return", "key": "back"})
    order = event("ORD-1", 10_001, "order", splits=SPLIT)
    first = event("RET-1", 5_000, "return", returns="ORD-1", owner="somebody else", on=DAY + timedelta(days=9))
    rest = event("RET-2", -5_001, "return", returns="ORD-1", on=DAY + timedelta(days=20))
    found = credits_of(plan, [rest, first, order])
    assert told(found)[2:] == [
        ("RET-1:back:ORD-1:1", "ana", -3_000, -3_000),
        ("RET-1:back:ORD-1:1", "ben", -2_000, -2_000),
        ("RET-2:back:ORD-1:1", "ana", -3_001, -3_001),
        ("RET-2:back:ORD-1:1", "ben", -2_000, -2_000),
    ]
    assert {one.credit.returns for one in found.given[2:]} == {"ORD-1:1"}
    more = credits_of(plan, [order, first, rest, event("RET-3", 7, "return", returns="ORD-1", on=YEAR_END)])
    assert [(one.kind, one.value) for one in more.doubts] == [("over_returned", Fraction(7))]


def test_a_return_of_an_order_takes_back_the_booking_that_was_credited() -> None:
    plan = plan_with(clause(), {"credit": "sales", "on": "return"})
    booked = [event("OPP-1", 6_000, line=1, deal="OPP-1", product="Arm", owner="ana"),
              event("OPP-1", 4_000, line=2, deal="OPP-1", product="Leg", owner="ana")]  # fmt: skip
    ordered = event("ORD-1", 10_000, "order", deal="OPP-1", owner="ana")
    back = event("RET-1", 1_000, "return", returns="ORD-1", deal="OPP-1", product="Leg")
    assert told(credits_of(plan, [*booked, ordered, back]))[2:] == [("RET-1:2:OPP-1/2:1", "ana", -1_000, -1_000)]
    whole = replace(back, product="", amount_minor=10_000)
    assert [quota for _key, _payee, quota, _pay in told(credits_of(plan, [*booked, ordered, whole]))[2:]] == [
        -6_000,
        -4_000,
    ]


def test_returns_lower_what_was_paid_by_the_plan() -> None:
    plan = plan_with(clause(on="order"), {"credit": "sales", "on": "return"}, returns="original_rate")
    order = event("ORD-1", 100_000, "order", splits=SPLIT)
    back = event("RET-1", 50_000, "return", returns="ORD-1", on=DAY + timedelta(days=9))
    calculation = calculate(plan, gather(credits_of(plan, [back, order]).credits, (), ()), YEAR_END)
    assert calculation.earned["c"].amount.tolist() == [6_000, -3_000, 4_000, -2_000]


def test_the_same_event_twice_is_refused() -> None:
    with pytest.raises(InputError, match="booking OPP-1 comes twice"):
        credits_of(plan_with(clause()), [event(), event()])


# Laws.


def world(seed: int) -> tuple[Plan, list[Event]]:
    r = Random(seed)
    clauses = [_made_up(r) for _number in range(r.randint(1, 4))]
    clauses += [{"credit": name, "on": "return"} for name in ("sales", "other")]
    return plan_with(*clauses), [one for number in range(r.randint(1, 6)) for one in _deal(r, number)]


def _made_up(r: Random) -> dict[str, Any]:
    found = clause(
        credit=r.choice(["sales", "other"]),
        on=r.choice(["booking", "order"]),
        to=r.choice(["owner", "splits", "splits", "overlays", "team"]),
        share=r.choice(["100%", "50%", "1/3"]),
        quota=r.choice(["amount", "margin", "count"]),
        pays_on=r.choice(["amount", "margin"]),
    )
    return found | ({"only": {"product": r.choice(["A", ["A", "B"]])}} if r.random() < 0.3 else {})


def _deal(r: Random, number: int) -> list[Event]:
    people = r.sample("abcdef", r.randint(1, 4))
    weights = [r.randint(1, 9) for _one in people]
    splits = tuple(Split(one, REVENUE, Fraction(w, sum(weights))) for one, w in zip(people, weights, strict=True))
    splits += tuple(Split(one, OVERLAY, Fraction(r.randint(1, 100), 100)) for one in r.sample("abxyz", r.randint(0, 2)))
    found = []
    for line in range(1, r.randint(2, 4)):
        whose = {"owner": r.choice("abc"), "splits": splits if r.random() < 0.8 else (), "deal": f"D{number}"}
        found.append(event(
            f"O{number}", r.randint(0, 99_999), r.choice(["booking", "order"]), line=line,
            margin_minor=r.randint(-999, 999), product=r.choice("ABC"),
            team=tuple((one, "any") for one in r.sample("abcxyz", r.randint(0, 3))), **whose,
        ))  # fmt: skip
    for back in range(r.randint(0, 3)):
        named = r.choice([f"O{number}", f"O{number}/1"])
        day = DAY + timedelta(days=r.randint(1, 90))
        found.append(
            event(f"R{number}", r.randint(0, 60_000), "return", line=back + 1, on=day, returns=named, deal=f"D{number}")
        )
    return found


@settings(max_examples=150, deadline=None)
@given(seeds)
def test_parts_sum_to_the_rounded_whole(seed: int) -> None:
    plan, events = world(seed)
    found = credits_of(plan, [one for one in events if one.kind != "return"])
    by_name = {(one.name, one.kind): one for one in events}
    sums: Counter[tuple[str, str, str]] = Counter()
    for one in found.given:
        if one.clause.to == "splits":
            sums[one.event, one.clause.on, one.clause.key] += one.credit.pay
    for (name, kind, key), total in sums.items():
        rule = next(one for one in plan.crediting if one.key == key)
        size = by_name[name, kind].amount_minor if rule.pays_on == "amount" else by_name[name, kind].margin_minor
        assert size is not None
        assert abs(total - size * rule.share) <= Fraction(1, 2)


@settings(max_examples=150, deadline=None)
@given(seeds, st.randoms(use_true_random=False))
def test_order_and_pieces_do_not_matter(seed: int, shuffler: Random) -> None:
    plan, events = world(seed)
    whole = credits_of(plan, events)
    shuffled = list(events)
    shuffler.shuffle(shuffled)
    assert credits_of(plan, shuffled) == whole
    pieces = [credits_of(plan, [one for one in shuffled if one.deal == deal]) for deal in {one.deal for one in events}]
    assert Counter(map(repr, whole.given)) == Counter(repr(one) for piece in pieces for one in piece.given)
    keys = [(one.credit.payee, one.credit.source, one.credit.key) for one in whole.given]
    assert len(set(keys)) == len(keys)


@settings(max_examples=150, deadline=None)
@given(seeds)
def test_what_comes_back_whole_leaves_nothing(seed: int) -> None:
    plan, events = world(seed)
    sold = [one for one in events if one.kind != "return" and one.amount_minor]
    back = [
        event(f"BACK-{number}", one.amount_minor, "return", returns=one.name, on=YEAR_END, deal=one.deal)
        for number, one in enumerate(sold)
    ]
    found = credits_of(plan, [*events, *back])
    left: Counter[tuple[str, str, str]] = Counter()
    gross: Counter[tuple[str, str, str]] = Counter()
    for one in found.given:
        for name, amount in (("quota", one.credit.quota), ("pay", one.credit.pay)):
            key = (one.credit.payee, one.credit.returns or one.credit.key, name)
            left[key] += amount
            gross[key] += abs(amount)
    worthless = {one.name for one in events if not one.amount_minor}
    assert {key for key, amount in left.items() if amount and key[1].split(":")[0] not in worthless} == set()
    assert all(
        amount == 2 * abs(_given_to(found, key))
        for key, amount in gross.items()
        if key[1].split(":")[0] not in worthless
    )


def _given_to(found: Credited, key: tuple[str, str, str]) -> int:
    one = next(one.credit for one in found.given if (one.credit.payee, one.credit.key) == key[:2])
    return one.quota if key[2] == "quota" else one.pay


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_both_ways_of_calculating_agree_on_what_is_credited(seed: int) -> None:
    r = Random(seed)
    _plan, events = world(seed)
    clauses = [_made_up(r) | {"credit": name} for name in ("sales", "margin")]
    plan = read_plan(made_up.plan_data(r) | {"crediting": [*clauses, {"credit": "sales", "on": "return"}]})
    inputs = gather(credits_of(plan, events).credits, (), made_up.PEOPLE)
    literal = Interpreter(plan, inputs, YEAR_END)
    found = lines_of(calculate(plan, inputs, YEAR_END))
    for key, lines in literal.done.items():
        assert found[key] == sorted((one.payee, one.place, one.at, one.due, one.amount) for one in lines)


# The file.


@pytest.mark.parametrize(
    ("words", "place", "said"),
    [
        ({"to": None}, "crediting[0]", "“to” is missing"),
        ({"to": "named"}, "crediting[0].to", "names nobody"),
        ({"part": ["x"]}, "crediting[0].part", "to: team"),
        ({"share": "0%"}, "crediting[0].share", "above zero"),
        ({"on": "return", "quota": "count"}, "crediting[0]", "A return takes back"),
        ({"on": "rain"}, "crediting[0].on", "none of"),
        ({"who": "all"}, "crediting[0]", "isn't known"),
        ({"only": {"product": {}}}, "crediting[0].only.product", "not valid"),
    ],
)
def test_clauses_that_cannot_be(words: dict[str, Any], place: str, said: str) -> None:
    one = {key: value for key, value in (clause() | words).items() if value is not None}
    with pytest.raises(PlanError) as caught:
        plan_with(one)
    assert caught.value.problems[0].place == place
    assert said in caught.value.problems[0].message


def test_a_clause_has_a_name_of_its_own() -> None:
    with pytest.raises(PlanError, match="names clause 1 already"):
        plan_with(clause(key="a"), clause(key="a"))
    named = plan_with(clause(key="direct"), clause(only={"b": [2, 1], "a": "x"})).crediting
    assert [one.key for one in named] == ["direct", "2"]
    assert said_condition(named[1]) == [("a", ["x"]), ("b", ["1", "2"])]
    assert plan_of().crediting == ()


def codes(*clauses: dict[str, Any], **changes: Any) -> list[str]:
    found = lint(plan_with(*clauses, {"credit": "sales", "on": "return"}, **changes))
    return [one.code for one in found if one.code not in ("no_cap", "unused")]


def test_the_linter_asks_who_is_credited_twice_or_never() -> None:
    assert codes(clause()) == []
    assert codes(clause(credit="other")) == ["no_clause", "not_taken", "nothing_to_return", "no_return"]
    assert codes(clause(), clause(to="owner")) == ["double_credit"]
    assert codes(clause(share="50%"), clause(to="owner", share="50%")) == []
    assert codes(clause(only={"product": "A"}), clause(only={"product": ["B", "C"]})) == []
    assert codes(clause(), clause(on="invoice")) == ["double_credit"]
    assert codes(clause(share="50%"), clause(on="payment", share="50%")) == []
    assert codes(clause(share="50%")) == ["share_total"]
    assert codes(clause(), clause(to="overlays")) == ["above_whole"]
    assert codes(clause(), {"credit": "sales", "on": "return", "to": "splits"}) == ["double_return"]
    team = {"sales": {}, "all": {"credits": "sales", "of": "line"}}
    assert codes(clause(), clause(to="overlays"), measures=team) == ["double_credit", "above_whole"]
    two = {"sales": {"credits": ["sales", "services"]}}
    assert codes(clause(), clause(credit="services"), measures=two) == ["double_credit", "no_return"]
    parts = [clause(to="team", part=[one]) for one in ("engineer", "executive")]
    assert codes(*parts) == []


def test_reading_a_plan_without_clauses_changes_nothing() -> None:
    assert [one.code for one in lint(plan_of())] == ["no_cap"]
    assert read_plan({"plan": "A", "currency": "USD", "valid_from": "2026-01-01",
                      "measures": {"sales": {}},
                      "components": {"c": {"measure": "sales", "pays": {"rate": 1}}}}).crediting == ()  # fmt: skip


COVERS = (("ana", "owner"), ("olga", "overlay"), ("sam", "support"))


def test_a_territory_credits_who_covers_it_on_the_day() -> None:
    found = credits_of(plan_with(clause(to="territory")), [event(covers=COVERS, owner="ben")])
    assert told(found) == [("OPP-1:1", "ana", 10_001, 10_001)] and found.given[0].why == "territory"
    both = credits_of(plan_with(clause(to="territory", part=["overlay", "support"])), [event(covers=COVERS)])
    assert [row[1:] for row in told(both)] == [("olga", 10_001, 10_001), ("sam", 10_001, 10_001)]
    kept = event(covers=COVERS, kept=(("ben", Fraction(1, 4)),))
    shared = credits_of(plan_with(clause(to="territory", part=["owner", "overlay"])), [kept])
    assert [row[1:3] for row in told(shared)] == [("ana", 7_501), ("ben", 2_500), ("olga", 10_001)]
    nobody = credits_of(plan_with(clause(to="territory")), [event(owner="ben")])
    assert nobody.given == () and [one.kind for one in nobody.doubts] == ["no_payee"]


@pytest.mark.parametrize("to", ["owner", "territory", "splits"])
def test_who_had_the_account_keeps_a_share_of_its_credit(to: str) -> None:
    kept = (("ben", Fraction(1, 3)),)
    found = credits_of(plan_with(clause(to=to)), [event(owner="ana", covers=COVERS, kept=kept)])
    assert [(one.credit.payee, one.credit.quota, one.why) for one in found.given] == [
        ("ana", 6_667, to if to != "splits" else "split"), ("ben", 3_334, "kept"),
    ]  # fmt: skip
    assert found.doubts == ()


def test_all_of_it_may_be_kept_and_splits_of_the_deal_go_before_it() -> None:
    whole = (("ben", Fraction(1)),)
    found = credits_of(plan_with(clause(to="owner")), [event(owner="ana", kept=whole)])
    assert told(found) == [("OPP-1:1", "ben", 10_001, 10_001)]
    split = credits_of(plan_with(clause(to="splits")), [event(owner="ana", splits=SPLIT, kept=whole)])
    assert {one.credit.payee for one in split.given} == {"ana", "ben"} and split.given[0].why == "split"
    same = credits_of(plan_with(clause(to="owner")), [event(owner="ben", kept=whole)])  # it came back to them
    assert told(same) == [("OPP-1:1", "ben", 10_001, 10_001)]


def test_a_territory_has_no_say_where_an_event_names_somebody() -> None:
    with pytest.raises(PlanError, match="to: named"):
        plan_with(clause(on="activity", to="territory"))
