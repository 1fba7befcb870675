"""From quote to cash of a deal and an account: one row a step, sums by currency, few statements."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders import services
from orders.models import Order, OrderLine
from orders.selectors import strip
from tests.orders.desk import USD, Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(company: Any) -> Desk:
    return Desk(company)


def told(steps: list[strip.Step]) -> dict[str, tuple[str, str]]:
    return {step.label: (step.note, step.amount) for step in steps}


def test_each_step_tells_its_rows_and_sums_by_currency(desk: Desk) -> None:
    deal = desk.deal()
    desk.cost("40")
    order = desk.order(deal)
    euros = Order(deal=deal, currency_id="EUR", ordered_on=desk.on)
    line = OrderLine(product=desk.company.product("Gadget"), quantity=USD(1), unit_price=USD("7.5"))
    services.save_order(order=euros, lines=[line], by=desk.by, on=desk.on)
    gone = desk.order(deal, price="3")
    services.cancel_order(order_id=gone.pk, cancelled_on=desk.on, reason="Twice", by=desk.by, on=desk.on)
    desk.fulfil(order, "4")
    desk.take_back(order, "1")
    invoice = desk.invoice(order, "700")
    desk.credit(invoice, "100")
    desk.pay(invoice, "200")
    contract = desk.contract(deal)
    seen = told(strip.steps_of_deal(desk.company.manager.user, deal, desk.on))
    assert seen == {
        "Quote": ("", ""),
        "Contract": (f"{contract.number}, signed", "$12,000.00"),
        "Order": ("2", "€7.50, $1,000.00"),
        "Delivered": ("1", "$400.00"),
        "Invoiced": ("1", "$600.00"),
        "Paid": ("1", "$200.00"),
        "Returned": ("1", "$100.00"),
        "Margin": ("without 1 line of unknown cost", "$600.00"),
    }
    assert "Margin" not in told(strip.steps_of_deal(desk.company.rep.user, deal, desk.on))
    assert told(strip.steps_of_account(desk.company.manager.user, deal.account, desk.on)) == seen


def test_the_contract_told_is_the_one_signed_last_even_where_a_draft_is_newer(desk: Desk) -> None:
    deal = desk.deal()
    signed = desk.contract(deal)
    draft = services.save_contract(
        contract=type(signed)(
            name="Next", account=deal.account, deal=deal, starts_on=desk.on, currency_id="USD", value=USD(1),
        ),
        by=desk.by, on=desk.on,
    )  # fmt: skip
    assert draft.pk > signed.pk
    seen = told(strip.steps_of_deal(desk.by, deal, desk.on))
    assert seen["Contract"] == (f"{signed.number}, signed", "$12,000.00")


def test_three_statements_tell_it_with_books_and_without(desk: Desk) -> None:
    full, empty = desk.deal(), desk.deal("Nothing yet")
    desk.pay(desk.invoice(desk.order(full)), "10")
    assert desk.by.has_role("sales_ops")  # what a request has looked up already
    for deal in (full, empty):
        with CaptureQueriesContext(connection) as caught:
            strip.steps_of_deal(desk.by, deal, desk.on)
        assert len(caught) == 3
