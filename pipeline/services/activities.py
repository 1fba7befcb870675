"""Writes of activities: log a call, e-mail, meeting or note, set a task, tick it off."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from pipeline.enums import ActivityKind
from pipeline.models import Activity, Opportunity
from pipeline.services.telling import tell_task


def log_activity(*, activity: Activity, deal: Opportunity, by: Any, at: datetime) -> Activity:
    """Log a call, e-mail, meeting, note or task on a deal; a task stays open until it is done."""
    return log_on(activity=activity, kind="opportunity", record_id=deal.pk, account_id=deal.account_id, by=by, at=at)


@transaction.atomic
def log_on(*, activity: Activity, kind: str, record_id: int, account_id: int | None, by: Any, at: datetime) -> Activity:
    """Log an activity on a record of any kind (`kind` is a key of core.registry.record_kinds)."""
    activity.subject_kind, activity.subject_id, activity.account_id = kind, record_id, account_id
    activity.owner = activity.owner or getattr(by, "person_or_none", None)
    if activity.kind != ActivityKind.TASK:
        activity.happened_at, activity.due_on = activity.happened_at or at, None
    activity.save()
    _touch(activity)
    tell_task(task=activity, by=by)
    return activity


@transaction.atomic
def finish_task(*, task: Activity, at: datetime) -> None:
    """Tick a task off, or open it again."""
    task.done_at = None if task.done_at else at
    task.happened_at = task.done_at
    task.save(update_fields=["done_at", "happened_at"])
    _touch(task)


def _touch(activity: Activity) -> None:
    """A deal knows when something last happened on it."""
    if activity.subject_kind == "opportunity" and activity.happened_at:
        latest = Greatest(F("last_activity_at"), activity.happened_at)
        Opportunity.objects.filter(pk=activity.subject_id or 0).update(last_activity_at=latest)
