"""Runs and jobs: who may see and steer them, how far they are."""

from __future__ import annotations

from django.core.cache import cache
from django.db.models import Count, Q, QuerySet
from django.http import Http404

from core.enums import JobState, RunState
from core.kernel.access import SignedIn
from core.models import Job, Run
from core.runs import live_key


def runs_for(user: SignedIn) -> QuerySet[Run]:
    """Runs a person may see: all but walled ones for ops, executives and admins; and everyone their own."""
    runs, mine = Run.objects.select_related("started_by__person"), Q(started_by=user.pk)
    sees_all = user.has_role("sales_ops", "admin", "executive")
    return runs.filter(mine | Q(is_walled=False)) if sees_all else runs.filter(mine)


def may_see_runs(user: SignedIn) -> bool:
    return user.has_role(
        "rep", "manager", "sales_ops", "admin", "executive", "comp_admin", "finance", "planner", "marketing"
    )


def get_run_for(user: SignedIn, run_id: int) -> Run:
    run = runs_for(user).filter(pk=run_id).first()
    if run is None:
        raise Http404("No such run.")
    return with_live_progress(run)


def may_steer_run(user: SignedIn, run: Run) -> bool:
    """Stop or retry: whoever started it, sales ops and admins."""
    return run.started_by_id == user.pk or user.has_role("sales_ops", "admin")


def with_live_progress(run: Run) -> Run:
    """A running run with the progress its worker last showed."""
    live = None if run.is_over else cache.get(live_key(run.pk))
    if live:
        run.units_done, run.units_total, run.note = live["done"], live["total"], live["note"]
        run.counts = live["counts"]
    return run


def job_counts() -> dict[str, int]:
    """How many jobs wait, run and have failed, by state; done ones are left out."""
    counts = dict.fromkeys((JobState.WAITING.value, JobState.RUNNING.value, JobState.FAILED.value), 0)
    rows = Job.objects.exclude(state=JobState.DONE).values_list("state").annotate(jobs=Count("pk")).order_by()
    return counts | dict(rows)


def running_runs() -> QuerySet[Run]:
    return Run.objects.filter(state=RunState.RUNNING)
