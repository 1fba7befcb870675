"""Months of account: worked out by a worker, approved by two people, closed for ever; opened again by a reversal."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from compensation import policies
from compensation.enums import AccountingState
from compensation.models import (
    AccountingApproval,
    AccountingMonth,
    AccountingPolicy,
    JournalEntry,
    PayPeriod,
)
from compensation.selectors import accounting as books
from compensation.selectors.accounting_costs import payments_to_account, runs_to_account
from compensation.services.accounting_months import add_to_costs, forget_draft, work_out
from compensation.services.errors import CompensationError, NotAllowed, RunOutdated
from compensation.services.telling import tell_accounting
from core import audit, jobs
from core.kernel import formats
from core.models import Run
from core.runs import RunFailed, open_run, recording

KIND = "compensation.accounting_month"
APPROVALS = 2
AT_WORK = (AccountingState.STARTED, AccountingState.CALCULATED, AccountingState.APPROVED)


def _check(by: Any) -> None:
    if not policies.sees_accounting(by):
        raise PermissionDenied


def _lock() -> None:
    """One month at a time is written, whoever asks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('compensation.accounting'))")


@transaction.atomic
def start_accounting_month(*, period_id: int, by: Any) -> AccountingMonth:
    """Work a month out, by a worker; what was worked out of it before is replaced, and what was approved is gone.

    Raises CompensationError where its pay isn't posted, an earlier month is open, no policy holds, or it is being done.
    """
    _check(by)
    _lock()
    period = PayPeriod.objects.select_for_update().get(pk=period_id)
    policy = _startable(period)
    known = AccountingMonth.objects.filter(period=period, state__in=AT_WORK)
    if known.filter(state=AccountingState.STARTED, run__ended_at=None).exists():
        raise CompensationError(_("%(month)s is being worked out: wait for it.") % {"month": period})
    for one in known:
        forget_draft(one)
        one.state = AccountingState.REPLACED
        one.save(update_fields=["state"])
    params = {"period": period.number}
    label = _("Commission accounting %(month)s") % {"month": period.number}
    record = open_run(kind=KIND, label=label, by=by, params=params, is_walled=True)
    month = AccountingMonth.objects.create(period=period, run=record, policy=policy, prepared_by=by)
    audit.record(act="accounting_month.started", actor=by, subject=month)
    jobs.enqueue("compensation.account_month", run=record, run_id=record.pk, month_id=month.pk)
    return month


def _startable(period: PayPeriod) -> AccountingPolicy:
    if books.closed_month(period) is not None:
        raise CompensationError(_("%(month)s is closed: open it again first, with a reason.") % {"month": period})
    if period.is_open:
        raise CompensationError(_("The pay of %(month)s isn't posted yet: lock it first.") % {"month": period})
    due = books.next_period()
    if due is None or due.pk != period.pk:
        words = _("Months of account are closed in their order: %(month)s comes first.")
        raise CompensationError(words % {"month": due or "–"})
    policy = books.policy_on(period.starts_on)
    if policy is None:
        words = _("No accounting policy holds on %(day)s: finance says there how costs are treated.")
        raise CompensationError(words % {"day": formats.day(period.starts_on)})
    return policy


def account_month(*, month_id: int, run_id: int) -> None:
    """The work of a month, as often as it is asked for: the last time counts."""
    with recording(Run.objects.get(pk=run_id)) as progress, transaction.atomic():
        _lock()
        month = (
            AccountingMonth.objects.select_for_update(of=("self",)).select_related("period", "policy").get(pk=month_id)
        )
        if month.state not in AT_WORK:
            raise RunFailed(_("%(month)s was replaced or closed meanwhile.") % {"month": month.number})
        work_out(month, progress)
        month.state = AccountingState.CALCULATED
        month.save(update_fields=["state", "totals", "contracts", "output_hash"])
        month.approvals.all().delete()
        tell_accounting(month)
        progress.result(
            _("%(count)s contracts worked out.") % {"count": month.contracts}, output_hash=month.output_hash
        )


@transaction.atomic
def approve_accounting_month(*, month: AccountingMonth, by: Any, at: datetime) -> AccountingMonth:
    """One of two people's yes; neither prepared it."""
    locked = _locked(month, AccountingState.CALCULATED)
    if not policies.may_approve_accounting(by, locked):
        raise NotAllowed(
            _("Whoever prepared a month doesn't approve it; nor does somebody twice, or without a pay role.")
        )
    AccountingApproval.objects.create(month=locked, user=by, at=at, output_hash=locked.output_hash)
    if locked.approvals.count() >= APPROVALS:
        locked.state = AccountingState.APPROVED
        locked.save(update_fields=["state"])
    audit.record(act="accounting_month.approved", actor=by, subject=locked, detail={"output": locked.output_hash})
    return locked


