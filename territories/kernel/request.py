"""What is asked of the optimiser, what comes back, and why nothing can."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from territories.kernel.distances import EUCLID
from territories.kernel.search import Floats, Ints, Limits

DISTANCE, WEIGHTED, CUT_EDGES = "distance", "weighted", "cut-edges"
OBJECTIVES = (DISTANCE, WEIGHTED, CUT_EDGES)
FREE, POINTS = "free", "points"
Progress = Callable[[int, int, str], None]
Cancelled = Callable[[], bool]
Left = Callable[[], float]  # seconds that remain
Search = Callable[[Any, int, Left], Any]  # task, seed, seconds
Searches = Callable[[Search, Any, int, Left], list[Any]]  # the same from several seeds


class Infeasible(Exception):
    """No plan keeps the limits, or none was found. unit: what makes it so; proven: there is none at all."""

    def __init__(self, words: str, unit: str = "", *, proven: bool = True) -> None:
        super().__init__(words)
        self.unit, self.proven = unit, proven


@dataclass(frozen=True, slots=True)
class Request:
    """n units in k territories.

    first, second (n): x and y, or latitude and longitude in degrees (distance haversine), or None without coordinates.
    weight (n): workload. capacity: no territory above it; band: each within this part of the mean load; both: both.
    current: today's territory of each unit, "" without; locked (n): stays there. edges (m, 2): units side by side.
    """

    ids: tuple[str, ...]
    weight: Floats
    count: int
    first: Floats | None = None
    second: Floats | None = None
    kind: str = EUCLID
    objective: str = DISTANCE
    centers: str = FREE
    capacity: float | None = None
    band: float | None = None
    current: tuple[str, ...] | None = None
    locked: NDArray[np.bool_] | None = None
    edges: Ints | None = None
    contiguous: bool = False
    moves_at_most: int | None = None
    seed: int = 0

    def limits(self) -> Limits:
        """10 units of weight 1, five territories, band 0.5: loads from 1 to 3."""
        mean = float(self.weight.sum()) / self.count
        low, high = 0.0, float("inf")
        if self.band is not None:
            low, high = mean * (1 - self.band), mean * (1 + self.band)
        if self.capacity is not None:
            high = min(high, self.capacity)
        return Limits(max(low, 0.0), high)

    def neighbours(self) -> list[list[int]]:
        near: list[set[int]] = [set() for _ in self.ids]
        for one, other in [] if self.edges is None else self.edges.tolist():
            if one != other:
                near[one].add(other)
                near[other].add(one)
        return [sorted(around) for around in near]


@dataclass(slots=True)
class Design:
    """of (n): index into labels; center: of each territory, a unit's id or a place; why (n): of moved units."""

    labels: list[str]
    of: Ints
    center: list[str]
    value: float
    total_distance: float | None
    cut_edges: int | None
    bound: float | None
    bound_of: str
    proven: bool
    limits: Limits
    loads: Floats
    why: list[str] = field(default_factory=list)
    moved: int = 0

    def gap(self) -> float | None:
        """How much dearer than the bound, as a part of the bound."""
        if self.bound is None or self.bound <= 0:
            return 0.0 if self.bound == self.value else None
        return max(0.0, self.value / self.bound - 1)

    def report(self) -> dict[str, Any]:
        """Plain values for JSON; loads in units of weight, distances as they were measured."""
        mean = float(self.loads.sum()) / len(self.loads)
        edge = 1e-3 * mean
        tight = [
            name
            for name, load in zip(self.labels, self.loads, strict=True)
            if load > self.limits.high - edge or load < self.limits.low + edge
        ]
        return {
            "value": self.value,
            "total_distance": self.total_distance,
            "cut_edges": self.cut_edges,
            "bound": self.bound,
            "bound_of": self.bound_of,
            "gap": self.gap(),
            "proven": self.proven,
            "load_min": float(self.loads.min()),
            "load_max": float(self.loads.max()),
            "load_mean": mean,
            "limit_low": self.limits.low,
            "limit_high": self.limits.high if np.isfinite(self.limits.high) else None,
            "at_the_limit": tight,
            "moved": self.moved,
        }
