"""What the effectiveness page shows, row by row. Amounts are minor units of the scope's currency."""

from __future__ import annotations

from dataclasses import dataclass

from compensation.kernel.picture import Picture
from compensation.kernel.relation import Relation
from compensation.selectors.effect_facts import PersonFacts, Scope


@dataclass(frozen=True, slots=True)
class MonthRow:
    label: str
    earned: int
    paid: int | None
    credited: int

    @property
    def rate(self) -> float | None:
        return 100 * self.earned / self.credited if self.credited > 0 else None


@dataclass(frozen=True, slots=True)
class ShareRow:
    """A part of what was earned; share: percent of all."""

    label: str
    people: int
    amount: int
    share: float | None


@dataclass(frozen=True, slots=True)
class BinRow:
    label: str
    people: int


@dataclass(frozen=True, slots=True)
class PointRow:
    """Somebody, or a group: attainment, and earned of target, in percent."""

    name: str
    url: str
    attainment: float
    ratio: float


@dataclass(frozen=True, slots=True)
class PersonRow:
    name: str
    code: str
    url: str
    facts: PersonFacts


@dataclass(frozen=True, slots=True)
class Shown:
    """Minor units of the currency. What isn't told to who looks is None, or an empty list."""

    scope: Scope
    people: int
    earned: int
    paid: int | None
    drawn: int | None
    credited: int
    target: int | None
    mix_planned: float | None
    mix_paid: float | None
    zero: int | None
    top_share: float | None
    months: tuple[MonthRow, ...]
    months_chart: Picture
    plans: tuple[ShareRow, ...]
    kinds: tuple[ShareRow, ...]
    points: tuple[PointRow, ...]
    points_chart: Picture
    relation: Relation | None
    pairs: int
    bins: tuple[BinRow, ...]
    bins_chart: Picture
    rows: tuple[PersonRow, ...]
    is_pay_role: bool

    @property
    def rate(self) -> float | None:
        """Earned of what was credited, in percent."""
        return 100 * self.earned / self.credited if self.credited > 0 else None

    @property
    def ratio(self) -> float | None:
        return 100 * self.earned / self.target if self.target else None
