"""The scan of clean data: every check as one statement over its whole table, then the scores of deals and of groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import audit, jobs, registry
from core.enums import RunState
from core.kernel import formats
from core.models import Run
from core.registry import HygieneCheck
from core.runs import Progress, open_run, recording
from pipeline.kernel.hygiene import FULL
from pipeline.models import DealScore, Finding, HygieneRule, HygieneScore, HygieneStandard
from pipeline.selectors.checks import money_params
from pipeline.selectors.deal_scan import is_of_deals
from pipeline.selectors.hygiene import REGION, SEATS, TEAM
from pipeline.services.findings import (
    ALONE,
    Applied,
    apply_deal_rules,
    apply_rule,
    known_rules,
    recheck,
    score_deals,
    settle,
)

KIND = "pipeline.hygiene"
MANY_NEW = 1_000


def check_records(*, on: date, run: Run | None = None) -> Run:
    """Apply every check that is on, and write the scores of the day. Run again, it changes nothing.

    The checks of deals are one pass; that and each other check commit for themselves, so a scan cut off in the middle
    goes on where it stopped when it is started again.
    """
    run = run or open_run(kind=KIND, label=f"Data quality on {formats.day(on)}", params={"on": on.isoformat()})
    with recording(run) as progress:
        rules = lay_out_rules()
        of_deals = [rule for rule in rules if is_of_deals(rule)]
        others = [rule for rule in rules if rule not in of_deals]
        progress.total(len(rules) + 1)
        progress.advance(0, note=_("Deals"))
        _count(progress, apply_deal_rules(of_deals, on=on, run=run))
        progress.advance(len(of_deals))
        for rule in others:
            progress.advance(0, note=rule.label)
            _count(progress, apply_rule(rule, on=on, run=run))
            progress.advance()
        progress.advance(0, note=_("Scores"))
        settle(on=on)
        if progress.counts.get("added", 0) >= MANY_NEW:
            _tell_the_planner()
        score_deals()
        write_scores(day=on)
        progress.advance()
        progress.result(_sentence(progress.counts))
    return run


@transaction.atomic
def ask_for_check(*, by: Any, on: date) -> Run:
    """Ask for a check of all records now; the run shows how far it is. One that still waits is given instead."""
    waiting = Run.objects.filter(kind=KIND, state=RunState.QUEUED, params__on=on.isoformat()).first()
    if waiting is not None:
        return waiting
    run = open_run(kind=KIND, label=f"Data quality on {formats.day(on)}", by=by, params={"on": on.isoformat()})
    jobs.enqueue("pipeline.hygiene_run", run=run, run_id=run.pk)
    return run


def recheck_deals(*, deal_ids: Sequence[int], on: date) -> None:
    """Check some deals again at once, after a change that should clear what was found."""
    recheck(kind="opportunity", ids=deal_ids, on=on)


def recheck_saved(kind: str, ids: Sequence[int], on: date | None) -> None:
    """Records of a kind were saved by hand: their findings follow at once, or by a job where the day isn't known."""
    if not ids or not HygieneScore.objects.exists():
        return  # nothing was ever checked: the first scan tells
    if on is None:
        jobs.enqueue("pipeline.hygiene_records", kind=kind, ids=list(ids))
    else:
        recheck(kind=kind, ids=ids, on=on)


def check_after_import(kinds: frozenset[str]) -> None:
    """After an import, or its undo, the records are checked again in the background; once for many in a row."""
    checked = {check.subject_kind for check in registry.hygiene_checks} | {"person", "stage"}
    if kinds & checked:
        jobs.enqueue("pipeline.hygiene_today", dedupe_key="hygiene:today")


def work_run(*, run_id: int) -> None:
    """Do the check that a queued run stands for."""
    run = Run.objects.get(pk=run_id)
    check_records(on=date.fromisoformat(run.params["on"]), run=run)


def ensure_rules() -> None:
    """The rows of new checks, made when an installation starts."""
    lay_out_rules()


def lay_out_rules() -> list[HygieneRule]:
    """One row for each registered check, made with its defaults where it is new; what people changed stays."""
    known = {rule.key: rule for rule in HygieneRule.objects.all()}
    new = [_rule(check) for check in registry.hygiene_checks if check.key not in known]
    HygieneRule.objects.bulk_create(new, ignore_conflicts=True)
    return known_rules()


def _rule(check: HygieneCheck) -> HygieneRule:
    return HygieneRule(
        key=check.key,
        label=str(check.label),
        subject_kind=check.subject_kind,
        severity=check.severity,
        params={name: default for name, (_label, default) in check.numbers.items()},
        owner_action=str(check.owner_action),
        position=check.order,
    )


