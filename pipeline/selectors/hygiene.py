"""Reads of clean data: scores with their trend, deals at risk, what fails and what it holds up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from core.kernel.access import SignedIn
from pipeline.models import Opportunity


@dataclass(frozen=True, slots=True)
class ScoreNow:
    """The score of the open deals a person sees, as of the last night. score None: nothing was checked yet.

    at_stake: open amounts of failing deals in the reporting currency, each deal once. trend: the last check of each
    of the past 13 weeks, oldest first.
    """

    score: Decimal | None = None
    records: int = 0
    failing: int = 0
    high: int = 0
    at_stake: Decimal = Decimal(0)
    trend: Sequence[tuple[date, Decimal]] = field(default_factory=tuple)
    checked_on: date | None = None


@dataclass(frozen=True, slots=True)
class GroupScore:
    """The score of one team (or region without teams); team None: deals of nobody with a team."""

    key: str
    label: str
    now: ScoreNow


@dataclass(frozen=True, slots=True)
class DealAtRisk:
    """An open deal with plain reasons, heaviest first. amount: in the reporting currency; None where unknown."""

    deal: Opportunity
    reasons: list[str]
    amount: Decimal | None


def score_now(user: SignedIn, as_of: date) -> ScoreNow:
    """The score of the last check on or before a day, of what the person may see."""
    return ScoreNow()


def scores_by_team(user: SignedIn, as_of: date) -> list[GroupScore]:
    """Scores of the last check by team, lowest first."""
    return []


def deals_at_risk(user: SignedIn, as_of: date, start: date, end: date, limit: int = 10) -> list[DealAtRisk]:
    """Open deals expected to close in [start, end) that fail a check, ranked by money and severity."""
    return []
