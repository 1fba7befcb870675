"""The scan of clean data: every check as one statement over its whole table, then the scores of deals and of groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from core import jobs, registry
from core.enums import RunState
from core.models import Run
from core.registry import HygieneCheck
from core.runs import Progress, open_run, recording
from pipeline.kernel.hygiene import FULL, POINTS_PER_WEIGHT, WEIGHTS
from pipeline.models import DealScore, Finding, HygieneRule, HygieneScore
from pipeline.selectors.checks import money_params
from pipeline.selectors.hygiene import REGION, SEATS, TEAM

KIND = "pipeline.hygiene"
# One scan at a time, with room to hash what a million deals fail without going to the disk.
_BEGIN = "SELECT pg_advisory_xact_lock(hashtext('pipeline.hygiene')); SET LOCAL work_mem = '128MB'"


@dataclass(frozen=True, slots=True)
class Applied:
    """What one check found: records that fail, and how many of them are new, gone or tell another fact."""

    failing: int
    added: int
    resolved: int
    changed: int


def check_records(*, on: date, run: Run | None = None) -> Run:
    """Apply every check that is on, and write the scores of the day. Run again, it changes nothing.

    Each check commits for itself, so a scan cut off in the middle goes on where it stopped when it is started again.
    """
    run = run or open_run(kind=KIND, label=f"Data quality on {on}", params={"on": on.isoformat()})
    with recording(run) as progress:
        rules = lay_out_rules()
        progress.total(len(rules) + 1)
        for rule in rules:
            progress.advance(0, note=rule.label)
            _count(progress, _check(rule, on=on, run=run))
            progress.advance()
        progress.advance(0, note="Scores")
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
    run = open_run(kind=KIND, label=f"Data quality on {on}", by=by, params={"on": on.isoformat()})
    jobs.enqueue("pipeline.hygiene_run", run=run, run_id=run.pk)
    return run


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
    return [rule for rule in HygieneRule.objects.all() if registry.hygiene_checks.find(rule.key)]


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


def _count(progress: Progress, applied: Applied) -> None:
    for name in ("failing", "added", "resolved", "changed"):
        progress.count(name, getattr(applied, name))


def _sentence(counts: dict[str, int]) -> str:
    return (
        f"{counts.get('failing', 0):,} findings stand: {counts.get('added', 0):,} are new, "
        f"{counts.get('resolved', 0):,} were resolved since the last check."
    )


# Findings of one rule become what fails now: gone ones get their day, standing ones keep the day they were found on.
# A full join can't be planned as a nested loop, however wrong the planner's guess of what fails.
_APPLY = """
WITH failing AS MATERIALIZED (SELECT * FROM ({sql}) found {narrowed}),
standing AS (SELECT * FROM pipeline_finding f WHERE f.rule_id = %(rule)s AND f.resolved_on IS NULL {of_those}),
difference AS MATERIALIZED (
  SELECT f.id, x.subject_id, x.owner_id, x.at_stake_minor, x.fact
  FROM failing x FULL JOIN standing f ON f.subject_id = x.subject_id
  WHERE (f.subject_id, f.owner_id, f.at_stake_minor, f.fact)
    IS DISTINCT FROM (x.subject_id, x.owner_id, x.at_stake_minor, x.fact)),
gone AS (
  UPDATE pipeline_finding f SET resolved_on = greatest(f.found_on, %(on)s), run_id = %(run)s
  FROM difference d WHERE f.id = d.id AND d.subject_id IS NULL RETURNING 1),
changed AS (
  UPDATE pipeline_finding f SET owner_id = d.owner_id, at_stake_minor = d.at_stake_minor, fact = d.fact,
    currency = CASE WHEN d.at_stake_minor IS NULL THEN '' ELSE %(currency)s END
  FROM difference d WHERE f.id = d.id AND d.subject_id IS NOT NULL RETURNING 1),
added AS (
  INSERT INTO pipeline_finding
    (rule_id, subject_kind, subject_id, owner_id, found_on, at_stake_minor, currency, fact, run_id)
  SELECT %(rule)s, %(kind)s, d.subject_id, d.owner_id, %(on)s, d.at_stake_minor,
         CASE WHEN d.at_stake_minor IS NULL THEN '' ELSE %(currency)s END, d.fact, %(run)s
  FROM difference d WHERE d.id IS NULL ORDER BY d.subject_id RETURNING 1)
SELECT (SELECT count(*) FROM failing), (SELECT count(*) FROM added), (SELECT count(*) FROM gone),
       (SELECT count(*) FROM changed)
