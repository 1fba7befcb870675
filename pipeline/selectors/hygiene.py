"""Reads of clean data: scores with their trend, deals at risk, what fails and what it holds up.

Scores are those of the last check. They follow the reporting line of today for who sees them, and the seat of the
day of each check for the team they count in. Money is in the reporting currency.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from core import registry
from core.kernel.access import SignedIn
from core.kernel.money import from_minor
from core.models import Run, in_force_on
from core.selectors import plan_rates, the_company
from people.models import Occupancy, Person, PositionTeam, Team
from pipeline.kernel.hygiene import group_score
from pipeline.models import DealScore, Finding, HygieneCount, HygieneRule, HygieneScore, HygieneStandard, Opportunity
from pipeline.policies import may_see_deals
from pipeline.selectors.deals import deals_for

WEEKS = 13
WEEK = timedelta(weeks=1)
STANDARD = 85
# The team and region of a person on a day; 0 where there is none. `person` and `day` are SQL.
SEATS = """
  LEFT JOIN people_occupancy seat ON seat.person_id = {person} AND seat.valid_from <= {day}
    AND (seat.valid_to IS NULL OR seat.valid_to > {day})
  LEFT JOIN people_positionteam placed ON placed.position_id = seat.position_id AND placed.valid_from <= {day}
    AND (placed.valid_to IS NULL OR placed.valid_to > {day})
  LEFT JOIN people_team team ON team.id = placed.team_id
"""
TEAM = "coalesce(team.id, 0)"
REGION = "coalesce(team.parent_id, CASE WHEN team.kind = 'region' THEN team.id END, 0)"


@dataclass(frozen=True, slots=True)
class ScoreNow:
    """The score of the open deals a person sees, as of the last check. score None: nothing was checked yet.

    at_stake: open amounts of failing deals in the reporting currency, each deal once. high: findings of high severity.
    trend: the last check of each of the past 13 weeks, oldest first; it ends with the score itself.
    """

    score: Decimal | None = None
    records: int = 0
    failing: int = 0
    high: int = 0
    at_stake: Decimal = Decimal(0)
    trend: Sequence[tuple[date, Decimal]] = field(default_factory=tuple)
    checked_on: date | None = None
    failing_before: int | None = None

    @property
    def change(self) -> Decimal | None:
        """Points against the week before."""
        return self.trend[-1][1] - self.trend[-2][1] if len(self.trend) > 1 else None


@dataclass(frozen=True, slots=True)
class GroupScore:
    """The score of one team, region or person; key 0: deals of nobody, or of people without a team."""

    key: int
    label: str
    now: ScoreNow


@dataclass(frozen=True, slots=True)
class DealAtRisk:
    """An open deal with plain reasons, heaviest first. amount: in the reporting currency; None where unknown."""

    deal: Opportunity
    reasons: list[str]
    amount: Decimal | None


def score_now(user: SignedIn, as_of: date) -> ScoreNow:
    """The score of the last check on or before a day, of the deals the person may see. One query."""
    nights = _seen_scores(user, as_of).filter(day__gt=as_of - timedelta(weeks=WEEKS), day__lte=as_of)
    sums = nights.order_by("day").values("day").annotate(**{f"{name}_sum": Sum(name) for name in _SUMMED})
    return _score(list(sums.values_list("day", *(f"{name}_sum" for name in _SUMMED))), reporting_currency())


_SUMMED = ("points", "records", "failing", "high", "at_stake_minor")


def _seen_scores(user: SignedIn, as_of: date) -> QuerySet[HygieneScore]:
    """The company's rows for those who see every deal, else those of the people in one's line."""
    if not may_see_deals(user):
        return HygieneScore.objects.none()
    owners = user.visible_owner_ids(as_of)
    if owners is None:
        return HygieneScore.objects.filter(scope_kind="company")
    return HygieneScore.objects.filter(scope_kind="person", scope_id__among=owners)


def reporting_currency() -> str:
    return str(the_company().currency_id)


def _score(nights: Sequence[Sequence[Any]], currency: str) -> ScoreNow:
    """From (day, points, records, failing, high, at stake) by day: the last one, and the last of each week."""
    if not nights:
        return ScoreNow()
    weeks = {night[0].isocalendar()[:2]: night for night in nights}
    trend = [(night[0], score) for night in weeks.values() if (score := group_score(night[1], night[2])) is not None]
    day, points, records, failing, high, at_stake = nights[-1]
    earlier = [night[3] for night in list(weeks.values())[:-1]]
    return ScoreNow(
        score=group_score(points, records),
        records=records,
        failing=failing,
        high=high,
        at_stake=from_minor(at_stake, currency),
        trend=trend,
        checked_on=day,
        failing_before=earlier[-1] if earlier else None,
    )


def high_findings(user: SignedIn, as_of: date) -> int | None:
    """Findings of high severity in the last check, for the side bar; None before the first. One query."""
    last = HygieneScore.objects.order_by("-day").values("day")[:1]
    return _seen_scores(user, as_of).filter(day=Subquery(last)).aggregate(high=Sum("high"))["high"]


def scores_by_team(user: SignedIn, as_of: date) -> list[GroupScore]:
    """Scores of the last check by the team people sit in, lowest first; their records add up to score_now's."""
    return scores_by("team", user, as_of)


