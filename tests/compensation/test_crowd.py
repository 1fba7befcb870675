"""What may be told of few people: nothing that is about fewer than five, nor what is left when told sums are taken."""

from __future__ import annotations

import random

import pytest

from compensation.kernel import crowd
from compensation.kernel.relation import relation

FIVE = 5


def people(*numbers: int) -> frozenset[int]:
    return frozenset(numbers)


def test_sums_whose_difference_is_about_few_are_not_both_told() -> None:
    base = dict.fromkeys(range(8), 100)
    moved = base | {0: 150}
    all_moved = dict.fromkeys(base, 90)
    told = crowd.told_sums([("base", base), ("one", moved), ("all", all_moved)], FIVE)
    assert told == ["base", "all"]
    assert crowd.told_sums([("none", {}), ("few", {1: 5}), ("base", base)], FIVE) == ["none", "base"]


def test_small_groups_are_told_together_with_enough_others() -> None:
    plans = {
        "big": {"jan": frozenset(range(20)), "feb": frozenset(range(20))},
        "middle": {"jan": frozenset(range(30, 42)), "feb": frozenset(range(30, 42))},
        "vp": {"jan": people(99), "feb": people(99)},
    }
    assert crowd.told_apart(plans, FIVE) == (["big"], ["middle", "vp"])
    assert crowd.told_apart({"a": plans["big"], "b": plans["middle"]}, FIVE) == (["a", "b"], [])
    assert crowd.told_apart({"a": plans["big"], "vp": plans["vp"]}, FIVE) == ([], ["a", "vp"])


@pytest.mark.parametrize("seed", range(200))
def test_no_combination_of_told_groups_leaves_few(seed: int) -> None:
    """Whatever sums of told groups are taken from the whole: what is left is nobody or at least five, in each month."""
    dice = random.Random(seed)
    groups = {
        group: {
            month: frozenset(dice.sample(range(group * 100, group * 100 + 12), dice.randint(0, 12)))
            for month in range(dice.randint(1, 4))
        }
        for group in range(dice.randint(1, 6))
    }
    apart, pooled = crowd.told_apart(groups, FIVE)
    assert sorted([*apart, *pooled]) == sorted(groups)
    for month in range(4):
        for group in apart:
            assert crowd.is_told(len(groups[group].get(month, ())), FIVE)
        rest = frozenset().union(*(groups[one].get(month, frozenset()) for one in pooled))
        assert crowd.is_told(len(rest), FIVE) or not apart


def test_bins_and_groups_hold_enough() -> None:
    assert crowd.merged_bins([3, 4, 0, 9, 1], FIVE) == [(0, 2, 7), (2, 5, 10)]
    assert crowd.merged_bins([1, 1], FIVE) == []
    assert [len(one) for one in crowd.ranked_groups(range(11), FIVE)] == [5, 6]
    assert crowd.ranked_groups(range(9), FIVE) == []


def test_a_relation_has_a_range_and_needs_ten() -> None:
    line = [(float(x), 2.0 * x) for x in range(20)]
    found = relation(line)
    assert found is not None and round(found.value, 6) == 1 and found.is_clear
    assert relation(line[:9]) is None and relation([(1.0, float(x)) for x in range(20)]) is None
    dice = random.Random(1)
    noise = relation([(dice.random(), dice.random()) for _pair in range(20)])
    assert noise is not None and not noise.is_clear and noise.low < noise.value < noise.high
    # r = 0.8 of 20 pairs: 0.55 to 0.92, as in any table
    known = relation([(x, 0.8 * x + 0.6 * y) for x, y in _uncorrelated()])
    assert known is not None
    assert [round(one, 2) for one in (known.value, known.low, known.high)] == [0.8, 0.55, 0.92]


def _uncorrelated() -> list[tuple[float, float]]:
    """Twenty pairs of equal spread whose correlation is nothing."""
    return [(float(x), float(y)) for x in (-1, 1) for y in (-1, 1)] * 5
