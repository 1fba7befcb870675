"""Pay runs: started, calculated by a worker, approved by two people, posted to the ledger, reopened with a reason."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from compensation import policies
from compensation.enums import AT_WORK, PayRunState, PeriodState
from compensation.models import PayPeriod, PayRun, RunApproval
from compensation.selectors.exceptions import exceptions_of
from compensation.services import ledger
from compensation.services.calculating import calculate_into
from compensation.services.checking import CHECKED_AT_ONCE, start_checks
from compensation.services.crediting import credit_plans
from compensation.services.errors import CompensationError, ExceptionsOpen, NotAllowed, RunOutdated
from compensation.services.releasing import release_statements
from compensation.services.telling import tell_approvers, tell_preparer
from core import audit, jobs
from core.models import Run
from core.runs import RunFailed, ask_to_stop, open_run, recording

KIND = "compensation.pay_run"
APPROVALS = 2


@transaction.atomic
def start_run(*, period_id: int, by: Any) -> PayRun:
    """Calculate a period, by a worker. A run at work on it is replaced, and with it what was approved.

    Raises CompensationError while one is still being calculated: its worker holds it, and whoever asks would wait.
    """
    policies.check_keeps_pay(by)
    period = PayPeriod.objects.select_for_update().get(pk=period_id)
    if not period.is_open:
        raise CompensationError(f"{period} is locked: reopen it first, with a reason.")
    earlier = PayPeriod.objects.filter(starts_on__lt=period.starts_on, state=PeriodState.OPEN, runs__isnull=False)
    if (before := earlier.order_by("starts_on").first()) is not None:
        raise CompensationError(f"{before} isn't locked: periods are paid in their order.")
    started = PayRun.objects.filter(period=period, state=PayRunState.STARTED)
    if started.filter(run__ended_at=None).exists():
        raise CompensationError(_("%(period)s is being calculated: wait for it, or stop it.") % {"period": period})
    PayRun.objects.filter(period=period, state__in=AT_WORK).update(state=PayRunState.REPLACED)
    params = {"period": period.number}
    record = open_run(kind=KIND, label=f"Pay run {period.number}", by=by, params=params, is_walled=True)
    run = PayRun.objects.create(period=period, run=record, prepared_by=by)
    audit.record(act="pay_run.started", actor=by, subject=run)
    jobs.enqueue("compensation.calculate_run", run=record, run_id=record.pk, pay_run_id=run.pk)
    return run


def calculate_run(*, pay_run_id: int, run_id: int | None = None) -> PayRun:
    """The work of a run, as often as it is asked for: the last time counts. run_id: the record of another try."""
    run = PayRun.objects.select_related("period", "run").get(pk=pay_run_id)
    if run.state not in AT_WORK:
        _end_in_vain(run, run_id)
        return run
    if run_id is not None and run_id != run.run_id:
        run.run = Run.objects.get(pk=run_id)
        run.save(update_fields=["run"])
    with recording(run.run) as progress:
        try:
            credit_plans(past=run.period.ends_on, why=run.number)
            calculate_into(run, progress)
        except CompensationError as error:
            raise RunFailed(str(error)) from error
    run.refresh_from_db()
    if run.payees <= CHECKED_AT_ONCE:
        start_checks(run=run, by=run.prepared_by)
    return run


def _end_in_vain(run: PayRun, run_id: int | None) -> None:
    """Another try of a run that is no longer at work: its record says so instead of waiting for ever."""
    record = Run.objects.get(pk=run_id) if run_id is not None else None
    if record is not None and not record.is_over:
        with recording(record):
            raise RunFailed(_("%(run)s was replaced or posted meanwhile.") % {"run": run.number})


@transaction.atomic
def stop_run(*, run: PayRun, by: Any) -> None:
    """Ask the worker of a run to stop: nothing of it is kept."""
    policies.check_keeps_pay(by)
    if run.run.is_over:
        raise CompensationError(_("The calculation is over already."))
    ask_to_stop(run=run.run)
    audit.record(act="pay_run.stopped", actor=by, subject=run)


@transaction.atomic
def calculate_period(*, period_id: int, by: Any) -> PayRun:
    """Calculate a period: its run at work is brought up to date, else one is started."""
    at_work = PayRun.objects.filter(period_id=period_id, state__in=AT_WORK).exclude(state=PayRunState.STARTED).first()
    return start_run(period_id=period_id, by=by) if at_work is None else recalculate_run(run=at_work, by=by)


@transaction.atomic
def recalculate_run(*, run: PayRun, by: Any) -> PayRun:
    """Have a worker bring a run up to date: only payees whose inputs changed are worked out.

    Where something changed, approvals are gone.
    """
    policies.check_keeps_pay(by)
    locked = PayRun.objects.select_for_update(of=("self",)).select_related("run", "period").get(pk=run.pk)
    if locked.state not in AT_WORK:
        raise CompensationError(f"{locked.number} is {locked.get_state_display().lower()}: start a new run.")
    if not locked.run.is_over:
        raise CompensationError(
            _("%(period)s is being calculated: wait for it, or stop it.") % {"period": locked.period}
        )
    last = locked.run
    record = open_run(kind=KIND, label=last.label, by=by, params=last.params, is_walled=True)
    for name in ("input_hash", "output_hash", "engine_version"):
        setattr(record, name, getattr(last, name))  # what stands while nothing is found to have changed
    record.save(update_fields=["input_hash", "output_hash", "engine_version"])
    locked.run = record  # from now on, so that whoever waits sees how far it is
    locked.save(update_fields=["run"])
    audit.record(act="pay_run.recalculated", actor=by, subject=locked)
    jobs.enqueue("compensation.calculate_run", run=record, run_id=record.pk, pay_run_id=locked.pk)
    return locked


@transaction.atomic
def submit_run(*, run: PayRun, by: Any) -> PayRun:
    """Hand a calculated run in for approval. Raises ExceptionsOpen while blocking exceptions are."""
    policies.check_keeps_pay(by)
    locked = _locked(run, PayRunState.CALCULATED)
    found = exceptions_of(locked)
    if blocking := len(found.blocking):
        words = ngettext(
            "%(count)s exception blocks approval: put it right and calculate again, or confirm it with a reason.",
            "%(count)s exceptions block approval: put them right and calculate again, or confirm them with a reason.",
            blocking,
        )
        raise ExceptionsOpen(words % {"count": blocking})
    locked.state = PayRunState.SUBMITTED
    locked.save(update_fields=["state"])
    detail = {"output": locked.run.output_hash, "exceptions": len(found.open), "confirmed": len(found.resolved)}
    audit.record(act="pay_run.submitted", actor=by, subject=locked, detail=detail)
    tell_approvers(locked, by=by)
    return locked


@transaction.atomic
def give_back_run(*, run: PayRun, reason: str, by: Any) -> PayRun:
    """An approver's no, with a reason, or the preparer's own second thought: what was approved is gone."""
    if not policies.may_give_back_run(by, run):
        raise NotAllowed(_("Only who approves runs, or prepared this one, gives it back."))
    if not reason.strip():
        raise CompensationError(_("Say why it is given back."))
    locked = _locked(run, PayRunState.SUBMITTED, PayRunState.APPROVED)
    locked.approvals.all().delete()
    locked.state = PayRunState.CALCULATED
    locked.save(update_fields=["state"])
    audit.record(act="pay_run.given_back", actor=by, subject=locked, reason=reason.strip()[:255])
    tell_preparer(locked, _("%(run)s was given back") % {"run": locked.number}, detail=reason, by=by)
    return locked


@transaction.atomic
def approve_run(*, run: PayRun, by: Any, at: datetime) -> PayRun:
    """One of two people's yes; neither prepared it."""
    locked = _locked(run, PayRunState.SUBMITTED)
    if not policies.may_approve_run(by, locked):
        raise NotAllowed("Whoever prepared a run doesn't approve it; nor does somebody twice, or without a pay role.")
    RunApproval.objects.create(run=locked, user=by, at=at, output_hash=locked.run.output_hash)
    if locked.approvals.count() >= APPROVALS:
        locked.state = PayRunState.APPROVED
        locked.save(update_fields=["state"])
        tell_preparer(locked, _("%(run)s is approved") % {"run": locked.number}, by=by)
    audit.record(act="pay_run.approved", actor=by, subject=locked, detail={"output": locked.run.output_hash})
    return locked


