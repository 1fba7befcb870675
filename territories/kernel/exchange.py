"""Centres that no single exchange makes better, limits of load left aside: where a search of many points begins.

The fast interchange of Resende and Werneck (2007): what a point gains as a centre, what a centre's loss costs, and
where both touch the same points; here for all pairs at once, and as many exchanges a turn as don't touch each other.
"""

from __future__ import annotations

import numpy as np

from territories.kernel.search import EPSILON, Floats, Ints, Stop

NEAR_TIMES, NEAR_LEAST = 8, 40  # a point looks at as many points as eight territories have
MOST_LOOKED_AT = 3_000


def exchanged(costs: Floats, centre: Ints, stop: Stop) -> Ints:
    """costs (n, n), symmetric; centre (k). Points at 0, 1, 10, 11, centres 0 and 1: 10 takes the place of 1."""
    size, count = len(costs), len(centre)
    centre = centre.copy()
    most = min(size, max(NEAR_LEAST, NEAR_TIMES * size // count))
    near = np.argpartition(costs, most - 1, axis=1)[:, :most]
    far = np.take_along_axis(costs, near, axis=1)
    while count > 1 and not stop():
        two, first, second = _nearest_two(costs[:, centre])
        points, slots, profit = _profits(near, far, two[:, 0], first, second, count)
        good = np.flatnonzero(profit > EPSILON)
        order = good[np.argsort(-profit[good], kind="stable")][:MOST_LOOKED_AT]
        touched, done = np.zeros(count, dtype=bool), False
        for point, slot in zip(points[order].tolist(), slots[order].tolist(), strict=True):
            taken = two[near[point][far[point] < second[near[point]]], 0]
            heirs = two[two[:, 0] == slot, 1]
            if not (touched[slot] or touched[taken].any() or touched[heirs].any()):
                touched[slot] = touched[taken] = touched[heirs] = done = True
                centre[slot] = point
        if not done:
            break
    return centre


def _nearest_two(to: Floats) -> tuple[Ints, Floats, Floats]:
    """Slots of the nearest two centres of each point (n, 2), and how far both are."""
    two = np.argpartition(to, 1, axis=1)[:, :2]
    far = np.take_along_axis(to, two, axis=1)
    order = np.argsort(far, axis=1)
    two, far = np.take_along_axis(two, order, axis=1), np.take_along_axis(far, order, axis=1)
    return two, far[:, 0], far[:, 1]


def _profits(
    near: Ints, far: Floats, own: Ints, first: Floats, second: Floats, count: int
) -> tuple[Ints, Ints, Floats]:
    """What is saved when a point takes the place of a slot: for pairs that share points, and for the cheapest slot."""
    gain = np.maximum(first[near] - far, 0).sum(axis=1)
    loss = np.bincount(own, second - first, minlength=count)
    point, place = np.nonzero(far < second[near])
    other = near[point, place]
    pairs, at = np.unique(point * count + own[other], return_inverse=True)
    shared = np.bincount(at, second[other] - np.maximum(far[point, place], first[other]))
    cheapest = int(loss.argmin())
    points = np.concatenate([pairs // count, np.arange(len(near))])
    slots = np.concatenate([pairs % count, np.full(len(near), cheapest)])
    return points, slots, np.concatenate([gain[pairs // count] - loss[pairs % count] + shared, gain - loss[cheapest]])
