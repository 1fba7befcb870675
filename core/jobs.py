"""Background work that can't get lost: a job row in the caller's transaction, sent on commit, re-sent by a sweep.

A job is named (`pipeline.snapshot_day`), takes only keyword ids and plain values, and must bear being done again from
the start: a worker may die in the middle. A second delivery does no harm: whoever does a job bears its mark
(core.liveness) and the others find nothing to do.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import structlog
from celery import shared_task
from django.db import IntegrityError, close_old_connections, connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from core import liveness
from core.enums import JobState, RunState
from core.models import Job, Run

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 5
RESEND_AFTER = timedelta(minutes=2)
SENT_AT_ONCE = 500
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
    row = Job(name=name, kwargs=kwargs, dedupe_key=dedupe_key, run=run)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        if not dedupe_key:
            raise
        return None
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
    """Do a job unless a living worker is at it or it is done: a second delivery does no harm."""
    with liveness.at_work("job", job_id) as is_mine:
        row = claim(job_id) if is_mine else None
        if row is not None:
            work(row)


def claim(job_id: int) -> Job | None:
    """Take a job, or None when there is nothing to do. The caller bears its mark (liveness.at_work).

    So a job that runs by its row has lost its worker and is taken over, until MAX_ATTEMPTS of them died of it. The row
    may be locked for a moment by who has just sent the job and notes when: it is waited for.
    """
    with transaction.atomic():
        is_open = Q(state=JobState.WAITING) | Q(state=JobState.RUNNING)
        row = Job.objects.select_for_update(of=("self",)).filter(is_open, pk=job_id).first()
        if row is None:
            return None
        if row.attempts >= MAX_ATTEMPTS:
            _give_up(row, _("The worker died %(times)s times while doing this.") % {"times": row.attempts})
            return None
        row.state, row.claimed_at, row.attempts = JobState.RUNNING, timezone.now(), row.attempts + 1
        row.save(update_fields=["state", "claimed_at", "attempts"])
    return row


def work(row: Job) -> None:
    """Do a claimed job; a failure is kept on the row and, below MAX_ATTEMPTS, tried again by the sweep."""
    with structlog.contextvars.bound_contextvars(job=row.name, job_id=row.pk):
        try:
            registered[row.name](**row.kwargs)
        except Exception as error:  # noqa: BLE001 -- whatever a job raises is kept on its row
            if not connection.in_atomic_block:
                close_old_connections()  # it may be what failed
            _end(row, error)
            return
    Job.objects.filter(pk=row.pk).update(state=JobState.DONE, finished_at=timezone.now(), error="")


def _end(row: Job, error: Exception) -> None:
    """After an exception: again later, or over. Errors say of themselves: `is_stop`, `is_final` (core.runs)."""
    if getattr(error, "is_stop", False):
        Job.objects.filter(pk=row.pk).update(state=JobState.DONE, finished_at=timezone.now(), error="")
        return
    log.error("job.failed", exc_info=error)
    is_final = getattr(error, "is_final", False)
    if is_final or row.attempts >= MAX_ATTEMPTS or not _try_later(row):
        _give_up(row, str(error) if is_final else f"{type(error).__name__}: {error}")


def _try_later(row: Job) -> bool:
    """Let the job wait; False when the same work (by its dedupe key) waits already."""
    later = timezone.now() + timedelta(seconds=30 * 2**row.attempts)
    why = traceback.format_exc()[-4000:]
    with suppress(IntegrityError), transaction.atomic():
        Job.objects.filter(pk=row.pk).update(state=JobState.WAITING, not_before=later, sent_at=None, error=why)
        return True
    return False


def _give_up(row: Job, why: str) -> None:
    """The job has failed for good, and so has the run that people watch, if its end wasn't recorded already."""
    now = timezone.now()
    Job.objects.filter(pk=row.pk).update(
        state=JobState.FAILED, finished_at=now, error=(traceback.format_exc() if sys.exc_info()[0] else why)[-4000:]
    )
    unended = Run.objects.filter(pk=row.run_id or 0, state__in=[RunState.QUEUED, RunState.RUNNING])
    unended.update(state=RunState.FAILED, ended_at=now, error=why)


def sweep() -> int:
    """Send again what was committed and not taken, and what a dead worker left. Returns how many were sent."""
    now = timezone.now()
    waiting = Q(state=JobState.WAITING, not_before__lte=now) & ~Q(sent_at__gt=now - RESEND_AFTER)
    stale = Job.objects.filter(waiting).order_by("pk").values_list("pk", flat=True)[:SENT_AT_ONCE]
    running = Job.objects.filter(state=JobState.RUNNING).values_list("pk", flat=True)
    lost = [pk for pk in running if not liveness.is_at_work("job", pk)]
    ids = [*lost, *stale]
    for job_id in ids:
        send(job_id)
    return len(ids)
