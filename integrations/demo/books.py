"""The books of the demo company's pay: a policy of finance, months of account closed after pay, the last at work."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from functools import partial

from compensation.models import AccountingMonth, AccountingPolicy
from compensation.services import (
    approve_accounting_month,
    close_accounting_month,
    set_accounting_policy,
    start_accounting_month,
)
from core.kernel.periods import Period
from integrations.demo.closing import POSTED, period_of
from integrations.demo.pay_desk import Deed, Desk, do_job

WORKED_OUT, APPROVED, CLOSED = POSTED + 10, POSTED + 11, POSTED + 12  # business days after a month's end
CUSTOMERS_STAY = 48  # months that a customer is expected to stay


def booking(desk: Desk) -> Iterator[Deed]:
    first, last = desk.posted[0], desk.posted[-1]
    yield Deed(desk.at(first.start, "policy"), partial(_policy, desk, first.start))
    for month in desk.posted:
        yield Deed(desk.after(month.end, WORKED_OUT, "books"), partial(_work_out, desk, month))
        if month == last:
            continue
        yield Deed(desk.after(month.end, APPROVED, "books"), partial(_approve, desk, month))
        yield Deed(desk.after(month.end, CLOSED, "books"), partial(_close, desk, month))


def _policy(desk: Desk, since: date, at: datetime) -> None:
    policy = AccountingPolicy(
        valid_from=since, benefit_months=CUSTOMERS_STAY, is_expedient=True, renewals_commensurate=False,
        note="Renewals pay less than new business",
    )  # fmt: skip
    set_accounting_policy(policy=policy, by=desk.finance)


def _month(month: Period) -> AccountingMonth:
    return AccountingMonth.objects.filter(period__starts_on=month.start).order_by("-pk")[0]


def _work_out(desk: Desk, month: Period, at: datetime) -> None:
    start_accounting_month(period_id=period_of(month).pk, by=desk.finance)
    do_job("compensation.account_month")


def _approve(desk: Desk, month: Period, at: datetime) -> None:
    for who in (desk.comp, desk.controller):
        approve_accounting_month(month=_month(month), by=who, at=at)


def _close(desk: Desk, month: Period, at: datetime) -> None:
    close_accounting_month(month=_month(month), by=desk.finance, at=at)
