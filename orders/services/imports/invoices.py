"""Files of invoices and of payments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from core.bulk import BY_EXTERNAL_ID, STAGE, LoadPlan, Refusal
from core.kernel import fields as f
from core.kernel.fields import FieldSpec, KindSpec
from core.registry import ImportContext, ImportKind, ReferenceKind
from core.selectors import with_tags
from core.services import OwnColumns, own_specs, takes_own
from orders.models import Invoice, Payment
from orders.selectors.terms import order_settings
from orders.services.imports.columns import INVOICE, PAYMENT, closed_days, found, key_of, names_of

INVOICE_FIELDS = KindSpec(
    "invoices",
    "Invoices",
    (
        FieldSpec("external_id", "Invoice ID", synonyms=("Invoice number", "Number", "ID"), max_length=120),
        FieldSpec("name", "Invoice name", synonyms=("Name", "Title"), max_length=255),
        FieldSpec(
            "order", "Order", f.REFERENCE, synonyms=("Order ID", "Order number", "Sales order"), reference="orders"
        ),
        FieldSpec("issued_on", "Issued on", f.DATE, synonyms=("Invoice date", "Date", "Posted on")),
        FieldSpec("due_on", "Due on", f.DATE, synonyms=("Due date", "Due")),
        FieldSpec("amount", "Amount", f.MONEY, synonyms=("Total", "Net amount", "Invoice amount")),
        FieldSpec("note", "Note", synonyms=("Memo", "Comment"), max_length=255),
    ),
    keys=("external_id",),
)
_NOTHING = "s.amount <= 0"
_CREDITED = "EXISTS (SELECT 1 FROM orders_invoice t WHERE t.id = s.id AND s.amount < t.credited + t.paid)"
_ELSEWHERE = "EXISTS (SELECT 1 FROM orders_invoice t WHERE t.id = s.id AND s.order_id <> t.order_id)"


def plan_invoices(context: ImportContext) -> LoadPlan:
    columns: set[str] = {name for name in ("external_id", "due_on", "note") if name in context.fields}
    columns |= {"name", "order_id", "issued_on", "amount", "currency_id"}
    days = order_settings().due_days
    early = [Refusal("due_on", "s.due_on < s.issued_on", _("It would be due before it is issued."))]
    return LoadPlan(
        model=Invoice,
        matches=(BY_EXTERNAL_ID,),
        columns=tuple(sorted(columns)),
        defaults={
            **{"name": "''", "note": "''", "due_on": f"s.issued_on + {days}", "currency_id": f"'{context.currency}'"},
            **{"paid": "0", "credited": "0", "status": "'open'", "version": "1"},
        },
        prepare=lambda clean: {**clean, **found(context, clean, ("order", "order_id", "orders"))},
        refusals=(
            Refusal("amount", _NOTHING, _("Enter more than 0.")),
            Refusal("amount", _CREDITED, _("More of it was paid or credited already.")),
            Refusal("order", _ELSEWHERE, _("An invoice stays with its order. Credit it, and issue another.")),
            *(early if "due_on" in columns else ()),
            *closed_days("orders_invoice", "issued_on", sorted(columns - {"name", "note"})),
        ),
        link=_follow_orders,
    )


def _follow_orders(cursor: Any) -> None:
    """A new invoice is in its order's currency, and by its name where the file says nothing."""
    cursor.execute(
        f"""UPDATE {STAGE} s SET currency_id = r.currency_id, name = coalesce(s.name, r.name)
            FROM orders_order r WHERE r.id = s.order_id AND s.new"""
    )


def invoice_records() -> Iterator[dict[str, Any]]:
    own = OwnColumns("invoice")
    rows = with_tags(Invoice.objects.select_related("order").order_by("pk"), "invoice")
    for row in rows.iterator(chunk_size=2000):
        yield (
            {name: getattr(row, name) for name in ("name", "issued_on", "due_on", "amount")}
            | {"external_id": key_of(row), "order": key_of(row.order), "note": row.note or None}
            | own.of(row)
        )


