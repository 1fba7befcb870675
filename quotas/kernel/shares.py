"""A whole shared by weights within limits, to the minor unit; all families of a level at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from quotas.kernel.trees import Family, Ints

HALVINGS = 100  # of the interval in which the rate per weight lies; double precision ends sooner
_EXACT = 2**62


def shared(family: Family, totals: Ints, weights: Ints, least: Ints, most: Ints) -> Ints:
    """What each child gets: weight x rate within least..most, where the rate of its family makes the parts add up.

    totals: int64[g] minor units; weights, least, most: int64[m], of the children, least <= most, none negative.
    Exact: parts of a family sum to its total; rounding goes to the largest remainders, ties to the earlier one. Where
    nobody of a family weighs anything its parts are even. Who weighs nothing beside others gets its least, and more
    only when the others are full. The totals have to lie between the sums of least and of most.
    """
    heavy, least = _weighing(family, totals, weights, least, most)
    rates = _rates(family, totals, heavy, least, most)
    ideal = heavy * rates[family.of]
    low, high = ideal <= least, ideal >= most
    parts = np.where(low, least, np.where(high, most, 0)).astype(np.int64)
    free = ~(low | high)
    rest = totals - family.sums(parts)
    kept = np.where(free, heavy, 0).astype(np.int64)
    whole, remainder = _divided(rest[family.of], kept, family.sums(kept)[family.of])
    parts = np.where(free, np.clip(whole, least, most), parts)
    parts += _by_remainder(family, totals - family.sums(parts), np.where(free & (parts < most), remainder, -1.0))
    return _evened(family, totals, parts, ideal, least, most)


def _weighing(family: Family, totals: Ints, weights: Ints, least: Ints, most: Ints) -> tuple[NDArray[np.float64], Ints]:
    """Weights and least parts: where those who weigh something can't take it all, they are full, the others even."""
    none = weights == 0
    over_full = (family.sums(np.where(none, least, most)) < totals)[family.of]
    counted = np.where(none & (over_full | (family.sums(weights) == 0)[family.of]), 1, weights)
    return counted.astype(np.float64), np.where(over_full & ~none, most, least)


def _rates(family: Family, totals: Ints, weights: NDArray[np.float64], least: Ints, most: Ints) -> NDArray[np.float64]:
    """By halving: the sum of clipped shares grows with the rate."""
    capped = np.minimum(most, np.maximum(totals[family.of], least)).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        enough = np.where(weights > 0, capped / weights, 0.0)
    low = np.zeros(totals.size)
    high = np.maximum.reduceat(enough, family.starts) * 2 + 1
    for _turn in range(HALVINGS):
        middle = (low + high) / 2
        got = np.add.reduceat(np.clip(weights * middle[family.of], least, most), family.starts)
        too_little = got < totals
        low, high = np.where(too_little, middle, low), np.where(too_little, high, middle)
    return high


def _divided(amounts: Ints, weights: Ints, sums: Ints) -> tuple[Ints, NDArray[np.float64]]:
    """amount x weight / sum: whole units, and the rest as a fraction of one; exact beyond 64 bits too."""
    sums = np.where(sums == 0, 1, sums)
    if amounts.size and int(np.abs(amounts).max()) * max(int(weights.max()), 1) < _EXACT:
        whole, rest = np.divmod(amounts * weights, sums)
        return whole, rest / sums
    pairs = [divmod(int(a) * int(w), int(s)) for a, w, s in zip(amounts, weights, sums, strict=True)]
    whole = np.array([pair[0] for pair in pairs], dtype=np.int64)
    return whole, np.array([pair[1] / int(s) for pair, s in zip(pairs, sums, strict=True)])


def _by_remainder(family: Family, missing: Ints, remainders: NDArray[np.float64]) -> Ints:
    """One unit more for as many as are missing in each family, the largest remainders first; -1 takes none."""
    order = np.lexsort((np.arange(remainders.size), -remainders, family.of))
    place = np.empty_like(order)
    place[order] = np.arange(order.size) - family.starts[family.of[order]]
    return ((place < missing[family.of]) & (remainders >= 0)).astype(np.int64)


def _evened(family: Family, totals: Ints, parts: Ints, ideal: NDArray[np.float64], least: Ints, most: Ints) -> Ints:
    """The few units at a limit, where the rate was a hair beside: to those with room, the furthest off first."""
    for parent in np.flatnonzero(totals != family.sums(parts)):
        children = np.flatnonzero(family.of == parent)
        missing = int(totals[parent] - parts[children].sum())
        step = 1 if missing > 0 else -1
        while missing:
            room = (most if step > 0 else least)[children] != parts[children]
            able = children[room]
            off = step * (ideal[able] - parts[able])
            taken = able[np.argsort(-off, kind="stable")[: abs(missing)]]
            if not taken.size:
                raise ValueError("The total doesn't lie between what the limits allow.")
            parts[taken] += step
            missing -= step * taken.size
    return parts
