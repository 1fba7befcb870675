"""Distances between points: Euclidean, floored to whole units (as in OR-Library), or over the sphere in kilometres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from territories.kernel.search import Floats, Ints

EUCLID, EUCLID_FLOOR, HAVERSINE = "euclid", "euclid-floor", "haversine"
KINDS = (EUCLID, EUCLID_FLOOR, HAVERSINE)
EARTH_KM = 6371.0088  # mean radius (IUGG)


@dataclass(frozen=True, slots=True)
class Space:
    """kind: of KINDS; at: (n, 2) x and y, or (n, 3) unit vectors of latitude and longitude."""

    kind: str
    at: Floats

    def between(self, one: Floats, other: Floats) -> Floats:
        """Distances of places that broadcast against each other, the last axis being their coordinates.

        Haversine of (0, 0) and (0, 90): a quarter of the equator, 10,007.6 km.
        """
        straight = np.sqrt(((one - other) ** 2).sum(axis=-1))
        if self.kind == HAVERSINE:
            return 2 * EARTH_KM * np.arcsin(np.minimum(straight / 2, 1.0))
        return np.floor(straight + 1e-9) if self.kind == EUCLID_FLOOR else straight

    def matrix(self, places: Floats) -> Floats:
        """(n, k): of each point to each place, some points at a time."""
        step = max(1, 2_000_000 // max(1, len(places)))
        parts = [
            self.between(self.at[at : at + step, None, :], places[None, :, :]) for at in range(0, len(self.at), step)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, len(places)))

    def some(self, points: Ints) -> Space:
        return Space(self.kind, self.at[points])

    def shown(self, place: Floats) -> str:
        """A place as a person writes it: x and y, or latitude and longitude."""
        if self.kind != HAVERSINE:
            return f"{place[0]:.10g} {place[1]:.10g}"
        latitude, longitude = (
            np.degrees(np.arcsin(np.clip(place[2], -1, 1))),
            np.degrees(np.arctan2(place[1], place[0])),
        )
        return f"{latitude:.6f} {longitude:.6f}"


def space(kind: str, first: Floats, second: Floats) -> Space:
    """Of x and y, or of latitude and longitude in degrees (n)."""
    if kind != HAVERSINE:
        return Space(kind, np.column_stack([first, second]))
    latitude, longitude = np.radians(first), np.radians(second)
    flat = np.cos(latitude)
    return Space(kind, np.column_stack([flat * np.cos(longitude), flat * np.sin(longitude), np.sin(latitude)]))


def medians(place: Space, of: Ints, share: Floats, start: Floats, rounds: int = 12) -> Floats:
    """Where each territory's sum of distances is least (k, d): Weiszfeld's steps, all territories at once.

    of (n): territory; share (n): how much a point's distance counts. On the sphere each step ends on it again.
    """
    count, centre = len(start), start.copy()
    for _ in range(rounds):
        away = np.sqrt(((place.at - centre[of]) ** 2).sum(axis=1))
        pull = share / np.maximum(away, 1e-9 * (1 + np.abs(centre).max()))
        total = np.bincount(of, weights=pull, minlength=count)
        sums = np.column_stack([np.bincount(of, pull * axis, minlength=count) for axis in place.at.T])
        moved = sums / np.maximum(total, 1e-300)[:, None]
        if place.kind == HAVERSINE:
            moved /= np.maximum(np.linalg.norm(moved, axis=1), 1e-12)[:, None]
        centre = np.where((total > 0)[:, None], moved, centre)
    return centre
