"""Questions to owners: one for each owner and check, with all records it fails on, one task, one day by which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Contact
from core import audit
from core.kernel import formats
from core.models import AuditEvent
from core.notify import notify
from pipeline.enums import ActivityKind
from pipeline.models import Activity, AskedFinding, Finding, Opportunity, OwnerAsk
from pipeline.services.telling import logins_of

ASKED = "hygiene.asked"
ANSWER_DAYS = 7


class NothingToTakeBack(ValueError):
    """A question that was taken back already, or is somebody else's."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What asking came to: questions, records in them, and records left out because they are asked about already, or
    have no owner to ask. event takes it back; None where nobody was asked."""

    asks: int = 0
    records: int = 0
    known: int = 0
    ownerless: int = 0
    event: AuditEvent | None = None


@transaction.atomic
def ask_owners(*, findings: Sequence[int], by: Any, on: date, due_on: date | None = None) -> Asked:
    """Ask the owners of findings to mend them, one task for each owner and check.

    What an owner is asked about already isn't asked again, unless its day has passed: then the question is put anew,
    with the new day, about what still stands. due_on: else in a week.
    """
    due = due_on or on + timedelta(days=ANSWER_DAYS)
    rows = Finding.objects.filter(pk__in=findings, resolved_on=None, is_dismissed=False).select_related("rule")
    asked_of: dict[tuple[int, int], list[Finding]] = {}
    ownerless = 0
    for finding in rows.filter(_here(on)).order_by("pk"):
        asked_of.setdefault((finding.owner_id or 0, finding.rule_id), []).append(finding)
    ownerless = rows.exclude(_here(on)).count()
    undo: dict[str, Any] = {"made": [], "added": {}, "again": {}}
    counts = [_ask(owner, mine, undo, by=by, on=on, due=due) for (owner, _rule), mine in sorted(asked_of.items())]
    asks, records = sum(1 for count in counts if count), sum(counts)
    known = sum(len(mine) for mine in asked_of.values()) - records
    if not asks:
        return Asked(known=known, ownerless=ownerless)
    event = audit.record(act=ASKED, actor=by, detail=undo | {"asks": asks, "records": records})
    return Asked(asks, records, known, ownerless, event)


def _here(on: date) -> Q:
    return Q(owner__isnull=False) & (Q(owner__left_on=None) | Q(owner__left_on__gt=on))


def _ask(owner: int, findings: Sequence[Finding], undo: dict[str, Any], *, by: Any, on: date, due: date) -> int:
    """Ask one owner about one check; gives how many records it is newly about."""
    rule = findings[0].rule
    ask = OwnerAsk.objects.select_for_update().filter(rule=rule, owner=owner, done_on=None).first()
    if ask is None:
        ask = OwnerAsk.objects.create(rule=rule, owner_id=owner, asked_by=by, asked_on=on, due_on=due)
        undo["made"].append(ask.pk)
        known: set[int] = set()
    else:
        known = set(ask.items.values_list("finding_id", flat=True))
    new = [finding for finding in findings if finding.pk not in known]
    is_late = bool(known) and ask.due_on < on
    if not new and not is_late:
        return 0
    AskedFinding.objects.bulk_create(AskedFinding(ask=ask, finding=finding) for finding in new)
    if known and new:
        undo["added"][str(ask.pk)] = [finding.pk for finding in new]
    if is_late:
        undo["again"][str(ask.pk)] = ask.due_on.isoformat()
        ask.due_on, ask.times = due, ask.times + 1
    _set_task(ask)
    _tell(ask, by=by)
    return len(findings) if is_late else len(new)


def standing_of(ask: OwnerAsk) -> Any:
    """The findings of a question that still stand against its owner's records."""
    return Finding.objects.filter(asks__ask=ask, owner=ask.owner_id, resolved_on=None, is_dismissed=False)


