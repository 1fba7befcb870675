"""Where what lies between quote and cash shows elsewhere: search, a deal's timeline, approvals, the night."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from core import jobs
from core.selectors import company_day
from orders import services
from orders.models import Contract, Quote
from orders.selectors.records import contract_hits, invoice_hits, order_hits, quote_hits
from orders.selectors.waiting import waiting_quotes
from pipeline.selectors.timelines import timeline_for
from tests.orders.desk import DAY, Desk

pytestmark = pytest.mark.django_db


def test_records_are_found_by_number_and_name_by_those_who_see_them(desk: Desk) -> None:
    order = desk.order()
    found = {
        order_hits: order, invoice_hits: desk.invoice(order), contract_hits: desk.contract(order.deal),
        quote_hits: desk.quote(order.deal),
    }  # fmt: skip
    for hits, record in found.items():
        for text in (record.number, record.name):
            assert [hit.record_id for hit in hits(desk.company.rep.user, text, desk.on, 5)] == [record.pk]
            assert not hits(desk.company.outsider.user, text, desk.on, 5)


def test_a_revision_is_found_by_the_number_of_its_first(desk: Desk) -> None:
    quote = desk.sent()
    second = services.revise_quote(quote_id=quote.pk, by=desk.by, on=desk.on)
    hits = quote_hits(desk.by, quote.number, desk.on, 5)
    assert {hit.record_id for hit in hits} == {quote.pk, second.pk}


def test_a_deals_timeline_tells_what_became_of_it(desk: Desk) -> None:
    order = desk.order()
    desk.pay(desk.invoice(order), "10")
    page = timeline_for(desk.company.rep.user, "opportunity", order.deal, desk.on)
    told = [line.title for line in page.lines]
    assert any(title.startswith("Order made") for title in told)
    assert any(title.startswith("Payment booked") for title in told)


def test_a_quote_waits_on_the_approvals_page_of_who_decides(desk: Desk) -> None:
    desk.policy("manager", "20")
    company = desk.company
    quote = desk.quote(discount="15", by=company.rep.user)
    services.submit_quote(quote_id=quote.pk, by=company.rep.user, on=desk.on)
    (line,) = waiting_quotes(company.manager.user, desk.on)
    assert "15%" in line.title and line.url.endswith(f"/quotes/{quote.pk}/decide/")
    for nobody in (company.rep, company.other_manager, company.outsider, company.admin):
        assert list(waiting_quotes(nobody.user, desk.on)) == []


def test_the_night_expires_ends_and_renews(company: Any) -> None:
    object.__setattr__(company, "as_of", company_day(timezone.now()))
    desk = Desk(company)
    quote, contract = desk.sent(), desk.contract(ends_on=desk.on + 30 * DAY, starts_on=desk.on - 335 * DAY)
    Quote.objects.filter(pk=quote.pk).update(valid_until=desk.on - DAY)
    for _night in range(2):
        jobs.registered["orders.nightly"](on=desk.on.isoformat())
    assert Quote.objects.get().status == "expired"
    assert Contract.objects.get().renewal_deal is not None and contract.deal is not None
