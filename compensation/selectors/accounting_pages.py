"""What pages of accounting show: a month with its figures and acts, a contract with its schedule, what is doubtful."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from compensation import policies
from compensation.enums import AccountingState, Basis, Entry, Ledger, TermSource, Treatment
from compensation.kernel.accounting import plan_ahead
from compensation.kernel.benefit import DAYS
from compensation.models import AccountingMonth, ContractCost, CostLine, CostMonth
from compensation.selectors import accounting as books
from compensation.selectors.accounting_terms import month_number
from core.enums import RunState
from core.kernel.periods import FiscalCalendar
from core.selectors import the_company, with_live_progress
from orders.enums import ContractStatus

MOST = 200
AHEAD = 120  # months of a schedule that a page shows
_WORDS = (*books.MOVED, "expensed", "over", "expense", "paid")


@dataclass(frozen=True, slots=True)
class Rolled:
    """A row of the roll-forward, minor units."""

    name: str
    currency: str
    sums: dict[str, int]


def month_context(user: Any, month: AccountingMonth, *, by: str) -> dict[str, Any]:
    """Everything of a month's page."""
    split = by if by in ("plan", "account") else "plan"
    rows = [_rolled(row) for row in books.roll_forward(month, by=split)]
    given = list(month.approvals.select_related("user__person"))
    is_waiting = month.state == AccountingState.CALCULATED
    labels = dict(Entry.choices) | dict(Ledger.choices)
    return {
        "month": month, "rows": rows[:MOST], "more": max(len(rows) - MOST, 0), "totals": totals_of(month),
        "journal": [row | {"entry_label": labels[row["entry"]], "label": labels[row["account"]]}
                    for row in books.journal_of(month)],
        "accounts": [row | {"label": labels[row["account"]]} for row in books.accounts_of(month)],
        "splits": [{"url": f"?by={key}#roll-forward", "label": label, "active": key == split}
                   for key, label in (("plan", _("By plan")), ("account", _("By customer")))],
        "approvals": given, "left": max(2 - len(given), 0), "split": split,
        "may_approve": is_waiting and policies.may_approve_accounting(user, month),
        "liability": sorted(books.liability(through=month).items()) if month.closed_at else [],
        "expensed": _expensed(month), "is_last": _is_last(month),
        **progress_of(month),
    }  # fmt: skip


def _rolled(row: dict[str, Any]) -> Rolled:
    return Rolled(row["name"] or _("Without an account"), row["currency"], {word: row[word] for word in books.MOVED})


def totals_of(month: AccountingMonth) -> list[tuple[str, dict[str, int]]]:
    """By currency, the sums of a month under the words of the roll-forward."""
    return [(code, {word: sums.get(word, 0) for word in _WORDS}) for code, sums in sorted(month.totals.items())]


def _is_last(month: AccountingMonth) -> bool:
    last = books.last_closed()
    return month.is_closed and last is not None and last.pk == month.pk


def _expensed(month: AccountingMonth) -> list[dict[str, Any]]:
    """Why costs became no asset, by currency."""
    lines = CostLine.objects.filter(month=month).exclude(treatment=Treatment.CAPITALISED).order_by()
    told = lines.values("treatment", currency=F("plan__currency_id"))
    rows = told.annotate(sum=Sum("amount_minor"), count=Count("pk"))
    return [dict(row) | {"label": Treatment(row["treatment"]).label} for row in rows.order_by("currency", "treatment")]


def progress_of(month: AccountingMonth) -> dict[str, Any]:
    """How far it is, while it is being worked out and when that failed."""
    record = with_live_progress(month.run) if month.run is not None else None
    is_shown = record is not None and month.state == AccountingState.STARTED
    share = 100 * record.units_done / record.units_total if record is not None and record.units_total else None
    failed = record is not None and record.state in (RunState.FAILED, RunState.STOPPED)
    return {"month": month, "record": record if is_shown else None, "share": share, "failed": failed}


@dataclass(frozen=True, slots=True)
class Planned:
    """A month of a schedule: as it was booked, or as it will be written down."""

    label: str
    is_booked: bool
    sums: dict[str, int]


def cost_context(cost: ContractCost) -> dict[str, Any]:
    """A contract's page: the months booked, those to come, and what was earned by it."""
    booked = list(_standing(cost))
    ahead = _ahead(cost, booked[-1] if booked else None)
    lines = CostLine.objects.filter(cost=cost, month__state=AccountingState.CLOSED)
    lines = lines.select_related("payee__person", "component", "month__period").order_by("month__period", "pk")
    others = ContractCost.objects.filter(Q(deal=cost.deal_id), capitalised_minor__gt=0).exclude(pk=cost.pk)
    others = others.select_related("plan", "deal", "contract")
    return {
        "cost": cost, "currency": cost.currency, "lines": lines[:MOST], "others": others[:20],
        "schedule": [*(_booked(one) for one in booked), *ahead], "source": TermSource(cost.source).label,
        "basis": Basis(cost.basis).label,
    }  # fmt: skip


