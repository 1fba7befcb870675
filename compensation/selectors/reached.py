"""How far measures had come at a month's end: money, or a number where events have no amount."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from compensation.kernel.clauses import ACTIVITY, LEAD_ACCEPTED, SCORE
from compensation.models import PlanVersion
from compensation.selectors.statements import Labels, Month, results_in_force
from core.kernel import formats
from core.kernel.money import from_minor

WITHOUT_MONEY = {ACTIVITY, LEAD_ACCEPTED, SCORE}  # events whose amount is a number
_TRACK = 140.0


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a measure had come at the month's end: minor units, or whole ones where it counts."""

    version: PlanVersion
    measure: str
    title: str
    currency: str
    credited: int
    quota: int | None

    @property
    def words(self) -> tuple[str, str]:
        """What was credited, and the quota; numbers where the measure adds up no money."""
        return self._said(self.credited), self._said(self.quota)

    def _said(self, amount: int | None) -> str:
        of = self.version.definition.get("measures", {}).get(self.measure, {})
        if amount is not None and of.get("sum") == "count":
            return formats.whole(amount)
        if amount is not None and _is_of_scores(self.version, self.measure, of):
            return f"{from_minor(amount, self.currency).normalize():f}"
        return formats.exact_money(None if amount is None else from_minor(amount, self.currency), self.currency)

    @property
    def attainment(self) -> float | None:
        return 100 * self.credited / self.quota if self.quota else None

    @property
    def share(self) -> float:
        """Where a bar ends whose track goes to 140 %, or as far as was reached."""
        return 100 * (self.attainment or 0) / self._track

    @property
    def mark(self) -> float:
        """Where the quota stands on it."""
        return 100 * 100 / self._track

    @property
    def _track(self) -> float:
        return max(_TRACK, self.attainment or 0)


def _is_of_scores(version: PlanVersion, key: str, measure: Mapping[str, Any]) -> bool:
    """Whether all that feeds a measure are numbers of something, not money."""
    taken = measure.get("credits", key)
    names = {taken} if isinstance(taken, str) else set(taken)
    feeding = {one["on"] for one in version.definition.get("crediting", ()) if one["credit"] in names}
    return bool(feeding) and feeding <= WITHOUT_MONEY


def reached_in(month: Month, labels: Labels) -> list[Reached]:
    """Measures with their quotas, those with one first."""
    found = []
    for one in results_in_force(month):
        for key, told in (one.facts.get("measures") or {}).items():
            quota = None if told.get("quota") is None else round(Fraction(told["quota"]))
            title = labels.title(one.version_id, "measures", key)
            currency = str(one.version.plan.currency_id)
            found.append(Reached(one.version, key, title, currency, int(told["credited"]), quota))
    return sorted(found, key=lambda one: one.quota is None)