def scores_by(split: str, user: SignedIn, as_of: date) -> list[GroupScore]:
    """Scores by `team`, `region` or `person`, lowest first, each with its weekly trend. Two or three queries."""
    if not may_see_deals(user):
        return []
    nights: dict[int, list[Sequence[Any]]] = {}
    for key, *night in _nights_by(split, user, as_of):
        nights.setdefault(key, []).append(night)
    last = max((rows[-1][0] for rows in nights.values()), default=None)
    names, currency = _names(split, nights), reporting_currency()
    groups = [
        GroupScore(key, names(key), _score(rows, currency)) for key, rows in nights.items() if rows[-1][0] == last
    ]
    return sorted((g for g in groups if g.now.records), key=lambda g: (g.now.score or 0, -g.now.at_stake, g.label))


def _nights_by(split: str, user: SignedIn, as_of: date) -> list[tuple[Any, ...]]:
    """(group id, day, sums ...) of the past weeks by day. Stored sums for all, people's rows added up for a line."""
    owners = user.visible_owner_ids(as_of)
    params: dict[str, Any] = {
        "from": as_of - timedelta(weeks=WEEKS),
        "to": as_of,
        "kind": split if owners is None else "person",
    }
    columns = ", ".join(f"sum(s.{name})::bigint" for name in _SUMMED)
    key, joins, mine = "s.scope_id", "", ""
    if owners is not None:
        params["owners"] = owners
        mine = "AND s.scope_id = ANY(%(owners)s)"
        if split != "person":
            key, joins = (TEAM if split == "team" else REGION), SEATS.format(person="s.scope_id", day="s.day")
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT {key} AS id, s.day, {columns} FROM pipeline_hygienescore s {joins}
                WHERE s.scope_kind = %(kind)s AND s.day > %(from)s AND s.day <= %(to)s {mine}
                GROUP BY 1, 2 ORDER BY 2""",
            params,
        )
        return cursor.fetchall()


def _names(split: str, keys: Iterable[int]) -> Any:
    model: Any = Person if split == "person" else Team
    known = dict(model.objects.filter(pk__in=list(keys)).values_list("pk", "name"))
    return lambda key: known.get(key) or (_("Unassigned") if split == "person" else _("No team"))


def problems_of() -> ArraySubquery:
    """What stands against a deal, as objects of key, severity and fact: an annotation of a queryset of deals."""
    standing = Finding.objects.filter(
        subject_kind="opportunity", subject_id=OuterRef("pk"), resolved_on=None, is_dismissed=False
    )
    told = JSONObject(key="rule__key", severity="rule__severity", fact="fact")
    return ArraySubquery(standing.order_by("rule__position").values(json=told))


_HEAVY = {"high": 0, "medium": 1, "low": 2}


def reasons_of(problems: Sequence[dict[str, Any]], as_of: date) -> list[str]:
    """Problems of a deal in plain words, heaviest first."""
    known = [p for p in problems if registry.hygiene_checks.find(p["key"])]
    known.sort(key=lambda p: _HEAVY[p["severity"]])
    return [registry.hygiene_checks[p["key"]].reason(p["fact"], as_of) for p in known]


def reason_of(finding: Finding, as_of: date) -> str:
    """What a finding says in plain words; the rule's name where its check is no longer known."""
    check = registry.hygiene_checks.find(finding.rule.key)
    return check.reason(finding.fact, as_of) if check else finding.rule.label


def failing_deals_for(user: SignedIn, as_of: date) -> QuerySet[Any]:
    """Open deals that fail a check, with score and problems, in one query."""
    failing = deals_for(user, as_of).filter(hygiene__isnull=False, status="open")
    return failing.select_related("hygiene", "account__owner").annotate(problems=problems_of())


