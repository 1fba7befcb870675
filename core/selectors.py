"""Reads of the ground floor: the company, its calendar, rates, runs, audit."""

from __future__ import annotations

from contextvars import ContextVar
from copy import copy
from datetime import date, datetime
from decimal import Decimal
from email import message_from_bytes
from email.policy import default as default_policy
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, QuerySet
from django.http import Http404

from core.enums import JobState, RateKind, RunState
from core.kernel.access import SignedIn
from core.models import AuditEvent, Company, FxRate, Job, Run, SavedView, in_force_on
from core.runs import live_key


class MissingRate(LookupError):
    """No exchange rate for a currency on a day; names both and where to add one."""


# The company row, asked for once while a request is answered; core.middleware opens and closes it, None outside.
company_of_request: ContextVar[dict[str, Company] | None] = ContextVar("company_of_request", default=None)


def the_company() -> Company:
    """The one company; made with defaults when there is none yet. A copy: changing it changes nobody else's."""
    kept = company_of_request.get()
    if kept is None:
        return _find_company()
    if "row" not in kept:
        kept["row"] = _find_company()
    return copy(kept["row"])


def _find_company() -> Company:
    company = Company.objects.select_related("currency").filter(pk=1).first()
    return company or Company.objects.get_or_create(pk=1)[0]


def company_day(at: datetime) -> date:
    """The business day of an instant, in the company's time zone."""
    return at.astimezone(the_company().zone).date()


def plan_rates(*, on: date) -> dict[str, Decimal]:
    """Plan rate of every currency on a day: units of the reporting currency for one unit; the reporting one is 1."""
    found = FxRate.objects.filter(in_force_on(on), kind=RateKind.PLAN).values_list("currency_id", "rate")
    return {str(the_company().currency_id): Decimal(1)} | dict(found)


def plan_rate(*, currency: str, on: date) -> Decimal:
    """Raises MissingRate."""
    rates = plan_rates(on=on)
    if currency not in rates:
        raise MissingRate(f"There is no plan rate for {currency} on {on}. Add one under Settings, Exchange rates.")
    return rates[currency]


def runs_for(user: SignedIn) -> QuerySet[Run]:
    """Runs a person may see: all for ops, executives and admins, else their own."""
    runs = Run.objects.select_related("started_by__person")
    return runs if user.has_role("sales_ops", "admin", "executive") else runs.filter(started_by=user.pk)


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


def rates_for(user: SignedIn) -> QuerySet[FxRate]:
    rates = FxRate.objects.select_related("currency")
    return rates if user.has_role("admin", "sales_ops") else rates.none()


def with_live_progress(run: Run) -> Run:
    """A running run with the progress its worker last showed."""
    live = None if run.is_over else cache.get(live_key(run.pk))
    if live:
        run.units_done, run.units_total, run.note = live["done"], live["total"], live["note"]
        run.counts = live["counts"]
    return run


def audit_for(user: SignedIn) -> QuerySet[AuditEvent]:
    """Acts a person may read: all for admins, else none."""
    events = AuditEvent.objects.select_related("actor")
    return events if user.has_role("admin") else events.none()


def get_view_for(user: SignedIn, view_id: int) -> SavedView:
    """One's own saved view. Raises Http404 for another's."""
    view = SavedView.objects.filter(pk=view_id, owner=user.pk).first()
    if view is None:
        raise Http404("No such view.")
    return view


def job_counts() -> dict[str, int]:
    """How many jobs wait, run and have failed, by state; done ones are left out."""
    counts = dict.fromkeys((JobState.WAITING.value, JobState.RUNNING.value, JobState.FAILED.value), 0)
    rows = Job.objects.exclude(state=JobState.DONE).values_list("state").annotate(jobs=Count("pk")).order_by()
    return counts | dict(rows)


def running_runs() -> QuerySet[Run]:
    return Run.objects.filter(state=RunState.RUNNING)


def caught_mails() -> list[dict[str, str]]:
    """The newest messages of the mail catcher; empty where real mail is sent."""
    folder = settings.MAILBOX
    if not folder or not Path(folder).is_dir():
        return []
    mails = []
    for path in sorted(Path(folder).glob("*.eml"), reverse=True)[:100]:
        message = message_from_bytes(path.read_bytes(), policy=default_policy)
        part = message.get_body(preferencelist=("plain", "html"))
        names = ("From", "To", "Subject", "Date")
        mails.append(
            {name.lower(): str(message[name] or "") for name in names} | {"text": part.get_content() if part else ""}
        )
    return mails
