"""Writes of activities: log a call, e-mail, meeting or note, set a task, change, finish, hand over, delete."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Max
from django.db.models.functions import Greatest, Now
from django.utils.translation import gettext as _

from core import audit
from pipeline.enums import ActivityKind
from pipeline.kernel.activity_line import Understood
from pipeline.models import Activity, Opportunity
from pipeline.services.telling import tell_task

FARTHEST = timedelta(days=3660)
NOON = time(12)


class ActivityError(ValueError):
    """What can't be done with an activity; `field` names the field it belongs to."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


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
def log_line(
    *, said: Understood, kind: str, record_id: int, account_id: int | None, zone: ZoneInfo, by: Any, at: datetime
) -> list[Activity]:
    """Log what a line says on a record, and the task that comes of it. `zone`: in which a day it names lies.

    Raises ActivityError for a due day that is too far.
    """
    parts = [said, *([said.follow_up] if said.follow_up else [])]
    made = [_of_line(one, zone, at) for one in parts]
    return [log_on(activity=one, kind=kind, record_id=record_id, account_id=account_id, by=by, at=at) for one in made]


def _of_line(said: Understood, zone: ZoneInfo, at: datetime) -> Activity:
    activity = Activity(kind=said.kind, title=said.title, minutes=said.minutes)
    today = at.astimezone(zone).date()
    if said.kind == ActivityKind.TASK:
        activity.due_on = _due(said.day, today)
    elif said.day is not None and said.day < today:
        activity.happened_at = datetime.combine(said.day, NOON, zone)
    return activity


def _due(day: date | None, today: date) -> date | None:
    if day is not None and abs(day - today) > FARTHEST:
        raise ActivityError(_("Choose a day within ten years."), "due_on")
    return day


@transaction.atomic
def change_activity(*, activity_id: int, values: Mapping[str, Any], by: Any, on: date) -> Activity:
    """Change title, body, kind, minutes, happened_at, due_on or owner of an activity. A task stays one, and nothing
    becomes one. Raises ActivityError.
    """
    activity = Activity.objects.select_for_update(of=("self",)).get(pk=activity_id)
    owner_id, happened = activity.owner_id, activity.happened_at
    is_task = activity.kind == ActivityKind.TASK
    for name, value in values.items():
        setattr(activity, name, value)
    if (activity.kind == ActivityKind.TASK) != is_task:
        raise ActivityError(_("A task stays a task. Log what happened as an activity of its own."), "kind")
    if not activity.title.strip():
        raise ActivityError(_("Say in one line what happened."), "title")
    activity.due_on = _due(activity.due_on, on) if is_task else None
    activity.updated_at = Now()
    activity.save()
    _retouch(activity, happened)
    audit.record(act="activity.changed", actor=by, subject=activity, detail={"fields": sorted(values)})
    if activity.owner_id != owner_id:
        tell_task(task=activity, by=by)
    return activity


@transaction.atomic
def finish_task(*, task: Activity, at: datetime) -> None:
    """Tick a task off, or open it again."""
    task.done_at = None if task.done_at else at
    task.happened_at = task.done_at
    task.save(update_fields=["done_at", "happened_at"])
    _touch(task)


@transaction.atomic
def archive_activity(*, activity: Activity, by: Any, at: datetime) -> None:
    """Delete an activity: it leaves lists and timelines, and can be brought back."""
    activity.archived_at = at
    activity.save(update_fields=["archived_at"])
    _retouch(activity, activity.happened_at)
    audit.record(act="activity.archived", actor=by, subject=activity)


@transaction.atomic
def restore_activity(*, activity: Activity, by: Any) -> None:
    activity.archived_at = None
    activity.save(update_fields=["archived_at"])
    _touch(activity)
    audit.record(act="activity.restored", actor=by, subject=activity)


def _touch(activity: Activity) -> None:
    """A deal knows when something last happened on it."""
    if activity.subject_kind == "opportunity" and activity.happened_at:
        latest = Greatest(F("last_activity_at"), activity.happened_at)
        Opportunity.objects.filter(pk=activity.subject_id or 0).update(last_activity_at=latest)


def _retouch(activity: Activity, happened: datetime | None) -> None:
    """What was the last that happened on a deal isn't any more, if it moved or went."""
    if activity.subject_kind == "opportunity" and happened is not None:
        mine = Activity.objects.filter(subject_kind="opportunity", subject_id=activity.subject_id, archived_at=None)
        latest = mine.aggregate(at=Max("happened_at"))["at"]
        deal = Opportunity.objects.filter(pk=activity.subject_id or 0, last_activity_at=happened)
        deal.update(last_activity_at=latest)
    if activity.archived_at is None:
        _touch(activity)
