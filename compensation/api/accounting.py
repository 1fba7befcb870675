"""The books of commission costs over the API: read by those who see everybody's pay."""

from __future__ import annotations

from typing import Any

from compensation.api.acting import PayApi, SignedMoney
from compensation.enums import AccountingState, Basis, Entry, Ledger, TermSource
from compensation.lists.accounting import COSTS, JOURNAL, MONTHS
from core.api.bodies import Body
from core.api.fields import Anything, Choice, Day, Id, Instant, Text, Whole


class _BooksApi(PayApi):
    """Months are worked out and closed on pages alone: two people look at what they approve."""

    def may_write(self, user: Any) -> bool:
        return False


class AccountingMonthBody(Body):
    """A month of account as it was worked out. `totals`: minor units by currency and word of the roll-forward."""

    id = Id(read_only=True)
    number = Text(read_only=True, example="AM-2026-10-7")
    period_id = Id(read_only=True)
    state = Choice(AccountingState.choices, read_only=True)
    contracts = Whole(0, read_only=True)
    totals = Anything({"type": "object", "description": "Currency: word: minor units."}, read_only=True)
    reverses_id = Id(read_only=True, allow_null=True, help_text="The month that this one books back.")
    reason = Text(read_only=True)
    output_hash = Text(read_only=True)
    closed_at = Instant(read_only=True, allow_null=True)


class AccountingMonthsApi(_BooksApi):
    tag, noun, nouns = "accounting_months", "month of account", "months of account"
    table, serializer_class = MONTHS, AccountingMonthBody


def _amount() -> SignedMoney:
    return SignedMoney(currency="currency", read_only=True)


class ContractCostBody(Body):
    """A contract's commissions as an asset: capitalised - clawed back - amortised - impaired = left."""

    id = Id(read_only=True)
    number = Text(read_only=True, example="CC-12")
    plan_id = Id(read_only=True)
    deal_id = Id(read_only=True)
    contract_id = Id(read_only=True, allow_null=True)
    account_id = Id(read_only=True, allow_null=True)
    starts_on = Day(read_only=True)
    ends_on = Day(read_only=True, help_text="The first day without benefit.")
    source = Choice(TermSource.choices, read_only=True, help_text="Where the term was learned.")
    basis = Choice(Basis.choices, read_only=True)
    capitalised = _amount()
    clawed_back = _amount()
    amortised = _amount()
    impaired = _amount()
    left = _amount()
    currency = Text(read_only=True)


class ContractCostsApi(_BooksApi):
    tag, noun, nouns = "contract_costs", "contract cost", "contract costs"
    table, serializer_class = COSTS, ContractCostBody


class JournalEntryBody(Body):
    """A line of a closed month's entries, by plan; either debit or credit is zero."""

    id = Id(read_only=True)
    month_id = Id(read_only=True)
    plan_id = Id(read_only=True)
    entry = Choice(Entry.choices, read_only=True)
    account = Choice(Ledger.choices, read_only=True)
    account_name = Text(read_only=True, example="1450")
    debit = _amount()
    credit = _amount()
    currency = Text(read_only=True)


class JournalApi(_BooksApi):
    tag, noun, nouns = "journal_entries", "journal entry", "journal entries"
    table, serializer_class = JOURNAL, JournalEntryBody
