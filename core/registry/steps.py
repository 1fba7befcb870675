"""Steps: of a start, a minute, a night, and of making the demo company."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class DemoPart:
    """One part of making the demo company; made in order.

    steps(making) gives (what it works on, work) pairs; each is done once, in a transaction of its own.
    """

    key: str
    order: int
    steps: Callable[[Any], Iterable[tuple[str, Callable[[], Any]]]]


@dataclass(frozen=True, slots=True)
class FirstStep:
    """What a room does each time an installation starts, after migrating: quick when all is there."""

    key: str
    order: int
    make: Callable[[], None]


@dataclass(frozen=True, slots=True)
class NightlyStep:
    """A job of the night, in order. `job` is the name of a registered job that takes `on` (ISO date)."""

    key: str
    order: int
    label: Any
    job: str


@dataclass(frozen=True, slots=True)
class MinuteStep:
    """A job without arguments, asked for each minute when is_due(instant) says so, one at a time."""

    key: str
    order: int
    job: str
    is_due: Callable[[datetime], bool]
