from __future__ import annotations

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from core.htmx import PageRequest
from core.kernel.typed import read_number
from orders import policies, services
from orders.forms import CreditNoteForm, PaymentForm, ReverseForm
from orders.lists import CREDIT_NOTES, INVOICE_ICONS, INVOICE_TONES, INVOICES, PAYMENTS
from orders.models import CreditNote, Invoice, Payment, Return
from orders.selectors import records
from orders.views.answers import added, button, form_answer, list_page, record_answer, refuse_unless, today


def invoice_list(request: PageRequest) -> HttpResponseBase:
    actions = [button(reverse("orders:credit_notes"), _("Credit notes"), "receipt-refund")]
    return list_page(request, INVOICES, "orders:invoices", actions)


def payment_list(request: PageRequest) -> HttpResponseBase:
    return list_page(request, PAYMENTS, "orders:payments")


def credit_note_list(request: PageRequest) -> HttpResponseBase:
    return list_page(request, CREDIT_NOTES, "orders:credit_notes")


def invoice_page(request: PageRequest, invoice_id: int) -> HttpResponseBase:
    invoice = records.get_invoice_for(request.user, invoice_id, today())
    may_book = policies.may_keep_books(request.user)
    actions = []
    if may_book:
        actions.append(button(reverse("orders:invoice_credit", args=[invoice.pk]), _("Credit"), "receipt-refund"))
        url = reverse("orders:invoice_pay", args=[invoice.pk])
        actions.append(button(url, _("Book a payment"), "cash", is_primary=True))
    more = {
        "payments": invoice.payments.order_by("paid_on", "pk"),
        "notes": invoice.credit_notes.select_related("goods").order_by("credited_on", "pk"),
        "is_overdue": invoice.is_overdue(today()),
        "may_book": may_book,
        "tag": (invoice.get_status_display(), INVOICE_TONES.get(invoice.status, ""), INVOICE_ICONS[invoice.status]),
        "crumb": (INVOICES.title, reverse("orders:invoices")),
    }
    return record_answer(request, "invoice", invoice, "orders/invoice.html", actions, **more)


def _bookable(request: PageRequest, invoice_id: int) -> Invoice:
    invoice = records.get_invoice_for(request.user, invoice_id, today())
    refuse_unless(policies.may_keep_books(request.user))
    return invoice


def invoice_pay(request: PageRequest, invoice_id: int) -> HttpResponseBase:
    invoice = _bookable(request, invoice_id)
    currency = str(invoice.currency_id)
    initial = {"paid_on": today(), "amount": max(invoice.outstanding, 0), "currency": currency}
    form = PaymentForm(request.POST or None, initial=initial, currency=currency)

    def pay() -> Payment:
        payment = form.save(commit=False)
        payment.invoice = invoice
        return services.record_payment(payment=payment, by=request.user, on=today())

    if added(request, form, pay, _("Payment booked.")) is not None:
        return redirect(invoice)
    title = _("Payment of %(invoice)s") % {"invoice": invoice.number}
    return form_answer(request, form, title, invoice.get_absolute_url(), submit=_("Book the payment"))


def invoice_credit(request: PageRequest, invoice_id: int) -> HttpResponseBase:
    invoice = _bookable(request, invoice_id)
    returns = Return.objects.filter(order_line__order=invoice.order_id, reverses=None, reversed_by=None)
    goods = returns.filter(pk=read_number(request.GET.get("goods", "")) or 0).first()
    amount = goods.amount if goods else invoice.amount - invoice.credited
    initial = {"credited_on": today(), "amount": amount, "goods": goods, "reason": goods.reason if goods else ""}
    form = CreditNoteForm(request.POST or None, initial=initial, returns=returns, currency=str(invoice.currency_id))

    def credit() -> CreditNote:
        note = form.save(commit=False)
        note.invoice = invoice
        return services.credit_invoice(note=note, by=request.user, on=today())

    if added(request, form, credit, _("Credited.")) is not None:
        return redirect(invoice)
    title = _("Credit note for %(invoice)s") % {"invoice": invoice.number}
    return form_answer(request, form, title, invoice.get_absolute_url(), submit=_("Write the credit note"))


def payment_reverse(request: PageRequest, payment_id: int) -> HttpResponseBase:
    """Take a payment back, or a part of it."""
    payment = records.get_payment_for(request.user, payment_id, today())
    refuse_unless(policies.may_keep_books(request.user))
    form = ReverseForm(request.POST or None, currency=str(payment.currency_id))

    def take_back() -> Payment:
        return services.reverse_payment(payment=payment, by=request.user, on=today(), **form.cleaned_data)

    if added(request, form, take_back, _("Taken back.")) is not None:
        return redirect(payment.invoice)
    title = _("Take %(payment)s back") % {"payment": payment.number}
    return form_answer(request, form, title, payment.invoice.get_absolute_url(), submit=_("Take back"))
