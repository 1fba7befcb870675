"""Balanced territories around centres that may lie anywhere, or on a point: assign, move the centres, assign again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from territories.kernel.balance import BIG, Choices, exactly, load_prices, paid, repaired, tidied
from territories.kernel.distances import Space, medians
from territories.kernel.search import EPSILON, Floats, Ints, Limits

NEAR = 14  # territories that a point may go to, at large sizes
MOST_WHOLE = 400_000  # choices up to which each point may go to every territory
MOST_EXACT = 6_000
SAMPLE = 12_000
Left = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Task:
    """share (n): how much a point's distance counts; current (n): today's territory or -1; locked (n): stays there."""

    space: Space
    weight: Floats
    share: Floats
    limits: Limits
    count: int
    current: Ints | None = None
    locked: Ints | None = None
    on_points: bool = False


@dataclass(slots=True)
class Aligned:
    """of (n): territory; centre (k, d); bound: what no plan with these centres and this penalty goes below."""

    of: Ints
    centre: Floats
    bound: float
    price: Floats
    value: float = np.inf


def choices_of(task: Task, centre: Floats, penalty: float, limits: Limits | None = None) -> Choices:
    """penalty: cost of taking a point from today's territory."""
    from scipy.spatial import cKDTree

    size, count = len(task.weight), task.count
    if size * count <= MOST_WHOLE or count <= NEAR:
        slot = np.tile(np.arange(count), (size, 1))
    else:
        slot = cKDTree(centre).query(task.space.at, k=NEAR)[1].astype(np.int64)
        if task.current is not None:
            missing = (task.current >= 0) & ~(slot == task.current[:, None]).any(axis=1)
            slot[missing, -1] = task.current[missing]
    cost = task.space.between(task.space.at[:, None, :], centre[slot]) * task.share[:, None]
    if task.current is not None:
        away = (slot != task.current[:, None]) & (task.current >= 0)[:, None]
        cost = cost + penalty * away
        if task.locked is not None:
            cost = np.where(away & task.locked.astype(bool)[:, None], BIG, cost)
    return Choices(slot, cost, task.weight, limits or task.limits, count)


def assigned(task: Task, centre: Floats, price: Floats, penalty: float, levels: int, seconds: float = 0.0) -> Aligned:
    """The best plan found with these centres. seconds: for an exact program, where it is small enough."""
    choices = choices_of(task, centre, penalty)
    price = load_prices(choices, price, levels)
    of = tidied(choices, repaired(choices, price))
    value, bound = float(choices.cost_of(of).sum()), -np.inf
    is_within = task.limits.excess(choices.loads(of)).max() <= task.limits.slack()
    if choices.cost.size <= MOST_EXACT and (seconds > 0 or not is_within):
        exact, bound = exactly(choices, max(seconds, 2.0))
        if exact is not None and (not is_within or choices.cost_of(exact).sum() < value):
            of = exact
            value, is_within = float(choices.cost_of(of).sum()), True
    return Aligned(of, centre, bound, price, value if is_within else np.inf)


def bound_of(task: Task, centre: Floats, price: Floats, penalty: float) -> float:
    """The dual's value at these prices, over every territory: no plan with these centres is cheaper."""
    size, total = len(task.weight), 0.0
    step = max(1, 4_000_000 // task.count)
    for at in range(0, size, step):
        some = np.arange(at, min(size, at + step))
        cost = task.space.some(some).matrix(centre) * task.share[some, None]
        if task.current is not None:
            away = (np.arange(task.count)[None, :] != task.current[some, None]) & (task.current[some, None] >= 0)
            cost += penalty * away
            if task.locked is not None:
                cost[away & task.locked.astype(bool)[some, None]] = BIG
        total += float((cost + task.weight[some, None] * price[None, :]).min(axis=1).sum())
    return total - paid(price, task.limits)


def moved(task: Task, of: Ints, centre: Floats) -> Floats:
    """Centres where their territories' sums of distances are least; on one of the points where that is asked."""
    found = medians(task.space, of, task.share, centre)
    if not task.on_points:
        return found
    for slot in range(task.count):
        members = np.flatnonzero(of == slot)
        if len(members):
            away = ((task.space.at[members] - found[slot]) ** 2).sum(axis=1)
            tried = members[np.argsort(away, kind="stable")[:40]]
            some = task.space.some(members).matrix(task.space.at[tried]) * task.share[members, None]
            found[slot] = task.space.at[tried[int(some.sum(axis=0).argmin())]]
    return found


def settled(task: Task, centre: Floats, penalty: float, left: Left, rounds: int = 30) -> Aligned:
    """Assign and move the centres in turn until that gains nothing."""
    best = assigned(task, centre, np.zeros(task.count), penalty, 2)
    for _ in range(rounds):
        if left() <= 0:
            break
        nearer = moved(task, best.of, best.centre)
        now = assigned(task, nearer, best.price, penalty, 2)
        gain = best.value - now.value
        if np.isfinite(now.value) and (not np.isfinite(best.value) or gain > 0):
            best = now
        if not np.isfinite(gain) or gain < 1e-4 * abs(now.value):
            break
    return best


def seeds(task: Task, rng: np.random.Generator) -> Floats:
    """Centres drawn by weight, each next one by its distance too."""
    at, count = task.space.at, task.count
    some = rng.choice(len(at), min(len(at), 4000), replace=False)
    places, pull = at[some], np.maximum(task.weight[some], EPSILON)
    chosen = [int(rng.choice(len(some), p=pull / pull.sum()))]
    nearest = task.space.between(places, places[chosen[0]])
    for _ in range(count - 1):
        odds = pull * nearest
        odds[chosen] = 0
        free = np.setdiff1d(np.arange(len(some)), chosen)
        pick = int(rng.choice(len(some), p=odds / odds.sum())) if odds.sum() > 0 else int(rng.choice(free))
        chosen.append(pick)
        nearest = np.minimum(nearest, task.space.between(places, places[pick]))
    return places[chosen].copy()


def sampled(task: Task, rng: np.random.Generator) -> Task:
    """A smaller task of the same kind: points drawn evenly, limits in proportion."""
    size = len(task.weight)
    if size <= SAMPLE:
        return task
    some = np.sort(rng.choice(size, SAMPLE, replace=False))
    part = float(task.weight[some].sum() / task.weight.sum())
    limits = Limits(task.limits.low * part, task.limits.high * part)
    return Task(task.space.some(some), task.weight[some], task.share[some], limits, task.count)


def aligned(task: Task, rng: np.random.Generator, starts: int, left: Left) -> Aligned:
    """Free centres: several starts on a sample, the best on all points."""
    total = left()
    small = sampled(task, rng)
    best: Aligned | None = None
    for _ in range(starts):
        found = settled(small, seeds(small, rng), 0.0, lambda: left() - total * 0.5)
        if best is None or found.value < best.value:
            best = found
        if left() < total * 0.6:
            break
    assert best is not None
    whole = best if small is task else settled(task, best.centre, 0.0, lambda: left() - total * 0.35, 6)
    return finished(task, whole, 0.0, left)


def finished(task: Task, found: Aligned, penalty: float, left: Left) -> Aligned:
    """The same centres with prices found as closely as they can be, and the bound."""
    last = assigned(task, found.centre, found.price, penalty, 3, max(0.0, min(left() * 0.5, 10.0)))
    best = last if last.value <= found.value else Aligned(found.of, found.centre, -np.inf, last.price, found.value)
    best.bound = max(last.bound, bound_of(task, best.centre, last.price, penalty))
    return best
