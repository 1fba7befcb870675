"""The score of clean data: what each failed check costs, and how scores of records add up to scores of groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

FULL: Final = 100
POINTS_PER_WEIGHT: Final = 5
WEIGHTS: Final[Mapping[str, int]] = {"high": 3, "medium": 2, "low": 1}


def weight_of(severities: Iterable[str]) -> int:
    """Weights of failed checks added up: high 3, medium 2, low 1. ("high", "medium") -> 5. KeyError for others."""
    return sum(WEIGHTS[severity] for severity in severities)


def record_score(weight: int) -> int:
    """100 less 5 points for each unit of weight, never below 0. One high and one medium check: 5 -> 75."""
    return max(0, FULL - POINTS_PER_WEIGHT * weight)


def group_score(points: int, records: int) -> Decimal | None:
    """Mean score of a group's records to two decimals; None without records. 3 records of 100, 85, 75 -> 86.67."""
    if not records:
        return None
    return (Decimal(points) / records).quantize(Decimal("0.01"), ROUND_HALF_UP)


def risk(at_stake_minor: int | None, weight: int) -> int:
    """What "worst first" sorts by: money times severity; among deals without money, severity. (999, 5) -> 5000."""
    return ((at_stake_minor or 0) + 1) * weight


# Checks of deals whose suggested fix always fits, and those where it needs somebody to hand the deal to
# (pipeline.services.deal_fixes; a test compares).
HANDING: Final = frozenset({"no_owner", "owner_left"})
DATED: Final = frozenset({"overdue_close", "closed_in_future", "closed_undated", "engaged_after_close"})
FIXABLE: Final = HANDING | DATED | {"probability_off", "commit_early"}