@transaction.atomic
def post_run(*, run: PayRun, by: Any, at: datetime) -> PayRun:
    """Post an approved run's lines, lock its period and send the statements. Done twice it posts once.

    Raises RunOutdated where the ledger moved on since it was calculated.
    """
    policies.check_keeps_pay(by)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('compensation.ledger'))")
        locked = _locked(run, PayRunState.APPROVED)
        if locked.ledger_at != ledger.position():
            raise RunOutdated("Another run was posted after this one was calculated: calculate it again.")
        ledger.append(cursor, locked)
    locked.state, locked.posted_at = PayRunState.POSTED, at
    locked.save(update_fields=["state", "posted_at"])
    PayPeriod.objects.filter(pk=locked.period_id).update(state=PeriodState.LOCKED, locked_at=at)
    audit.record(act="pay_run.posted", actor=by, subject=locked, detail={"output": locked.run.output_hash})
    release_statements(run=locked, by=by, at=at)
    return locked


@transaction.atomic
def reopen_period(*, period_id: int, reason: str, by: Any) -> PayPeriod:
    """Open the period locked last again: the next run of it posts what is to be added to its entries."""
    policies.check_keeps_pay(by)
    if not reason.strip():
        raise CompensationError("Say why the period is opened again.")
    period = PayPeriod.objects.select_for_update().get(pk=period_id)
    later = PayPeriod.objects.filter(Q(state=PeriodState.LOCKED, starts_on__gt=period.starts_on))
    if period.is_open or later.exists():
        raise CompensationError("Only the period that was locked last can be opened again.")
    period.state, period.reopened_because = PeriodState.OPEN, reason.strip()[:255]
    period.save(update_fields=["state", "reopened_because"])
    audit.record(act="pay_period.reopened", actor=by, subject=period, reason=reason)
    return period


def _locked(run: PayRun, *states: PayRunState) -> PayRun:
    locked = PayRun.objects.select_for_update(of=("self",)).select_related("period", "run").get(pk=run.pk)
    if locked.state not in states:
        raise CompensationError(
            f"{locked.number} is “{locked.get_state_display()}”: this is done when it is “{states[0].label}”."
        )
    return locked
