"""How quickly are quotas solved again? `make bench NAME=quotas SIZE=5000` (people; plain Python, no database).

A tree of company, regions, teams and people; a fifth of all nodes with a floor or a ceiling near what they would get,
3 % over-assignment a level, months by season, ramp and leave. Beside it, in the same run, the floor: the bare
proportions of the same tree and months, without limits or rounding, which don't add up.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np

from quotas.kernel.allocation import Allocation, Limits, allocate, handed_out, months_of, no_limits
from quotas.kernel.ramp import NEVER, Rules, Service, owed
from quotas.kernel.trees import Ints, Tree, tree_of

TIMES = 15
TOTAL = 2_000_000_000_00
BEGINS = [date(2026, month, 1) for month in range(1, 13)] + [date(2027, 1, 1)]
RAMP = Rules(ramp=(2_500, 5_000, 7_500))


def main(size: int) -> None:
    random = np.random.default_rng(1)
    tree, people = _tree(size)
    weights, over = random.integers(1, 10**6, tree.size), np.full(tree.size, 10_300)
    season = random.integers(5, 15, 12)
    limits = _limits(tree, weights, over, random)
    service = _service(people.size, random)
    solving, found = _timed(lambda: allocate(tree, TOTAL, weights, over, limits))
    monthly, months = _timed(lambda: months_of(tree, found.amounts, over, season))
    ramping, _owed = _timed(lambda: owed(months[people], BEGINS, service, RAMP))
    floor, _bare = _timed(lambda: _proportions(tree, weights, season))
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; median of {TIMES}")
    print(f"{people.size:,} people, {tree.size:,} nodes, {len(found.binding)} limits hold")
    print(f"allocation {solving:.1f} ms, months {monthly:.1f} ms: {solving + monthly:.1f} ms (goal 100)")
    print(f"ramp and leave of all people by month {ramping:.1f} ms")
    print(f"floor, bare proportions: {floor:.2f} ms; ratio {(solving + monthly) / floor:.0f}")
    print(f"sums that don't add up: {_wrong(tree, found, months, over)}")


def _tree(size: int) -> tuple[Tree, Ints]:
    parents, level = [-1], [0]
    for count in (8, max(8, size // 90), max(8, size // 10), size):
        below = []
        for place in range(count):
            parents.append(level[place * len(level) // count])
            below.append(len(parents) - 1)
        level = below
    return tree_of(parents), np.array(level, dtype=np.int64)


def _limits(tree: Tree, weights: Ints, over: Ints, random: Any) -> Limits:
    """Floors and ceilings that can be met: around the amounts of other weights."""
    limits = no_limits(tree)
    near = allocate(tree, TOTAL, (weights + weights.mean()).astype(np.int64), over, limits).amounts
    low, high = random.random(tree.size) < 0.1, random.random(tree.size) < 0.1
    limits.floors[low], limits.ceilings[high] = near[low], near[high]
    return limits


def _service(count: int, random: Any) -> Service:
    begun = date(2026, 6, 1).toordinal() - random.integers(0, 1_500, count)
    away = [(int(person), date(2026, 3, 9).toordinal(), date(2026, 5, 4).toordinal()) for person in range(0, count, 25)]
    return Service(begun, np.full(count, NEVER), away)


def _proportions(tree: Tree, weights: Ints, season: Ints) -> Any:
    amounts = np.zeros(tree.size)
    amounts[tree.root] = TOTAL
    for family in tree.families:
        mine = weights[family.nodes]
        amounts[family.nodes] = 1.03 * amounts[family.parents][family.of] * mine / family.sums(mine)[family.of]
    return amounts[:, None] * season / season.sum()


def _timed(act: Callable[[], Any]) -> tuple[float, Any]:
    taken = []
    for _turn in range(TIMES):
        start = time.perf_counter()
        found = act()
        taken.append(1000 * (time.perf_counter() - start))
    return statistics.median(taken), found


def _wrong(tree: Tree, found: Allocation, months: Ints, over: Ints) -> int:
    wrong = int((months.sum(axis=1) != found.amounts).sum())
    for family in tree.families:
        given = handed_out(np.cumsum(months[family.parents], axis=1), over[family.parents][:, None])
        below = np.add.reduceat(months[family.nodes], family.starts, axis=0)
        wrong += int((below != np.diff(given, axis=1, prepend=0)).sum())
        wrong += int((family.sums(found.amounts[family.nodes]) != given[:, -1]).sum())
    return wrong


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1] else 5_000)