"""


def _check(rule: HygieneRule, *, on: date, run: Run | None = None, only: Sequence[int] | None = None) -> Applied:
    """Apply one rule to all records, or only to some. A rule that is off finds nothing."""
    check = registry.hygiene_checks[rule.key]
    defaults = {name: default for name, (_label, default) in check.numbers.items()}
    sql, params = check.failing(on, defaults | rule.params)
    if not rule.is_active:
        sql = f"SELECT * FROM ({sql}) off WHERE false"
    narrowed, of_those = ("WHERE subject_id = ANY(%(only)s)", "AND f.subject_id = ANY(%(only)s)") if only else ("", "")
    statement = _APPLY.format(sql=sql, narrowed=narrowed, of_those=of_those)
    ours: dict[str, Any] = {
        "rule": rule.pk,
        "kind": check.subject_kind,
        "run": run.pk if run else None,
        "only": list(only or ()),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_BEGIN)
        cursor.execute(statement, {**money_params(), **params, "on": on, **ours})
        return Applied(*cursor.fetchone())


@transaction.atomic
def recheck_deals(*, deal_ids: Sequence[int], on: date) -> None:
    """Check some deals again at once, after a change that should clear what was found."""
    if not deal_ids:
        return
    for rule in lay_out_rules():
        if rule.subject_kind == "opportunity":
            _check(rule, on=on, only=deal_ids)
    score_deals(only=deal_ids)


_WEIGHT = f"CASE rule.severity {' '.join(f"WHEN '{name}' THEN {weight}" for name, weight in WEIGHTS.items())} END"
_SCORES = f"""
WITH failing AS MATERIALIZED (
  SELECT d.id, d.owner_id, greatest(0, {FULL} - {POINTS_PER_WEIGHT} * sum({_WEIGHT})) AS score,
         sum({_WEIGHT}) AS weight, count(*) FILTER (WHERE rule.severity = 'high') AS high,
         max(f.at_stake_minor) AS at_stake, (coalesce(max(f.at_stake_minor), 0) + 1) * sum({_WEIGHT}) AS risk
  FROM pipeline_finding f JOIN pipeline_hygienerule rule ON rule.id = f.rule_id
  JOIN pipeline_opportunity d ON d.id = f.subject_id AND d.status = 'open' AND d.archived_at IS NULL
  WHERE f.subject_kind = 'opportunity' AND f.resolved_on IS NULL {{of_those}}
  GROUP BY d.id, d.owner_id),
scored AS (SELECT * FROM pipeline_dealscore s WHERE true {{scores_of_those}}),
difference AS MATERIALIZED (
  SELECT s.id AS old, x.* FROM failing x FULL JOIN scored s ON s.deal_id = x.id
  WHERE (s.deal_id, s.owner_id, s.weight, s.high, s.at_stake_minor)
    IS DISTINCT FROM (x.id, x.owner_id, x.weight, x.high, x.at_stake)),
gone AS (DELETE FROM pipeline_dealscore s USING difference d WHERE s.id = d.old AND d.id IS NULL),
changed AS (
  UPDATE pipeline_dealscore s SET owner_id = d.owner_id, score = d.score, weight = d.weight, high = d.high,
    at_stake_minor = d.at_stake, risk = d.risk
  FROM difference d WHERE s.id = d.old AND d.id IS NOT NULL)
INSERT INTO pipeline_dealscore (deal_id, owner_id, score, weight, high, at_stake_minor, risk)
SELECT id, owner_id, score, weight, high, at_stake, risk FROM difference WHERE old IS NULL ORDER BY id
"""


@transaction.atomic
def score_deals(*, only: Sequence[int] | None = None) -> None:
    """Scores of open deals from what stands against them (all, or only some); deals without a finding have no row."""
    of_those, scores = ("AND d.id = ANY(%(only)s)", "AND s.deal_id = ANY(%(only)s)") if only else ("", "")
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN)
        cursor.execute(_SCORES.format(of_those=of_those, scores_of_those=scores), {"only": list(only or ())})


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


@transaction.atomic
def write_scores(*, day: date) -> None:
    """The scores of a day for each person, team, region and the company, in place of those of an earlier check."""
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN)
        HygieneScore.objects.filter(day=day).delete()
        cursor.execute(_GROUPS, {"day": day, "currency": money_params()["currency"]})


@transaction.atomic
def rewrite_last_scores() -> None:
    """Bring the scores of the last check up to date, after fixes or changed rules in between."""
    last = HygieneScore.objects.order_by("-day").values_list("day", flat=True).first()
    if last is not None:
        score_deals()
        write_scores(day=last)


def forget_findings(kind: str) -> Any:
    """What takes findings away with records of a kind that are deleted (the undo of an import)."""

    def remove(records: QuerySet[Any]) -> None:
        if kind == "opportunity":
            DealScore.objects.filter(deal__in=records).delete()
        Finding.objects.filter(subject_kind=kind, subject_id__in=records.values("pk")).delete()

    return remove
