"""What payroll and the books take from posted runs: one row a person, or every entry of the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import F, Sum
from django.utils.translation import gettext as _

from compensation import policies
from compensation.enums import PayRunState, Stage
from compensation.models import LedgerEntry, PayPeriod
from compensation.models.plans import Payee
from core import audit
from core.kernel.money import from_minor

Rows = Iterator[list[Any]]


def payroll_rows(*, period: PayPeriod, by: Any) -> tuple[list[str], Rows]:
    """Header and rows of what the posted runs of a period pay: by person, currency and run; nothings are left out."""
    _record(period, "payroll", by)
    header = [_("Payee"), _("Employee ID"), _("Name"), _("Amount"), _("Currency"), _("Pay date"), _("Run")]
    paid = LedgerEntry.objects.filter(period=period, run__state=PayRunState.POSTED, stage=Stage.PAID).order_by()
    told = paid.values("run_id", "payee_id", currency=F("plan__currency_id")).annotate(paid=-Sum("amount_minor"))
    sums = list(told.exclude(paid=0).order_by("run_id", "payee_id", "currency"))
    payees = Payee.objects.select_related("person").in_bulk({row["payee_id"] for row in sums})
    return header, (_payroll_row(dict(row), payees[row["payee_id"]], period) for row in sums)


def _payroll_row(row: dict[str, Any], payee: Payee, period: PayPeriod) -> list[Any]:
    person, currency = payee.person, str(row["currency"])
    number = (person.external_id or "") if person else ""
    amount = from_minor(row["paid"], currency)
    return [payee.code, number, str(payee), amount, currency, period.pays_on, f"{period.number}-{row['run_id']}"]


def ledger_rows(*, period: PayPeriod, by: Any) -> tuple[list[str], Rows]:
    """Header and every entry of a period, in the order in which they were posted."""
    _record(period, "ledger", by)
    header = [
        *(_("Entry"), _("Run"), _("Payee"), _("Plan"), _("Component"), _("What"), _("Month earned")),
        *(_("Amount"), _("Currency"), _("Credit"), _("Adjustment")),
    ]
    names = ("pk", "run_id", "payee__code", "plan__name", "component__key", "stage", "earned_in", "amount_minor",
             "plan__currency_id", "credit_id")  # fmt: skip
    rows = LedgerEntry.objects.filter(period=period).order_by("run_id", "pk").values_list(*names)
    return header, (_entry(row, period) for row in rows.iterator(chunk_size=2000))


def _entry(row: tuple[Any, ...], period: PayPeriod) -> list[Any]:
    pk, run, payee, plan, component, stage, earned_in, minor, currency, credit = row
    amount: Decimal = from_minor(minor, currency)
    adjustment = f"ADJ-{-credit}" if credit < 0 else ""
    told = [pk, f"{period.number}-{run}", payee, plan, component, str(Stage(stage).label), earned_in]
    return [*told, amount, currency, credit if credit > 0 else "", adjustment]


def _record(period: PayPeriod, what: str, by: Any) -> None:
    if not policies.sees_all_pay(by):
        raise PermissionDenied
    audit.record(act="pay.exported", actor=by, subject=period, detail={"what": what})
