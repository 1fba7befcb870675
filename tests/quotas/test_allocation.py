"""Quotas down a tree: exact at every node and month, within limits that are named where they can't be met."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from quotas.kernel.allocation import (
    MOST,
    UNSET,
    WHOLE,
    Infeasible,
    Limits,
    allocate,
    blended,
    bounds,
    handed_out,
    months_of,
    no_limits,
)
from quotas.kernel.trees import Tree, WrongTree, tree_of


def ints(values: object) -> np.ndarray:
    return np.asarray(values, dtype=np.int64)


@st.composite
def trees(draw: st.DrawFn, most: int = 30) -> Tree:
    size = draw(st.integers(1, most))
    parents = [-1, *(draw(st.integers(0, node - 1)) for node in range(1, size))]
    order = draw(st.permutations(range(size)))
    shuffled = [0] * size
    for node, parent in enumerate(parents):
        shuffled[order[node]] = -1 if parent == -1 else order[parent]
    return tree_of(shuffled)


def numbers(draw: st.DrawFn, size: int, least: int, most: int) -> np.ndarray:
    return ints(draw(st.lists(st.integers(least, most), min_size=size, max_size=size)))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Tree, int, np.ndarray, np.ndarray, Limits]:
    """A tree with limits around what weights alone would give, so that many hold and some can't."""
    tree = draw(trees())
    total = draw(st.integers(0, 10**11))
    weights = numbers(draw, tree.size, 0, 1_000)
    over = numbers(draw, tree.size, 9_500, 12_000)
    bare = allocate(tree, total, weights, over, no_limits(tree)).amounts
    floors, ceilings, fixed = no_limits(tree).floors, no_limits(tree).ceilings, no_limits(tree).fixed
    for node in range(tree.size):
        near = int(bare[node])
        kind = draw(st.sampled_from(["", "", "", "floor", "ceiling", "both", "set"]))
        if kind in ("floor", "both"):
            floors[node] = draw(st.integers(0, near + near // 4))
        if kind in ("ceiling", "both"):
            ceilings[node] = draw(st.integers(near - near // 4, 2 * near + 1))
        if kind == "set" and node != tree.root:
            fixed[node] = draw(st.integers(near // 2, near + near // 4))
    return tree, total, weights, over, Limits(floors, ceilings, fixed)


def children(tree: Tree) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for family in tree.families:
        for node, of in zip(family.nodes, family.of, strict=True):
            found[int(family.parents[of])].append(int(node))
    return found


@settings(max_examples=300)
@given(cases())
def test_every_node_and_month_sums_exactly(case: tuple[Tree, int, np.ndarray, np.ndarray, Limits]) -> None:
    tree, total, weights, over, limits = case
    try:
        found = allocate(tree, total, weights, over, limits)
    except Infeasible as error:
        assert_no_plan(tree, total, over, limits, error)
        return
    season = ints([5, 7, 9, 6, 8, 12, 7, 7, 11, 8, 8, 12])
    months = months_of(tree, found.amounts, over, season)
    assert found.amounts[tree.root] == total
    assert (months >= 0).all() and (months.sum(axis=1) == found.amounts).all()
    for parent, below in children(tree).items():
        owed = int(handed_out(found.amounts[[parent]], over[[parent]])[0])
        assert int(found.amounts[below].sum()) == owed
        monthly = handed_out(np.cumsum(months[[parent]], axis=1), over[[parent]][:, None])
        assert (months[below].sum(axis=0) == np.diff(monthly, axis=1, prepend=0)[0]).all()
    free = limits.fixed == UNSET
    assert (found.amounts >= limits.floors)[free].all() and (found.amounts <= limits.ceilings)[free].all()
    assert (found.amounts == limits.fixed)[~free].all()


def assert_no_plan(tree: Tree, total: int, over: np.ndarray, limits: Limits, error: Infeasible) -> None:
    """By exact bounds of every subtree, worked out by hand: there really is none, with or without set amounts."""
    for fixed in (limits.fixed, np.full(tree.size, UNSET, dtype=np.int64)):
        spans = {node: spans_of(node, children(tree), over, limits, fixed) for node in range(tree.size)}
        if (
            any(least > most for least, most in spans.values())
            or not spans[tree.root][0] <= total <= spans[tree.root][1]
        ):
            return
    pytest.fail(f"There is a plan: {error}")


def spans_of(
    node: int, below: dict[int, list[int]], over: np.ndarray, limits: Limits, fixed: np.ndarray
) -> tuple[int, int]:
    least, most = int(limits.floors[node]), int(limits.ceilings[node])
    if fixed[node] != UNSET:
        least = most = int(fixed[node])
    if node in below:
        spans = [spans_of(child, below, over, limits, fixed) for child in below[node]]
        rate = Fraction(int(over[node]), WHOLE)
        low, high = sum(one[0] for one in spans), min(MOST, sum(one[1] for one in spans))
        least = max(least, -(-(low - Fraction(1, 2)) // rate)) if low else least
        most = min(most, -(-(high + 1 - Fraction(1, 2)) // rate) - 1) if high < MOST else most
    return int(least), int(most)


@settings(max_examples=200)
@given(st.data())
def test_shares_are_those_of_exact_fractions(data: st.DataObject) -> None:
    """One family: weight x one rate within limits, found by fractions; no part further than a unit from it."""
    size = data.draw(st.integers(1, 12))
    weights = [data.draw(st.integers(0, 50)) for _ in range(size)]
    least = [data.draw(st.integers(0, 400)) for _ in range(size)]
    most = [low + data.draw(st.integers(0, 900)) for low in least]
    total = data.draw(st.integers(sum(least), sum(most)))
    tree = tree_of([-1, *[0] * size])
    limits = Limits(ints([0, *least]), ints([MOST, *most]), no_limits(tree).fixed)
    over = np.full(size + 1, WHOLE, dtype=np.int64)
    found = allocate(tree, total, ints([1, *weights]), over, limits).amounts[1:]
    ideal = by_fractions(total, weights, least, most)
    assert sum(found) == total
    assert all(abs(part - wanted) <= 1 for part, wanted in zip(found, ideal, strict=True)), (found, ideal)


def by_fractions(total: int, weights: list[int], least: list[int], most: list[int]) -> list[Fraction]:
    """The rate by its breakpoints; those without weight come when the others are full, and are even then."""
    if not sum(weights):
        weights = [1] * len(weights)
    limits = list(zip(weights, least, most, strict=True))
    if sum(high if weight else low for weight, low, high in limits) < total:
        limits = [(1, low, high) if not weight else (1, high, high) for weight, low, high in limits]

    def got(rate: Fraction) -> list[Fraction]:
        return [Fraction(min(max(weight * rate, low), high)) for weight, low, high in limits]

    edges = [Fraction(0), *sorted(Fraction(limit, weight) for weight, *both in limits if weight for limit in both)]
    last = max(edge for edge in edges if sum(got(edge)) <= total)
    following = min((edge for edge in edges if edge > last), default=last)
    slope = sum(got(following)) - sum(got(last))
    return got(last + (following - last) * (total - sum(got(last))) / slope if slope else last)


def test_limits_that_hold_say_what_they_cost_the_others() -> None:
    """100 among three equals, one at least 50, one at most 10: 50, 10, 40."""
    tree = tree_of([-1, 0, 0, 0])
    limits = Limits(ints([0, 5000, 0, 0]), ints([MOST, MOST, 1000, MOST]), ints([UNSET] * 4))
    found = allocate(tree, 10_000, ints([1, 1, 1, 1]), np.full(4, WHOLE), limits)
    assert list(found.amounts) == [10_000, 5_000, 1_000, 4_000]
    assert [(one.node, one.kind, one.unlimited, one.moved) for one in found.binding] == [
        (1, "floor", 3_334, 1_666),
        (2, "ceiling", 3_333, -2_333),
    ]


def test_a_set_amount_keeps_what_was_computed() -> None:
    tree = tree_of([-1, 0, 0])
    limits = Limits(ints([0, 0, 0]), ints([MOST] * 3), ints([UNSET, 6_000, UNSET]))
    found = allocate(tree, 10_000, ints([1, 1, 1]), np.full(3, WHOLE), limits)
    assert list(found.amounts) == [10_000, 6_000, 4_000] and list(found.computed) == [10_000, 5_000, 5_000]
    assert [(one.node, one.kind) for one in found.binding] == [(1, "set")]


def test_over_assignment_is_handed_out_level_by_level() -> None:
    """A company of 1,000,000.00 with 5 % over and regions with 10 % over: people owe 1,155,000.00."""
    tree = tree_of([-1, 0, 0, 1, 1, 2, 2])
    over = ints([10_500, 11_000, 11_000, WHOLE, WHOLE, WHOLE, WHOLE])
    found = allocate(tree, 100_000_000, ints([1, 3, 2, 1, 1, 1, 1]), over, no_limits(tree)).amounts
    assert list(found[1:3]) == [63_000_000, 42_000_000]
    assert found[3:].sum() == 115_500_000


@pytest.mark.parametrize(
    ("floors", "node", "why"),
    [([0, 6_000, 5_000], 0, "below"), ([20_000, 0, 0], 0, "below"), ([0, 0, 99], None, "")],
)
def test_a_total_below_the_floors_is_refused_by_name(floors: list[int], node: int | None, why: str) -> None:
    tree = tree_of([-1, 0, 0])
    limits = Limits(ints(floors), ints([MOST] * 3), ints([UNSET] * 3))
    if node is None:
        allocate(tree, 10_000, ints([1, 1, 1]), np.full(3, WHOLE), limits)
        return
    with pytest.raises(Infeasible) as refused:
        allocate(tree, 10_000, ints([1, 1, 1]), np.full(3, WHOLE), limits)
    assert (refused.value.node, refused.value.why) == (node, why)
    assert refused.value.least >= 11_000


def test_limits_that_cross_and_ceilings_too_low_are_refused_by_name() -> None:
    tree = tree_of([-1, 0, 0, 1, 1])
    crossed = Limits(ints([0, 0, 50, 0, 0]), ints([MOST, MOST, 40, MOST, MOST]), ints([UNSET] * 5))
    with pytest.raises(Infeasible) as refused:
        bounds(tree, np.full(5, WHOLE), crossed)
    assert (refused.value.node, refused.value.why) == (2, "crossed")
    narrow = Limits(ints([0, 900, 0, 0, 0]), ints([MOST, MOST, MOST, 400, 400]), ints([UNSET] * 5))
    with pytest.raises(Infeasible) as refused:
        bounds(tree, np.full(5, WHOLE), narrow)
    assert (refused.value.node, refused.value.why, refused.value.most) == (1, "above", 800)


@pytest.mark.parametrize(
    ("parents", "node"), [([0], 0), ([-1, 2, 1], 1), ([-1, -1], 1), ([-1, 5], 1), ([1, 2, 0], 0), ([], 0)]
)
def test_what_isnt_a_tree_is_refused(parents: list[int], node: int) -> None:
    with pytest.raises(WrongTree) as refused:
        tree_of(parents)
    assert refused.value.node == node


def test_weights_of_several_measures() -> None:
    """60 % history, 40 % potential; a measure that nobody has counts as even."""
    weights = blended(ints([-1, 0, 0]), [(60, np.array([0.0, 300, 100])), (40, np.array([0.0, 0, 0]))])
    assert list(weights[1:]) == [650_000, 350_000]


@example([1], 0)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=14).filter(any), st.integers(0, 40))
def test_months_follow_the_season(season: list[int], total: int) -> None:
    tree = tree_of([-1, 0, 0, 0])
    over = np.full(4, WHOLE)
    amounts = allocate(tree, total, ints([1, 3, 2, 1]), over, no_limits(tree)).amounts
    months = months_of(tree, amounts, over, ints(season))
    assert (months.sum(axis=1) == amounts).all() and (months >= 0).all()
    assert all(abs(cell - total * weight / sum(season)) <= 1 for cell, weight in zip(months[0], season, strict=True))
