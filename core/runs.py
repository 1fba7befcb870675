"""Runs: every calculation is a row with state, progress, counts, hashes and log; people watch it and may stop it.

Progress goes to the cache while a run works inside one transaction (nobody would see the row), and to the row at its
ends. A stop is asked by another connection and read from the row at every advance. A running run bears the mark of
its process (core.liveness): one that lost it is closed by the next tick.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from redis import RedisError

from core import liveness
from core.enums import JobState, RunState
from core.models import Job, Run, RunLogLine

SHOWN_EVERY_SECONDS = 0.3
LIVE_SECONDS = 3600


class RunStopped(Exception):
    """Somebody pressed Stop; the run's transaction is rolled back."""

    is_final = is_stop = True


class RunFailed(Exception):
    """A failure with a sentence for people: what happened, its effect, what to do."""

    is_final = True


class RunBusy(RunFailed):
    """Another process is at this run."""


class Progress:
    """The pen of a running run: total, advance, count, log, result."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.counts: dict[str, int] = dict(run.counts)
        self._shown_at = 0.0

    def total(self, units: int) -> None:
        self.run.units_total = units
        self._show(force=True)

    def advance(self, units: int = 1, *, note: str = "") -> None:
        self.run.units_done += units
        if note:
            self.run.note = note[:200]
        self._show()

    def count(self, name: str, units: int = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + units

    def log(self, message: str, *, level: str = "info") -> None:
        RunLogLine.objects.create(run=self.run, level=level, message=message)

    def result(self, sentence: str, *, output_hash: str = "") -> None:
        self.run.result, self.run.output_hash = sentence, output_hash

    def _show(self, *, force: bool = False) -> None:
        now = time.monotonic()
        if not force and now - self._shown_at < SHOWN_EVERY_SECONDS:
            return
        self._shown_at = now
        live = {"done": self.run.units_done, "total": self.run.units_total, "note": self.run.note}
        with suppress(RedisError):  # a broker that is away for a moment doesn't fail the work
            cache.set(live_key(self.run.pk), live | {"counts": self.counts}, LIVE_SECONDS)
        if Run.objects.filter(pk=self.run.pk, stop_requested_at__isnull=False).exists():
            raise RunStopped


def live_key(run_id: int) -> str:
    return f"run:{run_id}:live"


def open_run(
    *,
    kind: str,
    label: str,
    by: Any = None,
    params: dict[str, Any] | None = None,
    input_hash: str = "",
    is_walled: bool = False,
) -> Run:
    """A queued run. `params` says what went in; the caller starts the work by a job or `recording`.

    is_walled: its label, log and errors are shown to nobody but who started it, whatever their role.
    """
    return Run.objects.create(
        kind=kind,
        label=label[:200],
        started_by=by if getattr(by, "pk", None) else None,
        params=params or {},
        input_hash=input_hash,
        is_walled=is_walled,
    )


@contextmanager
def recording(run: Run) -> Iterator[Progress]:
    """Do the work of a run: running, then finished, stopped or failed with its cause. Failures are raised on.

    Raises RunBusy, and leaves the run as it is, while another process is at it.
    """
    with liveness.at_work("run", run.pk) as is_mine:
        if not is_mine:
            raise RunBusy(f"{run.label} is being done already.")
        run.state, run.started_at, run.ended_at, run.error = RunState.RUNNING, timezone.now(), None, ""
        run.units_done = 0
        run.save(update_fields=["state", "started_at", "ended_at", "error", "units_done"])
        with _ending(run, Progress(run)) as progress:
            yield progress


@contextmanager
def _ending(run: Run, progress: Progress) -> Iterator[Progress]:
    try:
        yield progress
    except RunStopped:
        _end(run, progress, RunState.STOPPED)
        raise
    except Exception as error:
        run.error = str(error) if isinstance(error, RunFailed) else f"{type(error).__name__}: {error}"
        _end(run, progress, RunState.FAILED)
        raise
    _end(run, progress, RunState.SUCCEEDED)


def _end(run: Run, progress: Progress, state: RunState) -> None:
    run.state, run.ended_at, run.counts, run.note = state, timezone.now(), progress.counts, ""
    run.save(
        update_fields=[
            "state",
            "ended_at",
            "counts",
            "note",
            "error",
            "result",
            "output_hash",
            "units_done",
            "units_total",
        ]
    )
    with suppress(RedisError):
        cache.delete(live_key(run.pk))


def ask_to_stop(*, run: Run) -> None:
    Run.objects.filter(pk=run.pk, ended_at__isnull=True).update(stop_requested_at=timezone.now())
    with transaction.atomic():
        queued = Run.objects.select_for_update().filter(pk=run.pk, state=RunState.QUEUED)
        queued.update(state=RunState.STOPPED, ended_at=timezone.now())


def close_lost() -> int:
    """Close runs whose process died in the middle; gives how many. Its transaction was rolled back by the database.

    A run with an open job waits for the worker that takes the job over, unless somebody asked to stop it.
    """
    running = Run.objects.filter(state=RunState.RUNNING).order_by("pk")
    lost = [run for run in running if not liveness.is_at_work("run", run.pk)]
    for run in lost:
        _close(run)
    return len(lost)


def _close(run: Run) -> None:
    is_open = Job.objects.filter(run=run, state__in=[JobState.WAITING, JobState.RUNNING]).exists()
    if run.stop_requested_at:
        ending = {"state": RunState.STOPPED, "ended_at": timezone.now()}
    elif is_open:
        ending = {"state": RunState.QUEUED, "note": _("Its worker died; the next one begins again.")}
    else:
        why = _("The process that did this ended in the middle. What it hadn't finished was undone. Start it again.")
        ending = {"state": RunState.FAILED, "ended_at": timezone.now(), "error": why}
    same = Run.objects.filter(pk=run.pk, state=RunState.RUNNING, started_at=run.started_at)
    if same.update(**ending):
        with suppress(RedisError):
            cache.delete(live_key(run.pk))
