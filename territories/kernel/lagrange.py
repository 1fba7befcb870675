"""What no plan of a capacitated p-median problem can go below, by Lagrangean relaxation.

Each point's "belongs to one territory" is priced; what is left is a knapsack for each possible centre, and the k
cheapest of them are taken (Mulvey and Beck 1984; Lorena and Senne 2004). Whole weights: exact knapsacks, so that the
bound is that of column generation. Else, or where the table would be large: fractional ones, the linear program's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from territories.kernel.search import EPSILON, Floats, Ints, Limits, Plan, Stop, improved, placed, recentred

MOST_TABLE = 6_000_000  # cells of an exact knapsack for all centres: n * n * capacity
MOST_STEPS = 600
LEAST_SCALE = 0.002
PLAN_EVERY = 6
NEAR_TIMES = 6  # a centre looks at as many points as six territories have


@dataclass(slots=True)
class Bound:
    """value: no plan is cheaper. price (n): of each point, at which it was found.

    opened (n): by what value rises for a forced centre, joined (n, n) for a point that must go to a centre.
    """

    value: float
    price: Floats
    solve: _Exact | _Fractional
    best: Plan | None = None
    opened: Floats | None = None
    joined: Floats | None = None

    def centres(self, price: Floats, count: int) -> Ints:
        """The k centres that the relaxation takes at these prices."""
        return np.argpartition(self.solve.values(price), count - 1)[:count]


def is_exact(weight: Floats, high: float) -> bool:
    """Whether knapsacks are solved exactly: whole weights, a table of a bearable size."""
    whole = bool(np.all(weight == np.round(weight)))
    return whole and len(weight) ** 2 * (np.floor(high) + 1) <= MOST_TABLE


def lower_bound(
    costs: Floats,
    weight: Floats,
    limits: Limits,
    count: int,
    start: Plan,
    stop: Stop,
    *,
    whole: bool,
    steps: int = MOST_STEPS,
) -> Bound:
    """costs (n, n): of point i at centre j. start: a plan to beat. whole: costs are whole numbers.

    Two points of weight 1 at distance 3, one territory of capacity 2: the bound is 3.
    """
    solve = (
        _Exact(costs, weight, limits.high)
        if is_exact(weight, limits.high)
        else _Fractional(costs, weight, limits.high, count)
    )
    search = _Ascent(costs, weight, limits, start, whole)
    while not stop() and search.scale > LEAST_SCALE and search.steps < steps and not search.is_closed():
        value = solve.values(search.price)
        taken = np.argpartition(value, count - 1)[:count]
        search.step(float(search.price.sum() + value[taken].sum()), taken, 1.0 - solve.members(taken), stop)
    found = Bound(max(search.value, 0.0), search.best_price, solve, search.best)  # costs aren't below 0
    if isinstance(solve, _Exact) and search.value > 0:
        _reduced(solve, found, count)
    elif not isinstance(solve, _Exact):
        value = full_values(costs, weight, limits.high, found.price)
        found.value = max(0.0, float(found.price.sum() + np.sort(value)[:count].sum()))
    return found


class _Ascent:
    """Prices that rise where a point is in no territory, and fall where it is in several; plans on the way."""

    def __init__(self, costs: Floats, weight: Floats, limits: Limits, start: Plan, whole: bool) -> None:
        self.costs, self.weight, self.limits, self.whole = costs, weight, limits, whole
        self.best = start if start.is_within(weight, limits) else None
        self.upper, self.value = start.cost(costs), -np.inf
        self.price = _first_prices(costs, start)
        self.best_price = self.price.copy()
        self.scale, self.idle, self.steps = 1.6, 0, 0

    def is_closed(self) -> bool:
        if self.best is None:
            return False
        least = np.ceil(self.value - 1e-6) if self.whole else self.value * (1 + 1e-9)
        return bool(least >= self.upper - 1e-6)

    def step(self, total: float, taken: Ints, missing: Floats, stop: Stop) -> None:
        better = total > self.value + EPSILON
        self.idle = 0 if total > self.value + 1e-4 * abs(total) else self.idle + 1
        if better:
            self.value, self.best_price = total, self.price.copy()
        if self.steps % PLAN_EVERY == 0:
            self._try(taken, stop)
        self.steps += 1
        norm = float((missing**2).sum())
        if norm < EPSILON:
            self.scale = 0.0
        elif self.idle >= 12:
            self.scale, self.idle, self.price = self.scale / 2, 0, self.best_price.copy()
        else:
            gap = max(self.upper * 1.002 - total, 1e-6 * abs(total) + EPSILON)
            self.price = self.price + self.scale * gap / norm * missing

    def _try(self, taken: Ints, stop: Stop) -> None:
        """A plan around the centres that the relaxation took."""
        plan = plan_around(self.costs, self.weight, self.limits, taken, stop)
        cost = plan.cost(self.costs)
        if plan.is_within(self.weight, self.limits) and (self.best is None or cost < self.upper - EPSILON):
            self.best, self.upper = plan, cost


def plan_around(costs: Floats, weight: Floats, limits: Limits, centre: Ints, stop: Stop) -> Plan:
    """A plan from these centres on, made better until no single step helps."""
    fine = max(float(costs.max()), 1.0) / max(float(weight.mean()), EPSILON)
    plan = Plan(placed(costs, weight, limits, centre), centre.astype(np.int64))
    recentred(costs, plan)
    improved(costs, weight, limits, plan, stop, fine)
    return plan


def _first_prices(costs: Floats, start: Plan) -> Floats:
    """Halfway between the nearest and the second nearest centre of a plan."""
    near = np.sort(costs[:, start.centre], axis=1)
    return (near[:, 0] + near[:, min(1, near.shape[1] - 1)]) / 2 + EPSILON


def _reduced(solve: _Exact, found: Bound, count: int) -> None:
    """By what the bound rises for a forced centre or pair: what lies above a known plan can be left out of a search."""
    value = solve.values(found.price)
    last = np.sort(value)[count - 1]
    found.opened = np.maximum(value - last, 0)
    found.joined = np.maximum(solve.forced(found.price) - np.minimum(value, last)[None, :], 0)


class _Exact:
    """0/1 knapsacks of all centres in one table: table[j, q] is the least sum of reduced costs within q."""

    def __init__(self, costs: Floats, weight: Floats, high: float) -> None:
        self.costs, self.weight = costs, weight.astype(np.int64)
        self.room = int(np.floor(high + 1e-9))

    def _fill(self, price: Floats) -> None:
        reduced = self.costs - price[:, None]
        size = reduced.shape[1]
        table = np.zeros((size, self.room + 1))
        self.kept = np.zeros((len(self.weight), size, self.room + 1), dtype=bool)
        useful = reduced < 0
        for item in np.flatnonzero(useful.any(axis=1) & (self.weight <= self.room)):
            needs = int(self.weight[item])
            of = np.flatnonzero(useful[item])
            part = table[of]
            tried = part[:, : self.room + 1 - needs] + reduced[item, of][:, None]
            better = tried < part[:, needs:]
            self.kept[item, of, needs:] = better
            part[:, needs:] = np.where(better, tried, part[:, needs:])
            table[of] = part
        self.table = table

    def values(self, price: Floats) -> Floats:
        self._fill(price)
        return self.table[:, self.room]

    def members(self, taken: Ints) -> Floats:
        """How often each point is taken (n)."""
        times = np.zeros(len(self.weight))
        room = np.full(len(taken), self.room)
        for item in range(len(self.weight) - 1, -1, -1):
            has = self.kept[item, taken, room]
            times[item] = has.sum()
            room = room - np.where(has, self.weight[item], 0)
        return times

    def forced(self, price: Floats) -> Floats:
        """The knapsack of centre j when it must hold point i (n, n)."""
        reduced = self.costs - price[:, None]
        left = np.maximum(self.room - self.weight, 0)
        return np.where((self.weight <= self.room)[:, None], reduced + self.table[:, left].T, np.inf)


class _Fractional:
    """Knapsacks that may take a part of an item: cheapest per unit of weight first (Dantzig 1957).

    Each centre looks at its nearest points alone until `all_points`: what is far costs more than any price, as a rule.
    """

    def __init__(self, costs: Floats, weight: Floats, high: float, count: int) -> None:
        self.weight, self.high = np.maximum(weight, EPSILON), high
        most = min(len(weight), max(60, NEAR_TIMES * len(weight) // count))
        self.near = np.argpartition(costs.T, most - 1, axis=1)[:, :most]
        self.cost = np.take_along_axis(costs.T, self.near, axis=1)
        self.needs = self.weight[self.near]

    def values(self, price: Floats) -> Floats:
        self.reduced = np.minimum(self.cost - price[self.near], 0)
        self.order = np.argsort(self.reduced / self.needs, axis=1)
        part = _parts(np.take_along_axis(self.needs, self.order, axis=1), self.high)
        self.part = part
        value: Floats = (part * np.take_along_axis(self.reduced, self.order, axis=1)).sum(axis=1)
        return value

    def members(self, taken: Ints) -> Floats:
        """How often each point is taken (n)."""
        rows = np.take_along_axis(self.near[taken], self.order[taken], axis=1)
        useful = np.take_along_axis(self.reduced[taken], self.order[taken], axis=1) < 0
        return np.bincount(rows.ravel(), (self.part[taken] * useful).ravel(), minlength=len(self.weight))


def _parts(needs: Floats, high: float) -> Floats:
    before = np.cumsum(needs, axis=1) - needs
    parts: Floats = np.clip((high - before) / needs, 0, 1)
    return parts


def full_values(costs: Floats, weight: Floats, high: float, price: Floats) -> Floats:
    """The fractional knapsack of each centre (n) over all points, some centres at a time."""
    heavy, values = np.maximum(weight, EPSILON), np.zeros(costs.shape[1])
    for at in range(0, costs.shape[1], 256):
        reduced = np.minimum(costs[:, at : at + 256].T - price[None, :], 0)
        order = np.argsort(reduced / heavy[None, :], axis=1)
        values[at : at + 256] = (_parts(heavy[order], high) * np.take_along_axis(reduced, order, axis=1)).sum(axis=1)
    return values
