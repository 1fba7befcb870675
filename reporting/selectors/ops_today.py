"""What sales ops look at first: the state of the data, what got worse, last night's jobs, failed runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse

from core.enums import RunState
from core.kernel.access import SignedIn
from core.models import Run
from core.selectors import runs_for
from pipeline.models import Finding
from pipeline.selectors.hygiene import RuleCount, ScoreNow, rule_counts, score_now

WORST, DAY, WEEK = 6, timedelta(days=1), timedelta(days=7)
UNOWNED = ("no_owner", "owner_left", "account_no_owner", "lead_no_owner")


@dataclass(frozen=True, slots=True)
class Check:
    """One check with what it finds now, the rows behind it, and how many more than a week before."""

    counted: RuleCount
    url: str
    more: int


@dataclass(frozen=True, slots=True)
class Health:
    """score: of the last check; worst: checks by severity and money; unowned: records without an owner who is here."""

    score: ScoreNow
    worst: Sequence[Check]
    worse: Sequence[Check]
    unowned: Sequence[Check]
    night: Run | None
    failed: Sequence[Run]


def health_of(user: SignedIn, as_of: date, at: datetime) -> Health:
    """The number of queries doesn't grow with records or checks."""
    checks = [Check(one, _rows(one), one.change) for one in rule_counts(user, as_of, with_share=False)]
    is_old = Finding.objects.filter(found_on__lte=as_of - WEEK).exists()  # else everything is new this week
    runs = runs_for(user)
    return Health(
        score=score_now(user, as_of),
        worst=checks[:WORST],
        worse=sorted((one for one in checks if one.more > 0), key=lambda one: -one.more)[:WORST] if is_old else [],
        unowned=[one for one in checks if one.counted.rule.key in UNOWNED],
        night=runs.filter(kind="nightly").order_by("-id").first(),
        failed=list(runs.filter(state=RunState.FAILED, ended_at__gt=at - DAY).order_by("-id")[:WORST]),
    )


def _rows(counted: RuleCount) -> str:
    rule: Any = counted.rule
    if rule.subject_kind == "opportunity":
        return f"{reverse('pipeline:deals')}?finding={rule.key}"
    return f"{reverse('pipeline:findings', args=[rule.subject_kind])}?rule={rule.key}"
