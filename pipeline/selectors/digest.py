"""What the weekly mail about clean data tells one login: only what that person may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from core.kernel.access import SignedIn
from core.kernel.money import from_minor
from core.models import Run, in_force_on
from people.models import RoleGrant, User
from pipeline.models import DigestPlan
from pipeline.policies import SEES_DEALS
from pipeline.selectors import hygiene
from pipeline.selectors.hygiene import GroupScore, RuleCount, ScoreNow
from pipeline.selectors.hygiene_acts import asks_for

WORST, MOVED = 5, 3


@dataclass(frozen=True, slots=True)
class DealToFix:
    """A deal of the reader's own: what is wrong with it, and its money at stake."""

    name: str
    url: str
    reasons: Sequence[str]
    at_stake: Decimal | None


@dataclass(frozen=True, slots=True)
class Digest:
    """One login's week. own: their deals; teams: those they lead or see; moved: people who rose or fell most."""

    name: str
    week: date
    checked_on: date
    currency: str
    standard: int
    own: ScoreNow | None = None
    worst: Sequence[DealToFix] = ()
    asked: int = 0
    overall: ScoreNow | None = None
    is_company: bool = False
    teams: Sequence[tuple[GroupScore, int]] = ()
    risen: Sequence[GroupScore] = ()
    fallen: Sequence[GroupScore] = ()
    checks: Sequence[RuleCount] = field(default_factory=tuple)


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def digest_of(user: SignedIn, as_of: date) -> Digest | None:
    """The mail of a login as of a day; None where there is nothing to tell: no check yet, and no deals in sight."""
    now = hygiene.score_now(user, as_of)
    if now.checked_on is None or not now.records:
        return None
    expected = hygiene.standards()
    told: dict[str, Any] = {"week": monday_of(as_of), "checked_on": now.checked_on, "standard": expected[0]}
    told |= {"name": str(user), "currency": hygiene.reporting_currency()}
    people = hygiene.scores_by("person", user, as_of)
    person = getattr(user, "person_or_none", None)
    mine = next((one.now for one in people if person is not None and one.key == person.pk), None)
    if mine is not None:
        told |= {"own": mine, "worst": _worst(user, person, as_of), "asked": _asked_of(user, person, as_of)}
    if user.has_role("manager", "executive", "sales_ops"):
        told |= _of_line(user, now, people, expected, as_of)
    return Digest(**told) if mine is not None or "overall" in told else None


def _of_line(
    user: SignedIn, now: ScoreNow, people: Sequence[GroupScore], expected: dict[int, int], as_of: date
) -> dict[str, Any]:
    """What a manager, an executive or sales ops read: teams against what is expected, and who moved."""
    teams = [(team, expected.get(team.key, expected[0])) for team in hygiene.scores_by_team(user, as_of)]
    moved = [one for one in people if one.key and one.now.change]
    rising = sorted(moved, key=lambda one: -(one.now.change or 0))
    return {
        "overall": now,
        "is_company": user.visible_owner_ids(as_of) is None,
        "teams": teams,
        "risen": [one for one in rising if (one.now.change or 0) > 0][:MOVED],
        "fallen": [one for one in reversed(rising) if (one.now.change or 0) < 0][:MOVED],
        "checks": hygiene.rule_counts(user, as_of)[:WORST],
    }


def _worst(user: SignedIn, person: Any, as_of: date) -> list[DealToFix]:
    """The person's own deals to fix first: money times severity."""
    currency = hygiene.reporting_currency()
    deals = hygiene.failing_deals_for(user, as_of).filter(owner=person).order_by("-hygiene__risk", "-hygiene__id")
    return [
        DealToFix(
            deal.name,
            deal.get_absolute_url(),
            hygiene.reasons_of(deal.problems, as_of),
            None if deal.hygiene.at_stake_minor is None else from_minor(deal.hygiene.at_stake_minor, currency),
        )
        for deal in deals[:WORST]
    ]


def _asked_of(user: SignedIn, person: Any, as_of: date) -> int:
    return asks_for(user, as_of).filter(owner=person, done_on=None).order_by().count()


def digest_plan() -> DigestPlan:
    """When the mail goes out; the default where nobody chose."""
    return DigestPlan.objects.first() or DigestPlan(pk=1)


def last_digest() -> Run | None:
    """The last time the mail went out."""
    return Run.objects.filter(kind="pipeline.digest").order_by("-id").first()


def digest_readers(on: date) -> QuerySet[User]:
    """Logins that may get the mail: active ones with a role that sees deals, and an address."""
    grants = RoleGrant.objects.filter(in_force_on(on), role__in=SEES_DEALS, is_pending=False)
    return User.objects.filter(Q(is_active=True), pk__in=grants.values("user")).exclude(email="").order_by("pk")
