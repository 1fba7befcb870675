"""Small acts on what waits: put a task off, and take that back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from pipeline.models import Activity

LONGEST = timedelta(days=366)


class TaskError(ValueError):
    """What can't be done with a task; the message says why."""


@transaction.atomic
def snooze_task(*, task_id: int, until: date | None, by: Any, on: date) -> Activity:
    """Put an open task off to a day; None takes its day away. Raises TaskError for a past or far day, a done task."""
    task = Activity.objects.select_for_update(of=("self",)).get(pk=task_id)
    if task.done_at:
        raise TaskError(_("This task is done already."))
    if until is not None and not on <= until <= on + LONGEST:
        raise TaskError(_("Choose a day from today on, within a year."))
    return _due(task, until, by)


def _due(task: Activity, until: date | None, by: Any) -> Activity:
    was, task.due_on = task.due_on, until
    task.save(update_fields=["due_on"])
    detail = {"from": str(was or ""), "to": str(until or "")}
    audit.record(act="task.put_off", actor=by, subject=task, detail=detail)
    return task


@transaction.atomic
def restore_due(*, task_id: int, due_on: date | None, by: Any) -> Activity:
    """Give a task its former day back, also one in the past."""
    return _due(Activity.objects.select_for_update(of=("self",)).get(pk=task_id), due_on, by)
