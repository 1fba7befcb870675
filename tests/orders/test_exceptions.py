"""What is out of order of a deal, found at once when something is saved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.selectors import company_day
from orders import services
from orders.models import Quote
from orders.selectors.exceptions import PREFIX, exceptions_for
from pipeline.models import Finding
from pipeline.services.hygiene import check_records, ensure_rules
from tests.orders.desk import DAY, Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def checked(desk: Desk) -> Desk:
    ensure_rules()
    check_records(on=desk.on)
    return desk


def found(desk: Desk) -> dict[str, str]:
    rows = Finding.objects.filter(resolved_on=None, rule__key__startswith=PREFIX).select_related("rule")
    return {row.rule.key.removeprefix(PREFIX): row.fact.get("since", "") for row in rows}


def test_an_order_without_a_contract_is_told_at_once_and_gone_with_it(checked: Desk) -> None:
    order = checked.order()
    assert found(checked) == {"order_without_contract": checked.on.isoformat()}
    order.contract = checked.contract(order.deal)
    services.save_order(order=order, lines=None, by=None, on=checked.on)
    assert found(checked) == {}


def test_an_invoice_is_overdue_the_day_after_it_is_due(checked: Desk) -> None:
    invoice = checked.invoice(checked.order(contract=None), on=checked.on)
    check_records(on=invoice.due_on)
    assert "invoice_overdue" not in found(checked)
    check_records(on=invoice.due_on + DAY)
    assert found(checked)["invoice_overdue"] == invoice.due_on.isoformat()
    row = Finding.objects.get(rule__key="cash_invoice_overdue", resolved_on=None)
    assert float(row.fact["amount"]) == 1000 and row.fact["on"] == invoice.number
    checked.credit(invoice, "1000")
    assert "invoice_overdue" not in found(checked)


def test_orders_of_open_deals_and_deals_without_an_order(checked: Desk) -> None:
    deal = checked.company.deal(account=checked.company.account())
    checked.order(deal)
    assert "order_not_won" in found(checked)
    won = checked.deal("Won and waiting")
    check_records(on=checked.on + timedelta(days=14))
    assert "won_without_order" not in found(checked)
    check_records(on=checked.on + timedelta(days=15))
    assert Finding.objects.get(rule__key="cash_won_without_order", resolved_on=None).subject_id == won.pk


def test_nothing_waits_for_orders_in_a_company_that_enters_none(checked: Desk) -> None:
    checked.deal()
    check_records(on=checked.on + timedelta(days=90))
    assert found(checked) == {}


def test_more_invoiced_than_ordered_and_less_than_delivered(checked: Desk) -> None:
    order = checked.order()
    checked.fulfil(order, "5")
    assert found(checked)["not_invoiced"] == checked.on.isoformat()
    invoice = checked.invoice(order, "1000.01")
    assert set(found(checked)) == {"order_without_contract", "overinvoiced"}
    checked.credit(invoice, "0.01")
    assert set(found(checked)) == {"order_without_contract"}


def test_a_sent_discount_that_nobody_approved(checked: Desk) -> None:
    quote = checked.sent()
    assert found(checked) == {}
    Quote.objects.filter(pk=quote.pk).update(discount_pct=30, asked_by=checked.company.rep.user, approved_by=None)
    check_records(on=checked.on)
    assert found(checked) == {"discount_unapproved": checked.on.isoformat()}


def test_a_discount_within_policy_is_none(checked: Desk) -> None:
    checked.policy("rep", "10")
    rep = checked.company.rep.user
    quote = checked.quote(discount="10", by=rep)
    services.submit_quote(quote_id=quote.pk, by=rep, on=checked.on)
    services.send_quote(quote_id=quote.pk, by=rep, on=checked.on)
    check_records(on=checked.on)
    assert found(checked) == {}


def test_the_list_tells_words_money_and_day_to_those_who_see_the_deal(company: Any) -> None:
    object.__setattr__(company, "as_of", company_day(timezone.now()))
    desk = Desk(company)
    ensure_rules()
    check_records(on=desk.on)
    order = desk.order()
    client = Client()
    client.force_login(company.rep.user, backend="people.adapters.accounts.LoginBackend")
    page = client.get(reverse("orders:exceptions")).content.decode()
    assert f"Order without a contract: {order.number}, $1,000.00 since" in page
    assert "Order without a contract" in client.get(reverse("orders:deal_cash", args=[order.deal_id])).content.decode()
    assert not exceptions_for(company.outsider.user, desk.on).exists()
