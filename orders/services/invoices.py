"""Writes of invoices, payments and credit notes. Nothing is deleted: a payment is reversed, an invoice is credited."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Sum
from django.utils.translation import gettext as _

from core import audit
from core.kernel import formats
from orders.models import CreditNote, Invoice, Payment
from orders.selectors.terms import order_settings
from orders.services.errors import OrderError, refuse_amount, refuse_closed, refuse_day
from orders.services.figures import refigure_invoices, refigure_orders
from orders.services.orders import locked_order
from orders.services.watching import saved


@transaction.atomic
def issue_invoice(*, invoice: Invoice, by: Any, on: date) -> Invoice:
    """Ask a sum of the customer for an order, in its currency; due after the company's days where no day is given.

    More than was ordered may be invoiced: it is told as an exception. Raises OrderError, DayClosed.
    """
    order = locked_order(invoice.order_id)
    if order.is_cancelled:
        raise OrderError(_("The order was cancelled: nothing more is booked on it."))
    refuse_day(invoice.issued_on, on=on, field="issued_on")
    if invoice.issued_on < order.ordered_on:
        words = _("It was ordered on %(day)s: choose that day or a later one.")
        raise OrderError(words % {"day": formats.day(order.ordered_on)}, "issued_on")
    invoice.due_on = invoice.due_on or invoice.issued_on + timedelta(days=order_settings().due_days)
    if invoice.due_on < invoice.issued_on:
        raise OrderError(_("It would be due before it is issued."), "due_on")
    invoice.currency_id, invoice.name = order.currency_id, invoice.name or order.name
    _refuse_zero(invoice.amount)
    refuse_amount(invoice.amount, str(order.currency_id), field="amount")
    invoice.save()
    return _moved(invoice, "invoice.issued", by, on, detail={"amount": str(invoice.amount)})


@transaction.atomic
def record_payment(*, payment: Payment, by: Any, on: date) -> Payment:
    """Book money that came in for an invoice; a part of it is fine, more than is owed isn't.

    Raises OrderError for another currency and over-payment, DayClosed.
    """
    invoice = locked_invoice(payment.invoice_id)
    currency = str(invoice.currency_id)
    if payment.currency_id != currency:
        words = _("The invoice is in %(currency)s: enter what was received in %(currency)s.")
        raise OrderError(words % {"currency": currency}, "currency")
    refuse_day(payment.paid_on, on=on, field="paid_on")
    _refuse_before(payment.paid_on, invoice, field="paid_on")
    _refuse_zero(payment.amount)
    refuse_amount(payment.amount, currency, field="amount")
    owed = max(invoice.outstanding, Decimal(0))
    if payment.amount > owed:
        words = _(
            "%(owed)s of %(invoice)s is still to be paid: enter that at most. "
            "Book the rest on another invoice, or issue one for it."
        )
        told = {"owed": formats.exact_money(owed, currency), "invoice": invoice.number}
        raise OrderError(words % told, "amount")
    payment.save()
    _moved(invoice, "invoice.paid", by, on, detail={"amount": str(payment.amount), "on": payment.paid_on.isoformat()})
    return payment


@transaction.atomic
def reverse_payment(*, payment: Payment, by: Any, on: date, amount: Decimal | None = None, reason: str = "") -> Payment:
    """Take a payment back, all that is left of it or a part: a mistake, a bounced transfer, a refund.

    Raises OrderError for more than is left of it, DayClosed.
    """
    invoice = locked_invoice(payment.invoice_id)
    if payment.reverses_id is not None:
        raise OrderError(_("This takes a payment back itself: book the payment again."))
    refuse_closed(on, field="")
    back = payment.reversals.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    left = payment.amount + back
    amount = left if amount is None else amount
    if left <= 0:
        raise OrderError(_("This was taken back already."))
    _refuse_zero(amount)
    refuse_amount(amount, str(payment.currency_id), field="amount")
    if amount > left:
        words = _("%(left)s of it is left: enter that at most.")
        raise OrderError(words % {"left": formats.exact_money(left, str(payment.currency_id))}, "amount")
    made = Payment.objects.create(
        invoice=invoice, paid_on=on, amount=-amount, currency_id=payment.currency_id, reference=reason[:120],
        reverses=payment,
    )  # fmt: skip
    _moved(invoice, "invoice.payment_reversed", by, on, reason=reason, detail={"amount": str(amount)})
    return made


@transaction.atomic
def credit_invoice(*, note: CreditNote, by: Any, on: date) -> CreditNote:
    """Credit all or a part of an invoice, perhaps for a return of its order; a return alone finds its invoice.

    Raises OrderError for more than the invoice asks, or than the return is worth; DayClosed.
    """
    note.invoice_id = note.invoice_id or _invoice_of(note)
    invoice = locked_invoice(note.invoice_id)
    currency = str(invoice.currency_id)
    refuse_day(note.credited_on, on=on, field="credited_on")
    _refuse_before(note.credited_on, invoice, field="credited_on")
    _refuse_zero(note.amount)
    refuse_amount(note.amount, currency, field="amount")
    left = invoice.amount - invoice.credited
    if note.amount > left:
        words = _("%(left)s of the invoice isn't credited yet: enter that at most.")
        raise OrderError(words % {"left": formats.exact_money(left, currency)}, "amount")
    if note.goods is not None:
        _refuse_goods(note, invoice, currency)
    note.save()
    detail = {"amount": str(note.amount), "on": note.credited_on.isoformat()}
    _moved(invoice, "invoice.credited", by, on, reason=note.reason, detail=detail)
    return note


def _invoice_of(note: CreditNote) -> int:
    """The one invoice of the returned goods' order that can carry the note. Raises OrderError."""
    if note.goods is None:
        raise OrderError(_("Say which invoice or which return it is for."), "invoice")
    open_ones = Invoice.objects.filter(order=note.goods.order_line.order_id, amount__gte=F("credited") + note.amount)
    found = list(open_ones.values_list("pk", flat=True)[:2])
    if len(found) != 1:
        raise OrderError(_("Say which invoice: the order has none, or several, that it fits."), "invoice")
    return found[0]


