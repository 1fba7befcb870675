"""Exact fractions in arrays are Python's fractions, at the edge of machine words and beyond it too."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compensation.kernel.exact import Exact, choose, running_sum
from core.kernel.money import round_ratio

EDGES = [0, 1, -1, 2**31, 2**62 - 1, 2**62, 2**63 - 1, 2**63, -(2**63), 10**25]
whole = st.one_of(st.sampled_from(EDGES), st.integers(-(10**12), 10**12))
fractions = st.builds(Fraction, whole, st.one_of(st.integers(1, 10**6), st.sampled_from([2**61, 2**63, 10**20])))
lists = st.integers(1, 8).flatmap(lambda n: st.tuples(*[st.lists(fractions, min_size=n, max_size=n)] * 2))


def back(found: Exact) -> list[Fraction]:
    return [found.fraction(place) for place in range(len(found))]


@given(lists)
def test_arithmetic_and_order(pair: tuple[list[Fraction], list[Fraction]]) -> None:
    one, other = pair
    left, right = Exact.of(one), Exact.of(other)
    pairs = list(zip(one, other, strict=True))
    assert back(left + right) == [a + b for a, b in pairs]
    assert back(left - right) == [a - b for a, b in pairs]
    assert back(left * right) == [a * b for a, b in pairs]
    assert back(left.over(right, none=7)) == [a / b if b else 7 for a, b in pairs]
    assert left.compare(right).tolist() == [(a > b) - (a < b) for a, b in pairs]
    assert back(left.smaller(right)) == [min(a, b) for a, b in pairs]
    assert back(left.larger(right)) == [max(a, b) for a, b in pairs]
    assert back(choose(np.array([a < b for a, b in pairs]), left, right)) == [min(a, b) for a, b in pairs]


@given(st.lists(fractions, min_size=1, max_size=8))
def test_rounding(values: list[Fraction]) -> None:
    found = Exact.of(values)
    assert [int(one) for one in found.rounded("half_up")] == [round_ratio(value) for value in values]
    assert [int(one) for one in found.rounded("half_even")] == [round(value) for value in values]
    assert [int(one) for one in found.rounded("down")] == [int(value) for value in values]


@pytest.mark.parametrize(
    ("value", "half_up", "half_even"),
    [("1/2", 1, 0), ("-1/2", -1, 0), ("3/2", 2, 2), ("-5/2", -3, -2), ("49/100", 0, 0)],
)
def test_halves(value: str, half_up: int, half_even: int) -> None:
    found = Exact.of([Fraction(value)])
    assert (found.rounded("half_up")[0], found.rounded("half_even")[0]) == (half_up, half_even)


@given(st.lists(st.tuples(st.integers(0, 2), fractions), min_size=1, max_size=10))
def test_running_sums_within_groups(rows: list[tuple[int, Fraction]]) -> None:
    rows = sorted(rows, key=lambda row: row[0])
    groups, values = [group for group, _value in rows], [value for _group, value in rows]
    starts = np.array([groups.index(group) for group in groups])
    expected = [sum(values[start : place + 1], Fraction(0)) for place, start in enumerate(starts.tolist())]
    assert back(Exact.of(values).running(starts)) == expected


def test_sums_never_wrap() -> None:
    numbers = np.full(8, 2**61, dtype=np.int64)
    assert running_sum(numbers, np.zeros(8, dtype=np.int64)).tolist() == [2**61 * n for n in range(1, 9)]
