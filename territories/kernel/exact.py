"""The rest of a capacitated p-median problem as a mixed integer program (HiGHS): pairs that a better plan can have."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from territories.kernel.search import Floats, Ints, Limits, Plan

Bools = NDArray[np.bool_]


def solve(
    costs: Floats, weight: Floats, limits: Limits, count: int, pairs: Bools, seconds: float, below: float
) -> tuple[Plan | None, bool]:
    """The cheapest plan among pairs (n, n): point i may go to centre j. below: only plans that are cheaper than this.

    Gives the plan, in slots 0 to count - 1, or None, and whether it is proven that the pairs hold none better.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    size = len(weight)
    centres = np.flatnonzero(np.diagonal(pairs))
    if len(centres) < count:
        return None, True
    point, slot = np.nonzero(pairs[:, centres])
    cost = np.concatenate([costs[point, centres[slot]], np.zeros(len(centres))])
    rows, low, high = _rows(weight, limits, count, centres, point, slot)
    if np.isfinite(below):
        rows, low, high = _with_row(rows, low, high, cost, below)
    answer = milp(
        cost,
        integrality=np.ones(len(cost)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(rows, low, high),
        options={"time_limit": max(seconds, 0.05), "mip_rel_gap": 1e-6},
    )
    proven = answer.status in (0, 2)
    if answer.x is None:
        return None, proven
    used = answer.x > 0.5
    open_ = np.flatnonzero(used[len(point) :])
    slot_of = np.full(len(centres), -1)
    slot_of[open_] = np.arange(len(open_))
    of = np.full(size, -1, dtype=np.int64)
    of[point[used[: len(point)]]] = slot_of[slot[used[: len(point)]]]
    if (of < 0).any() or len(open_) != count:
        return None, False
    return Plan(of, centres[open_].astype(np.int64)), proven


def _rows(
    weight: Floats, limits: Limits, count: int, centres: Ints, point: Ints, slot: Ints
) -> tuple[Any, Floats, Floats]:
    """Each point once; a used centre's load within the limits; used if a point goes to it; k used."""
    from scipy.sparse import coo_array

    size, some, many = len(weight), len(centres), len(point)
    pair, use = np.arange(many), many + np.arange(some)
    blocks: list[tuple[Any, Any, Any]] = [(point, pair, np.ones(many))]
    low, high = [np.ones(size)], [np.ones(size)]
    top = size

    def add(row: Any, column: Any, value: Any, least: Floats, most: Floats) -> None:
        nonlocal top
        blocks.append((np.asarray(row) + top, column, value))
        low.append(least)
        high.append(most)
        top += len(least)

    load = (np.concatenate([slot, np.arange(some)]), np.concatenate([pair, use]))
    add(*load, np.concatenate([weight[point], np.full(some, -limits.high)]), np.full(some, -np.inf), np.zeros(some))
    if limits.low > 0:
        add(*load, np.concatenate([weight[point], np.full(some, -limits.low)]), np.zeros(some), np.full(some, np.inf))
    add(
        np.concatenate([pair, pair]),
        np.concatenate([pair, use[slot]]),
        np.concatenate([np.ones(many), -np.ones(many)]),
        np.full(many, -np.inf),
        np.zeros(many),
    )
    add(np.zeros(some, dtype=int), use, np.ones(some), np.array([float(count)]), np.array([float(count)]))
    row, column, value = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    matrix = coo_array((value, (row, column)), shape=(top, many + some)).tocsr()
    return matrix, np.concatenate(low), np.concatenate(high)


def _with_row(rows: Any, low: Floats, high: Floats, cost: Floats, below: float) -> tuple[Any, Floats, Floats]:
    from scipy.sparse import csr_array, vstack

    return vstack([rows, csr_array(cost[None, :])]).tocsr(), np.append(low, -np.inf), np.append(high, below)
