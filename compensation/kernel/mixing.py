"""Many numbers of a row into one, for fingerprints of a million rows without a text for any of them."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
_GOLDEN, _FIRST, _SECOND = (np.uint64(one) for one in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


def digest_of_numbers(*columns: Array) -> Array:
    """One int64 for each row, by the finaliser of SplitMix64 (Steele, Lea, Flood 2014) over its columns in order.

    Not a secret's keeper: it tells whether two runs came to the same lines.
    """
    found = np.zeros(len(columns[0]), dtype=np.uint64)
    with np.errstate(over="ignore"):
        for column in columns:
            found = _mixed((found ^ column.astype(np.int64).view(np.uint64)) + _GOLDEN)
    return found.view(np.int64)


def mixed(numbers: Array) -> Array:
    """Digests that sums of them tell apart: neighbours lie far from each other."""
    return digest_of_numbers(numbers)


def added_by(keys: Array, digests: Array) -> dict[int, int]:
    """Sums of digests by key, modulo 2**64: the same in whatever order they are added."""
    unique, places = np.unique(keys, return_inverse=True)
    sums = np.zeros(len(unique), dtype=np.uint64)
    with np.errstate(over="ignore"):
        np.add.at(sums, places, digests.view(np.uint64))
    return dict(zip(unique.tolist(), sums.view(np.int64).tolist(), strict=True))


def _mixed(numbers: Array) -> Array:
    numbers = (numbers ^ (numbers >> np.uint64(30))) * _FIRST
    numbers = (numbers ^ (numbers >> np.uint64(27))) * _SECOND
    return np.asarray(numbers ^ (numbers >> np.uint64(31)))
