"""Points go to fixed centres with loads in a band: prices of load by the transportation problem's dual, then repair.

The dual has one price for each centre (semi-discrete transport: Aurenhammer, Hoffmann and Aronov 1998); its value at
any prices is a bound for every plan with these centres. It is smoothed and climbed by L-BFGS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from territories.kernel.search import EPSILON, Floats, Ints, Limits

Schedule = tuple[tuple[float, int], ...]  # how smooth, in mean costs of a point; steps
COLD: Schedule = ((0.5, 60), (0.1, 60))
WARM: Schedule = ((0.1, 15),)
FINE: Schedule = ((0.1, 10), (0.02, 50))
BIG = 1e12
INNER = 0.04  # prices aim at a little less than the whole band, so that little is left to repair


@dataclass(slots=True)
class Choices:
    """slot (n, m): the territories that each point may go to; cost (n, m); weight (n); count: of territories."""

    slot: Ints
    cost: Floats
    weight: Floats
    limits: Limits
    count: int

    def priced(self, price: Floats) -> Floats:
        return self.cost + self.weight[:, None] * price[self.slot]

    def loads(self, of: Ints) -> Floats:
        return np.bincount(of, weights=self.weight, minlength=self.count)

    def cost_of(self, of: Ints) -> Floats:
        """(n): of each point where it is; BIG where it may not be."""
        return np.where(self.slot == of[:, None], self.cost, BIG).min(axis=1)


def paid(price: Floats, limits: Limits) -> float:
    """What prices of load take back from the bound: upper limits where they are positive, lower where negative."""
    return float(limits.high * np.maximum(price, 0).sum() - limits.low * np.maximum(-price, 0).sum())


def load_prices(choices: Choices, start: Floats, schedule: Schedule) -> Floats:
    """Prices of a unit of load (k) at which what is cheapest for each point nearly keeps the limits."""
    from scipy.optimize import minimize

    count, weight, limits = choices.count, choices.weight, choices.limits
    unit, usual, fine = _scales(choices, start)

    def lost(both: Floats, part: float) -> tuple[float, Floats]:
        price = (both[:count] - both[count:]) * unit
        smooth = part * fine
        priced = choices.priced(price)
        least = priced.min(axis=1)
        odds = np.exp((least[:, None] - priced) / smooth[:, None])
        total = odds.sum(axis=1)
        value = float((least - smooth * np.log(total)).sum())
        odds *= (weight / total)[:, None]
        load = np.bincount(choices.slot.ravel(), weights=odds.ravel(), minlength=count)
        value -= float((limits.high * both[:count] * unit).sum() - (limits.low * both[count:] * unit).sum())
        slope = np.concatenate([(load - limits.high) * unit, (limits.low - load) * unit])
        return -value / usual, -slope / usual

    both = np.concatenate([np.maximum(start, 0) / unit, np.maximum(-start, 0) / unit])
    bounds = [(0, None)] * len(both)
    for part, steps in schedule:
        told = {"maxiter": steps, "maxcor": 20}
        answer: Any = minimize(lost, both, (part,), "L-BFGS-B", jac=True, bounds=bounds, options=told)
        both = answer.x
    price: Floats = (both[:count] - both[count:]) * unit
    return price


def _scales(choices: Choices, price: Floats) -> tuple[Floats, float, Floats]:
    """Unit of each price (k), of the value, and what is small for each point (n): a city's distances are not a plain's.

    The curvature of the dual goes as load over distance: prices in units of the root of distance make it even.
    """
    at = choices.priced(price).argmin(axis=1)
    own = choices.slot[np.arange(len(at)), at]
    cost = choices.cost[np.arange(len(at)), at]
    usual = float(cost.sum()) + EPSILON
    number = np.bincount(own, minlength=choices.count)
    mean = usual / len(at)
    local = (np.bincount(own, cost, minlength=choices.count) + mean) / (number + 1)
    heavy = max(float(choices.weight.mean()), EPSILON)
    unit = np.sqrt(local * mean) / heavy
    return unit, usual, local[own]


def drifted_prices(choices: Choices, start: Floats, steps: int) -> Floats:
    """Prices of load (k) after steps in each territory's own distances: up where it has too much, down for too little.

    Coarser than load_prices and sure to come near from anywhere; stops when all loads are within the limits.
    """
    price, limits, points = start.copy(), choices.limits, np.arange(len(choices.slot))
    mean = float(choices.weight.sum()) / choices.count
    inner = INNER * (limits.high - limits.low) if np.isfinite(limits.high) else 0.0
    best, nearest = price, np.inf
    for step in range(steps):
        at = choices.priced(price).argmin(axis=1)
        of = choices.slot[points, at]
        load = choices.loads(of)
        off = (load - np.clip(load, limits.low + inner, limits.high - inner)) / mean
        if np.abs(off).max() < nearest:
            best, nearest = price.copy(), float(np.abs(off).max())
        if nearest <= 0:
            break
        cost = np.bincount(of, choices.cost[points, at], minlength=choices.count)
        local = (cost + cost.mean() * 0.02) / np.maximum(load, mean * 0.05)
        price = price + 0.25 / (1 + step / 150) * local * np.clip(off, -0.5, 0.5)
    return best


def repaired(choices: Choices, price: Floats, fixed: Ints | None = None) -> Ints:
    """Each point's cheapest territory at these prices, then the cheapest changes until loads are within the limits.

    Prices rise where there is too much and fall where there is too little, as in an auction (Bertsekas 1988). What
    comes back may still be outside the limits when no more changes help.
    """
    price = price.copy()
    of = choices.slot[np.arange(len(choices.slot)), choices.priced(price).argmin(axis=1)]
    load = choices.loads(of)
    for _ in range(4 * choices.count + 100):
        outside = choices.limits.excess(load)
        worst = int(outside.argmax())
        if outside[worst] <= choices.limits.slack():
            break
        moved = _relieve(choices, of, load, worst, price)
        if not moved:
            break
        load = choices.loads(of)
    return of


def _relieve(choices: Choices, of: Ints, load: Floats, slot: int, price: Floats) -> bool:
    """Moves what is cheapest to move out of, or into, a territory until it is within its limits."""
    out = load[slot] > choices.limits.high
    if out:
        points = np.flatnonzero(of == slot)
        priced = choices.cost[points] + choices.weight[points, None] * price[choices.slot[points]]
        own = np.where(choices.slot[points] == slot, priced, np.inf).min(axis=1)
        other = np.where(choices.slot[points] == slot, np.inf, priced)
        goes = choices.slot[points, other.argmin(axis=1)]
        extra = other.min(axis=1) - own
    else:
        points = np.flatnonzero((choices.slot == slot).any(axis=1) & (of != slot))
        priced = choices.cost[points] + choices.weight[points, None] * price[choices.slot[points]]
        own = np.where(choices.slot[points] == of[points][:, None], priced, np.inf).min(axis=1)
        extra = np.where(choices.slot[points] == slot, priced, np.inf).min(axis=1) - own
        goes = np.full(len(points), slot)
    needed = load[slot] - choices.limits.high if out else choices.limits.low - load[slot]
    most = needed + (choices.limits.high - choices.limits.low) / 2 if np.isfinite(choices.limits.high) else np.inf
    able = (choices.weight[points] > 0) & (extra < BIG / 2)
    if (able & (choices.weight[points] <= most)).any():  # what is heavier would put the other end outside
        able &= choices.weight[points] <= most
    points, extra, goes = points[able], extra[able], goes[able]
    if not len(points):
        return False
    per_unit = extra / choices.weight[points]
    order = np.argsort(per_unit, kind="stable")
    some = int(np.searchsorted(np.cumsum(choices.weight[points[order]]), needed)) + 1
    taken = order[:some]
    of[points[taken]] = goes[taken]
    step = max(float(per_unit[taken[-1]]), 0.0) + 1e-9
    price[slot] += step if out else -step
    return True


def tidied(choices: Choices, of: Ints, rounds: int = 6) -> Ints:
    """Single moves that are cheaper and keep the limits, until there is none."""
    of, load = of.copy(), choices.loads(of)
    limits, weight = choices.limits, choices.weight
    for _ in range(rounds):
        best = choices.cost.argmin(axis=1)
        gain = choices.cost_of(of) - choices.cost[np.arange(len(of)), best]
        changed = False
        for point in np.argsort(-gain, kind="stable")[: int((gain > 1e-9).sum())]:
            own = of[point]
            for at in np.argsort(choices.cost[point]):
                slot = choices.slot[point, at]
                if slot == own:
                    break
                fits = load[slot] + weight[point] <= limits.high and load[own] - weight[point] >= limits.low
                if fits:
                    load[slot] += weight[point]
                    load[own] -= weight[point]
                    of[point], changed = slot, True
                    break
        if not changed:
            break
    return of


def exactly(choices: Choices, seconds: float) -> tuple[Ints | None, float]:
    """The cheapest plan with these centres as an integer program, or None, and a bound: for some thousand choices."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import coo_array

    size, most = choices.slot.shape
    able = (choices.cost < BIG / 2).ravel()
    row = np.repeat(np.arange(size), most)[able]
    slot, cost = choices.slot.ravel()[able], choices.cost.ravel()[able]
    column = np.arange(len(row))
    rows = coo_array(
        (
            np.concatenate([np.ones(len(row)), choices.weight[row]]),
            (np.concatenate([row, size + slot]), np.concatenate([column, column])),
        ),
        shape=(size + choices.count, len(row)),
    ).tocsr()
    low = np.concatenate([np.ones(size), np.full(choices.count, choices.limits.low)])
    high = np.concatenate([np.ones(size), np.full(choices.count, choices.limits.high)])
    answer = milp(
        cost,
        integrality=np.ones(len(row)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(rows, low, high),
        options={"time_limit": max(seconds, 0.05), "mip_rel_gap": 1e-6},
    )
    bound = getattr(answer, "mip_dual_bound", None)
    if answer.x is None:
        return None, np.inf if answer.status == 2 else -np.inf
    used = answer.x > 0.5
    of = np.zeros(size, dtype=np.int64)
    of[row[used]] = slot[used]
    return of, -np.inf if bound is None else float(bound)
