"""Contiguous territories on a graph of areas: two neighbours are merged and cut anew along a random spanning tree.

ReCom (DeFord, Duchin and Solomon 2021) as an annealed search: of a tree's cuts the one nearest to the limits is tried;
what is outside the limits costs so much that it is mended first. Single areas change sides at the end.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from territories.kernel.search import Floats, Limits

PENALTY = 1000.0
HOT, COLD = 0.08, 0.002  # temperature, as a part of the objective for each territory


@dataclass(slots=True)
class Areas:
    """near: neighbours of each area; costs (n, n): of area i around j, or None where cut edges count; k territories."""

    near: list[list[int]]
    weight: list[float]
    limits: Limits
    count: int
    costs: Floats | None = None
    current: list[int] | None = None
    locked: list[bool] | None = None
    penalty: float = 0.0  # of a moved area, in units of the objective

    def excess(self, load: float) -> float:
        return max(load - self.limits.high, 0.0) + max(self.limits.low - load, 0.0)


@dataclass(slots=True)
class Cut:
    of: list[int]
    value: float  # objective, with the penalty of moves
    excess: float  # load outside the limits


def components(near: list[list[int]]) -> list[list[int]]:
    """Areas that hang together, each part sorted."""
    seen, parts = [False] * len(near), []
    for first in range(len(near)):
        if seen[first]:
            continue
        part, seen[first] = [first], True
        for area in part:
            for other in near[area]:
                if not seen[other]:
                    seen[other] = True
                    part.append(other)
        parts.append(sorted(part))
    return parts


def is_contiguous(near: list[list[int]], of: list[int]) -> bool:
    """Whether each territory hangs together."""
    inner = [[other for other in around if of[other] == of[area]] for area, around in enumerate(near)]
    return len(components(inner)) == len(set(of))


def cut_edges(near: list[list[int]], of: list[int]) -> int:
    """Edges between territories."""
    return sum(of[area] != of[other] for area, around in enumerate(near) for other in around) // 2


def districts(areas: Areas, shares: list[tuple[list[int], int]], seed: int, left: Callable[[], float]) -> Cut:
    """The best plan found. shares: parts that hang together, with the number of territories of each.

    A row of four areas of weight 1 in two territories: two and two, one cut edge.
    """
    rng = random.Random(seed)  # noqa: S311 -- a search, no secret
    total = left()
    best = None
    while best is None or (left() > total * 0.02 and (best.excess > 0 or left() > total * 0.25)):
        span = total * (0.25 if best is None or best.excess <= 0 else 0.12)
        found = _annealed(areas, _start(areas, shares, rng), rng, min(span, left()), left)
        if best is None or (found.excess, found.value) < (best.excess, best.value):
            best = found
        if areas.count == 1 or left() <= total * 0.02:
            break
    return best


def _start(areas: Areas, shares: list[tuple[list[int], int]], rng: random.Random) -> list[int]:
    """Today's plan where something is locked or moves count; else parts halved along random trees."""
    if areas.current is not None and (areas.penalty or any(areas.locked or ())):
        return list(areas.current)
    of, done = [0] * len(areas.near), 0
    waiting = list(shares)
    while waiting:
        nodes, count = waiting.pop()
        if count == 1:
            for area in nodes:
                of[area] = done
            done += 1
            continue
        first, side = _halved(areas, nodes, count, rng)
        inside = set(side)
        waiting += [(side, first), ([area for area in nodes if area not in inside], count - first)]
    return of


def _halved(areas: Areas, nodes: list[int], count: int, rng: random.Random) -> tuple[int, list[int]]:
    """A connected part for some of the territories whose rest hangs together too: how many, and its areas."""
    mean = sum(areas.weight[area] for area in nodes) / count
    best: tuple[float, int, list[int]] | None = None
    for _ in range(30):
        order, parent = _tree(areas, nodes, rng)
        load, size = _sums(areas, order, parent)
        for area in order[1:]:
            least = max(1, count - (len(nodes) - size[area]))
            first = min(max(round(load[area] / mean), least), count - 1, size[area])
            if first < least:
                continue
            off = abs(load[area] - first * mean)
            if best is None or off < best[0]:
                best = (off, first, _below(order, parent, area))
        if best and best[0] < 0.004 * mean:
            break
    if best is None:  # a tree whose cuts leave too few areas on a side: one leaf goes alone
        return 1, [order[-1]]
    return best[1], best[2]


def _tree(areas: Areas, nodes: list[int], rng: random.Random) -> tuple[list[int], dict[int, int]]:
    """A random spanning tree of connected areas: parents before children, parent of each."""
    inside, near = set(nodes), areas.near
    root = nodes[int(rng.random() * len(nodes))]
    order, parent, seen = [root], {root: -1}, {root}
    edges = [(root, other) for other in near[root] if other in inside]
    while edges:
        at = int(rng.random() * len(edges))
        edges[at], edges[-1] = edges[-1], edges[at]
        area, other = edges.pop()
        if other in seen:
            continue
        seen.add(other)
        parent[other] = area
        order.append(other)
        edges += [(other, further) for further in near[other] if further in inside and further not in seen]
    return order, parent


def _sums(areas: Areas, order: list[int], parent: dict[int, int]) -> tuple[dict[int, float], dict[int, int]]:
    """Load and number of areas below each area of a tree."""
    load, size = {area: areas.weight[area] for area in order}, dict.fromkeys(order, 1)
    for area in reversed(order[1:]):
        load[parent[area]] += load[area]
        size[parent[area]] += size[area]
    return load, size