def _set_task(ask: OwnerAsk) -> None:
    """The task that stands for the question: on the record where it is one, else on the page of the question."""
    standing = list(standing_of(ask).order_by("pk")[:2])
    task = ask.task or Activity(kind=ActivityKind.TASK, owner_id=ask.owner_id)
    only = standing[0] if len(standing) == 1 else None
    task.subject_kind, task.subject_id = (only.subject_kind, only.subject_id) if only else ("", None)
    task.account_id = _account_of(only)
    task.title = _title(ask)[:255]
    task.due_on, task.done_at, task.happened_at = ask.due_on, None, None
    task.extra = task.extra | {"check": ask.rule.key, "ask": ask.pk}
    task.save()
    ask.task = task
    ask.save(update_fields=["task", "due_on", "times"])


def _account_of(finding: Finding | None) -> int | None:
    """The account whose page shows the task: the record itself, or the one it is with."""
    if finding is None or finding.subject_kind == "account":
        return finding.subject_id if finding else None
    models: dict[str, Any] = {"opportunity": Opportunity, "contact": Contact}
    model = models.get(finding.subject_kind)
    return model.objects.filter(pk=finding.subject_id).values_list("account", flat=True).first() if model else None


def _title(ask: OwnerAsk) -> str:
    count = standing_of(ask).count()
    if count <= 1:
        return str(ask.rule.owner_action)
    words = ngettext("%(what)s (%(n)s record)", "%(what)s (%(n)s records)", count)
    return words % {"what": ask.rule.owner_action, "n": formats.whole(count)}


def _tell(ask: OwnerAsk, *, by: Any) -> None:
    who = _("by %(name)s") % {"name": by} if getattr(by, "pk", None) else ""
    due = _("due %(day)s") % {"day": formats.day(ask.due_on)}
    notify(
        kind="task_assigned",
        users=logins_of([ask.owner_id]).values(),
        title=_title(ask),
        detail=capfirst(", ".join(part for part in (due, who) if part)),
        url=reverse("pipeline:hygiene_ask", args=[ask.pk]),
        dedupe_key=f"ask:{ask.pk}",
        by=by,
    )


@transaction.atomic
def take_back(*, event_id: int, by: Any) -> int:
    """Take back questions of one's own that nobody has answered; gives how many. Raises NothingToTakeBack."""
    event = AuditEvent.objects.select_for_update().filter(pk=event_id, actor=by, act=ASKED).first()
    if event is None or AuditEvent.objects.filter(act=f"{ASKED}.undone", subject_id=event.pk).exists():
        raise NothingToTakeBack(_("That was taken back already, or isn't yours."))
    made = OwnerAsk.objects.filter(pk__in=event.detail["made"], done_on=None)
    unanswered = made.filter(Q(task=None) | Q(task__done_at=None))
    tasks = list(unanswered.exclude(task=None).values_list("task", flat=True))
    done = unanswered.delete()[1].get("pipeline.OwnerAsk", 0)
    Activity.objects.filter(pk__in=tasks, done_at=None).delete()
    for pk in event.detail["added"].keys() | event.detail["again"].keys():
        done += _take_out(pk, event.detail)
    audit.record(act=f"{ASKED}.undone", actor=by, subject=event, detail={"count": done})
    return done


def _take_out(pk: str, detail: dict[str, Any]) -> int:
    """A question that stood before: without what was added to it, and with the day it had."""
    ask = OwnerAsk.objects.select_for_update().filter(pk=int(pk), done_on=None).first()
    if ask is None:
        return 0
    ask.items.filter(finding__in=detail["added"].get(pk, [])).delete()
    if pk in detail["again"]:
        ask.due_on, ask.times = date.fromisoformat(detail["again"][pk]), max(1, ask.times - 1)
    _set_task(ask)
    return 1


def heaviest_findings(kind: str, ids: Sequence[int]) -> list[int]:
    """The finding to ask about first on each record."""
    standing = Finding.objects.filter(subject_kind=kind, subject_id__in=ids, resolved_on=None, is_dismissed=False)
    by_severity = {"high": 0, "medium": 1, "low": 2}
    best: dict[int, tuple[int, int]] = {}
    order = standing.order_by("subject_id", "rule__position")
    for pk, record, severity in order.values_list("pk", "subject_id", "rule__severity"):
        rank = (by_severity[severity], pk)
        best[record] = min(best.get(record, rank), rank)
    return [pk for _rank, pk in best.values()]
