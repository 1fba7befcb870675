"""Writes of the ground floor: the night, the company's settings."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from core import jobs, registry
from core.enums import RunState
from core.models import Run
from core.runs import open_run, recording
from core.selectors import the_company

NIGHT_HOUR = 2


def start_due_nights(*, at: datetime) -> None:
    """At two in the company's morning, ask once for the night of the day that ended."""
    local = at.astimezone(the_company().zone)
    if local.hour < NIGHT_HOUR:
        return
    on = (local - timedelta(days=1)).date().isoformat()
    done = Run.objects.filter(kind="nightly", params__on=on).exclude(state__in=[RunState.FAILED, RunState.STOPPED])
    if not done.exists():
        jobs.enqueue("core.nightly", dedupe_key=f"night:{on}", on=on)


def run_night(*, on: str) -> Run:
    """Every nightly step in order, each a run of its own; a step that fails doesn't keep the others from running."""
    day = date.fromisoformat(on)
    run = open_run(kind="nightly", label=f"Night of {day}", params={"on": on})
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
