"""Background work that can't get lost: a job row in the caller's transaction, sent on commit, re-sent by a sweep.

A job is named (`pipeline.snapshot_day`), takes only keyword ids and plain values, and may run twice without harm:
the row is claimed under lock, so a second delivery finds nothing to do.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import structlog
from celery import shared_task
from django.db import transaction
from django.utils import timezone

from core.enums import JobState
from core.models import Job, Run

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 5
RESEND_AFTER = timedelta(minutes=2)
LOST_AFTER = timedelta(minutes=30)
registered: dict[str, Callable[..., None]] = {}


class UnknownJob(KeyError):
    """enqueue() was given a name that no room registered."""


def job(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function of keyword arguments as the job `name`."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        if name in registered:
            raise ValueError(f"The job “{name}” is registered twice.")
        registered[name] = function
        return function

    return register


def enqueue(name: str, *, dedupe_key: str = "", run: Run | None = None, **kwargs: Any) -> Job | None:
    """Ask for a job. With a dedupe key, nothing is added while one with the same key waits (returns None)."""
    if name not in registered:
        raise UnknownJob(name)
    if dedupe_key and Job.objects.filter(dedupe_key=dedupe_key, state=JobState.WAITING).exists():
        return None
    row = Job.objects.create(name=name, kwargs=kwargs, dedupe_key=dedupe_key, run=run)
    transaction.on_commit(lambda: send(row.pk))
    return row


def send(job_id: int) -> None:
    """Hand a committed job to the broker. A broker that is down costs nothing: the sweep sends it again."""
    try:
        run_job.apply_async(kwargs={"job_id": job_id}, retry=False)
    except Exception as error:  # noqa: BLE001 -- any broker failure is the same to us: the sweep tries again
        log.warning("job.not_sent", job_id=job_id, error=str(error))
        return
    Job.objects.filter(pk=job_id).update(sent_at=timezone.now())


@shared_task(name="core.run_job")  # type: ignore[untyped-decorator]  # -- Celery has no types
def run_job(job_id: int) -> None:
    row = claim(job_id)
    if row is not None:
        work(row)


def claim(job_id: int) -> Job | None:
    """Take a waiting job under lock, or None when somebody else has it."""
    with transaction.atomic():
        row = Job.objects.select_for_update(skip_locked=True).filter(pk=job_id, state=JobState.WAITING).first()
        if row is None:
            return None
        row.state, row.claimed_at, row.attempts = JobState.RUNNING, timezone.now(), row.attempts + 1
        row.save(update_fields=["state", "claimed_at", "attempts"])
    return row


def work(row: Job) -> None:
    """Do a claimed job; a failure is kept on the row and, below MAX_ATTEMPTS, tried again by the sweep."""
    try:
        registered[row.name](**row.kwargs)
    except Exception as error:
        log.exception("job.failed", job=row.name, job_id=row.pk)
        again = row.attempts < MAX_ATTEMPTS and not getattr(error, "is_final", False)
        Job.objects.filter(pk=row.pk).update(
            state=JobState.WAITING if again else JobState.FAILED,
            not_before=timezone.now() + timedelta(seconds=30 * 2**row.attempts),
            error=traceback.format_exc()[-4000:],
        )
        return
    Job.objects.filter(pk=row.pk).update(state=JobState.DONE, finished_at=timezone.now(), error="")


def sweep() -> int:
    """Send again what was committed and not taken, and what a dead worker left. Returns how many were sent."""
    now = timezone.now()
    lost = Job.objects.filter(state=JobState.RUNNING, claimed_at__lt=now - LOST_AFTER)
    lost.update(state=JobState.WAITING, not_before=now)
    waiting = Job.objects.filter(state=JobState.WAITING, not_before__lte=now)
    stale = waiting.exclude(sent_at__gt=now - RESEND_AFTER).order_by("pk").values_list("pk", flat=True)[:500]
    ids = list(stale)
    for job_id in ids:
        send(job_id)
    return len(ids)
