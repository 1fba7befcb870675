"""Months of pay of the demo company: calculated, looked at, approved by two people, posted, exported, looked at by
everybody; the last one stays open with what is left to decide.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from compensation.models import CreditHold, PayPeriod, PayRun, Statement
from compensation.selectors.checks import COMPARE, VERIFY
from compensation.selectors.exceptions import Exceptional, exceptions_of
from compensation.selectors.statements import hash_of_month, month_of_statement
from compensation.services import (
    acknowledge_statement,
    approve_run,
    confirm_exception,
    hold_credits,
    ledger_rows,
    mark_seen,
    open_periods,
    payroll_rows,
    post_run,
    recalculate_run,
    release_hold,
    start_run,
    submit_run,
)
from core.kernel.periods import Period
from core.models import Job, Run
from integrations.demo.chance import chance
from integrations.demo.pay_desk import Deed, Desk, do_job
from integrations.demo.roster import LOGINS

CALCULATED, SUBMITTED, FINANCE, VP, POSTED = 6, 9, 10, 11, 12  # business days after a month's end
READERS_LAST = 9  # within so many business days statements are looked at; some never are
ACKNOWLEDGE = 0.94  # of those who look
CHECKED = 3  # of the closed months the last ones are checked by a worker once the company is made
HELD = 0.2  # of the months: what has no contract yet waits for it
LEFT_BLOCKING, LEFT = 2, 7  # exceptions of the open month that nobody has decided yet
CALCULATE = "compensation.calculate_run"
REASONS = {
    "order_without_contract": ("The contract is signed on paper; legal files it.", "Signed, comes with the next post."),
    "above_median": ("A large order, checked against it.", "Two orders signed in the same week.", "Crossed 100%."),
    "big_change": ("Deals close unevenly here; checked against the orders.", "Looked at with the manager.",
                   "The quarter's last weeks."),
    "low_credit": ("Nothing was signed; the deals moved on.", "On leave for a part of the month.",
                   "Most of the pipeline closes next quarter."),
    "zero_pay": ("Everything earned went into the draw.",),
}  # fmt: skip
_OTHERWISE = ("Looked at with the manager: it is right.",)
_LOGINS = frozenset(person for _login, _roles, person, _sees in LOGINS)


def closing(desk: Desk) -> Iterator[Deed]:
    """The months up to the last that ended, each at its time."""
    for month in desk.posted:
        yield Deed(desk.after(month.end, CALCULATED, "calculate"), partial(_calculate, desk, month))
        yield Deed(desk.after(month.end, SUBMITTED, "submit"), partial(_submit, desk, month))
        for days, who in ((FINANCE, desk.finance), (VP, desk.vp)):
            yield Deed(desk.after(month.end, days, "approve"), partial(_approve, month, who))
        yield Deed(desk.after(month.end, POSTED, "post"), partial(_post, desk, month))
        is_last = month == desk.posted[-1]
        for days in range(1, READERS_LAST):
            read_on = desk.after(month.end, POSTED + days, "read")
            yield Deed(read_on, partial(_read, month, days, is_last))
    last = desk.making.at - timedelta(hours=5)
    calculated = min(desk.after(desk.open.end, CALCULATED, "calculate"), last)
    yield Deed(calculated, partial(_open, desk))


def period_of(month: Period) -> PayPeriod:
    return open_periods(first=month.start, last=month.start)[0]


def run_at_work(month: Period) -> PayRun:
    rows = PayRun.objects.select_related("period", "run").filter(period__starts_on=month.start)
    return rows.exclude(state="replaced").order_by("-pk")[0]


def _calculate(desk: Desk, month: Period, at: datetime) -> None:
    for hold in CreditHold.objects.filter(released_at=None):
        release_hold(hold=hold, by=desk.comp, at=at)
    run = _calculated(desk, month)
    held = [_decide(desk, run, one) for one in exceptions_of(run).blocking]
    if any(held):
        recalculate_run(run=run, by=desk.comp)
        do_job(CALCULATE)
    if month not in desk.posted[-CHECKED:]:
        _leave_unchecked(run)


def _calculated(desk: Desk, month: Period) -> PayRun:
    start_run(period_id=period_of(month).pk, by=desk.comp)
    do_job(CALCULATE)
    return run_at_work(month)


def _leave_unchecked(run: PayRun) -> None:
    """No second calculation of months long closed: whoever wants it asks for it on the month's page."""
    checks = Run.objects.filter(kind__in=[COMPARE, VERIFY], params__pay_run=run.pk)
    Job.objects.filter(run__in=checks).delete()
    checks.delete()


def _decide(desk: Desk, run: PayRun, found: Exceptional) -> bool:
    """Confirm an exception, or hold the credit it is about: then there is something to calculate anew."""
    is_held = found.kind == "order_without_contract" and chance("held", run.period).random() < HELD
    if is_held:
        hold_credits(run=run, found=found, reason="Until the contract is there.", by=desk.comp)
    else:
        _confirm(desk, run, found)
    return is_held


def _confirm(desk: Desk, run: PayRun, found: Exceptional) -> None:
    reason = chance("why", run.period, found.name, found.key).choice(REASONS.get(found.kind, _OTHERWISE))
    confirm_exception(run=run, found=found, reason=reason, by=desk.comp)


def _submit(desk: Desk, month: Period, at: datetime) -> None:
    run = run_at_work(month)
    for found in exceptions_of(run).open:
        if found.blocks or found.kind not in ("adjustment", "dispute", "unaccepted"):
            _confirm(desk, run, found)
    submit_run(run=run, by=desk.comp)


def _approve(month: Period, who: object, at: datetime) -> None:
    approve_run(run=run_at_work(month), by=who, at=at)


def _post(desk: Desk, month: Period, at: datetime) -> None:
    post_run(run=run_at_work(month), by=desk.comp, at=at)
    for export in (payroll_rows, ledger_rows):
        export(period=period_of(month), by=desk.finance)


def _read(month: Period, day: int, is_last: bool, at: datetime) -> None:
    """Those who look at their statement on this day; most acknowledge it. The logins find their last one new."""
    rows = Statement.objects.filter(period__starts_on=month.start, seen_at=None, payee__person__user__isnull=False)
    for statement in rows.select_related("payee__person__user", "period").order_by("payee__person__name"):
        person = statement.payee.person
        if person is None or (is_last and person.name in _LOGINS):
            continue
        random = chance("read", month.key, person.name)
        looks_on, is_sure = random.randint(1, READERS_LAST), person.name in _LOGINS
        if day != (min(looks_on, READERS_LAST - 1) if is_sure else looks_on):
            continue
        mark_seen(statement=statement, by=person.user, at=at)
        if is_sure or random.random() < ACKNOWLEDGE:
            seen = hash_of_month(month_of_statement(statement))
            acknowledge_statement(statement=statement, seen=seen, by=person.user, at=at)


def _open(desk: Desk, at: datetime) -> None:
    """The open month as it is found: some of its exceptions are decided, some are not."""
    run = _calculated(desk, desk.open)
    found = exceptions_of(run)
    for one in found.blocking[LEFT_BLOCKING:]:
        _confirm(desk, run, one)
    warnings = [one for one in found.open if not one.blocks and one.kind in REASONS]
    for one in warnings[LEFT:]:
        _confirm(desk, run, one)
