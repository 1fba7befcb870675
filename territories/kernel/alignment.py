"""Balanced territories around centres that may lie anywhere, or on a point: assign, move the centres, assign again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from territories.kernel.balance import (
    BIG,
    COLD,
    FINE,
    WARM,
    Choices,
    Schedule,
    drifted_prices,
    exactly,
    load_prices,
    paid,
    repaired,
    tidied,
)
from territories.kernel.distances import Space, medians
from territories.kernel.search import Floats, Ints, Limits

NEAR = 14  # territories that a point may go to, at large sizes
MOST_WHOLE = 1_200_000  # choices up to which each point may go to every territory
MOST_EXACT = 6_000
SAMPLE = 6_000
CARRIED = 10  # rounds with all points before loads are mended
MOST_SMOOTHED = 200_000  # choices: above, prices are drifted until the end
DRIFT = {COLD: 150, WARM: 60, FINE: 100}
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
    locked: NDArray[np.bool_] | None = None
    on_points: bool = False


@dataclass(slots=True)
class Aligned:
    """of (n): territory; centre (k, d); bound: what no plan with these centres and this penalty goes below."""

    of: Ints
    centre: Floats
    bound: float
    price: Floats
    value: float = np.inf
    excess: float = 0.0  # load outside the limits


def choices_of(task: Task, centre: Floats, penalty: float, price: Floats) -> Choices:
    """penalty: cost of taking a point from today's territory. price (k): what is cheapest with it can be chosen."""
    size, count = len(task.weight), task.count
    if size * count <= MOST_WHOLE or count <= NEAR:
        slot = np.tile(np.arange(count), (size, 1))
    else:
        slot = _nearest(task, centre, price)
        if task.current is not None:
            missing = (task.current >= 0) & ~(slot == task.current[:, None]).any(axis=1)
            slot[missing, -1] = task.current[missing]
    cost = task.space.between(task.space.at[:, None, :], centre[slot]) * task.share[:, None]
    if task.current is not None:
        away = (slot != task.current[:, None]) & (task.current >= 0)[:, None]
        cost = cost + penalty * away
        if task.locked is not None:
            cost = np.where(away & task.locked[:, None], BIG, cost)
    return Choices(slot, cost, task.weight, task.limits, count)


