"""Writes of the ground floor: the night, the company's settings."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from core import audit, jobs, registry
from core.enums import JobState, RunState
from core.models import Company, Currency, FiscalPeriod, FxRate, Job, Run, SavedView
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


class SettingsError(ValueError):
    """A setting that can't be; the message says why and what to do."""


@transaction.atomic
def change_company(*, company: Company, by: Any) -> Company:
    """Save the company's settings and lay out its fiscal periods anew."""
    company.pk = 1
    company.save()
    lay_out_periods(company=company)
    audit.record(act="company.changed", actor=by, subject=company)
    return company


def lay_out_periods(*, company: Company, first: int = 2010, last: int = 2040) -> None:
    """One row for each year, quarter and month of the calendar; rows that targets point to keep their key."""
    calendar = company.calendar
    for year in range(first, last + 1):
        whole = calendar.period(str(year))
        for period in (whole, *calendar.quarters_of(whole), *calendar.months_of(whole)):
            FiscalPeriod.objects.update_or_create(
                key=period.key,
                defaults={"kind": period.kind, "label": period.label, "starts_on": period.start, "ends_on": period.end},
            )


def add_rate(*, rate: FxRate, by: Any) -> FxRate:
    """Add an exchange rate; an open one of the same kind ends where this begins. Raises SettingsError on overlap."""
    with transaction.atomic():
        same = FxRate.objects.filter(
            kind=rate.kind, currency=rate.currency, valid_to=None, valid_from__lt=rate.valid_from
        )
        same.update(valid_to=rate.valid_from)
        try:
            with transaction.atomic():
                rate.save()
        except IntegrityError as error:
            raise SettingsError("Another rate of this currency holds on some of these days. End it first.") from error
        Currency.objects.filter(pk=rate.currency_id).update(is_active=True)
        audit.record(act="rate.added", actor=by, subject=rate)
    return rate


def save_view(*, owner: Any, table: str, name: str, query: str, is_shared: bool) -> SavedView:
    """Keep a state of a list under a name; the same name of the same person is replaced."""
    view, _made = SavedView.objects.update_or_create(
        owner=owner, table=table, name=name, defaults={"query": query, "is_shared": is_shared}
    )
    return view


def delete_view(*, view: SavedView) -> None:
    SavedView.objects.filter(pk=view.pk).delete()
