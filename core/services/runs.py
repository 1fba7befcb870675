"""Runs that failed or were stopped, once more."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, jobs
from core.enums import RunState
from core.models import Job, Run
from core.runs import open_run


class RunError(ValueError):
    """Something that can't be done with a run; the message says why."""


@transaction.atomic
def retry_run(*, run: Run, by: Any) -> Run:
    """Do a failed or stopped run once more, as a run of its own with the same inputs.

    Raises RunError for one that succeeded or is still at work, and for one that no job did.
    """
    if run.state not in (RunState.FAILED, RunState.STOPPED):
        raise RunError(_("Only a run that failed or was stopped can be tried again."))
    job = Job.objects.filter(run=run).order_by("-pk").first()
    if job is None:
        raise RunError(_("This run was started by hand on the command line. Start it there again."))
    given: dict[str, Any] = {"params": run.params, "input_hash": run.input_hash, "is_walled": run.is_walled}
    again = open_run(kind=run.kind, label=run.label, by=by, **given)
    Run.objects.filter(pk=again.pk).update(retry_of=run)
    kwargs = job.kwargs | ({"run_id": again.pk} if "run_id" in job.kwargs else {})
    jobs.enqueue(job.name, run=again, **kwargs)
    audit.record(act="run.retried", actor=by, subject=run)
    return again