def _standing(cost: ContractCost) -> QuerySet[CostMonth]:
    rows = CostMonth.objects.filter(cost=cost, month__state=AccountingState.CLOSED)
    return rows.select_related("month__period").order_by("month__period__starts_on")


def _booked(row: CostMonth) -> Planned:
    return Planned(str(row.month.period), True, {word: getattr(row, f"{word}_minor") for word in books.MOVED})


def _ahead(cost: ContractCost, last: CostMonth | None) -> list[Planned]:
    """Months to come: what is left goes evenly over what is left of the benefit."""
    if last is None or not last.closing_minor:
        return []
    calendar, found, left = the_company().calendar, [], last.closing_minor
    starts = _next_months(calendar, last.month.period.ends_on)
    cuts = [one.toordinal() if cost.basis == DAYS else month_number(calendar, one) for one in starts]
    parts = plan_ahead(last.base_minor, last.first, last.past, cuts)
    for start, part in zip(starts, parts, strict=False):
        sums = dict.fromkeys(books.MOVED, 0) | {"opening": left, "amortised": part, "closing": left - part}
        found.append(Planned(f"{start:%B %Y}", False, sums))
        left -= part
        if not left:
            break
    return found


def _next_months(calendar: FiscalCalendar, first: date) -> list[date]:
    found, at = [], calendar.month_of(first)
    for _number in range(AHEAD + 1):
        found.append(at.start)
        at = calendar.month_of(at.end)
    return found


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something finance should look at: what, why it matters, how often, which amounts, where they are listed."""

    label: str
    why: str
    count: int
    amounts: list[tuple[str, int]]
    url: str


def doubts() -> list[Doubt]:
    """What stands out in the books as they are: terms that were assumed, costs that no deal bore, what came back."""
    return [one for one in (*_of_terms(), *_of_lines(), *_of_returns()) if one.count]


def _of_terms() -> Iterator[Doubt]:
    costs, url = ContractCost.objects.filter(left_minor__gt=0), reverse("compensation:contract_costs")
    assumed = _("The benefit is what the policy assumes. Sign the contract, or enter the deal's term.")
    of_deal = _("Once the contract is signed, what is left goes over its term.")
    no_end = _("The benefit is what the policy assumes, from the contract's start.")
    ended = _("Is the customer gone? Book the loss, or lose the renewal deal: then it is written off.")
    for source, label, why in (
        (TermSource.ASSUMED, _("No contract, and no term on the deal"), assumed),
        (TermSource.DEAL, _("No contract; the deal's term is taken"), of_deal),
        (TermSource.OPEN_END, _("A contract without an end"), no_end),
    ):
        yield _doubt(label, why, costs.filter(source=source), f"{url}?source={source}")
    over = costs.filter(contract__status=ContractStatus.ENDED, contract__renewal_deal=None)
    yield _doubt(_("Ended without a renewal, still written down"), ended, over, f"{url}?ended=1")


def _of_lines() -> Iterator[Doubt]:
    closed = CostLine.objects.filter(month__state=AccountingState.CLOSED)
    url = reverse("compensation:cost_lines")
    nobody = _("No deal made the measure in its span, or the credit had none.")
    late = _("A late credit of a contract that is through.")
    for treatment, label, why in (
        (Treatment.NO_DEAL, _("Earned by no deal, expensed"), nobody),
        (Treatment.TERM_OVER, _("Earned after the benefit was over, expensed"), late),
    ):
        rows = closed.filter(treatment=treatment)
        yield _doubt(label, why, rows, f"{url}?treatment={treatment.value}", of="amount_minor")


def _of_returns() -> Iterator[Doubt]:
    last = books.last_closed()
    if last is not None:
        rows, url = CostMonth.objects.filter(month=last, over_minor__gt=0), "compensation:accounting_moved"
        why = _("It lessened the expense of its month.")
        label, where = _("Taken back beyond the asset"), f"{reverse(url, args=[last.pk])}?over=1"
        yield _doubt(label, why, rows, where, of="over_minor", plan="cost__plan")


def _doubt(label: str, why: str, rows: QuerySet[Any], url: str, *, of: str = "left_minor", plan: str = "plan") -> Doubt:
    told = rows.order_by().values(currency=F(f"{plan}__currency_id")).annotate(sum=Sum(of), count=Count("pk"))
    found = list(told.order_by("currency"))
    amounts = [(str(row["currency"]), int(row["sum"])) for row in found]
    return Doubt(label, why, sum(row["count"] for row in found), amounts, url)
