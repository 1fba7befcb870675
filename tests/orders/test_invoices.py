"""Invoices, payments and credit notes: states, refusals, and that nothing is lost."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.models import AuditEvent
from orders import services
from orders.models import Invoice, Payment
from orders.services import OrderError
from tests.orders.desk import DAY, Desk

pytestmark = pytest.mark.django_db


def stands(invoice: Invoice) -> tuple[str, Decimal]:
    now = Invoice.objects.get(pk=invoice.pk)
    return now.status, now.outstanding


def test_an_invoice_is_due_after_the_companys_days_in_the_orders_currency(desk: Desk) -> None:
    invoice = desk.invoice()
    assert invoice.due_on == desk.on + timedelta(days=30) and invoice.currency_id == "USD"
    assert not invoice.is_overdue(invoice.due_on) and invoice.is_overdue(invoice.due_on + DAY)


def test_payments_make_the_status(desk: Desk) -> None:
    invoice = desk.invoice()
    assert stands(invoice) == ("open", 1000)
    desk.pay(invoice, "400")
    assert stands(invoice) == ("part", 600)
    desk.pay(invoice, "600")
    assert stands(invoice) == ("paid", 0)


def test_over_payment_is_refused_in_plain_words(desk: Desk) -> None:
    invoice = desk.invoice()
    desk.pay(invoice, "999.99")
    with pytest.raises(OrderError, match=r"\$0.01 of INV-") as refused:
        desk.pay(invoice, "0.02")
    assert refused.value.field == "amount" and "another invoice" in str(refused.value)


@pytest.mark.parametrize(
    ("amount", "currency", "days", "field"),
    [("1", "EUR", 0, "currency"), ("0", "USD", 0, "amount"), ("-1", "USD", 0, "amount"), ("1.001", "USD", 0, "amount"),
     ("1", "USD", 1, "paid_on"), ("1", "USD", -1, "paid_on")],
)  # fmt: skip
def test_what_is_no_payment_is_refused_at_its_field(
    desk: Desk, amount: str, currency: str, days: int, field: str
) -> None:
    with pytest.raises(OrderError) as refused:
        desk.pay(desk.invoice(), amount, currency=currency, on=desk.on + days * DAY)
    assert refused.value.field == field


def test_a_payment_is_taken_back_by_a_row_against_it(desk: Desk) -> None:
    invoice = desk.invoice()
    payment = desk.pay(invoice, "1000")
    services.reverse_payment(payment=payment, by=None, on=desk.on, amount=Decimal(300), reason="Bounced")
    assert stands(invoice) == ("part", 300)
    with pytest.raises(OrderError, match="700.00 of it is left"):
        services.reverse_payment(payment=payment, by=None, on=desk.on, amount=Decimal("700.01"))
    rest = services.reverse_payment(payment=payment, by=None, on=desk.on)
    assert rest.amount == -700 and stands(invoice) == ("open", 1000) and Payment.objects.count() == 3
    for one in (payment, rest):
        with pytest.raises(OrderError):
            services.reverse_payment(payment=one, by=None, on=desk.on)


def test_a_credit_note_is_at_most_the_invoice_and_the_return(desk: Desk) -> None:
    order = desk.order()
    desk.fulfil(order)
    goods, invoice = desk.take_back(order, "2"), desk.invoice(order)
    with pytest.raises(OrderError, match="200.00 of the return"):
        desk.credit(invoice, "200.01", goods)
    desk.credit(invoice, "200", goods)
    assert stands(invoice) == ("open", 800)
    with pytest.raises(OrderError, match="800.00 of the invoice"):
        desk.credit(invoice, "800.01")
    with pytest.raises(OrderError, match="credited"):
        services.reverse_return(goods=goods, by=None, on=desk.on)
    desk.credit(invoice, "800")
    assert stands(invoice) == ("credited", 0)


def test_a_return_of_another_order_isnt_credited(desk: Desk) -> None:
    other = desk.order(desk.deal("Else"))
    desk.fulfil(other)
    with pytest.raises(OrderError, match="another order"):
        desk.credit(desk.invoice(), "1", desk.take_back(other))


def test_a_return_alone_finds_the_one_invoice_it_fits(desk: Desk) -> None:
    order = desk.order()
    desk.fulfil(order)
    goods = desk.take_back(order, "2")
    with pytest.raises(OrderError, match="Say which invoice"):
        desk.credit(None, "200", goods)
    invoice = desk.invoice(order)
    assert desk.credit(None, "200", goods).invoice == invoice
    desk.invoice(order, "300")
    with pytest.raises(OrderError, match="Say which invoice"):
        desk.credit(None, "200", goods)


def test_a_credit_after_the_payment_leaves_money_to_give_back(desk: Desk) -> None:
    invoice = desk.invoice()
    desk.pay(invoice, "1000")
    desk.credit(invoice, "100")
    assert stands(invoice) == ("paid", -100)


def test_acts_are_kept(desk: Desk) -> None:
    invoice = desk.invoice()
    desk.pay(invoice, "10")
    acts = AuditEvent.objects.filter(subject_kind="invoice", subject_id=invoice.pk).order_by("pk")
    assert [act.act for act in acts] == ["invoice.issued", "invoice.paid"]


def test_an_invoice_lies_between_its_order_and_today(desk: Desk) -> None:
    order = desk.order()
    for day in (desk.on + DAY, desk.on - DAY):
        with pytest.raises(OrderError) as refused:
            desk.invoice(order, on=day)
        assert refused.value.field == "issued_on"
    with pytest.raises(OrderError, match="due before"):
        desk.invoice(order, due_on=date(2024, 1, 1))