def _refuse_goods(note: CreditNote, invoice: Invoice, currency: str) -> None:
    goods = note.goods
    assert goods is not None  # asked before
    if goods.order_line.order_id != invoice.order_id or goods.reverses_id is not None:
        raise OrderError(_("The return is of another order."), "goods")
    credited = goods.credit_notes.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    if note.amount > goods.amount - credited:
        words = _("%(left)s of the return isn't credited yet: enter that at most.")
        raise OrderError(words % {"left": formats.exact_money(goods.amount - credited, currency)}, "amount")


def locked_invoice(invoice_id: int) -> Invoice:
    """The invoice with its figures as its rows make them, locked until the end of the transaction.

    Its order is locked first, so that nobody waits in a ring.
    """
    locked_order(Invoice.objects.values_list("order_id", flat=True).get(pk=invoice_id))
    refigure_invoices([invoice_id])
    rows = Invoice.objects.select_for_update(of=("self",), no_key=True).select_related("order__deal")
    return rows.get(pk=invoice_id)


def _refuse_zero(amount: Decimal) -> None:
    if amount <= 0:
        raise OrderError(_("Enter more than 0."), "amount")


def _refuse_before(day: date, invoice: Invoice, *, field: str) -> None:
    if day < invoice.issued_on:
        words = _("It was issued on %(day)s: choose that day or a later one.")
        raise OrderError(words % {"day": formats.day(invoice.issued_on)}, field)


def _moved(
    invoice: Invoice, act: str, by: Any, on: date, *, reason: str = "", detail: Mapping[str, Any] | None = None
) -> Invoice:
    refigure_invoices([invoice.pk])
    refigure_orders([invoice.order_id])
    audit.record(act=act, actor=by, subject=invoice, reason=reason, detail=dict(detail or {}))
    saved(invoice.order.deal_id, on)
    return invoice
