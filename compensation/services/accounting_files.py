"""What accountants take from a month: its roll-forward and its journal, with the figures of the page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from compensation import policies
from compensation.enums import Entry, Ledger
from compensation.models import AccountingMonth
from compensation.selectors import accounting as books
from core import audit
from core.kernel.money import from_minor

Rows = Iterator[list[Any]]


def roll_forward_rows(*, month: AccountingMonth, split: str, by: Any) -> tuple[list[str], Rows]:
    """Header and a row for each plan, or customer, and currency; split: plan or account."""
    _record(month, "roll_forward", by)
    header = [
        *(_("Month"), _("Customer") if split == "account" else _("Plan"), _("Currency"), _("Opening")),
        *(_("Capitalised"), _("Clawed back"), _("Amortised"), _("Written off"), _("Closing")),
    ]
    rows = books.roll_forward(month, by=split)
    return header, (
        [month.number, row["name"] or "", row["currency"]]
        + [from_minor(row[word], row["currency"]) for word in books.MOVED]
        for row in rows
    )


def journal_rows(*, month: AccountingMonth, by: Any) -> tuple[list[str], Rows]:
    """Header and the lines of a month's entries, by plan, in the order they are booked in."""
    _record(month, "journal", by)
    header = [
        *(_("Month"), _("Last day"), _("Entry"), _("Account"), _("Account name"), _("Plan")),
        *(_("Debit"), _("Credit"), _("Currency")),
    ]
    last = month.period.ends_on - timedelta(days=1)
    lines = month.journal.select_related("plan").order_by("plan", "pk")
    return header, (
        [
            month.number, last, str(Entry(one.entry).label), one.account_name, str(Ledger(one.account).label),
            one.plan.name, from_minor(one.debit_minor, one.currency), from_minor(one.credit_minor, one.currency),
            one.currency,
        ]
        for one in lines.iterator(chunk_size=2000)
    )  # fmt: skip


def _record(month: AccountingMonth, what: str, by: Any) -> None:
    if not policies.sees_accounting(by):
        raise PermissionDenied
    audit.record(act="accounting.exported", actor=by, subject=month, detail={"what": what})
