"""The same plan, inputs and lines have the same fingerprint, whatever the order they came in; others have another."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from compensation.kernel.digest import canonical_json, input_hash, output_hash, plan_hash
from compensation.kernel.engine import calculate
from compensation.kernel.exact import Exact
from compensation.kernel.inputs import Credit, Quota, gather
from compensation.kernel.reading import read_plan
from compensation.kernel.rows import out_rows
from compensation.kernel.settlement import settle
from tests.compensation import made_up
from tests.compensation.plans import data_of, plan_of

YEAR_END = date(2026, 12, 28)
seeds = st.integers(0, 2**32)


@settings(max_examples=40, deadline=None)
@given(seeds, st.randoms(use_true_random=False))
def test_credits_in_any_order_and_batches_give_the_same_hashes(seed: int, shuffler: Random) -> None:
    r = Random(seed)
    plan, credits = read_plan(made_up.plan_data(r)), made_up.credits(r)
    quotas = [Quota("a", "sales", "2026", Fraction(9))]
    cut = shuffler.randint(0, len(credits))
    batches = [credits[cut:], credits[:cut]]
    for batch in batches:
        shuffler.shuffle(batch)
    hashes = []
    for some in (credits, [one for batch in batches for one in batch]):
        people = list(made_up.PEOPLE)
        shuffler.shuffle(people)
        inputs = gather(some, quotas, people)
        calculation = calculate(plan, inputs, YEAR_END)
        rows = list(out_rows(calculation, settle(calculation)))
        shuffler.shuffle(rows)
        hashes.append((input_hash(inputs), output_hash(rows)))
    assert hashes[0] == hashes[1]


def test_two_kinds_of_credit_for_one_key_have_an_order_too() -> None:
    both = {"sales": {"credits": ["sales", "services"]}}
    tiers = {"tiers": [{"up_to": 100, "rate": "5%"}, {"rate": "50%"}], "by": "amount"}
    plan = plan_of(tiers, measures=both)
    day = date(2026, 1, 5)
    credits = [Credit("A", "ana", day, "sales", 9_000, 9_000), Credit("A", "ana", day, "services", 8_000, 8_000)]
    one, other = (calculate(plan, gather(some, (), ()), YEAR_END) for some in (credits, credits[::-1]))
    assert output_hash(out_rows(one, settle(one))) == output_hash(out_rows(other, settle(other)))


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_another_amount_day_or_field_is_another_input(seed: int) -> None:
    credits = made_up.credits(Random(seed))
    first = [one for one in credits if not any(after.returns == one.key for after in credits)][:1]
    if not first:
        return
    rest = [one for one in credits if one is not first[0]]
    plain = input_hash(gather(credits, (), made_up.PEOPLE))
    for change in ({"pay": first[0].pay + 1}, {"quota": first[0].quota + 1}, {"fx": Fraction(7, 5)}, {"key": "new"}):
        assert input_hash(gather([*rest, first[0]._replace(**change)], (), made_up.PEOPLE)) != plain
    fields = {"product": "C"}
    assert input_hash(gather([*rest, first[0]._replace(fields=fields)], (), made_up.PEOPLE)) != plain
    assert input_hash(gather(credits, (), made_up.PEOPLE[1:])) != plain


def test_how_numbers_are_kept_does_not_count() -> None:
    inputs = gather(made_up.credits(Random(3)), (), made_up.PEOPLE)
    credits = inputs.credits
    wide = replace(
        credits,
        pay=credits.pay.astype(object),
        fx=Exact(credits.fx.num * 6, np.broadcast_to(credits.fx.den, credits.fx.num.shape) * 6),
    )
    assert input_hash(replace(inputs, credits=wide)) == input_hash(inputs)


def test_a_plan_is_the_same_with_its_keys_in_another_order() -> None:
    data = data_of({"tiers": [{"up_to": "100%", "rate": "8%"}, {"rate": "12%"}]})
    turned = {key: data[key] for key in reversed(data)}
    assert plan_hash(turned) == plan_hash(data)
    assert plan_hash(data | {"valid_from": date(2026, 1, 1)}) == plan_hash(data)
    assert plan_hash(data | {"title": "x"}) != plan_hash(data)
    tiers = data["components"]["c"]["pays"]["tiers"]
    other = {"measure": "sales", "pays": {"tiers": tiers[::-1]}}
    assert plan_hash(data | {"components": {"c": other}}) != plan_hash(data)


def test_texts_are_told_without_doubt() -> None:
    assert canonical_json({"b": [1, "ä"], "a": Fraction(1, 3)}) == '{"a":"1/3","b":[1,"\\u00e4"]}'
    assert output_hash([("a", "b,c")]) != output_hash([("a,b", "c")])
    assert output_hash([("a", 1), ("a", 1)]) != output_hash([("a", 1)])
    assert output_hash([("a", 1), ("b", 2)]) == output_hash([("b", 2), ("a", 1)])
