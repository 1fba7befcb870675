"""Acts on findings: fixes that are one safe change of a deal, tasks for owners; both can be taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from core import audit, jobs
from core.kernel import formats
from core.models import AuditEvent
from pipeline.models import Activity, Finding, HygieneRule, HygieneStandard, Opportunity
from pipeline.services.deals import DealError, change_deal
from pipeline.services.hygiene import recheck_deals
from pipeline.services.telling import tell_tasks

FIXED, ASKED = "hygiene.fixed", "hygiene.asked"
TASK_DAYS = 7


class NothingToUndo(ValueError):
    """An act that can't be taken back, or was already."""


@dataclass(frozen=True, slots=True)
class Fix:
    """One safe change: `label(deal, on)` names it with its value, "" where it doesn't fit; `values` are the fields."""

    icon: str
    label: Callable[[Opportunity, date], str]
    values: Callable[[Opportunity, date], Mapping[str, Any]]


def _new_owner(deal: Opportunity) -> Any:
    """The owner of the deal's account, where that is somebody else who is still here."""
    owner = deal.account.owner if deal.account else None
    return owner if owner is not None and owner.left_on is None and owner.pk != deal.owner_id else None


def _hand_over(deal: Opportunity, on: date) -> str:
    owner = _new_owner(deal)
    return _("Hand to %(name)s") % {"name": owner.name} if owner else ""


def _real_close(deal: Opportunity, on: date) -> date:
    """The day a deal that is closed already reached its closed stage, at the latest the day itself."""
    return min(deal.stage_since or on, on)


_HANDING = Fix("user-share", _hand_over, lambda deal, on: {"owner": _new_owner(deal)})
FIXES: Mapping[str, Fix] = {
    "probability_off": Fix(
        "percentage",
        lambda deal, on: _("Take the stage's %(percent)s%%") % {"percent": f"{deal.stage.probability.normalize():f}"},
        lambda deal, on: {"probability": None},
    ),
    "commit_early": Fix(
        "arrow-down",
        lambda deal, on: _("Set forecast to %(name)s") % {"name": deal.stage.get_category_display()},
        lambda deal, on: {"category": deal.stage.category},
    ),
    "no_owner": _HANDING,
    "owner_left": _HANDING,
    "closed_in_future": Fix(
        "calendar",
        lambda deal, on: _("Close on %(day)s") % {"day": formats.day(_real_close(deal, on))},
        lambda deal, on: {"closed_on": _real_close(deal, on)},
    ),
    "engaged_after_close": Fix(
        "calendar-x", lambda deal, on: _("Clear the engagement date"), lambda deal, on: {"engaged_on": None}
    ),
}


def fix_of(deal: Any, on: date) -> tuple[str, str, str] | None:
    """(rule, icon, label) of the first fix that fits a deal with its `problems`; None where a person must decide."""
    for problem in deal.problems:
        fix = FIXES.get(problem["key"])
        label = fix.label(deal, on) if fix else ""
        if fix and label:
            return problem["key"], fix.icon, label
    return None


@transaction.atomic
def fix_deals(*, deals: Iterable[Any], by: Any, on: date, rule: str = "") -> AuditEvent | None:
    """Apply the fixing change of one rule (or, without, the first that fits) to each deal; None where nothing fitted.

    `deals` carry their `problems` (selectors.hygiene.problems_of). The event keeps what was there before, for undo.
    """
    before: dict[str, Any] = {}
    for deal in deals:
        changed = _fix(deal, rule, by=by, on=on)
        if changed:
            before[str(deal.pk)] = changed
    if not before:
        return None
    recheck_deals(deal_ids=[int(pk) for pk in before], on=on)
    jobs.enqueue("pipeline.hygiene_scores", dedupe_key="hygiene:scores")
    return audit.record(act=FIXED, actor=by, subject_kind="opportunity", detail={"before": before, "rule": rule})


def _fix(deal: Any, rule: str, *, by: Any, on: date) -> dict[str, Any] | None:
    """Values before and the version after; None where nothing fits or the deal refuses the change."""
    found = fix_of(deal, on) if not rule else (rule, "", FIXES[rule].label(deal, on))
    if not found or not found[2]:
        return None
    values = FIXES[found[0]].values(deal, on)
    was = {name: getattr(deal, Opportunity._meta.get_field(name).attname) for name in values}  # type: ignore[union-attr]  # -- own columns
    try:
        saved = change_deal(deal_id=deal.pk, values=values, version=deal.version, by=by, on=on)
    except DealError:
        return None
    return {"values": {name: _plain(value) for name, value in was.items()}, "version": saved.version}


