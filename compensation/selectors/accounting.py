"""What the books say of contracts' costs: months of account, contracts, the journal, and what is doubtful."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import F, Q, QuerySet, Sum
from django.http import Http404

from compensation import policies
from compensation.enums import AccountingState, PayRunState
from compensation.kernel.journal import ACCOUNTS, ENTRIES
from compensation.models import (
    AccountingMonth,
    AccountingPolicy,
    ContractCost,
    CostLine,
    CostMonth,
    JournalEntry,
    PayPeriod,
)
from core.kernel.access import SignedIn
from core.models import in_force_on

STANDS = (AccountingState.STARTED, AccountingState.CALCULATED, AccountingState.APPROVED, AccountingState.CLOSED)
MOVED = ("opening", "capitalised", "clawed_back", "amortised", "impaired", "closing")


def _named() -> QuerySet[AccountingMonth]:
    return AccountingMonth.objects.select_related("period", "policy", "run", "prepared_by__person")


def closed_month(period: PayPeriod) -> AccountingMonth | None:
    return _named().filter(period=period, state=AccountingState.CLOSED).first()


def last_closed() -> AccountingMonth | None:
    """The month that the books stand at."""
    return _named().filter(state=AccountingState.CLOSED).order_by("-period__starts_on").first()


def next_period() -> PayPeriod | None:
    """The month that is to be closed next: the first with pay posted, after the one closed last."""
    posted = PayPeriod.objects.filter(runs__state=PayRunState.POSTED).order_by("starts_on").distinct()
    last = last_closed()
    return (
        posted if last is None else PayPeriod.objects.order_by("starts_on").filter(starts_on__gt=last.period.starts_on)
    ).first()


def month_at_work(period: PayPeriod) -> AccountingMonth | None:
    """What was worked out of a month and isn't closed yet."""
    at_work = [one for one in STANDS if one != AccountingState.CLOSED]
    return _named().filter(period=period, state__in=at_work).first()


def policy_on(day: date) -> AccountingPolicy | None:
    return AccountingPolicy.objects.filter(in_force_on(day)).first()


def policies_for(user: SignedIn, as_of: date) -> QuerySet[AccountingPolicy]:
    found = AccountingPolicy.objects.select_related("decided_by__person")
    return found if policies.sees_accounting(user) else found.none()


def months_for(user: SignedIn, as_of: date) -> QuerySet[AccountingMonth]:
    """Months of account with their history: closed, opened again, and the one at work."""
    found = _named().exclude(state=AccountingState.REPLACED)
    return found if policies.sees_accounting(user) else found.none()


def get_month_for(user: SignedIn, month_id: int) -> AccountingMonth:
    """Raises Http404 for those who don't see everybody's pay."""
    found = _named().filter(pk=month_id).first() if policies.sees_accounting(user) else None
    if found is None:
        raise Http404("No such month of account.")
    return found


def costs_for(user: SignedIn, as_of: date) -> QuerySet[ContractCost]:
    """Contracts with a cost that was capitalised in a closed month."""
    found = ContractCost.objects.filter(capitalised_minor__gt=0)
    found = found.select_related("plan", "deal", "contract", "account")
    return found if policies.sees_accounting(user) else found.none()


def get_cost_for(user: SignedIn, cost_id: int) -> ContractCost:
    rows = ContractCost.objects.select_related("plan", "deal", "contract", "account")
    found = rows.filter(pk=cost_id).first() if policies.sees_accounting(user) else None
    if found is None:
        raise Http404("No such cost of a contract.")
    return found


def search_costs(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    return rows.filter(
        Q(contract__name__icontains=text) | Q(deal__name__icontains=text) | Q(account__name__icontains=text)
    )


def moved_for(user: SignedIn, as_of: date) -> QuerySet[CostMonth]:
    """Contracts in months of account."""
    found = CostMonth.objects.select_related(
        "cost__plan", "cost__deal", "cost__contract", "cost__account", "month__period"
    )
    return found if policies.sees_accounting(user) else found.none()


def lines_for(user: SignedIn, as_of: date) -> QuerySet[CostLine]:
    """What was earned, and what became of it."""
    found = CostLine.objects.select_related("plan", "component", "payee__person", "month__period")
    return found if policies.sees_accounting(user) else found.none()


def journal_for(user: SignedIn, as_of: date) -> QuerySet[JournalEntry]:
    """Entries of the books: of months that are closed, and of reversals."""
    found = JournalEntry.objects.filter(month__closed_at__isnull=False).select_related("plan", "month__period")
    return found if policies.sees_accounting(user) else found.none()


def roll_forward(month: AccountingMonth, *, by: str) -> list[dict[str, Any]]:
    """Rows of a month by plan or by customer account, and currency: MOVED and what each row is called, minor units."""
    name = {"plan": "cost__plan__name", "account": "cost__account__name"}[by]
    key = {"plan": "cost__plan_id", "account": "cost__account_id"}[by]
    rows = CostMonth.objects.filter(month=month).order_by()
    sums = {word: Sum(f"{word}_minor") for word in MOVED}
    told = rows.values(name=F(name), key=F(key), currency=F("cost__plan__currency_id")).annotate(**sums)
    return [dict(row) for row in told.order_by("currency", "name", "key")]


def journal_of(month: AccountingMonth) -> list[dict[str, Any]]:
    """A month's journal by currency, entry and account, minor units: what an accountant books."""
    rows = JournalEntry.objects.filter(month=month).order_by()
    told = rows.values("entry", "account", "account_name", currency=F("plan__currency_id")).annotate(
        debited=Sum("debit_minor"), credited=Sum("credit_minor")
    )
    return sorted(map(dict, told), key=lambda row: (row["currency"], ENTRIES.index(row["entry"]), *_side(row)))


def _side(row: dict[str, Any]) -> tuple[bool, int]:
    """Debits first, as accountants write them."""
    return not row["debited"], ACCOUNTS.index(row["account"])


def accounts_of(month: AccountingMonth) -> list[dict[str, Any]]:
    """The journal by account: what each is debited and credited in all."""
    rows = JournalEntry.objects.filter(month=month).order_by()
    told = rows.values("account", "account_name", currency=F("plan__currency_id")).annotate(
        debited=Sum("debit_minor"), credited=Sum("credit_minor")
    )
    return sorted(map(dict, told), key=lambda row: (row["currency"], ACCOUNTS.index(row["account"])))


def liability(*, through: AccountingMonth | None) -> dict[str, int]:
    """What is earned and not paid, by currency, by the entries of all months up to one; minor units."""
    rows = JournalEntry.objects.filter(account="liability", month__closed_at__isnull=False)
    if through is not None:
        rows = rows.filter(month__period__starts_on__lte=through.period.starts_on)
    told = rows.order_by().values(currency=F("plan__currency_id"))
    return {row["currency"]: row["owed"] for row in told.annotate(owed=Sum("credit_minor") - Sum("debit_minor"))}