def deals_at_risk(user: SignedIn, as_of: date, start: date, end: date, limit: int = 10) -> list[DealAtRisk]:
    """Open deals expected to close in [start, end) that fail a check, ranked by money and severity. One query."""
    due = failing_deals_for(user, as_of).filter(expected_close_on__gte=start, expected_close_on__lt=end)
    due = due.select_related(None).select_related("owner", "stage", "hygiene")
    currency = reporting_currency()
    found = []
    for deal in due.order_by("-hygiene__risk", "-hygiene__id")[:limit]:
        score: DealScore = deal.hygiene
        amount = None if score.at_stake_minor is None else from_minor(score.at_stake_minor, currency)
        found.append(DealAtRisk(deal, reasons_of(deal.problems, as_of), amount))
    return found


@dataclass(frozen=True, slots=True)
class RuleCount:
    """One check with what it finds among the records a person sees. share: percent of the records of its kind.

    change: how many more stand than a week before (found since, less those resolved that stood then).
    """

    rule: HygieneRule
    count: int
    at_stake: Decimal | None
    share: Decimal | None
    change: int = 0


def standing_for(user: SignedIn, as_of: date, *, kinds: Iterable[str] | None = None) -> QuerySet[Finding]:
    """Findings that stand and weren't set aside, on records that the person may see now."""
    return findings_for(user, as_of, kinds=kinds).filter(is_dismissed=False)


def findings_for(user: SignedIn, as_of: date, *, kinds: Iterable[str] | None = None) -> QuerySet[Finding]:
    """Findings not resolved, dismissed ones too, on records (of all kinds, or of some) the person may see now."""
    standing = Finding.objects.filter(resolved_on=None)
    if not may_see_deals(user):
        return standing.none()
    seen = Q(pk__in=[])
    for kind in (registry.record_kinds[key] for key in kinds or registry.record_kinds.keys()):
        seen |= Q(subject_kind=kind.key, subject_id__in=kind.visible(user, as_of).values("pk"))
    return standing.filter(seen)


def _counted(user: SignedIn, as_of: date) -> dict[int, tuple[int, int | None, int]]:
    """Rule id -> number of findings, money, and how many are new this week.

    Deals by the owner they had at the last check, which an index knows.
    """
    deals = Finding.objects.filter(resolved_on=None, is_dismissed=False, subject_kind="opportunity")
    owners = user.visible_owner_ids(as_of)
    mine = deals if owners is None else deals.filter(owner__among=owners)
    found: dict[int, tuple[int, int | None, int]] = {}
    for findings in (mine, standing_for(user, as_of, kinds=_other_kinds())):
        new = Count("pk", filter=Q(found_on__gt=as_of - WEEK))
        rows = findings.order_by().values("rule").annotate(n=Count("pk"), stake=Sum("at_stake_minor"), new=new)
        found |= {row["rule"]: (row["n"], row["stake"], row["new"]) for row in rows}
    return found


def _resolved_lately(user: SignedIn, as_of: date) -> dict[int, int]:
    """Rule id -> findings that stood a week ago and were resolved since, on records of the people one sees."""
    gone = Finding.objects.filter(resolved_on__gt=as_of - WEEK, found_on__lte=as_of - WEEK)
    owners = user.visible_owner_ids(as_of)
    mine = gone if owners is None else gone.filter(owner__among=owners)
    return dict(mine.order_by().values_list("rule").annotate(n=Count("pk")))


def _other_kinds() -> list[str]:
    return [kind.key for kind in registry.record_kinds if kind.key != "opportunity"]


def rule_counts(user: SignedIn, as_of: date, *, with_share: bool = True) -> list[RuleCount]:
    """Checks that find something, most important first: severity, then money, then number.

    with_share: of all records of the kind, which have to be counted for it.
    """
    found = _counted(user, as_of) if may_see_deals(user) else {}
    rules = [rule for rule in HygieneRule.objects.all() if rule.pk in found]
    kinds = {rule.subject_kind for rule in rules}
    counted = kinds if with_share else set()
    totals = {kind: registry.record_kinds[kind].visible(user, as_of).count() for kind in counted}
    currency = reporting_currency()
    gone = _resolved_lately(user, as_of) if rules else {}
    counts = [
        _rule_count(rule, found[rule.pk], gone.get(rule.pk, 0), totals.get(rule.subject_kind, 0), currency)
        for rule in rules
    ]
    return sorted(counts, key=lambda c: (_HEAVY[c.rule.severity], -(c.at_stake or 0), -c.count))


