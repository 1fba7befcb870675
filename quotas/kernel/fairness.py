"""How fair a set of quotas is: spread against potential and pay, and the attainment to be expected of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
DRAWS = 4_000


@dataclass(frozen=True, slots=True)
class Spread:
    """Of a ratio over people: mean, coefficient of variation, Gini (0: all alike), the lowest and the highest."""

    mean: float
    variation: float
    gini: float
    least: float
    most: float


def spread_of(values: Floats, bases: Floats) -> Spread | None:
    """Spread of value / base, as of quota / potential or quota / on-target earnings; who has no base is left out.

    values, bases: float64[n] in one currency. None without anybody to compare.
    """
    there = bases > 0
    ratios = np.sort(values[there] / bases[there])
    if not ratios.size or not ratios.sum():
        return None
    ranks = np.arange(1, ratios.size + 1)
    gini = float((2 * ranks - ratios.size - 1) @ ratios / (ratios.size * ratios.sum()))
    mean = float(ratios.mean())
    return Spread(mean, float(ratios.std() / mean), gini, float(ratios[0]), float(ratios[-1]))


@dataclass(frozen=True, slots=True)
class Expected:
    """Attainment to be expected: float64[n] medians, 10th and 90th percentile, chance of reaching the quota.

    reaching: the share of people expected at or above their quota, in the middle and at the 10th and 90th percentile;
    company: chance that the sum of all reaches the company's target, None without one.
    """

    median: Floats
    low: Floats
    high: Floats
    chance: Floats
    reaching: tuple[float, float, float]
    company: float | None


def expected(
    quotas: Floats, productivity: Floats, sigma: Floats, *, shock: float, target: float, seed: int
) -> Expected:
    """Monte Carlo of attainment: productivity x common shock x own luck, both lognormal with mean 1.

    quotas, productivity: float64[n], amounts of the period; sigma: float64[n], standard deviation of the logarithm of
    a person's result, from their history; shock: that of what all share. Deterministic by seed. Who has no quota has
    attainment 0 and isn't counted in `reaching`.
    """
    random = np.random.default_rng(seed)
    common = _luck(random.standard_normal((DRAWS, 1)), np.array([shock]))
    results = productivity * common * _luck(random.standard_normal((DRAWS, quotas.size)), sigma)
    has = quotas > 0
    attained = np.divide(results, quotas, out=np.zeros_like(results), where=has)
    low, median, high = np.percentile(attained, [10, 50, 90], axis=0) if quotas.size else (np.zeros(0),) * 3
    shares = (attained[:, has] >= 1).mean(axis=1) if has.any() else np.zeros(DRAWS)
    few, middle, many = np.percentile(shares, [10, 50, 90])
    company = float((results.sum(axis=1) >= target).mean()) if target > 0 else None
    return Expected(median, low, high, (attained >= 1).mean(axis=0), (float(middle), float(few), float(many)), company)


def _luck(normal: Floats, sigma: Floats) -> Floats:
    return np.asarray(np.exp(sigma * normal - sigma**2 / 2), dtype=np.float64)
