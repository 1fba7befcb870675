"""Rules of assignment: the quick evaluator is the literal one, for many accounts and for one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from territories.kernel.rules import (
    NONE,
    Condition,
    Op,
    Rule,
    RuleError,
    RuleSet,
    column_of,
    territories_of,
    with_families,
)

FIELDS: dict[str, type] = {"state": str, "zip": str, "employees": float, "industry": str}
TEXTS = {
    "state": ["CA", "NV", "ca", "TX", "Baja"],
    "zip": ["94", "94016", "95814", "9", "10001"],
    "industry": ["A", "B"],
}


def literally(rules: list[Rule], account: dict[str, Any]) -> list[int]:
    """Rule by rule, condition by condition."""
    return [place for place, rule in enumerate(rules) if all(meets(one, account[one.field]) for one in rule.conditions)]


def meets(condition: Condition, value: Any) -> bool:
    if value in (None, ""):
        return condition.op == Op.EMPTY
    if FIELDS[condition.field] is float:
        value, values = float(value), [float(one) for one in condition.values]
        last_in = value <= values[-1] if values else False
    else:
        value, values = value.lower(), [one.lower() for one in condition.values]
        last_in = value[: len(values[-1])] <= values[-1] if values else False
    return {
        Op.IS: lambda: value in values,
        Op.IS_NOT: lambda: value not in values,
        Op.AT_LEAST: lambda: value >= values[0],
        Op.BELOW: lambda: value < values[0],
        Op.STARTS_WITH: lambda: any(value[: len(one)] == one for one in values),
        Op.FROM_TO: lambda: value >= values[0] and last_in,
        Op.EMPTY: lambda: False,
        Op.FILLED: lambda: True,
    }[condition.op]()


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    field = draw(st.sampled_from(list(FIELDS)))
    ops = [op for op in Op if op != Op.STARTS_WITH or FIELDS[field] is str]
    op = draw(st.sampled_from(ops))
    value = st.integers(0, 20) if FIELDS[field] is float else st.sampled_from(TEXTS[field])
    if op in (Op.EMPTY, Op.FILLED):
        return Condition(field, op)
    if op == Op.FROM_TO:
        pair = sorted([draw(value), draw(value)], key=lambda one: one if FIELDS[field] is float else one.lower())
        return Condition(field, op, tuple(pair))
    most = 1 if op in (Op.AT_LEAST, Op.BELOW) else 3
    return Condition(field, op, tuple(draw(st.lists(value, min_size=1, max_size=most))))


@st.composite
def accounts(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = {name: draw(st.sampled_from([*values, "", None])) for name, values in TEXTS.items()}
    return found | {"employees": draw(st.one_of(st.none(), st.integers(0, 20), st.just(7.5)))}


rule_lists = st.lists(
    st.builds(Rule, st.one_of(st.none(), st.integers(1, 9)), st.lists(conditions(), max_size=4).map(tuple)),
    max_size=150,
)


@settings(max_examples=150, deadline=None)
@given(rule_lists, st.lists(accounts(), min_size=1, max_size=30))
def test_bulk_and_one_are_the_literal_reading(rules: list[Rule], rows: list[dict[str, Any]]) -> None:
    known = RuleSet(rules, FIELDS)
    columns = {name: column_of([row[name] for row in rows]) for name in known.fields}
    found = known.of(columns, len(rows))
    fitting = [literally(rules, row) for row in rows]
    assert list(found.first) == [one[0] if one else NONE for one in fitting]
    assert [known.of_one(row) for row in rows] == fitting
    fits = {place for one in fitting for place in one}
    assert found.never() == [place for place in range(len(rules)) if place not in fits]
    first = {one[0] for one in fitting if one}
    assert found.shadowed() == sorted(fits - first)
    assert list(found.unmatched()) == [row for row, one in enumerate(fitting) if not one]


def test_what_an_account_lacks_for_a_rule() -> None:
    """Reno, NV: by billing state, not by size."""
    size, state = Condition("employees", Op.AT_LEAST, (5_000,)), Condition("state", Op.IS, ("NV", "AZ"))
    rules = RuleSet([Rule(1, (size, state)), Rule(2, (state,))], FIELDS)
    account = {"state": "nv", "employees": 1_240}
    assert rules.of_one(account) == [1]
    assert rules.why_not(0, account) == [size] and rules.why_not(1, account) == []


def test_families_stay_together_behind_named_accounts() -> None:
    """Order 1: rule 0 names accounts and goes before the family; what rule 2 would place follows the top of its own."""
    first = np.array([2, 3, 0, NONE, 3])
    tops = np.array([0, 0, 0, 0, 4])
    rules, follows = with_families(first, tops, order=1)
    assert list(rules) == [2, 2, 0, 2, 3] and list(follows) == [False, True, False, True, False]
    kept = [Rule(10), Rule(11), Rule(12), Rule(None)]
    assert list(territories_of(kept, np.array([0, 2, 3, NONE]))) == [10, 12, 0, 0]


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        (Condition("shoe_size", Op.IS, ("43",)), "no such field"),
        (Condition("state", Op.IS), "takes a value"),
        (Condition("zip", Op.FROM_TO, ("9",)), "takes 2 values"),
        (Condition("zip", Op.FROM_TO, ("95", "94")), "before it begins"),
        (Condition("employees", Op.AT_LEAST, ("many",)), "isn't a number"),
        (Condition("employees", Op.BELOW, (float("nan"),)), "empty"),
        (Condition("employees", Op.STARTS_WITH, ("1",)), "start with a text"),
        (Condition("state", Op.IS, ("",)), "empty"),
        (Condition("state", Op.EMPTY, ("CA",)), "takes 0 values"),
    ],
)
def test_a_condition_that_cant_be_read_is_named(condition: Condition, why: str) -> None:
    with pytest.raises(RuleError, match=why) as refused:
        RuleSet([Rule(1), Rule(2, (condition,))], FIELDS)
    assert (refused.value.rule, refused.value.field) == (1, condition.field)


def test_no_rules_place_nobody() -> None:
    found = RuleSet([], FIELDS).of({}, 3)
    assert list(found.first) == [NONE] * 3 and found.never() == found.shadowed() == []