def deal_counts(user: SignedIn, as_of: date) -> list[RuleCount]:
    """What checks find on the open deals a person sees, as of the last scores, most money first."""
    if not may_see_deals(user):
        return []
    owners = user.visible_owner_ids(as_of)
    mine = Q(scope_kind="company") if owners is None else Q(scope_kind="person", scope_id__among=owners)
    rows = (
        HygieneCount.objects.filter(mine)
        .order_by()
        .values_list("rule")
        .annotate(n=Sum("findings"), stake=Sum("at_stake_minor"))
    )
    rules, currency = HygieneRule.objects.in_bulk(), reporting_currency()
    found = [
        RuleCount(rules[pk], count, None if stake is None else from_minor(stake, currency), None)
        for pk, count, stake in rows
    ]
    return sorted(found, key=lambda one: (-(one.at_stake or 0), -one.count))


def _rule_count(
    rule: HygieneRule, found: tuple[int, int | None, int], gone: int, total: int, currency: str
) -> RuleCount:
    count, stake, new = found
    at_stake = None if stake is None else from_minor(stake, currency)
    return RuleCount(rule, count, at_stake, Decimal(100) * count / total if total else None, new - gone)


def managers_of(teams: Sequence[int], as_of: date) -> dict[int, str]:
    """Team id -> who leads it on a day: the holder of a manager's seat placed in it, the first by seat. One query."""
    placed = PositionTeam.objects.filter(
        in_force_on(as_of),
        in_force_on(as_of, "position__occupancies__"),
        team__in=teams,
        position__is_manager=True,
    )
    rows = placed.order_by("-position").values_list("team", "position__occupancies__person__name")
    return {team: name for team, name in rows if name}


def fixed_deals(user: SignedIn, as_of: date, *, days: int = 7) -> int:
    """Deals on which a finding was resolved in the last days."""
    resolved = Finding.objects.filter(subject_kind="opportunity", resolved_on__gt=as_of - timedelta(days=days))
    owners = user.visible_owner_ids(as_of)
    if owners is not None:
        resolved = resolved.filter(owner__among=owners)
    return resolved.values("subject_id").distinct().count()


def checks_of(kind: str, ids: Sequence[int]) -> list[str]:
    """Keys of the checks that stand against some records, in order."""
    standing = Finding.objects.filter(subject_kind=kind, subject_id__in=ids, resolved_on=None, is_dismissed=False)
    return list(standing.order_by("rule__position").values_list("rule__key", flat=True).distinct())


def records_failing(
    user: SignedIn, as_of: date, kind: str, *, ids: Sequence[int] = (), rule: str = "", most: int = 500
) -> list[Any]:
    """Records of a kind that fail a check, among those the person sees: by id, or all that fail one check."""
    standing = Finding.objects.filter(subject_kind=kind, resolved_on=None, is_dismissed=False)
    wanted = standing.filter(rule__key=rule) if rule else standing.filter(subject_id__in=ids)
    seen = registry.record_kinds[kind].visible(user, as_of).filter(pk__in=wanted.values("subject_id"))
    if kind == "opportunity":
        seen = seen.select_related("stage", "owner", "account__owner")
    elif kind == "account":
        seen = seen.select_related("owner", "parent__owner")
    return list(seen.order_by("pk")[:most])


def findings_of_rule(user: SignedIn, as_of: date, rule: HygieneRule, *, team: Team | None = None) -> QuerySet[Finding]:
    """What one check finds among the records a person sees; of the people who sit in one team today, or of all."""
    found = standing_for(user, as_of, kinds=[rule.subject_kind]).filter(rule=rule).order_by("pk")
    if team is None:
        return found
    seats = PositionTeam.objects.filter(in_force_on(as_of), team=team).values("position")
    people = Occupancy.objects.filter(in_force_on(as_of), position__in=seats).values("person")
    return found.filter(owner__in=people)


def open_pipeline(user: SignedIn, as_of: date) -> Decimal:
    """Amounts of all open deals a person sees, in the reporting currency at today's plan rate."""
    rates = plan_rates(on=as_of)
    sums = deals_for(user, as_of).filter(status="open").order_by().values_list("currency").annotate(Sum("amount"))
    return sum((amount * rates[currency] for currency, amount in sums if amount and currency in rates), Decimal(0))


def standards() -> dict[int, int]:
    """The score expected of each team that has its own; key 0 is everyone else's."""
    return {0: STANDARD} | {team or 0: score for team, score in HygieneStandard.objects.values_list("team", "score")}


def teams() -> QuerySet[Team]:
    """Teams that can have an expected score of their own."""
    return Team.objects.order_by("kind", "name")


def last_run() -> Run | None:
    return Run.objects.filter(kind="pipeline.hygiene").order_by("-id").first()