def _tell_the_planner() -> None:
    """Lists are narrowed by findings: with right plans at once, not only when autovacuum comes by."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {Finding._meta.db_table}")


def _count(progress: Progress, applied: Applied) -> None:
    for name in ("failing", "added", "resolved", "changed"):
        progress.count(name, getattr(applied, name))


def _sentence(counts: dict[str, int]) -> str:
    return (
        f"{counts.get('failing', 0):,} findings stand: {counts.get('added', 0):,} are new, "
        f"{counts.get('resolved', 0):,} were resolved since the last check."
    )


# A deal counts once for its owner, for the team the owner sits in that day, for the region, and for the company.
_GROUPS = f"""
WITH people AS (
  SELECT d.owner_id, count(*) AS records, sum(coalesce(s.score, {FULL})) AS points, count(s.deal_id) AS failing,
         coalesce(sum(s.high), 0) AS high, coalesce(sum(s.at_stake_minor), 0) AS at_stake
  FROM pipeline_opportunity d LEFT JOIN pipeline_dealscore s ON s.deal_id = d.id
  WHERE d.status = 'open' AND d.archived_at IS NULL GROUP BY d.owner_id),
seated AS (
  SELECT people.*, {TEAM} AS team_id, {REGION} AS region_id
  FROM people {SEATS.format(person="people.owner_id", day="%(day)s")}),
sums AS (
  SELECT 'person' AS kind, coalesce(owner_id, 0) AS id, records, points, failing, high, at_stake FROM people
  UNION ALL
  SELECT place.kind, place.id, sum(records), sum(points), sum(failing), sum(high), sum(at_stake)
  FROM seated CROSS JOIN LATERAL (VALUES ('team', team_id), ('region', region_id)) place (kind, id)
  GROUP BY place.kind, place.id
  UNION ALL
  SELECT 'company', 0, coalesce(sum(records), 0), coalesce(sum(points), 0), coalesce(sum(failing), 0),
         coalesce(sum(high), 0), coalesce(sum(at_stake), 0) FROM people)
INSERT INTO pipeline_hygienescore
  (day, scope_kind, scope_id, score, points, records, failing, high, at_stake_minor, currency)
SELECT %(day)s, kind, id, round(points::numeric / nullif(records, 0), 2), points, records, failing, high, at_stake,
       %(currency)s
FROM sums
"""


_COUNTS = """DELETE FROM pipeline_hygienecount;
INSERT INTO pipeline_hygienecount (rule_id, scope_kind, scope_id, findings, at_stake_minor)
SELECT rule_id, scope.kind, scope.id, count(*), sum(at_stake_minor) FROM pipeline_finding
CROSS JOIN LATERAL (VALUES ('company', 0), ('person', coalesce(owner_id, 0))) scope(kind, id)
WHERE resolved_on IS NULL AND NOT is_dismissed AND subject_kind = 'opportunity' GROUP BY 1, 2, 3"""


@transaction.atomic
def write_scores(*, day: date) -> None:
    """The scores of a day for each person, team, region and the company, in place of those of an earlier check."""
    with connection.cursor() as cursor:
        cursor.execute(ALONE)
        HygieneScore.objects.filter(day=day).delete()
        cursor.execute(_GROUPS, {"day": day, "currency": money_params()["currency"]})
        cursor.execute(_COUNTS)


@transaction.atomic
def rewrite_last_scores() -> None:
    """Bring the scores of the last check up to date, after fixes or changed rules in between."""
    last = HygieneScore.objects.order_by("-day").values_list("day", flat=True).first()
    if last is not None:
        score_deals()
        write_scores(day=last)


@transaction.atomic
def change_rule(*, rule: HygieneRule, by: Any) -> HygieneRule:
    """Save a check as sales ops want it. What it finds follows with the next scan, or at once by `check_records`."""
    rule.save()
    detail = {"severity": rule.severity, "numbers": rule.params, "on": rule.is_active}
    audit.record(act="hygiene.rule_changed", actor=by, subject=rule, detail=detail)
    return rule


@transaction.atomic
def set_standards(*, standards: Mapping[int, int], by: Any) -> None:
    """The score expected of each team (0: of everyone else), in place of what held."""
    HygieneStandard.objects.all().delete()
    HygieneStandard.objects.bulk_create(
        HygieneStandard(team_id=team or None, score=score) for team, score in sorted(standards.items())
    )
    audit.record(act="hygiene.standards_set", actor=by, detail={str(team): score for team, score in standards.items()})


def forget_findings(kind: str) -> Any:
    """What takes findings away with records of a kind that are deleted (the undo of an import)."""

    def remove(records: QuerySet[Any]) -> None:
        if kind == "opportunity":
            DealScore.objects.filter(deal__in=records).delete()
        Finding.objects.filter(subject_kind=kind, subject_id__in=records.values("pk")).delete()

    return remove
