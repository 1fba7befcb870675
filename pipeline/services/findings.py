"""What fails becomes findings: by a whole scan, or at once for records that were just saved.

A scan holds one lock, so that there is one at a time. Records saved by people take no lock: a save never waits for
another person's, nor for a scan that is at other records.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models import DateField, F, Value
from django.db.models.functions import Greatest

from core import registry
from core.models import Run
from pipeline.kernel.hygiene import FULL, POINTS_PER_WEIGHT, WEIGHTS
from pipeline.models import Finding, HygieneRule
from pipeline.selectors.checks import money_params
from pipeline.selectors.deal_scan import counting_sql, failing_deals_sql, is_of_deals, numbers_of

# One scan at a time, with room to hash what a million deals fail without going to the disk.
ALONE = "SELECT pg_advisory_xact_lock(hashtext('pipeline.hygiene')); SET LOCAL work_mem = '128MB'"


@dataclass(frozen=True, slots=True)
class Applied:
    """What was found: records that fail, and how many findings are new, gone or tell another fact."""

    failing: int
    added: int
    resolved: int
    changed: int


# Findings of some rules become what fails now: gone ones get their day, standing ones keep the day they were found on.
# A full join can't be planned as a nested loop, however wrong the planner's guess of what fails.
_APPLY = """
WITH failing AS MATERIALIZED ({sql}),
standing AS (SELECT * FROM pipeline_finding f
  WHERE f.rule_id = ANY(%(rules)s) AND f.subject_kind = %(kind)s AND f.resolved_on IS NULL {of_those}),
difference AS MATERIALIZED (
  SELECT f.id, x.rule_id, x.subject_id, x.owner_id, x.at_stake_minor, x.fact
  FROM failing x FULL JOIN standing f ON f.rule_id = x.rule_id AND f.subject_id = x.subject_id
  WHERE f.id IS NULL OR x.subject_id IS NULL OR f.owner_id IS DISTINCT FROM x.owner_id
    OR f.at_stake_minor IS DISTINCT FROM x.at_stake_minor OR f.fact <> x.fact),
gone AS (
  UPDATE pipeline_finding f SET resolved_on = greatest(f.found_on, %(on)s), run_id = %(run)s, is_dismissed = false
  FROM difference d WHERE f.id = d.id AND d.subject_id IS NULL RETURNING 1),
changed AS (
  UPDATE pipeline_finding f SET owner_id = d.owner_id, at_stake_minor = d.at_stake_minor, fact = d.fact,
    currency = CASE WHEN d.at_stake_minor IS NULL THEN '' ELSE %(currency)s END
  FROM difference d WHERE f.id = d.id AND d.subject_id IS NOT NULL RETURNING 1),
added AS (
  INSERT INTO pipeline_finding
    (rule_id, subject_kind, subject_id, owner_id, found_on, at_stake_minor, currency, fact, run_id)
  SELECT d.rule_id, %(kind)s, d.subject_id, d.owner_id, %(on)s, d.at_stake_minor,
         CASE WHEN d.at_stake_minor IS NULL THEN '' ELSE %(currency)s END, d.fact, %(run)s
  FROM difference d WHERE d.id IS NULL ORDER BY d.subject_id, d.rule_id
  ON CONFLICT (rule_id, subject_kind, subject_id) WHERE resolved_on IS NULL DO NOTHING RETURNING 1)
SELECT (SELECT count(*) FROM failing), (SELECT count(*) FROM added), (SELECT count(*) FROM gone),
       (SELECT count(*) FROM changed)
