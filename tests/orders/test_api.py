"""Quotes, contracts, orders and what follows over the API: the rules of the pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.selectors import company_day
from orders.models import Invoice, Payment, Quote
from tests.orders.desk import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(company: Any) -> Desk:
    object.__setattr__(company, "as_of", company_day(timezone.now()))
    return Desk(company)


def ok(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.content
    return answer.json()


def pointers(answer: Any) -> list[str]:
    assert answer.status_code == 400, answer.content
    return [error["pointer"] for error in answer.json()["errors"]]


def test_a_quote_is_made_changed_handed_in_and_approved(desk: Desk, calls: Any) -> None:
    company, product = desk.company, desk.company.product()
    desk.policy("manager", "20")
    deal = company.deal(account=company.account())
    rep, manager = calls(company.rep), calls(company.manager)
    line = {"product_id": product.pk, "quantity": "3", "list_price": "100.00", "discount_pct": "10"}
    until = (desk.on + timedelta(days=9)).isoformat()
    made = rep.post("quotes/", {"deal_id": deal.pk, "valid_until": until, "lines": [line], "external_id": "Q-1"})
    quote = ok(made, 201)
    assert (quote["total"], quote["discount_pct"], quote["name"]) == ("270.00", "10", deal.name)
    changed = rep.patch(f"quotes/{quote['id']}/", {"note": "Thank you"}, If_Match=made["ETag"])
    assert ok(changed)["lines"] == quote["lines"]
    assert rep.patch(f"quotes/{quote['id']}/", {"note": "x"}, If_Match=made["ETag"]).status_code == 412
    assert ok(rep.post(f"quotes/{quote['id']}/submit/"))["status"] == "in_approval"
    assert rep.post(f"quotes/{quote['id']}/decide/", {"is_approved": True}).status_code == 403
    assert ok(manager.post(f"quotes/{quote['id']}/decide/", {"is_approved": True}))["status"] == "approved"
    assert rep.post(f"quotes/{quote['id']}/accept/").status_code == 409
    ok(rep.post(f"quotes/{quote['id']}/send/"))
    assert pointers(rep.post(f"quotes/{quote['id']}/decline/", {"reason": ""})) == ["/reason"]
    second = ok(rep.post(f"quotes/{quote['id']}/revise/"))
    assert second["revision"] == 2 and second["id"] != quote["id"]
    assert [row["id"] for row in rep.all("quotes/", status="sent")] == [quote["id"]]


def test_mistakes_of_lines_are_named_by_their_place(desk: Desk, calls: Any) -> None:
    deal, rep = desk.company.deal(), calls(desk.company.rep)
    lines = [{"product_id": desk.company.product().pk, "quantity": "1", "list_price": "1.001"}]
    body = {"deal_id": deal.pk, "valid_until": desk.on.isoformat(), "lines": lines}
    assert pointers(rep.post("quotes/", body)) == ["/lines/0/list_price"]
    other = desk.company.deal(owner=desk.company.outsider)
    assert pointers(rep.post("quotes/", body | {"deal_id": other.pk})) == ["/deal_id"]
    assert not Quote.objects.exists()


def test_an_order_and_its_books(desk: Desk, calls: Any) -> None:
    company, today = desk.company, desk.on.isoformat()
    desk.cost("40")
    deal, rep, ops = desk.deal(), calls(company.rep), calls(company.ops)
    line = {"product_id": company.product().pk, "quantity": "10", "unit_price": "100.00"}
    made = rep.post("orders/", {"deal_id": deal.pk, "ordered_on": today, "lines": [line]})
    order = ok(made, 201)
    assert order["lines"][0]["unit_cost"] is None
    assert ok(ops.get(f"orders/{order['id']}/"))["lines"][0]["unit_cost"] == "40.00"
    number = order["lines"][0]["id"]
    delivery = {"order_line_id": number, "quantity": "4", "fulfilled_on": today}
    assert rep.post("fulfilments/", delivery).status_code == 403
    ok(ops.post("fulfilments/", delivery), 201)
    assert pointers(ops.post("fulfilments/", delivery | {"quantity": "7"})) == ["/quantity"]
    back = {"order_line_id": number, "quantity": "1", "returned_on": today, "reason": "Broken"}
    goods = ok(ops.post("returns/", back), 201)
    assert goods["amount"] == "100.00"
    invoice = ok(ops.post("invoices/", {"order_id": order["id"], "issued_on": today, "amount": "1000.00"}), 201)
    assert pointers(ops.post("payments/", {"invoice_id": invoice["id"], "paid_on": today, "amount": "1000.01"})) == [
        "/amount"
    ]
    paid = ok(ops.post("payments/", {"invoice_id": invoice["id"], "paid_on": today, "amount": "1000.00"}), 201)
    note = {"invoice_id": invoice["id"], "return_id": goods["id"], "credited_on": today, "amount": "100.00",
            "reason": "Return"}  # fmt: skip
    ok(ops.post("credit-notes/", note), 201)
    ok(ops.post(f"payments/{paid['id']}/reverse/", {"amount": "100.00", "reason": "Refund"}))
    assert ops.post(f"payments/{paid['id']}/reverse/", {"amount": "900.01", "reason": "x"}).status_code == 400
    shown = ok(rep.get(f"invoices/{invoice['id']}/"))
    assert (shown["status"], shown["paid"], shown["credited"]) == ("paid", "900.00", "100.00")
    assert calls(company.outsider).get(f"invoices/{invoice['id']}/").status_code == 404
    assert [row["amount"] for row in ops.all("payments/", sort="amount")] == ["-100.00", "1000.00"]


def test_a_payment_with_one_key_is_booked_once(desk: Desk, calls: Any) -> None:
    invoice, ops = desk.invoice(), calls(desk.company.ops)
    body = {"invoice_id": invoice.pk, "paid_on": desk.on.isoformat(), "amount": "10.00"}
    first = ops.post("payments/", body, Idempotency_Key="pay-1")
    again = ops.post("payments/", body, Idempotency_Key="pay-1")
    assert ok(first, 201) == ok(again, 201) and Payment.objects.count() == 1
    assert Invoice.objects.get().paid == 10


def test_a_contract_is_signed_and_cancelled(desk: Desk, calls: Any) -> None:
    deal, rep = desk.deal(), calls(desk.company.rep)
    body = {"name": "Frame", "account_id": deal.account_id, "deal_id": deal.pk, "starts_on": "2026-01-01",
            "last_day": "2026-12-31", "value": "12000.00", "recurring_amount": "12000.00"}  # fmt: skip
    contract = ok(rep.post("contracts/", body), 201)
    assert contract["last_day"] == "2026-12-31" and contract["status"] == "draft"
    path = f"contracts/{contract['id']}/"
    tomorrow = (desk.on + timedelta(days=1)).isoformat()
    assert pointers(rep.post(f"{path}sign/", {"signed_on": tomorrow})) == ["/signed_on"]
    ok(rep.post(f"{path}sign/", {"signed_on": desk.on.isoformat()}))
    assert pointers(rep.patch(path, {"value": "1.00"}, If_Match="*")) == ["/value"]
    assert ok(rep.patch(path, {"auto_renews": True}, If_Match="*"))["auto_renews"] is True
    done = ok(rep.post(f"{path}cancel/", {"on": desk.on.isoformat(), "reason": "Budget"}))
    assert done["status"] == "cancelled"
    assert rep.post(f"{path}cancel/", {"on": desk.on.isoformat(), "reason": "Again"}).status_code == 409


def test_costs_are_told_to_those_who_see_them(desk: Desk, calls: Any) -> None:
    ops = calls(desk.company.ops)
    body = {"product_id": desk.company.product().pk, "cost": "40.00", "valid_from": desk.on.isoformat()}
    cost = ok(ops.post("product-costs/", body), 201)
    assert cost["currency"] == "USD" and cost["valid_to"] is None
    assert [row["cost"] for row in calls(desk.company.manager).all("product-costs/")] == ["40.00"]
    assert calls(desk.company.rep).get("product-costs/").status_code == 403
    assert calls(desk.company.manager).post("product-costs/", body).status_code == 403
