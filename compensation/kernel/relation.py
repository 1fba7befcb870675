"""How far two figures go together, with the range that so few people leave open."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

FEWEST = 10  # below it the range says nothing: of 6 people a true 0.5 shows as anything between -0.5 and 0.9
_Z = 1.959963984540054  # 95 %


@dataclass(frozen=True, slots=True)
class Relation:
    """Pearson's correlation and its 95 % range, of `people` pairs."""

    value: float
    low: float
    high: float
    people: int

    @property
    def is_clear(self) -> bool:
        """Whether the range leaves no doubt about the direction."""
        return self.low > 0 or self.high < 0


def relation(pairs: Sequence[tuple[float, float]]) -> Relation | None:
    """None for fewer than ten pairs, or where one of both is the same for all.

    The range by Fisher's transformation: tanh(atanh(r) ± 1.96 / sqrt(n - 3)). r = 0.8 of 20 pairs: 0.55 to 0.92.
    """
    if len(pairs) < FEWEST:
        return None
    value = _pearson(pairs)
    if value is None:
        return None
    inside = min(max(value, -1 + 1e-12), 1 - 1e-12)
    reach = _Z / math.sqrt(len(pairs) - 3)
    low, high = (math.tanh(math.atanh(inside) + way * reach) for way in (-1, 1))
    return Relation(value, low, high, len(pairs))


def _pearson(pairs: Sequence[tuple[float, float]]) -> float | None:
    middle = [sum(one[axis] for one in pairs) / len(pairs) for axis in (0, 1)]
    off = [(x - middle[0], y - middle[1]) for x, y in pairs]
    spread = math.sqrt(sum(x * x for x, _y in off) * sum(y * y for _x, y in off))
    return sum(x * y for x, y in off) / spread if spread else None