"""
_NOTHING = "SELECT 0::bigint rule_id, 0::bigint subject_id, 0 owner_id, 0 at_stake_minor, '{}'::jsonb fact WHERE false"


def apply_deal_rules(
    rules: Sequence[HygieneRule], *, on: date, run: Run | None = None, only: Sequence[int] = ()
) -> Applied:
    """All checks of deals in one pass over all deals, or over some. A rule that is off finds nothing."""
    active = [rule for rule in rules if rule.is_active]
    params: dict[str, Any] = money_params()
    sql = _NOTHING
    if active:
        sql, params = failing_deals_sql(active, on, only=bool(only))
    return _apply(sql, params, rules, kind="opportunity", on=on, run=run, only=only)


def apply_rule(rule: HygieneRule, *, on: date, run: Run | None = None, only: Sequence[int] = ()) -> Applied:
    """One check of another kind of record, on all of them or on some."""
    sql, params = registry.hygiene_checks[rule.key].failing(on, numbers_of(rule))
    where = "WHERE subject_id = ANY(%(only)s)" if only else ""
    told = f"SELECT {rule.pk}::bigint AS rule_id, found.* FROM ({sql}) found {where}"
    if not rule.is_active:
        told = _NOTHING
    return _apply(
        told, {**money_params(), **params, "on": on}, [rule], kind=rule.subject_kind, on=on, run=run, only=only
    )


def _apply(
    sql: str,
    params: dict[str, Any],
    rules: Sequence[HygieneRule],
    *,
    kind: str,
    on: date,
    run: Run | None,
    only: Sequence[int],
) -> Applied:
    of_those = "AND f.subject_id = ANY(%(only)s)" if only else ""
    ours: dict[str, Any] = {
        "rules": [rule.pk for rule in rules],
        "kind": kind,
        "run": run.pk if run else None,
        "only": list(only),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        if not only:
            cursor.execute(ALONE)
        cursor.execute(_APPLY.format(sql=sql, of_those=of_those), {**params, "on": on, **ours})
        return Applied(*cursor.fetchone())


def count_failing(rules: Sequence[HygieneRule], *, on: date) -> dict[str, int]:
    """How many deals fail each rule, counted by one scan that writes nothing: what a scan must cost at least."""
    active = [rule for rule in rules if rule.is_active and is_of_deals(rule)]
    with connection.cursor() as cursor:
        cursor.execute(*counting_sql(active, on))
        return dict(zip([rule.key for rule in active], cursor.fetchone(), strict=True))


_WEIGHT = f"CASE rule.severity {' '.join(f"WHEN '{name}' THEN {weight}" for name, weight in WEIGHTS.items())} END"
_SCORES = f"""
WITH failing AS MATERIALIZED (
  SELECT d.id, d.owner_id, greatest(0, {FULL} - {POINTS_PER_WEIGHT} * sum({_WEIGHT})) AS score,
         sum({_WEIGHT}) AS weight, count(*) FILTER (WHERE rule.severity = 'high') AS high,
         max(f.at_stake_minor) AS at_stake, (coalesce(max(f.at_stake_minor), 0) + 1) * sum({_WEIGHT}) AS risk
  FROM pipeline_finding f JOIN pipeline_hygienerule rule ON rule.id = f.rule_id
  JOIN pipeline_opportunity d ON d.id = f.subject_id AND d.status = 'open' AND d.archived_at IS NULL
  WHERE f.subject_kind = 'opportunity' AND f.resolved_on IS NULL AND NOT f.is_dismissed {{of_those}}
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
ON CONFLICT (deal_id) DO NOTHING
"""


@transaction.atomic
def score_deals(*, only: Sequence[int] = ()) -> None:
    """Scores of open deals from what stands against them (all, or only some); deals without a finding have no row.

    What was dismissed doesn't count.
    """
    of_those, scores = ("AND f.subject_id = ANY(%(only)s)", "AND s.deal_id = ANY(%(only)s)") if only else ("", "")
    with connection.cursor() as cursor:
        if not only:
            cursor.execute(ALONE)
        cursor.execute(_SCORES.format(of_those=of_those, scores_of_those=scores), {"only": list(only)})


# A dismissal holds for the fact it was said of: it ends with the finding, with another fact, or when its day has come.
_END_DISMISSALS = """
WITH over AS (
  UPDATE pipeline_dismissal d SET ended_on = greatest(d.dismissed_on, %(on)s), updated_at = now(),
    ended_why = CASE WHEN f.resolved_on IS NOT NULL THEN 'resolved' WHEN f.fact <> d.fact THEN 'fact' ELSE 'day' END
  FROM pipeline_finding f
  WHERE f.id = d.finding_id AND d.ended_on IS NULL {of_those}
    AND (f.resolved_on IS NOT NULL OR f.fact <> d.fact OR d.until_on <= %(on)s)
  RETURNING d.finding_id)
UPDATE pipeline_finding f SET is_dismissed = false FROM over WHERE f.id = over.finding_id AND f.is_dismissed
"""
# A question is answered once nothing it is about stands any more, or it is somebody else's by now.
_END_ASKS = """
WITH over AS (
  UPDATE pipeline_ownerask a SET done_on = greatest(a.asked_on, %(on)s), updated_at = now()
  WHERE a.done_on IS NULL {of_those} AND NOT EXISTS (
    SELECT 1 FROM pipeline_askedfinding i JOIN pipeline_finding f ON f.id = i.finding_id
    WHERE i.ask_id = a.id AND f.resolved_on IS NULL AND NOT f.is_dismissed AND f.owner_id = a.owner_id)
  RETURNING a.task_id)
UPDATE pipeline_activity t SET done_at = now(), happened_at = now() FROM over
WHERE t.id = over.task_id AND t.done_at IS NULL
"""
_ASKS_OF_THOSE = """
AND a.id IN (SELECT i.ask_id FROM pipeline_askedfinding i JOIN pipeline_finding f ON f.id = i.finding_id
             WHERE f.subject_kind = %(kind)s AND f.subject_id = ANY(%(only)s))
"""


@transaction.atomic
def settle(*, on: date, kind: str = "", only: Sequence[int] = ()) -> None:
    """End dismissals and questions that are over: all, or those about some records of a kind."""
    of_those = "AND f.subject_kind = %(kind)s AND f.subject_id = ANY(%(only)s)" if only else ""
    params: dict[str, Any] = {"on": on, "kind": kind, "only": list(only)}
    with connection.cursor() as cursor:
        cursor.execute(_END_DISMISSALS.format(of_those=of_those), params)
        cursor.execute(_END_ASKS.format(of_those=_ASKS_OF_THOSE if only else ""), params)


@transaction.atomic
def recheck(*, kind: str, ids: Sequence[int], on: date, also: frozenset[str] = frozenset()) -> None:
    """Check some records again at once, in the transaction of the save that changed them: a few milliseconds.

    Checks that compare records with each other wait for the night, but those named by `also`.
    """
    rules = [rule for rule in known_rules() if rule.subject_kind == kind]
    if not ids or not rules:
        return
    if kind == "opportunity":
        apply_deal_rules(rules, on=on, only=ids)
    else:
        alone = [rule for rule in rules if rule.key in also or not registry.hygiene_checks[rule.key].compares]
        for rule in alone:
            apply_rule(rule, on=on, only=ids)
        _forget_compared(kind, ids, [rule.pk for rule in rules if rule not in alone], on)
    settle(on=on, kind=kind, only=ids)
    if kind == "opportunity":
        score_deals(only=ids)


def _forget_compared(kind: str, ids: Sequence[int], rules: Sequence[int], on: date) -> None:
    """What compares records with each other is told by the night; at once goes only what can't stand any more.

    That is what stands against a record put away, or its twin, or against one whose fields aren't what they were when
    they were compared (`was` in the fact).
    """
    standing = Finding.objects.filter(subject_kind=kind, rule__in=rules, resolved_on=None)
    records = registry.record_kinds[kind].model._default_manager.in_bulk(list(ids))
    mine = list(standing.filter(subject_id__in=list(records)))
    over = {one.pk for one in mine if _is_over(records[one.subject_id], one.fact)}
    gone = [record.pk for record in records.values() if record.archived_at is not None]
    if gone:
        over |= set(standing.filter(fact__of__in=gone).values_list("pk", flat=True))
    if over:
        ended = Greatest(F("found_on"), Value(on, DateField()))
        Finding.objects.filter(pk__in=over).update(resolved_on=ended, is_dismissed=False)


def _is_over(record: Any, fact: Mapping[str, Any]) -> bool:
    was = fact.get("was") or {}
    return record.archived_at is not None or any(getattr(record, name) != value for name, value in was.items())


def known_rules() -> list[HygieneRule]:
    """The rules whose check a room registers, in order. Empty before the first start."""
    return [rule for rule in HygieneRule.objects.all() if registry.hygiene_checks.find(rule.key)]
