"""Pages and panel: what they show, to whom, and that what can't be is said at its field."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.models import AuditEvent
from core.selectors import company_day
from orders import services
from orders.models import Contract, CreditNote, DiscountPolicy, Invoice, Order, Payment, ProductCost, Quote, Return
from tests.counting import queries
from tests.orders.desk import DAY, Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(company: Any) -> Desk:
    """Pages act on today."""
    object.__setattr__(company, "as_of", company_day(timezone.now()))
    return Desk(company)


def signed_in(member: Any) -> Client:
    client = Client()
    client.force_login(member.user, backend="people.adapters.accounts.LoginBackend")
    return client


def at(name: str, *args: Any) -> str:
    return reverse(f"orders:{name}", args=args)


def rows(*lines: dict[str, Any]) -> dict[str, Any]:
    """Lines as their form set sends them."""
    sent = {"row-TOTAL_FORMS": len(lines), "row-INITIAL_FORMS": 0}
    return sent | {f"row-{place}-{name}": value for place, line in enumerate(lines) for name, value in line.items()}


def test_a_quote_goes_from_the_deal_to_an_order_by_forms_alone(desk: Desk) -> None:
    deal, product = desk.company.deal(account=desk.company.account()), desk.company.product()
    rep = signed_in(desk.company.rep)
    line = {"product": product.pk, "quantity": "3", "list_price": "99.99", "discount_pct": "0"}
    sent = {"name": "", "currency": "USD", "valid_until": (desk.on + DAY).isoformat(), "note": ""} | rows(line)
    answer = rep.post(f"{at('quote_new')}?deal={deal.pk}", sent)
    quote = Quote.objects.get()
    assert answer.status_code == 302 and answer["Location"] == quote.get_absolute_url()
    for act in ("submit", "send", "accept"):
        assert rep.post(at(f"quote_{act}", quote.pk)).status_code == 302
    page = rep.get(quote.get_absolute_url()).content.decode()
    assert "Make the order" in page and "$299.97" in page
    made = rep.post(at("quote_order", quote.pk), {"ordered_on": desk.on.isoformat()})
    assert made["Location"] == Order.objects.get().get_absolute_url()
    assert Order.objects.get().total == quote.lines.get().net


def test_errors_stand_at_their_field(desk: Desk) -> None:
    deal, product = desk.company.deal(), desk.company.product()
    rep = signed_in(desk.company.rep)
    line = {"product": product.pk, "quantity": "0", "list_price": "39.999,00", "discount_pct": "101"}
    sent = {"currency": "USD", "valid_until": "2020-01-01"} | rows(line)
    page = rep.post(f"{at('quote_new')}?deal={deal.pk}", sent).content.decode()
    for words in ("Enter more than 0.", "Did you mean 39,999.00?", "Enter a percentage from 0 to 100."):
        assert words in page
    line = {"product": product.pk, "quantity": "1", "list_price": "1", "discount_pct": "1"}
    page = rep.post(f"{at('quote_new')}?deal={deal.pk}", sent | rows(line)).content.decode()
    assert "Choose a day that is still to come." in page
    assert not Quote.objects.exists()


def test_a_manager_approves_on_the_page_for_it(desk: Desk) -> None:
    desk.policy("manager", "20")
    quote = desk.quote(discount="15", by=desk.company.rep.user)
    services.submit_quote(quote_id=quote.pk, by=desk.company.rep.user, on=desk.on)
    manager, rep = signed_in(desk.company.manager), signed_in(desk.company.rep)
    assert rep.get(at("quote_decide", quote.pk)).status_code == 403
    assert signed_in(desk.company.outsider).get(at("quote_decide", quote.pk)).status_code == 404
    assert "15%" in manager.get(at("quote_decide", quote.pk)).content.decode()
    page = manager.post(at("quote_decide", quote.pk), {"decision": "give_back"}).content.decode()
    assert "Say why" in page
    assert manager.post(at("quote_decide", quote.pk), {"decision": "approve"}).status_code == 302
    assert Quote.objects.get().status == "approved"


def test_books_are_kept_by_forms(desk: Desk) -> None:
    order, ops = desk.order(), signed_in(desk.company.ops)
    line = order.lines.get()
    today = desk.on.isoformat()
    ops.post(at("order_fulfil", order.pk), {f"line_{line.pk}": "10", "fulfilled_on": today})
    page = ops.post(at("order_fulfil", order.pk), {"fulfilled_on": today}).content.decode()
    assert "Enter how much" in page
    ops.post(
        at("order_return", order.pk), {"order_line": line.pk, "quantity": "1", "returned_on": today, "reason": "Broken"}
    )
    ops.post(at("order_invoice", order.pk), {"amount": "1,000.00", "issued_on": today})
    invoice = Invoice.objects.get()
    page = ops.post(at("invoice_pay", invoice.pk), {"amount": "1000.01", "currency": "USD", "paid_on": today})
    assert "is still to be paid" in page.content.decode()
    ops.post(at("invoice_pay", invoice.pk), {"amount": "400", "currency": "USD", "paid_on": today})
    ops.post(
        at("invoice_credit", invoice.pk),
        {"amount": "100", "credited_on": today, "reason": "Return", "goods": Return.objects.get().pk},
    )
    ops.post(at("payment_reverse", Payment.objects.get().pk), {"reason": "Bounced", "amount": ""})
    invoice.refresh_from_db()
    assert (invoice.paid, invoice.credited) == (0, 100) and CreditNote.objects.get().goods is not None
    assert "Payment taken back" in ops.get(invoice.get_absolute_url()).content.decode()


def test_a_contract_is_entered_signed_and_cancelled(desk: Desk) -> None:
    deal, rep = desk.deal(), signed_in(desk.company.rep)
    assert f"OPP-{deal.pk}" in rep.get(f"{at('contract_new')}?deal={deal.pk}").content.decode()
    sent = {
        "name": "Frame", "account": f"ACC-{deal.account_id}", "deal": f"OPP-{deal.pk}", "starts_on": "2026-01-01",
        "last_day": "2026-12-31", "notice_days": "30", "renewal_months": "12", "currency": "USD", "value": "12,000",
        "recurring_amount": "12,000",
    }  # fmt: skip
    wrong = rep.post(at("contract_new"), sent | {"last_day": "2025-12-31"}).content.decode()
    assert "ends before it starts" in wrong
    rep.post(at("contract_new"), sent)
    contract = Contract.objects.get()
    assert contract.ends_on is not None and contract.ends_on.isoformat() == "2027-01-01"
    assert "Dec 31, 2026" in rep.get(contract.get_absolute_url()).content.decode()
    rep.post(at("contract_sign", contract.pk), {"on": desk.on.isoformat()})
    kept = {name: value for name, value in sent.items() if name != "value"} | {"value": "1"}
    assert "was signed" in rep.post(at("contract_edit", contract.pk), kept).content.decode()
    assert rep.post(at("contract_churn", contract.pk), {}).status_code == 403
    ops = signed_in(desk.company.ops)
    lost = {"lost_on": desk.on.isoformat(), "amount": "2000", "reason": "Fewer sites"}
    ops.post(at("contract_churn", contract.pk), lost)
    ops.post(at("churn_reverse", contract.pk, contract.churns.get().pk), {"reason": "Mistake"})
    rep.post(at("contract_cancel", contract.pk), {"on": desk.on.isoformat(), "reason": "Budget cut"})
    contract.refresh_from_db()
    assert contract.status == "cancelled" and services.recurring_left(contract) == 0


def test_costs_and_margins_are_for_those_who_lead(desk: Desk) -> None:
    desk.cost("40")
    order = desk.order()
    assert "Margin" not in signed_in(desk.company.rep).get(order.get_absolute_url()).content.decode()
    assert "$600.00" in signed_in(desk.company.manager).get(order.get_absolute_url()).content.decode()
    ops = signed_in(desk.company.ops)
    sent = {"product": desk.company.product().pk, "cost": "45", "currency": "USD", "valid_from": desk.on.isoformat()}
    ops.post(at("product_cost_new"), sent)
    assert ProductCost.objects.get(valid_to=None).cost == 45 and ProductCost.objects.count() == 2


def test_sales_ops_decide_how_deep_discounts_go(desk: Desk) -> None:
    ops = signed_in(desk.company.ops)
    page = ops.post(at("discount_policy_new"), {"role": "rep", "max_discount_pct": "120", "valid_from": "2026-01-01"})
    assert "100" in page.content.decode() and not DiscountPolicy.objects.exists()
    ops.post(at("discount_policy_new"), {"role": "rep", "max_discount_pct": "12", "valid_from": "2026-01-01"})
    assert DiscountPolicy.objects.get().max_discount_pct == 12
    ops.post(at("settings"), {"renewal_lead_days": "60", "order_within_days": "7", "due_days": "14"})
    assert desk.invoice().due_on == desk.on + 14 * DAY


def test_the_panel_tells_how_far_a_deal_is(desk: Desk) -> None:
    order = desk.order()
    desk.pay(desk.invoice(order, "1000"), "400")
    rep = signed_in(desk.company.rep)
    text = rep.get(at("deal_cash", order.deal_id), headers={"HX-Request": "true"}).content.decode()
    assert "$1,000.00" in text and "$400.00" in text and "<html" not in text
    assert "$400.00" in rep.get(at("account_cash", order.account_id)).content.decode()
    assert signed_in(desk.company.outsider).get(at("deal_cash", order.deal_id)).status_code == 404


@pytest.mark.parametrize("name", ["quotes", "contracts", "orders", "invoices", "payments", "returns", "fulfilments"])
def test_lists_cost_the_same_for_one_row_and_three(desk: Desk, name: str) -> None:
    ops = signed_in(desk.company.ops)

    def make(number: int) -> None:
        order = desk.order(desk.deal(f"Deal {number}"))
        desk.quote(order.deal)
        desk.contract(order.deal)
        desk.fulfil(order)
        desk.take_back(order)
        desk.pay(desk.invoice(order), "1")

    make(1)
    one = queries(ops, at(name))
    make(2)
    make(3)
    assert queries(ops, at(name)) == one
    assert ops.get(f"{at(name)}?format=csv").status_code == 200


def test_acts_read_as_words(desk: Desk) -> None:
    order = desk.order()
    page = signed_in(desk.company.rep).get(order.get_absolute_url()).content.decode()
    assert "Order made" in page and AuditEvent.objects.filter(act="order.created").exists()
