"""Lists of accounting: months, contracts with their costs, what moved, what was earned, the journal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from compensation import policies
from compensation.filters.accounting import (
    AccountingMonthFilter,
    ContractCostFilter,
    CostLineFilter,
    CostMonthFilter,
    JournalFilter,
)
from compensation.models import AccountingMonth
from compensation.selectors import accounting as books
from core.kernel import formats
from core.kernel.money import from_minor
from core.tables import Column, Table

MONTH_TONES = {
    **{"started": "acc", "calculated": "warn", "approved": "good", "closed": "good", "reversed": ""},
    **{"reversal": "", "replaced": ""},
}
MONTH_ICONS = {
    **{"started": "loader", "calculated": "hourglass", "approved": "circle-check", "closed": "lock"},
    **{"reversed": "lock-open", "reversal": "arrow-back-up", "replaced": "arrow-back-up"},
}


def _sum(word: str) -> Callable[[AccountingMonth], str | None]:
    def told(month: AccountingMonth) -> str | None:
        sums = ((from_minor(one.get(word, 0), code), code) for code, one in sorted(month.totals.items()))
        return ", ".join(formats.exact_money(amount, code) for amount, code in sums) or None

    return told


def _minor(field: str, currency: Callable[[Any], str]) -> Callable[[Any], Decimal]:
    return lambda row: from_minor(getattr(row, field), currency(row))


def _money(key: str, label: Any, field: str, currency: Callable[[Any], str], **more: Any) -> Column:
    return Column(key, label, _minor(field, currency), kind="exact", currency=currency, **more)


def _own(row: Any) -> str:
    return str(row.currency)


def _of_cost(row: Any) -> str:
    return str(row.cost.currency)


MONTHS = Table(
    key="accounting_months",
    title=_("Commission accounting"),
    rows=books.months_for,
    may_see=policies.sees_accounting,
    filterset=AccountingMonthFilter,
    columns=(
        Column("month", _("Month"), str, is_link=True, sub=lambda m: m.number),
        Column(
            "state", _("State"), lambda m: m.get_state_display(), kind="tag",
            tone=lambda m: MONTH_TONES[m.state], icon=lambda m: MONTH_ICONS[m.state],
        ),
        Column("opening", _("Opening"), _sum("opening"), kind="number", hide_sm=True),
        Column("capitalised", _("Capitalised"), _sum("capitalised"), kind="number", hide_sm=True),
        Column("clawed_back", _("Clawed back"), _sum("clawed_back"), kind="number", hide_sm=True),
        Column("amortised", _("Amortised"), _sum("amortised"), kind="number", hide_sm=True),
        Column("impaired", _("Written off"), _sum("impaired"), kind="number", hide_sm=True),
        Column("closing", _("Closing"), _sum("closing"), kind="number"),
        Column("expense", _("Expense of the month"), _sum("expense"), kind="number", is_hidden=True),
        Column("contracts", _("Contracts"), lambda m: m.contracts, kind="number", is_hidden=True),
        Column("closed", _("Closed"), lambda m: m.closed_at, kind="datetime", is_hidden=True),
    ),
    presets=((_("Closed"), "state=closed"), (_("Waits for approval"), "state=calculated")),
    empty_title=_("No month of account yet"),
    empty_reason=_("A month is worked out once its pay is posted and finance has set a policy."),
)  # fmt: skip

COSTS = Table(
    key="contract_costs",
    title=_("Capitalised contracts"),
    rows=books.costs_for,
    may_see=policies.sees_accounting,
    search=books.search_costs,
    filterset=ContractCostFilter,
    columns=(
        Column("contract", _("Contract"), str, is_link=True, sub=lambda c: c.number),
        Column("customer", _("Customer"), lambda c: str(c.account) if c.account else None, hide_sm=True),
        Column("plan", _("Plan"), lambda c: c.plan.name, hide_sm=True),
        Column("source", _("Term from"), lambda c: c.get_source_display(), is_hidden=True),
        Column("from", _("Benefit from"), lambda c: c.starts_on, kind="date", sort="starts_on", hide_sm=True),
        Column("to", _("First day without benefit"), lambda c: c.ends_on, kind="date", sort="ends_on", hide_sm=True),
        _money("capitalised", _("Capitalised"), "capitalised_minor", _own, sort="capitalised_minor", hide_sm=True),
        _money("clawed_back", _("Clawed back"), "clawed_back_minor", _own, is_hidden=True),
        _money("amortised", _("Amortised"), "amortised_minor", _own, hide_sm=True),
        _money("impaired", _("Written off"), "impaired_minor", _own, is_hidden=True),
        _money("left", _("Left"), "left_minor", _own, sort="left_minor"),
        Column("currency", _("Currency"), _own, is_hidden=True),
    ),
    presets=((_("Being written down"), "left=1"), (_("Through"), "left=0"), (_("Term assumed"), "source=assumed")),
    empty_title=_("No contract has a cost in the books"),
    empty_reason=_("Commissions on contracts are capitalised when their month of account is closed."),
)  # fmt: skip

MOVED = Table(
    key="accounting_moved",
    title=_("Contracts of a month"),
    rows=books.moved_for,
    may_see=policies.sees_accounting,
    filterset=CostMonthFilter,
    columns=(
        Column("contract", _("Contract"), lambda r: str(r.cost), sub=lambda r: r.cost.number),
        Column("customer", _("Customer"), lambda r: str(r.cost.account) if r.cost.account else None, is_hidden=True),
        Column("plan", _("Plan"), lambda r: r.cost.plan.name, hide_sm=True),
        _money("opening", _("Opening"), "opening_minor", _of_cost, hide_sm=True),
        _money("capitalised", _("Capitalised"), "capitalised_minor", _of_cost, hide_sm=True),
        _money("clawed_back", _("Clawed back"), "clawed_back_minor", _of_cost, hide_sm=True),
        _money("amortised", _("Amortised"), "amortised_minor", _of_cost, hide_sm=True),
        _money("impaired", _("Written off"), "impaired_minor", _of_cost, hide_sm=True),
        _money("closing", _("Closing"), "closing_minor", _of_cost),
        _money("over", _("Beyond the asset"), "over_minor", _of_cost, is_hidden=True),
        Column("currency", _("Currency"), _of_cost, is_hidden=True),
    ),
    presets=((_("Written off"), "impaired=1"), (_("Taken back beyond the asset"), "over=1")),
    empty_title=_("No contract moved"),
    empty_reason=_("No commission of this month was a cost of winning a contract."),
)  # fmt: skip

LINES = Table(
    key="cost_lines",
    title=_("What was earned"),
    rows=books.lines_for,
    may_see=policies.sees_accounting,
    filterset=CostLineFilter,
    columns=(
        Column("payee", _("Payee"), lambda r: str(r.payee), sub=lambda r: r.payee.code),
        Column("month", _("Month"), lambda r: str(r.month), sub=lambda r: r.month.number, hide_sm=True),
        Column("plan", _("Plan"), lambda r: r.plan.name, sub=lambda r: r.component.key, hide_sm=True),
        Column("deal", _("Deal"), lambda r: f"OPP-{r.deal_id}" if r.deal_id else None, hide_sm=True),
        Column("treatment", _("Treatment"), lambda r: r.get_treatment_display()),
        Column("cost", _("Contract"), lambda r: f"CC-{r.cost_id}" if r.cost_id else None, is_hidden=True),
        Column("currency", _("Currency"), _own, is_hidden=True),
        _money("amount", _("Amount"), "amount_minor", _own),
    ),
    presets=((_("Capitalised"), "treatment=1"), (_("Taken back"), "treatment=9")),
    empty_title=_("Nothing was earned"),
    empty_reason=_("Costs come from posted pay runs, when their month is worked out."),
)  # fmt: skip

JOURNAL = Table(
    key="accounting_journal",
    title=_("Journal"),
    rows=books.journal_for,
    may_see=policies.sees_accounting,
    filterset=JournalFilter,
    columns=(
        Column("month", _("Month"), lambda r: str(r.month), sub=lambda r: r.month.number),
        Column("entry", _("Entry"), lambda r: r.get_entry_display(), hide_sm=True),
        Column("account", _("Account"), lambda r: r.account_name, sub=lambda r: r.get_account_display()),
        Column("plan", _("Plan"), lambda r: r.plan.name, hide_sm=True),
        Column("currency", _("Currency"), _own, is_hidden=True),
        _money("debit", _("Debit"), "debit_minor", _own),
        _money("credit", _("Credit"), "credit_minor", _own),
    ),
    empty_title=_("The journal is empty"),
    empty_reason=_("A month's entries stand in it once it is closed."),
)  # fmt: skip


def moved_in(month: AccountingMonth) -> Table:
    """The list of one month."""
    return replace(MOVED, rows=lambda user, as_of: books.moved_for(user, as_of).filter(month=month))