def _plain(value: Any) -> Any:
    return None if value is None else value if isinstance(value, int) else str(value)


@transaction.atomic
def undo(*, event_id: int, by: Any, on: date) -> int:
    """Take back fixes or tasks of one's own; what was changed or done since stays. Returns how many went back."""
    event = AuditEvent.objects.select_for_update().filter(pk=event_id, actor=by, act__in=(FIXED, ASKED)).first()
    if event is None or AuditEvent.objects.filter(act=f"{event.act}.undone", subject_id=event.pk).exists():
        raise NothingToUndo(_("That was taken back already, or isn't yours."))
    done = _undo_fixes(event, by, on) if event.act == FIXED else _undo_tasks(event)
    audit.record(act=f"{event.act}.undone", actor=by, subject=event, detail={"count": done})
    return done


def _undo_fixes(event: AuditEvent, by: Any, on: date) -> int:
    undone = []
    for pk, was in event.detail["before"].items():
        values = {Opportunity._meta.get_field(name).attname: value for name, value in was["values"].items()}  # type: ignore[union-attr]  # -- own columns
        try:
            change_deal(deal_id=int(pk), values=_typed(values), version=was["version"], by=by, on=on)
        except DealError:
            continue
        undone.append(int(pk))
    recheck_deals(deal_ids=undone, on=on)
    jobs.enqueue("pipeline.hygiene_scores", dedupe_key="hygiene:scores")
    return len(undone)


def _typed(values: Mapping[str, Any]) -> dict[str, Any]:
    fields = {field.attname: field for field in Opportunity._meta.concrete_fields}
    return {name: fields[name].to_python(value) for name, value in values.items()}


def _undo_tasks(event: AuditEvent) -> int:
    open_tasks = Activity.objects.filter(pk__in=event.detail["activities"], done_at=None)
    return open_tasks.delete()[1].get("pipeline.Activity", 0)


_TASKS = """
INSERT INTO pipeline_activity (kind, subject_kind, subject_id, account_id, owner_id, title, body, due_on, extra)
SELECT 'task', f.subject_kind, f.subject_id,
       CASE f.subject_kind WHEN 'opportunity' THEN deal.account_id WHEN 'account' THEN f.subject_id
                           WHEN 'contact' THEN contact.account_id END,
       f.owner_id, rule.owner_action, '', %(due)s, jsonb_build_object('check', rule.key)
FROM pipeline_finding f
JOIN pipeline_hygienerule rule ON rule.id = f.rule_id
JOIN people_person owner ON owner.id = f.owner_id AND (owner.left_on IS NULL OR owner.left_on > %(on)s)
LEFT JOIN pipeline_opportunity deal ON f.subject_kind = 'opportunity' AND deal.id = f.subject_id
LEFT JOIN accounts_contact contact ON f.subject_kind = 'contact' AND contact.id = f.subject_id
WHERE f.id = ANY(%(findings)s) AND f.resolved_on IS NULL
  AND NOT EXISTS (SELECT 1 FROM pipeline_activity a
                  WHERE a.subject_kind = f.subject_kind AND a.subject_id = f.subject_id AND a.kind = 'task'
                    AND a.done_at IS NULL AND a.extra ->> 'check' = rule.key)
ORDER BY f.id RETURNING id
"""


@transaction.atomic
def ask_owners(*, findings: Sequence[int], by: Any, on: date) -> AuditEvent | None:
    """A task for the owner of each finding, due in a week; None where all are asked already or have nobody to ask."""
    params: dict[str, Any] = {"findings": list(findings), "on": on, "due": on + timedelta(days=TASK_DAYS)}
    with connection.cursor() as cursor:
        cursor.execute(_TASKS, params)
        made = [pk for (pk,) in cursor.fetchall()]
    if not made:
        return None
    tell_tasks(task_ids=made, by=by)
    return audit.record(act=ASKED, actor=by, detail={"activities": made, "findings": len(findings)})


def heaviest_findings(deal_ids: Sequence[int]) -> list[int]:
    """The finding to ask about first on each deal."""
    order = ("subject_id", "rule__position")
    standing = Finding.objects.filter(subject_kind="opportunity", subject_id__in=deal_ids, resolved_on=None)
    by_severity = {"high": 0, "medium": 1, "low": 2}
    best: dict[int, tuple[int, int]] = {}
    for pk, deal, severity in standing.order_by(*order).values_list("pk", "subject_id", "rule__severity"):
        rank = (by_severity[severity], pk)
        best[deal] = min(best.get(deal, rank), rank)
    return [pk for _rank, pk in best.values()]


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
