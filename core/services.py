"""Writes of the ground floor: the night, the company's settings."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core import audit, jobs, registry
from core.enums import JobState, RunState
from core.models import Company, Currency, FiscalPeriod, FxRate, Job, Run, SavedView
from core.runs import open_run, recording
from core.selectors import company_of_request, the_company

NIGHT_HOUR = 2
KEEP_DONE_JOBS = timedelta(days=14)
KEEP_SIGN_INS = timedelta(days=30)


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
    return open_run(kind="nightly", label=f"Night of {date.fromisoformat(on)}", params={"on": on})


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
    """Remove what nobody asks for any more: old done jobs, ended sessions, old failed sign-ins. Gives the counts."""
    gone = {
        "jobs": Job.objects.filter(state=JobState.DONE, finished_at__lt=at - KEEP_DONE_JOBS),
        "sessions": Session.objects.filter(expire_date__lt=at),
        "sign_ins": AccessAttempt.objects.filter(attempt_time__lt=at - KEEP_SIGN_INS),
    }
    return {name: rows.delete()[0] for name, rows in gone.items()}


class SettingsError(ValueError):
    """A setting that can't be; the message says why and what to do, `field` names the field it belongs to."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def change_company(*, company: Company, by: Any) -> Company:
    """Save the company's settings and lay out its fiscal periods anew.

    Raises SettingsError when the reporting currency would change under records that hold amounts.
    """
    before = Company.objects.filter(pk=1).values_list("currency_id", flat=True).first()
    if before and before != company.currency_id and _has_amounts():
        words = _("The reporting currency stays %(currency)s: there are records with amounts already.")
        raise SettingsError(words % {"currency": before}, "currency")
    company.pk = 1
    company.save()
    (company_of_request.get() or {}).clear()
    lay_out_periods(company=company)
    Currency.objects.filter(pk=company.currency_id).update(is_active=True)
    audit.record(act="company.changed", actor=by, subject=company)
    return company


def _has_amounts() -> bool:
    """Whether any room holds a record with a currency."""
    models = [entry.model for entry in registry.record_models]
    kept = [model for model in models if any(field.name == "currency" for field in model._meta.fields)]
    return any(model._default_manager.exists() for model in kept)


def lay_out_periods(*, company: Company, first: int = 2010, last: int = 2040) -> None:
    """One row for each year, quarter and month of the calendar; rows that targets point to keep their key."""
    calendar = company.calendar
    rows = []
    for year in range(first, last + 1):
        whole = calendar.period(str(year))
        for period in (whole, *calendar.quarters_of(whole), *calendar.months_of(whole)):
            rows.append(
                FiscalPeriod(
                    key=period.key, kind=period.kind, label=period.label, starts_on=period.start, ends_on=period.end
                )
            )
    told = ["kind", "label", "starts_on", "ends_on"]
    FiscalPeriod.objects.bulk_create(rows, update_conflicts=True, unique_fields=["key"], update_fields=told)


@transaction.atomic
def add_rate(*, rate: FxRate, by: Any) -> FxRate:
    """From a day one unit of a currency is worth this much; the rate before ends there, one of the day is replaced.

    A rate that begins later stays, and ends the new one on its first day. Raises SettingsError for the reporting
    currency itself.
    """
    if rate.currency_id == the_company().currency_id:
        raise SettingsError(_("This is the reporting currency: its rate is always 1."), "currency")
    same = FxRate.objects.select_for_update().filter(kind=rate.kind, currency=rate.currency)
    same.filter(valid_from=rate.valid_from).delete()
    holding = Q(valid_to=None) | Q(valid_to__gt=rate.valid_from)
    same.filter(holding, valid_from__lt=rate.valid_from).update(valid_to=rate.valid_from)
    later = same.filter(valid_from__gt=rate.valid_from).order_by("valid_from").first()
    rate.valid_to = later.valid_from if later else None
    rate.save()
    Currency.objects.filter(pk=rate.currency_id).update(is_active=True)
    audit.record(act="rate.added", actor=by, subject=rate)
    return rate


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
    again = open_run(kind=run.kind, label=run.label, by=by, params=run.params, input_hash=run.input_hash)
    Run.objects.filter(pk=again.pk).update(retry_of=run)
    kwargs = job.kwargs | ({"run_id": again.pk} if "run_id" in job.kwargs else {})
    jobs.enqueue(job.name, run=again, **kwargs)
    audit.record(act="run.retried", actor=by, subject=run)
    return again


def save_view(*, owner: Any, table: str, name: str, query: str, is_shared: bool) -> SavedView:
    """Keep a state of a list under a name; the same name of the same person is replaced."""
    view, _made = SavedView.objects.update_or_create(
        owner=owner, table=table, name=name, defaults={"query": query, "is_shared": is_shared}
    )
    return view


def delete_view(*, view: SavedView) -> None:
    SavedView.objects.filter(pk=view.pk).delete()
