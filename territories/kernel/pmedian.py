"""Capacitated p-medians: each centre is one of the points, loads within limits, least sum of costs.

1. A start, then prices and a bound for the whole problem, with a plan around the centres of every few steps (lagrange).
   Many points start from centres that no exchange makes better, without limits (exchange), and from parts of that.
2. Small ones: the same around disturbed prices, that is around other centres that are nearly as good.
3. Parts: neighbouring territories are taken out and solved anew as problems of their own by 1 and 2, small parts first
   (the idea of Stefanello, de Araujo and Mueller 2015, with relaxations in place of integer programs).
4. Small ones: what is left between bound and plan as an exact program (exact).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from territories.kernel.exact import solve
from territories.kernel.exchange import exchanged
from territories.kernel.lagrange import Bound, lower_bound, plan_around
from territories.kernel.search import Floats, Ints, Limits, Plan, seeded

PARTS = ((50, 60, 15), (70, 100, 30), (100, 100, 40))  # points, steps of prices, plans around disturbed prices
PARTS_OF_MANY = (
    (24, 25, 3),
    (40, 40, 6),
    (60, 60, 15),
    (100, 100, 30),
)  # of many points: small parts gain most
DISTURBED = (0.02, 0.05, 0.1, 0.2)
TRIES = 120
MOST_EXACT = 150  # points: more are left to the search of parts
MOST_PAIRS = 3000
# Of many points: parts of the time kept after the first parts and after the bound, whose plans get poorer with size.
KEPT = ((220, (0.9, 0.35)), (600, (0.75, 0.3)), (10**9, (0.15, 0.02)))
STARTS = 8


@dataclass(slots=True)
class Found:
    """plan: the best found, which may be outside the limits where none within was; bound: no plan is cheaper."""

    plan: Plan
    bound: float
    proven: bool = False


@dataclass(slots=True)
class Problem:
    """costs (n, n): of point i at centre j; weight (n); whole: costs are whole numbers."""

    costs: Floats
    weight: Floats
    limits: Limits
    count: int
    whole: bool

    def least_gain(self) -> float:
        return 1.0 if self.whole else 1e-7 * max(1.0, float(self.costs.max()))

    def is_closed(self, value: float, bound: float) -> bool:
        return bound > value - self.least_gain() + 1e-6 if self.whole else bound >= value * (1 - 1e-7)


def search(problem: Problem, seed: int, left: Callable[[], float]) -> Found:
    """The best plan found and a bound. left(): seconds that remain; it ends sooner when nothing more is to be gained.

    Four points on a line at 0, 1, 10, 11 of weight 1, two territories of capacity 2: a plan of 2, a bound of 2.
    """
    rng = np.random.default_rng(seed)
    if len(problem.weight) > MOST_EXACT:
        return _search_many(problem, rng, left)
    total = left()
    plan = _start(problem, rng, lambda: left() < total * 0.8)
    bound, found = _bounded(problem, plan, lambda: left() < total * 0.6)
    if not _is_done(problem, found):
        found.plan = _disturbed(problem, bound, found.plan, rng, TRIES, lambda: left() < total * 0.5)
    if not _is_done(problem, found):
        found.plan = _by_parts(problem, found.plan, PARTS, rng, lambda: left() - total * 0.25)
    if not _is_done(problem, found):
        _finish(problem, bound, found, left() * 0.8)  # HiGHS looks at the clock now and then
    return found


def _search_many(problem: Problem, rng: np.random.Generator, left: Callable[[], float]) -> Found:
    """Parts, a bound for the whole with the plans on its way, and parts of the best again."""
    total = left()
    first, second = next(rest for most, rest in KEPT if len(problem.weight) <= most)
    plan = _exchanged_start(problem, rng, lambda: left() < total * 0.5)
    plan = _by_parts(problem, plan, PARTS_OF_MANY, rng, lambda: left() - total * first)
    bound, found = _bounded(problem, plan, lambda: left() < total * second)
    if not _is_done(problem, found):
        found.plan = _by_parts(problem, found.plan, PARTS, rng, lambda: left() - total * 0.02)
    if not _is_done(problem, found):
        _finish(problem, bound, found, left() * 0.8)
    return found


def _bounded(problem: Problem, plan: Plan, stop: Callable[[], bool]) -> tuple[Bound, Found]:
    """A bound, and the better of a plan and what was found on the way to it."""
    costs, weight, limits, count = problem.costs, problem.weight, problem.limits, problem.count
    bound = lower_bound(costs, weight, limits, count, plan, stop, whole=problem.whole)
    return bound, Found(bound.best or plan, bound.value)


def _exchanged_start(problem: Problem, rng: np.random.Generator, stop: Callable[[], bool]) -> Plan:
    centre = seeded(problem.costs, problem.weight, problem.count, rng)
    centre = exchanged(problem.costs, centre, stop)
    return plan_around(problem.costs, problem.weight, problem.limits, centre, stop)


def _is_done(problem: Problem, found: Found) -> bool:
    if not found.plan.is_within(problem.weight, problem.limits):
        return False
    if problem.is_closed(found.plan.cost(problem.costs), found.bound):
        found.proven = True
    return found.proven


def _start(problem: Problem, rng: np.random.Generator, stop: Callable[[], bool]) -> Plan:
    best, value = None, np.inf
    for _ in range(STARTS):
        centre = seeded(problem.costs, problem.weight, problem.count, rng)
        plan = plan_around(problem.costs, problem.weight, problem.limits, centre, stop)
        worth = plan.cost(problem.costs) + (0 if plan.is_within(problem.weight, problem.limits) else 1e15)
        if best is None or worth < value:
            best, value = plan, worth
        if stop():
            break
    assert best is not None
    return best


def _disturbed(
    problem: Problem, bound: Bound, plan: Plan, rng: np.random.Generator, tries: int, stop: Callable[[], bool]
) -> Plan:
    """Plans around what the relaxation takes when prices are shaken; the best of them and the one given."""
    is_within = plan.is_within(problem.weight, problem.limits)
    value = plan.cost(problem.costs) if is_within else np.inf
    for at in range(tries):
        if stop():
            break
        price = bound.price * (1 + DISTURBED[at % len(DISTURBED)] * rng.standard_normal(len(problem.weight)))
        centre = bound.centres(price, problem.count)
        other = plan_around(problem.costs, problem.weight, problem.limits, centre, stop)
        cost = other.cost(problem.costs)
        if cost < value - 1e-9 and other.is_within(problem.weight, problem.limits):
            plan, value = other, cost
    return plan


def _finish(problem: Problem, bound: Bound, found: Found, seconds: float) -> None:
    """An exact program over the pairs that aren't excluded by the bound; changes what was found."""
    if bound.opened is None or bound.joined is None or seconds < 0.2:
        return
    is_within = found.plan.is_within(problem.weight, problem.limits)
    below = found.plan.cost(problem.costs) - problem.least_gain() if is_within else np.inf
    pairs = (bound.value + bound.joined <= below + 1e-6) & (bound.value + bound.opened <= below + 1e-6)[None, :]
    if pairs.sum() > MOST_PAIRS:
        return
    plan, proven = solve(problem.costs, problem.weight, problem.limits, problem.count, pairs, seconds, below + 1e-6)
    found.plan = plan or found.plan
    if proven and (plan or is_within):
        found.proven, found.bound = True, found.plan.cost(problem.costs)


