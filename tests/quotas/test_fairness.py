"""Spread of quotas and the attainment to be expected of them."""

from __future__ import annotations

import numpy as np
import pytest

from quotas.kernel.fairness import expected, spread_of


def test_spread_of_quota_to_potential() -> None:
    """Ratios 1, 1, 4 (the fourth has no potential): mean 2, Gini by its definition as mean difference."""
    found = spread_of(np.array([10.0, 20, 40, 7]), np.array([10.0, 20, 10, 0]))
    assert found is not None
    ratios = [1, 1, 4]
    by_pairs = sum(abs(a - b) for a in ratios for b in ratios) / (2 * 9 * 2)
    assert (found.mean, found.least, found.most) == (2, 1, 4)
    assert found.gini == pytest.approx(by_pairs) and found.variation == pytest.approx(2**0.5 / 2)


def test_all_alike_is_no_spread() -> None:
    found = spread_of(np.array([5.0, 10]), np.array([1.0, 2]))
    assert found is not None and found.gini == pytest.approx(0) and found.variation == pytest.approx(0)
    assert spread_of(np.zeros(0), np.zeros(0)) is None and spread_of(np.ones(2), np.zeros(2)) is None


def test_chances_are_those_of_the_lognormal() -> None:
    """One whose median is the quota reaches it half the time; the same seed gives the same."""
    sigma = np.array([0.4, 0.4])
    productivity = np.array([100 * np.exp(0.08), 50.0])
    found = expected(np.array([100.0, 0]), productivity, sigma, shock=0.0, target=0, seed=3)
    again = expected(np.array([100.0, 0]), productivity, sigma, shock=0.0, target=0, seed=3)
    assert found.chance[0] == pytest.approx(0.5, abs=0.03) and found.chance[1] == 0
    assert found.median[0] == pytest.approx(1, abs=0.03) and (found.median == again.median).all()
    assert found.company is None


def test_what_all_share_moves_the_company() -> None:
    """Without a common shock 400 people average out; with one the company's result is as uncertain as the shock."""
    people = np.full(400, 100.0)
    alone = expected(people, people, np.full(400, 0.5), shock=0.0, target=39_000, seed=1)
    together = expected(people, people, np.full(400, 0.5), shock=0.3, target=39_000, seed=1)
    assert alone.company is not None and alone.company > 0.8
    assert together.company == pytest.approx(0.45, abs=0.1)
    assert together.reaching[2] - together.reaching[1] > alone.reaching[2] - alone.reaching[1]
