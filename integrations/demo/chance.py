"""Chance with a seed: the same words and the same day give the same company."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random

SEED = "Northwind Robotics 1"


def chance(*words: object) -> Random:
    """A stream of its own for each noun, so that a change in one leaves the others as they are."""
    return Random(":".join((SEED, *map(str, words))))  # noqa: S311 -- an invented company, no secret


def pick[Key](random: Random, weights: Mapping[Key, int]) -> Key:
    return random.choices(list(weights), list(weights.values()))[0]


def on_weekday(day: date) -> date:
    """The day; instead of a Saturday the Friday before, of a Sunday the Wednesday before."""
    return day - timedelta(days={5: 1, 6: 4}.get(day.weekday(), 0))