def _by_parts(
    problem: Problem,
    plan: Plan,
    efforts: tuple[tuple[int, int, int], ...],
    rng: np.random.Generator,
    left: Callable[[], float],
) -> Plan:
    plan = plan.copy()
    for points, steps, tries in efforts:
        waiting = np.ones(problem.count, dtype=bool)
        while waiting.any() and left() > 0.05:
            slot = int(rng.choice(np.flatnonzero(waiting)))
            part = _part(problem.costs, plan, slot, points, rng)
            if _renewed(problem, plan, part, (steps, tries), rng, left):
                waiting[_around(problem.costs, plan, part)] = True
            else:
                waiting[slot] = False
    return plan


def _part(costs: Floats, plan: Plan, slot: int, points: int, rng: np.random.Generator) -> Ints:
    """A territory and its nearest ones, as many as have so many points together, but two at least."""
    between = costs[plan.centre, plan.centre[slot]] * rng.uniform(0.8, 1.25, len(plan.centre))
    between[slot] = -1
    order = np.argsort(between)
    size = np.bincount(plan.of, minlength=len(order))[order]
    chosen: Ints = np.sort(order[: max(2, int(np.searchsorted(np.cumsum(size), points, side="right")))])
    return chosen


def _around(costs: Floats, plan: Plan, part: Ints) -> Ints:
    """Territories beside a part."""
    between = costs[np.ix_(plan.centre, plan.centre[part])]
    return np.unique(np.argsort(between, axis=0)[:4])


def _renewed(
    problem: Problem,
    plan: Plan,
    part: Ints,
    effort: tuple[int, int],
    rng: np.random.Generator,
    left: Callable[[], float],
) -> bool:
    """Solves a part anew; changes the plan and says True when that is cheaper, or within limits where it wasn't."""
    members = np.flatnonzero(np.isin(plan.of, part))
    inner = Problem(
        problem.costs[np.ix_(members, members)], problem.weight[members], problem.limits, len(part), problem.whole
    )
    now = Plan(np.searchsorted(part, plan.of[members]), np.searchsorted(members, plan.centre[part]))
    is_within = now.is_within(inner.weight, problem.limits)

    def stop() -> bool:
        return left() <= 0

    steps, tries = effort
    bound = lower_bound(
        inner.costs, inner.weight, problem.limits, len(part), now, stop, whole=problem.whole, steps=steps
    )
    best = bound.best or now
    if not (bound.best and inner.is_closed(best.cost(inner.costs), bound.value)):
        best = _disturbed(inner, bound, best, rng, tries, stop)
    if not best.is_within(inner.weight, problem.limits):
        return False
    if is_within and best.cost(inner.costs) > now.cost(inner.costs) - 1e-9:
        return False
    plan.of[members], plan.centre[part] = part[best.of], members[best.centre]
    return True
