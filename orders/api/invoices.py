"""Invoices, payments and credit notes over the API. Nothing is changed: a payment is reversed, an invoice credited."""

from __future__ import annotations

from typing import Any

from rest_framework.response import Response

from core.api.bodies import Body, bind, check
from core.api.fields import Choice, Day, Id, Instant, Money, Text, Whole
from core.api.own import Custom, ExternalId, Tags
from orders import policies, services
from orders.api.parts import BookedApi, OwnActing, PartBack
from orders.enums import InvoiceStatus
from orders.forms import CreditNoteForm, InvoiceForm, PaymentForm
from orders.lists import CREDIT_NOTES, INVOICES, PAYMENTS
from orders.models import Invoice as InvoiceRow
from orders.models import Return as ReturnRow
from orders.selectors import records


class Invoice(Body):
    """A sum asked for an order, in the order's currency. Without a due day it is due after the company's days."""

    id = Id(read_only=True)
    number = Text(read_only=True, example="INV-123")
    external_id = ExternalId()
    name = Text(255, required=False)
    order_id = Id()
    deal_id = Id(source="order.deal_id", read_only=True)
    account_id = Id(source="order.account_id", read_only=True, allow_null=True)
    status = Choice(InvoiceStatus.choices, read_only=True)
    issued_on = Day()
    due_on = Day(required=False, allow_null=True)
    currency = Text(source="currency_id", read_only=True)
    amount = Money(example="1000.00")
    paid = Money(read_only=True)
    credited = Money(read_only=True)
    note = Text(255, required=False)
    tags = Tags()
    custom = Custom("invoice")
    created_at = Instant(read_only=True)
    updated_at = Instant(read_only=True)
    version = Whole(1, read_only=True)


class InvoicesApi(OwnActing):
    resource, tag, noun, nouns = "orders", "orders_invoices", "invoice", "invoices"
    table, serializer_class = INVOICES, Invoice

    def may_write(self, user: Any) -> bool:
        return policies.may_keep_books(user)

    def written(self, serializer: Any, values: dict[str, Any], record: Any) -> Any:
        find = lambda pk: records.get_order_for(self.request.user, pk, self.as_of)  # noqa: E731 -- handed on
        order = self.given(values, "order_id", find)
        self.invoice = InvoiceRow(order=order, currency_id=order.currency_id)
        return super().written(serializer, values, record)

    def form(self, record: Any) -> InvoiceForm:
        return InvoiceForm(instance=self.invoice, people=self.people)

    def save(self, form: Any, record: Any, version: int | None) -> Any:
        return services.issue_invoice(invoice=form.instance, by=self.request.user, on=self.as_of)


class Payment(Body):
    """Money that came in for an invoice, in its currency. A row that takes one back is negative (`reverses_id`)."""

    id = Id(read_only=True)
    number = Text(read_only=True, example="PAY-9")
    external_id = Text(read_only=True, allow_null=True)
    invoice_id = Id()
    paid_on = Day()
    currency = Text(3, source="currency_id", required=False, example="USD")
    amount = Money(example="400.00")
    reference = Text(120, required=False)
    reverses_id = Id(read_only=True, allow_null=True)
    created_at = Instant(read_only=True)


class PaymentsApi(BookedApi):
    resource, tag, noun, nouns = "orders", "orders_payments", "payment", "payments"
    table, serializer_class = PAYMENTS, Payment
    bodies = {"reverse": PartBack}
    tagged = BookedApi.tagged | {"reverse"}
    texts = {"reverse": ("Take a payment back, or a part of it, by a row against it", "")}

    def written(self, serializer: Any, values: dict[str, Any], record: Any) -> Any:
        self.invoice = self.given(
            values, "invoice_id", lambda pk: records.get_invoice_for(self.request.user, pk, self.as_of)
        )
        currency = str(self.invoice.currency_id)
        form = PaymentForm(initial={"currency": currency}, currency=currency)
        given = {("currency" if name == "currency_id" else name): value for name, value in values.items()}
        return self._saved(check(bind(form, given), serializer), serializer, record)

    def save(self, form: Any, record: Any, version: int | None) -> Any:
        payment = form.save(commit=False)
        payment.invoice = self.invoice
        return services.record_payment(payment=payment, by=self.request.user, on=self.as_of)

    def reverse(self, request: Any, **kwargs: Any) -> Response:
        by, on = request.user, self.as_of
        return self.acted(lambda one, given: services.reverse_payment(payment=one, by=by, on=on, **given))


class CreditNote(Body):
    """What of an invoice need not be paid, perhaps for a return of its order; a return alone finds its one invoice."""

    id = Id(read_only=True)
    number = Text(read_only=True, example="CRN-2")
    external_id = Text(read_only=True, allow_null=True)
    invoice_id = Id(required=False)
    return_id = Id(source="goods_id", required=False, allow_null=True)
    credited_on = Day()
    currency = Text(source="currency_id", read_only=True)
    amount = Money(example="100.00")
    reason = Text(255, allow_blank=False)
    created_at = Instant(read_only=True)


class CreditNotesApi(BookedApi):
    resource, tag, noun, nouns = "orders", "orders_credit_notes", "credit note", "credit notes"
    table, serializer_class = CREDIT_NOTES, CreditNote

    def written(self, serializer: Any, values: dict[str, Any], record: Any) -> Any:
        user, as_of = self.request.user, self.as_of
        self.invoice: Any = None
        self.goods: Any = None
        goods_id = values.pop("goods_id", None)
        if goods_id is not None:
            find = lambda pk: records.get_return_for(user, pk, as_of)  # noqa: E731 -- handed on
            self.goods = self.given({"return_id": goods_id}, "return_id", find)
        if "invoice_id" in values or self.goods is None:
            self.invoice = self.given(values, "invoice_id", lambda pk: records.get_invoice_for(user, pk, as_of))
        currency = (self.invoice or self.goods).currency_id
        form = CreditNoteForm(returns=ReturnRow.objects.none(), currency=str(currency))
        return self._saved(check(bind(form, values), serializer), serializer, record)

    def save(self, form: Any, record: Any, version: int | None) -> Any:
        note = form.save(commit=False)
        note.goods = self.goods
        if self.invoice is not None:
            note.invoice = self.invoice
        return services.credit_invoice(note=note, by=self.request.user, on=self.as_of)