@transaction.atomic
def close_accounting_month(*, month: AccountingMonth, by: Any, at: datetime) -> AccountingMonth:
    """Put an approved month into the books, where it stays. Done twice it is there once.

    Raises RunOutdated where pay was posted since it was worked out.
    """
    _check(by)
    _lock()
    locked = _locked(month, AccountingState.APPROVED)
    taken = {(one.pay_run_id, one.is_payment) for one in locked.taken.all()}
    due = {(run.pk, False) for run in runs_to_account(locked.period)}
    due |= {(run.pk, True) for run in payments_to_account(locked.period)}
    if taken != due:
        raise RunOutdated(_("Pay was posted after this was worked out: work it out again."))
    _refuse_unbalanced(locked)
    add_to_costs(locked, sign=1)
    locked.state, locked.closed_by, locked.closed_at = AccountingState.CLOSED, by, at
    locked.save(update_fields=["state", "closed_by", "closed_at"])
    audit.record(act="accounting_month.closed", actor=by, subject=locked, detail={"output": locked.output_hash})
    return locked


def _refuse_unbalanced(month: AccountingMonth) -> None:
    rows = JournalEntry.objects.filter(month=month).order_by().values("plan", "entry")
    wrong = [row for row in rows.annotate(gap=Sum("debit_minor") - Sum("credit_minor")) if row["gap"]]
    if wrong:
        raise CompensationError(_("Debits and credits of an entry differ: don't close by this, and say so to us."))


@transaction.atomic
def reopen_accounting_month(*, month: AccountingMonth, reason: str, by: Any, at: datetime) -> AccountingMonth:
    """Take the month closed last out of the books, by entries against its own; both stay. Gives the reversal."""
    _check(by)
    _lock()
    if not reason.strip():
        raise CompensationError(_("Say why the month is opened again."))
    locked = _locked(month, AccountingState.CLOSED)
    last = books.last_closed()
    if last is None or last.pk != locked.pk:
        raise CompensationError(_("Only the month closed last can be opened again."))
    add_to_costs(locked, sign=-1)
    locked.state = AccountingState.REVERSED
    locked.save(update_fields=["state"])
    made = AccountingMonth.objects.create(
        period=locked.period, policy=locked.policy, prepared_by=by, reverses=locked, reason=reason.strip()[:255],
        state=AccountingState.REVERSAL, totals=_turned(locked.totals), contracts=locked.contracts,
    )  # fmt: skip
    JournalEntry.objects.bulk_create(
        JournalEntry(
            month=made, plan_id=one.plan_id, entry=one.entry, account=one.account, account_name=one.account_name,
            debit_minor=one.credit_minor, credit_minor=one.debit_minor,
        )
        for one in locked.journal.order_by("pk")
    )  # fmt: skip
    made.closed_by, made.closed_at = by, at
    made.save(update_fields=["closed_by", "closed_at"])
    audit.record(act="accounting_month.reopened", actor=by, subject=locked, reason=made.reason)
    return made


def _turned(totals: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    """What a reversal moves; it neither opens nor closes with anything of its own."""
    stands = ("opening", "closing")
    return {
        currency: {name: 0 if name in stands else -amount for name, amount in sums.items()}
        for currency, sums in totals.items()
    }


@transaction.atomic
def set_accounting_policy(*, policy: AccountingPolicy, by: Any) -> AccountingPolicy:
    """How costs are treated from a day on: what held before ends there, what comes later stays.

    Raises CompensationError for a day before the end of the month closed last, and for one that a month went by.
    """
    if not policies.keeps_accounting_policy(by):
        raise PermissionDenied
    _lock()
    last = books.last_closed()
    if last is not None and policy.valid_from < last.period.ends_on:
        words = _("%(month)s is closed: choose %(day)s or later.")
        raise CompensationError(words % {"month": last, "day": formats.day(last.period.ends_on)})
    same = AccountingPolicy.objects.filter(valid_from=policy.valid_from).first()
    if same is not None:
        if same.months.exists():
            raise CompensationError(_("A month was worked out by the policy of that day: choose another day."))
        same.delete()
    before = AccountingPolicy.objects.filter(valid_from__lt=policy.valid_from).order_by("-valid_from").first()
    after = AccountingPolicy.objects.filter(valid_from__gt=policy.valid_from).order_by("valid_from").first()
    if before is not None:
        before.valid_to = policy.valid_from
        before.save(update_fields=["valid_to"])
    policy.valid_to, policy.decided_by = after.valid_from if after else None, by
    policy.save()
    audit.record(act="accounting_policy.set", actor=by, subject=policy, reason=policy.note)
    return policy


def _locked(month: AccountingMonth, *states: AccountingState) -> AccountingMonth:
    rows = AccountingMonth.objects.select_for_update(of=("self",)).select_related("period", "policy", "run")
    locked = rows.get(pk=month.pk)
    if locked.state not in states:
        words = _("%(month)s is “%(state)s”: this is done when it is “%(wanted)s”.")
        told = {"month": locked.number, "state": locked.get_state_display(), "wanted": states[0].label}
        raise CompensationError(words % told)
    return locked