PAYMENT_FIELDS = KindSpec(
    "payments",
    "Payments",
    (
        FieldSpec("external_id", "Payment ID", synonyms=("Payment number", "Transaction ID", "ID"), max_length=120),
        FieldSpec(
            "invoice", "Invoice", f.REFERENCE, synonyms=("Invoice ID", "Invoice number"), required=True,
            reference="invoices",
        ),
        FieldSpec("paid_on", "Paid on", f.DATE, synonyms=("Payment date", "Date", "Value date"), required=True),
        FieldSpec("amount", "Amount", f.MONEY, synonyms=("Paid", "Payment amount"), required=True),
        FieldSpec("currency", "Currency", f.CURRENCY, synonyms=("Currency code",)),
        FieldSpec("reference", "Reference", synonyms=("Bank reference", "Memo"), max_length=120),
    ),
    keys=("external_id",),
)  # fmt: skip
_TOO_MUCH = f"""s.row_no IN (
  SELECT x.row_no FROM (
    SELECT o.row_no, o.invoice_id, sum(o.amount) OVER (PARTITION BY o.invoice_id ORDER BY o.row_no) AS running
    FROM {STAGE} o) x
  JOIN orders_invoice i ON i.id = x.invoice_id
  LEFT JOIN (SELECT p.invoice_id, sum(p.amount) AS paid FROM orders_payment p
             WHERE NOT EXISTS (SELECT 1 FROM {STAGE} o WHERE o.id = p.id) GROUP BY 1) y ON y.invoice_id = i.id
  WHERE x.running + coalesce(y.paid, 0) > i.amount - i.credited)"""
_OTHER_CURRENCY = """EXISTS (SELECT 1 FROM orders_invoice i WHERE i.id = s.invoice_id
  AND s.currency_id <> i.currency_id)"""


def plan_payments(context: ImportContext) -> LoadPlan:
    columns = (
        "amount",
        "currency_id",
        "invoice_id",
        "paid_on",
        *(("reference",) if "reference" in context.fields else ()),
    )
    return LoadPlan(
        model=Payment,
        matches=(BY_EXTERNAL_ID,),
        columns=columns,
        defaults={
            "reference": "''",
            "currency_id": "(SELECT i.currency_id FROM orders_invoice i WHERE i.id = s.invoice_id)",
        },
        prepare=lambda clean: {
            **clean,
            **found(context, clean, ("invoice", "invoice_id", "invoices")),
            "currency_id": clean.get("currency"),
        },
        refusals=(
            Refusal("amount", "s.amount <= 0", _("Enter more than 0.")),
            Refusal("currency", _OTHER_CURRENCY, _("The invoice is in another currency.")),
            Refusal("amount", _TOO_MUCH, _("More would be paid than the invoice asks.")),
            *closed_days("orders_payment", "paid_on", columns),
        ),
    )


def payment_records() -> Iterator[dict[str, Any]]:
    """Every payment of which nothing was taken back."""
    rows = Payment.objects.filter(reverses=None, reversals=None).select_related("invoice").order_by("pk")
    for row in rows.iterator(chunk_size=2000):
        yield {
            "external_id": key_of(row),
            "invoice": key_of(row.invoice),
            "paid_on": row.paid_on,
            "amount": row.amount,
            "currency": row.currency_id,
            "reference": row.reference or None,
        }


INVOICES = ImportKind(
    *("invoices", 84, INVOICE_FIELDS, "invoice", takes_own("invoice", plan_invoices), invoice_records, INVOICE),
    icon="file-invoice",
    more_fields=lambda: own_specs("invoice"),
)
PAYMENTS = ImportKind(
    *("payments", 86, PAYMENT_FIELDS, "payment", plan_payments, payment_records, PAYMENT),
    icon="cash",
)
REFERENCES = (ReferenceKind("invoices", "Invoice", names_of(Invoice, INVOICE), None, "invoice"),)