def _nearest(task: Task, centre: Floats, price: Floats) -> Ints:
    """(n, NEAR): where a point is cheapest at these prices. By distance alone a city would see only its own centres."""
    size = len(task.weight)
    slot = np.empty((size, NEAR), dtype=np.int64)
    step = max(1, 2_000_000 // task.count)
    for at in range(0, size, step):
        some = np.arange(at, min(size, at + step))
        cost = task.space.some(some).matrix(centre) * task.share[some, None] + task.weight[some, None] * price
        slot[some] = np.argpartition(cost, NEAR - 1, axis=1)[:, :NEAR]
    return slot


def assigned(
    task: Task, centre: Floats, price: Floats, penalty: float, schedule: Schedule, seconds: float = 0.0
) -> Aligned:
    """The best plan found with these centres. seconds: for an exact program, where it is small enough."""
    choices = choices_of(task, centre, penalty, price)
    if choices.cost.size > MOST_SMOOTHED:
        price = drifted_prices(choices, price, DRIFT[schedule])
    else:
        price = load_prices(choices, price, schedule)
    of = tidied(choices, repaired(choices, price))
    value, bound = float(choices.cost_of(of).sum()), -np.inf
    excess = float(task.limits.excess(choices.loads(of)).sum())
    is_within = excess <= task.limits.slack()
    if choices.cost.size <= MOST_EXACT and (seconds > 0 or not is_within):
        exact, bound = exactly(choices, max(seconds, 0.5))
        if exact is not None and (not is_within or choices.cost_of(exact).sum() < value):
            of = exact
            value, is_within, excess = float(choices.cost_of(of).sum()), True, 0.0
    return Aligned(of, centre, bound, price, value if is_within else np.inf, excess)


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
                cost[away & task.locked[some, None]] = BIG
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


def settled(task: Task, start: Aligned, penalty: float, left: Left, rounds: int = 40) -> Aligned:
    """Assign and move the centres in turn until that gains nothing."""
    best, schedule = start, WARM if start.price.any() else COLD
    for _ in range(rounds):
        if left() <= 0:
            break
        centre = moved(task, best.of, best.centre)
        now = assigned(task, centre, best.price, penalty, schedule)
        gain, outside = best.value - now.value, not np.isfinite(now.value)
        if outside and (np.isfinite(best.value) or now.excess > best.excess * 0.98):
            break
        if outside or now.value <= best.value:
            best, schedule = now, WARM
        if gain < 2e-4 * abs(now.value):
            break
    return best


def bisected(task: Task, rng: np.random.Generator) -> Aligned:
    """Balanced and compact to begin with: halves of equal load per territory, across the longer way, halved again."""
    of = np.zeros(len(task.weight), dtype=np.int64)
    waiting, done = [(np.arange(len(of)), task.count)], 0
    while waiting:
        points, count = waiting.pop()
        if count == 1:
            of[points] = done
            done += 1
            continue
        at = task.space.at[points]
        spread = at - at.mean(axis=0)
        axis = np.linalg.eigh(spread.T @ spread)[1][:, -1] + 0.35 * rng.standard_normal(at.shape[1])
        order = points[np.argsort(spread @ axis, kind="stable")]
        first = count // 2
        total = np.cumsum(task.weight[order])
        cut = int(np.searchsorted(total, total[-1] * first / count))
        cut = min(max(cut, first), len(order) - (count - first))
        waiting += [(order[cut:], count - first), (order[:cut], first)]
    start = np.array([task.space.at[of == slot].mean(axis=0) for slot in range(task.count)])
    centre = moved(task, of, start)
    excess = float(task.limits.excess(np.bincount(of, weights=task.weight, minlength=task.count)).sum())
    is_within = excess <= task.limits.slack()
    value = float((task.space.between(task.space.at, centre[of]) * task.share).sum()) if is_within else np.inf
    return Aligned(of, centre, -np.inf, np.zeros(task.count), value, excess)


def sampled(task: Task, rng: np.random.Generator) -> Task:
    """A smaller task of the same kind: points drawn by weight, which then weigh alike, so that limits can be kept."""
    size = len(task.weight)
    if size <= SAMPLE or size * task.count <= MOST_WHOLE:
        return task
    total = float(task.weight.sum())
    some = np.sort(rng.choice(size, SAMPLE, p=task.weight / total))
    each = total / SAMPLE
    share = task.share[some] * each / task.weight[some]
    mean = total / task.count
    limits = Limits(min(task.limits.low, mean - 2 * each), max(task.limits.high, mean + 2 * each))
    return Task(task.space.some(some), np.full(SAMPLE, each), share, limits, task.count)


def aligned(task: Task, rng: np.random.Generator, starts: int, left: Left) -> Aligned:
    """Free centres: several starts on a sample, the best on all points."""
    total = left()
    small = sampled(task, rng)
    best: Aligned | None = None
    for _ in range(starts):
        found = settled(small, bisected(small, rng), 0.0, lambda: left() - total * 0.7)
        if best is None or found.value < best.value:
            best = found
        if left() < total * 0.75:
            break
    assert best is not None
    whole = best
    if small is not task:
        whole = _carried(task, best, lambda: left() - total * 0.6)
        whole = assigned(task, whole.centre, whole.price, 0.0, WARM)
        whole = settled(task, whole, 0.0, lambda: left() - total * 0.35, 4)
        while not np.isfinite(whole.value) and left() > total * 0.2:  # other choices at better prices
            whole = assigned(task, whole.centre, whole.price, 0.0, FINE)
    return finished(task, whole, 0.0, left)


def _carried(task: Task, found: Aligned, left: Left) -> Aligned:
    """Centres and prices of a sample moved on with all points, loads not yet mended."""
    centre, price = found.centre, found.price
    for _ in range(CARRIED):
        if left() <= 0:
            break
        choices = choices_of(task, centre, 0.0, price)
        price = drifted_prices(choices, price, 25)
        of = choices.slot[np.arange(len(task.weight)), choices.priced(price).argmin(axis=1)]
        centre = moved(task, of, centre)
    return Aligned(found.of, centre, -np.inf, price)


def finished(task: Task, found: Aligned, penalty: float, left: Left) -> Aligned:
    """The same centres with prices found as closely as they can be, and the bound."""
    last = assigned(task, found.centre, found.price, penalty, FINE, max(0.0, min(left() * 0.5, 10.0)))
    best = found if found.value < last.value else last
    bound = max(last.bound, bound_of(task, best.centre, last.price, penalty))
    value = best.value
    if len(task.weight) * min(task.count, NEAR) > MOST_SMOOTHED and left() > 0:
        choices = choices_of(task, best.centre, penalty, last.price)
        bound = max(bound, bound_of(task, best.centre, load_prices(choices, last.price, FINE), penalty))
    return Aligned(best.of, best.centre, max(bound, 0.0), last.price, value, best.excess)


def search(task: Task, seed: int, left: Left) -> Aligned:
    """Free centres from a seed: see aligned."""
    return aligned(task, np.random.default_rng(seed), 3, left)


def anchored(task: Task, rng: np.random.Generator) -> Aligned:
    """To begin with: today's territories around their middles; new ones begin at units drawn by weight."""
    assert task.current is not None
    of = task.current.copy()
    known = np.flatnonzero(of >= 0)
    centre = task.space.at[rng.choice(len(of), task.count, p=task.weight / task.weight.sum())].copy()
    held = np.bincount(of[known], minlength=task.count)
    for axis in range(task.space.at.shape[1]):
        sums = np.bincount(of[known], task.space.at[known, axis], minlength=task.count)
        centre[held > 0, axis] = (sums / np.maximum(held, 1))[held > 0]
    of[of < 0] = task.space.some(np.flatnonzero(of < 0)).matrix(centre).argmin(axis=1)
    centre = moved(task, of, centre)
    return assigned(task, centre, np.zeros(task.count), 0.0, COLD)
