"""Orders: totals, costs, deliveries and returns, and what each refuses."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import IntegrityError
from hypothesis import given
from hypothesis import strategies as st

from core.kernel.money import quantise
from orders import services
from orders.enums import OrderStatus
from orders.kernel.lines import net_amount
from orders.kernel.shares import Piece, shares_of
from orders.models import Fulfilment, Order, OrderLine, ProductCost
from orders.selectors.records import lines_of_order, margin_of
from orders.services import OrderError
from tests.orders.desk import DAY, Desk

db = pytest.mark.django_db


def stands(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


@db
def test_an_order_is_the_sum_of_its_lines_at_the_cost_of_its_day(desk: Desk) -> None:
    desk.cost("40")
    desk.cost("45", since=desk.on)
    order = desk.order(on=desk.on - DAY)
    lines = lines_of_order(order)
    assert order.total == 1000 and order.account == order.deal.account and order.number == f"ORD-{order.pk}"
    assert [line.unit_cost for line in lines] == [Decimal(40)] and margin_of(lines) == 600
    assert margin_of(lines_of_order(desk.order())) == 550


@db
def test_a_margin_without_a_cost_is_unknown(desk: Desk) -> None:
    assert margin_of(lines_of_order(desk.order())) is None


@db
def test_costs_of_a_product_never_overlap(desk: Desk) -> None:
    first = desk.cost("40")
    with pytest.raises(IntegrityError, match="one_product_cost"):
        ProductCost.objects.create(product=first.product, currency_id="USD", cost=1, valid_from=desk.on)


@db
def test_a_quantity_is_more_than_nothing_whoever_writes_it(desk: Desk) -> None:
    order = desk.order()
    with pytest.raises(IntegrityError, match="order_line_quantity"):
        OrderLine.objects.create(order=order, quantity=0, unit_price=1)


@db
def test_fulfilment_makes_the_status_and_never_passes_what_was_ordered(desk: Desk) -> None:
    order = desk.order()
    desk.fulfil(order, "4")
    assert stands(order).status == OrderStatus.PART
    with pytest.raises(OrderError, match="6 are still") as refused:
        desk.fulfil(order, "6.0001")
    assert refused.value.field == f"line_{order.lines.get().pk}"
    last = desk.fulfil(order, "6")
    assert stands(order).status == OrderStatus.FULFILLED
    services.reverse_fulfilment(fulfilment=last, by=None, on=desk.on)
    assert stands(order).status == OrderStatus.PART
    with pytest.raises(OrderError, match="already"):
        services.reverse_fulfilment(fulfilment=last, by=None, on=desk.on)


@db
@pytest.mark.parametrize("quantity", ["-1", "11"])
def test_what_wasnt_ordered_isnt_delivered(desk: Desk, quantity: str) -> None:
    with pytest.raises(OrderError):
        desk.fulfil(desk.order(), quantity)


@db
def test_nothing_is_delivered_tomorrow_or_before_the_order(desk: Desk) -> None:
    order = desk.order()
    with pytest.raises(OrderError, match="to come"):
        desk.fulfil(order, on=desk.on + DAY)
    with pytest.raises(OrderError, match="ordered on"):
        desk.fulfil(order, on=desk.on - DAY)


@db
def test_what_comes_back_was_delivered(desk: Desk) -> None:
    order = desk.order()
    with pytest.raises(OrderError, match="0 of it"):
        desk.take_back(order)
    desk.fulfil(order, "3")
    goods = desk.take_back(order, "2")
    assert goods.amount == 200  # two of ten pieces of 1,000.00
    with pytest.raises(OrderError, match="1 of it"):
        desk.take_back(order, "2")
    with pytest.raises(OrderError, match="800.00"):
        desk.take_back(order, "1", "800.01")
    services.reverse_return(goods=goods, by=None, on=desk.on)
    with pytest.raises(OrderError, match="already"):
        services.reverse_return(goods=goods, by=None, on=desk.on)


@db
def test_a_delivery_that_came_back_isnt_taken_back(desk: Desk) -> None:
    order = desk.order()
    done = desk.fulfil(order)
    desk.take_back(order)
    with pytest.raises(OrderError, match="returned"):
        services.reverse_fulfilment(fulfilment=done, by=None, on=desk.on)


@db
def test_products_of_an_order_change_until_something_is_delivered(desk: Desk) -> None:
    order = desk.order()
    line = OrderLine(product=desk.company.product(), quantity=Decimal(1), unit_price=Decimal("0.335"))
    assert services.save_order(order=order, lines=[line], by=None, on=desk.on).total == Decimal("0.34")
    desk.fulfil(order, "1")
    order = stands(order)
    order.name = "Another name"
    services.save_order(order=order, lines=None, by=None, on=desk.on)
    with pytest.raises(OrderError, match="delivered or invoiced"):
        services.save_order(order=order, lines=[line], by=None, on=desk.on)


@db
def test_an_order_is_cancelled_when_nothing_is_out_and_nothing_invoiced(desk: Desk) -> None:
    order = desk.order()
    invoice = desk.invoice(order, "100")
    with pytest.raises(OrderError, match="invoiced"):
        _cancel(desk, order)
    desk.credit(invoice, "100")
    desk.fulfil(order, "1")
    with pytest.raises(OrderError, match="delivered"):
        _cancel(desk, order)
    desk.take_back(order)
    assert _cancel(desk, order).status == OrderStatus.CANCELLED
    for act in (lambda: desk.fulfil(order, "1"), lambda: desk.invoice(order), lambda: _cancel(desk, order)):
        with pytest.raises(OrderError, match="cancelled"):
            act()
    assert Fulfilment.objects.count() == 1  # nothing was lost


def _cancel(desk: Desk, order: Order) -> Order:
    return services.cancel_order(order_id=order.pk, cancelled_on=desk.on, reason="Asked for", by=None, on=desk.on)


@db
def test_a_contract_of_another_account_isnt_the_orders(desk: Desk) -> None:
    contract = desk.contract(desk.deal("Else"))
    with pytest.raises(OrderError, match="another account"):
        desk.order(contract=contract)


AMOUNT = st.integers(0, 10**9)
COST = st.none() | st.integers(0, 10**9)


@given(st.integers(-(10**10), 10**10), st.lists(st.tuples(AMOUNT, COST), max_size=8))
def test_parts_of_an_amount_add_up_to_it(total: int, pieces: list[tuple[int, int | None]]) -> None:
    parts = shares_of(total, [Piece(number, *piece) for number, piece in enumerate(pieces)])
    assert sum(part.amount_minor for part in parts) == total


@given(
    st.lists(
        st.tuples(
            st.decimals("0.0001", 10**6, places=4), st.decimals(0, 10**6, places=4), st.decimals(0, 100, places=4)
        ),
        max_size=6,
    )
)
def test_nets_are_whole_cents_and_within_half_a_cent(rows: list[tuple[Decimal, Decimal, Decimal]]) -> None:
    for quantity, price, discount in rows:
        net = net_amount(quantity=quantity, list_price=price, discount_pct=discount, currency="USD")
        exact = quantity * price * (100 - discount) / 100
        assert net == quantise(net, "USD") and abs(net - exact) <= Decimal("0.005")
