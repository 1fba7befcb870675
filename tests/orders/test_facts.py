"""What rooms above read: rows of money by product that add up, and which records changed."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest

from orders import services
from orders.models import Order, OrderLine
from orders.selectors.facts import Changed, changed_since, rows
from pipeline.models import OpportunityLine
from tests.orders.desk import DAY, Desk

pytestmark = pytest.mark.django_db


def two_products(desk: Desk) -> Order:
    """600.00 of a product that costs half, 400.00 of one whose cost nobody knows."""
    desk.cost("30")
    lines = [
        OrderLine(product=desk.company.product(), quantity=Decimal(10), unit_price=Decimal(60)),
        OrderLine(product=desk.company.product("Arm 7"), quantity=Decimal(1), unit_price=Decimal(400)),
    ]
    order = Order(deal=desk.deal(), currency_id="USD", ordered_on=desk.on)
    return services.save_order(order=order, lines=lines, by=None, on=desk.on)


def test_an_order_and_its_invoice_come_by_product_with_margin(desk: Desk) -> None:
    order = two_products(desk)
    invoice = desk.invoice(order, "500", external_id="R-1")
    desk.pay(invoice, "100")
    arm, other = (desk.company.product(name).pk for name in ("Arm 6", "Arm 7"))
    assert [(one.product_id, one.amount_minor, one.margin_minor) for one in rows("order")] == [
        (arm, 60_000, 30_000),
        (other, 40_000, None),
    ]
    issued = list(rows("invoice"))
    assert [(one.key, one.amount_minor, one.margin_minor) for one in issued] == [
        ("R-1", 30_000, 15_000),
        ("R-1", 20_000, None),
    ]
    assert {(one.deal_id, one.account_id, one.on, one.currency) for one in issued} == {
        (order.deal_id, order.account_id, desk.on, "USD")
    }
    assert sum(one.amount_minor for one in rows("payment")) == 10_000


def test_returns_are_below_zero_and_go_when_they_are_taken_back(desk: Desk) -> None:
    desk.cost("40")
    order = desk.order()
    desk.fulfil(order)
    goods = desk.take_back(order, "2")
    (row,) = rows("return")
    assert (row.key, row.amount_minor, row.margin_minor) == (f"RET-{goods.pk}", -20_000, -12_000)
    services.reverse_return(goods=goods, by=None, on=desk.on)
    assert sum(one.amount_minor for one in rows("return")) == 0


def test_a_booking_is_a_deal_won_split_by_its_products(desk: Desk) -> None:
    deal = desk.deal(amount=Decimal(100))
    for name, price in (("Arm 6", 50), ("Arm 7", 100)):
        OpportunityLine.objects.create(opportunity=deal, product=desk.company.product(name), unit_price=price)
    assert [one.amount_minor for one in rows("booking")] == [3_333, 6_667]
    assert [one.key for one in rows("booking", first=desk.on, until=desk.on + DAY)] == [deal.number] * 2
    assert list(rows("booking", until=desk.on)) == []


def test_credited_invoices_and_cancelled_orders_give_no_row(desk: Desk) -> None:
    order = desk.order()
    invoice = desk.invoice(order)
    desk.credit(invoice, "1000")
    services.cancel_order(order_id=order.pk, cancelled_on=desk.on, reason="x", by=None, on=desk.on)
    assert list(rows("invoice", ids=[invoice.pk])) == list(rows("order")) == []


def told(kind: str, position: int, wanted: int) -> Changed:
    """What changed, once no transaction is open that began before: those of other tests on this server count, too."""
    for _turn in range(300):
        found = changed_since(kind, position)
        if wanted in found.ids:
            return found
        time.sleep(0.1)
    raise AssertionError(f"{kind} {wanted} wasn't told within 30 s")


@pytest.mark.django_db(transaction=True)
def test_only_what_changed_is_named(desk: Desk) -> None:
    order = desk.order()
    invoice = desk.invoice(order)
    start = told("invoice", 0, invoice.pk)
    assert not start.is_all
    assert changed_since("invoice", start.position).ids == frozenset()
    desk.credit(invoice, "1")
    assert told("invoice", start.position, invoice.pk).ids == {invoice.pk}
    assert order.pk in told("order", 0, order.pk).ids
    assert changed_since("booking", start.position).is_all