def _below(order: list[int], parent: dict[int, int], top: int) -> list[int]:
    inside = {top}
    for area in order:
        if parent[area] in inside:
            inside.add(area)
    return [area for area in order if area in inside]


def _worth(areas: Areas, of: list[int]) -> Cut:
    loads = [0.0] * areas.count
    for area, slot in enumerate(of):
        loads[slot] += areas.weight[area]
    value = float(cut_edges(areas.near, of)) if areas.costs is None else 0.0
    if areas.costs is not None:
        value = sum(_spread(areas, [a for a, own in enumerate(of) if own == slot]) for slot in range(areas.count))
    if areas.current is not None and areas.penalty:
        value += areas.penalty * sum(now != was >= 0 for now, was in zip(of, areas.current, strict=True))
    excess = sum(areas.excess(load) for load in loads)
    return Cut(of, value, 0.0 if excess <= areas.limits.slack() * areas.count else excess)


def _spread(areas: Areas, members: list[int]) -> float:
    """What a territory costs around its cheapest member."""
    assert areas.costs is not None
    return float(areas.costs[members][:, members].sum(axis=0).min()) if members else 0.0


def _annealed(areas: Areas, of: list[int], rng: random.Random, seconds: float, left: Callable[[], float]) -> Cut:
    now = _worth(areas, of)
    best, until, idle = now, left() - seconds, 0
    most = 1500 + 40 * len(areas.near) * areas.count
    scale = max(now.value, 1.0) / areas.count
    mean, part = sum(areas.weight) / areas.count, 0.0
    for step in range(most if areas.count > 1 else 0):
        if step % 16 == 0:
            if left() <= until:
                break
            part = max(step / most, 1 - (left() - until) / max(seconds, 1e-9))
        heat = scale * HOT * (COLD / HOT) ** part
        changed = _changed(areas, now.of, rng)
        idle += 1
        if changed is None:
            continue
        tried = _worth(areas, changed)
        rise = tried.value - now.value + PENALTY * scale * (tried.excess - now.excess) / mean
        if rise <= 0 or rng.random() < math.exp(-rise / heat):
            now = tried
        if (tried.excess, tried.value) < (best.excess, best.value):
            best, idle = tried, 0
        if idle > most // 3:
            break
    return best


def _changed(areas: Areas, of: list[int], rng: random.Random) -> list[int] | None:
    """A plan with two neighbours cut anew, or with one area on another side; None where that can't be done."""
    area = int(rng.random() * len(of))
    others = [other for other in areas.near[area] if of[other] != of[area]]
    if not others:
        return None
    own, slot = of[area], of[others[int(rng.random() * len(others))]]
    if rng.random() < 0.4:
        return _flipped(areas, of, area, slot)
    return _recut(areas, of, own, slot, rng)


def _flipped(areas: Areas, of: list[int], area: int, slot: int) -> list[int] | None:
    own = of[area]
    if areas.locked is not None and areas.locked[area]:
        return None
    rest = [other for other in areas.near[area] if of[other] == own]
    if not rest or not _hangs(areas, of, area, rest):
        return None
    changed = of.copy()
    changed[area] = slot
    return changed


def _hangs(areas: Areas, of: list[int], without: int, ends: list[int]) -> bool:
    """Whether a territory hangs together without an area: its neighbours there reach each other."""
    own, wanted = of[without], set(ends)
    seen, line = {without, ends[0]}, [ends[0]]
    for area in line:
        wanted.discard(area)
        if not wanted:
            return True
        for other in areas.near[area]:
            if of[other] == own and other not in seen:
                seen.add(other)
                line.append(other)
    return False


def _recut(areas: Areas, of: list[int], one: int, two: int, rng: random.Random) -> list[int] | None:
    nodes = [area for area, slot in enumerate(of) if slot in (one, two)]
    order, parent = _tree(areas, nodes, rng)
    if len(order) < len(nodes):
        return None
    load, _ = _sums(areas, order, parent)
    total = load[order[0]]
    off = [(areas.excess(load[area]) + areas.excess(total - load[area]), area) for area in order[1:]]
    least = min(off)[0]
    good = [area for value, area in off if value <= least]
    side = _below(order, parent, good[int(rng.random() * len(good))])
    return _labelled(areas, of, nodes, set(side), one, two)


def _labelled(areas: Areas, of: list[int], nodes: list[int], side: set[int], one: int, two: int) -> list[int] | None:
    """The side gets the name that more of its areas had; locked areas decide, or forbid the cut."""
    was = areas.current if areas.current is not None else of
    best: tuple[int, list[int]] | None = None
    for first, second in ((one, two), (two, one)):
        changed = of.copy()
        for area in nodes:
            changed[area] = first if area in side else second
        locked = areas.locked
        if locked is not None and any(locked[area] and changed[area] != of[area] for area in nodes):
            continue
        kept = sum(changed[area] == was[area] for area in nodes)
        if best is None or kept > best[0]:
            best = (kept, changed)
    return best[1] if best else None


def districts_of(task: tuple[Areas, list[tuple[list[int], int]]], seed: int, left: Callable[[], float]) -> Cut:
    """districts, from one argument that can be handed to another process."""
    return districts(*task, seed, left)
