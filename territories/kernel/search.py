"""Assigning points to centres within limits of load: the state that searches share, and the local search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Stop = Callable[[], bool]
EPSILON = 1e-9
MOST_SWAPPED = 600  # points: swaps look at all pairs
MOST_GAINS = 400


@dataclass(frozen=True, slots=True)
class Limits:
    """What the load of each territory must lie within, units of weight."""

    low: float
    high: float

    def excess(self, load: Floats) -> Floats:
        """How far each load is outside."""
        over = np.maximum(load - self.high, 0)
        return over + np.maximum(self.low - load, 0) if self.low > 0 else over

    def slack(self) -> float:
        """What rounding of sums may add."""
        return EPSILON * max(1.0, abs(self.high))


@dataclass(slots=True)
class Plan:
    """of: slot of each point (n); centre: point of each slot (k)."""

    of: Ints
    centre: Ints

    def cost(self, costs: Floats) -> float:
        return float(costs[np.arange(len(self.of)), self.centre[self.of]].sum())

    def loads(self, weight: Floats) -> Floats:
        return np.bincount(self.of, weights=weight, minlength=len(self.centre))

    def is_within(self, weight: Floats, limits: Limits) -> bool:
        return bool(limits.excess(self.loads(weight)).max() <= limits.slack())

    def copy(self) -> Plan:
        return Plan(self.of.copy(), self.centre.copy())


def seeded(costs: Floats, weight: Floats, count: int, rng: np.random.Generator) -> Ints:
    """Centres far from each other: each next one drawn by its cost to the nearest so far (k-means++, Arthur 2007)."""
    first = int(rng.integers(len(weight)))
    chosen, nearest = [first], costs[:, first].astype(float).copy()
    for _ in range(count - 1):
        nearest[chosen] = 0
        total = nearest.sum()
        free = np.setdiff1d(np.arange(len(weight)), chosen)
        pick = int(rng.choice(len(weight), p=nearest / total)) if total > 0 else int(rng.choice(free))
        chosen.append(pick)
        nearest = np.minimum(nearest, costs[:, pick])
    return np.array(chosen, dtype=np.int64)


def placed(costs: Floats, weight: Floats, limits: Limits, centre: Ints) -> Ints:
    """A slot for each point (n): those that lose most by their second choice first, where there is room."""
    near = costs[:, centre]
    order = np.argsort(near, axis=1)
    ranked = np.take_along_axis(near, order, axis=1)
    regret = (ranked[:, 1] - ranked[:, 0]) if len(centre) > 1 else ranked[:, 0]
    room, of = np.full(len(centre), limits.high), np.zeros(len(weight), dtype=np.int64)
    for point in np.argsort(-regret * (0.5 + weight / max(weight.max(), EPSILON))):
        fits = room[order[point]] >= weight[point]
        slot = order[point][int(fits.argmax())] if fits.any() else int(room.argmax())
        of[point] = slot
        room[slot] -= weight[point]
    return of


def recentred(costs: Floats, plan: Plan) -> bool:
    """Each centre moves to the member that is cheapest for its members. True when one moved."""
    moved = False
    for slot in range(len(plan.centre)):
        members = np.flatnonzero(plan.of == slot)
        if not len(members):
            continue
        sums = costs[np.ix_(members, members)].sum(axis=0)
        best = int(sums.argmin())
        if sums[best] < costs[members, plan.centre[slot]].sum() - EPSILON:
            plan.centre[slot] = members[best]
            moved = True
    return moved


def improved(costs: Floats, weight: Floats, limits: Limits, plan: Plan, stop: Stop, fine: float) -> Plan:
    """Shifts, swaps and moves of centres until none helps. fine: cost of a unit of load outside the limits."""
    while not stop():
        if _shift(costs, weight, limits, plan, fine) or _swap(costs, weight, limits, plan, fine):
            continue
        if not recentred(costs, plan):
            break
    return plan


def _shift(costs: Floats, weight: Floats, limits: Limits, plan: Plan, fine: float) -> bool:
    points = np.arange(len(weight))
    load = plan.loads(weight)
    delta = costs[:, plan.centre] - costs[points, plan.centre[plan.of]][:, None]
    outside = limits.excess(load)
    joins = limits.excess(load[None, :] + weight[:, None]) - outside[None, :]
    leaves = limits.excess(load[plan.of] - weight) - outside[plan.of]
    delta += fine * (joins + leaves[:, None])
    delta[points, plan.of] = np.inf
    touched = np.zeros(len(plan.centre), dtype=bool)
    for point, slot in _gains(delta):
        own = plan.of[point]
        if not (touched[slot] or touched[own]):
            touched[slot] = touched[own] = True
            plan.of[point] = slot
    return bool(touched.any())


def _swap(costs: Floats, weight: Floats, limits: Limits, plan: Plan, fine: float) -> bool:
    if len(weight) > MOST_SWAPPED:
        return False
    load = plan.loads(weight)
    to = costs[:, plan.centre[plan.of]]  # what i costs where j is
    own = np.diagonal(to)
    delta = to + to.T - own[:, None] - own[None, :]
    heavier = weight[None, :] - weight[:, None]  # what i's territory gains
    here = limits.excess(load[plan.of][:, None] + heavier) - limits.excess(load[plan.of])[:, None]
    delta += fine * (here + here.T)
    delta[plan.of[:, None] == plan.of[None, :]] = np.inf
    touched = np.zeros(len(plan.centre), dtype=bool)
    for first, second in _gains(delta):
        one, other = plan.of[first], plan.of[second]
        if not (touched[one] or touched[other]):
            touched[one] = touched[other] = True
            plan.of[first], plan.of[second] = other, one
    return bool(touched.any())


def _gains(delta: Floats) -> list[tuple[int, int]]:
    """Cells that help, the best first; not more than worth looking at."""
    row, column = np.nonzero(delta < -1e-7)
    best = np.argsort(delta[row, column], kind="stable")[:MOST_GAINS]
    return list(zip(row[best].tolist(), column[best].tolist(), strict=True))
