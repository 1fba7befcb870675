"""The night and the minute: what is due is asked for, once."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from axes.models import AccessAttempt
from django.contrib.sessions.models import Session

from core import jobs, registry
from core.enums import JobState, RunState
from core.kernel import formats
from core.models import Job, KeptAnswer, Notification, Run
from core.runs import open_run, recording
from core.selectors import the_company
from core.services.attachments import purge_attachments

NIGHT_HOUR = 2
KEEP_DONE_JOBS = timedelta(days=14)
KEEP_ANSWERS = timedelta(hours=24)
KEEP_SIGN_INS = timedelta(days=30)
KEEP_READ = timedelta(days=90)


def start_due_nights(*, at: datetime) -> None:
    """At two in the company's morning, ask once for the night of the day that ended."""
    local = at.astimezone(the_company().zone)
    if local.hour < NIGHT_HOUR:
        return
    on = (local - timedelta(days=1)).date().isoformat()
    done = Run.objects.filter(kind="nightly", params__on=on).exclude(state__in=[RunState.FAILED, RunState.STOPPED])
    key = f"night:{on}"
    if not done.exists() and not Job.objects.filter(dedupe_key=key).exists():  # a job tries again by itself
        jobs.enqueue("core.nightly", dedupe_key=key, on=on)


def start_due_steps(*, at: datetime) -> None:
    """Ask for the jobs of the minute that have something to do; one that waits or works isn't asked for again."""
    for step in registry.minute_steps:
        busy = Job.objects.filter(name=step.job, state__in=[JobState.WAITING, JobState.RUNNING])
        if step.is_due(at) and not busy.exists():
            jobs.enqueue(step.job, dedupe_key=f"minute:{step.key}")


def open_night(*, on: str) -> Run:
    """A queued night; while it waits, nobody asks for the same one again."""
    return open_run(kind="nightly", label=f"Night of {formats.day(date.fromisoformat(on))}", params={"on": on})


def run_night(*, on: str, run: Run | None = None) -> Run:
    """Every nightly step in order, each a run of its own; a step that fails doesn't keep the others from running."""
    run = run or open_night(on=on)
    failed = []
    with recording(run) as progress:
        steps = list(registry.nightly_steps)
        progress.total(len(steps))
        for step in steps:
            progress.advance(0, note=str(step.label))
            try:
                jobs.registered[step.job](on=on)
            except Exception as error:  # noqa: BLE001 -- the step's own run keeps the failure; the night goes on
                failed.append(str(step.label))
                progress.log(f"{step.label}: {error}", level="error")
            progress.advance(1)
        progress.count("steps", len(steps))
        progress.count("failed", len(failed))
        progress.result(f"{len(steps) - len(failed)} of {len(steps)} steps done.")
    return run


def tidy_up(*, at: datetime) -> dict[str, int]:
    """Remove what nobody asks for: old done jobs, failed sign-ins and readings, ended sessions. Gives the counts."""
    gone = {
        "jobs": Job.objects.filter(state=JobState.DONE, finished_at__lt=at - KEEP_DONE_JOBS),
        "sessions": Session.objects.filter(expire_date__lt=at),
        "sign_ins": AccessAttempt.objects.filter(attempt_time__lt=at - KEEP_SIGN_INS),
        "answers": KeptAnswer.objects.filter(created_at__lt=at - KEEP_ANSWERS),
        "notifications": Notification.objects.filter(read_at__lt=at - KEEP_READ),
    }
    return {name: rows.delete()[0] for name, rows in gone.items()} | {"files": purge_attachments(at=at)}
