"""What a metric is made of and what it gives: inputs, values, units, and how a value is written for programs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pipeline.selectors.cube import Sums

MONEY, COUNT, PERCENT, DAYS, RATIO = "money", "count", "percent", "days", "ratio"


@dataclass(frozen=True, slots=True)
class Inputs:
    """Sums of the period, sums of the four fiscal quarters before it, and the bookings target (None: not set)."""

    now: Sums
    before: Sums = field(default_factory=Sums)
    target: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """A figure with its unit, or None with the reason why there is none and what helps."""

    value: Decimal | None
    unit: str
    reason: str = ""

    @property
    def plain(self) -> str | int | float | None:
        """As programs read it: counts are whole numbers, money an exact decimal text, the rest unrounded numbers.

        >>> Value(Decimal("10005534.0000"), "USD").plain
        '10005534'
        """
        if self.value is None:
            return None
        if self.unit == COUNT:
            return int(self.value)
        if self.unit in (PERCENT, DAYS, RATIO):
            return float(self.value)
        return f"{self.value.normalize():f}"

    def as_json(self) -> dict[str, Any]:
        answer: dict[str, Any] = {"value": self.plain, "unit": self.unit}
        return answer if self.value is not None else answer | {"reason": self.reason}


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure of the catalogue.

    kind: its unit. formula: the definition in words. make(inputs): the figure or None. why(inputs): the reason for
    None. more_is_better: which way a change is good; None: neither.
    """

    name: str
    label: Any
    kind: str
    formula: Any
    make: Callable[[Inputs], Decimal | int | None]
    why: Callable[[Inputs], Any] = lambda inputs: ""
    more_is_better: bool | None = True
