"""Pay in Chromium: read how a line comes about, dispute it, uphold it; on a desk and on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD

pytestmark = pytest.mark.browser
REP, KEEPER = "ana@example.com", "cora@example.com"
PAY = f"""
from decimal import Decimal
from time import sleep
from compensation import services
from compensation.models import PayRun
from tests.compensation.pay_desk import desk_of, released
from tests.small_company import find_company

def run_jobs():  # the instance's worker does them
    while PayRun.objects.filter(state="started").exists():
        sleep(0.2)

company = find_company()
desk = desk_of(company, run_jobs)
for user in (desk.admin, desk.second, desk.finance):
    user.set_password("{PASSWORD}")
    user.save()
deals = [company.deal(name, amount=Decimal(8000)) for name in ("Corvid Foods 1440", "Corvid Foods 390")]
hold = {{"share": "20%", "months": 1}}
pays = {{"tiers": [{{"up_to": "100%", "rate": "8%"}}, {{"up_to": "120%", "rate": "12%"}}, {{"rate": "14%"}}]}}
version = desk.plan(components={{"commission": {{"measure": "bookings", "pays": pays, "hold": hold}}}})
desk.quota("18000")
rows = [desk.credit(f"T-{{deal.pk}}", "8000", f"2024-01-1{{number}}", deal_id=deal.pk, factor="100%")
        for number, deal in enumerate(deals)]
desk.keep(version, desk.credit("Halden", "4000", "2024-01-05"), *rows)
released(desk.closed("2024-01"), services.payee_of(desk.ana).pk)
"""


@pytest.fixture(scope="module")
def paid(company_there: Any) -> Iterator[None]:
    """A posted month of the rep's, on a plan with three tiers."""
    company_there.manage("shell", "-c", PAY)
    yield


def _fits(page: Page, width: int) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url


@pytest.mark.usefixtures("paid")
@pytest.mark.parametrize("width", [1440, 390])
def test_from_the_trace_to_the_adjustment(visitor: Callable[..., Page], width: int) -> None:
    deal = f"Corvid Foods {width}"
    rep = visitor(REP, PASSWORD, width=width)
    _read_the_trace(rep, deal, width)
    _dispute_it(rep, deal, width)
    keeper = visitor(KEEPER, PASSWORD, width=width)
    _uphold_it(keeper, deal, width)
    rep.reload()
    expect(rep.get_by_role("heading", level=1)).to_contain_text("Upheld")
    expect(rep.get_by_role("row").filter(has_text="Payable")).to_contain_text("+$100.00" if width > 640 else "$")
    _fits(rep, width)


def _read_the_trace(page: Page, deal: str, width: int) -> None:
    page.goto("/pay/statements/")
    page.get_by_role("link", name="January 2024").first.click()
    expect(page.get_by_text("You are paid on")).to_be_visible()
    expect(page.get_by_text("You are here").first).to_be_visible()
    page.get_by_role("link", name=f"Calculation of {deal}").click()
    trace = page.locator(".trace-row .so-trace")
    expect(trace.get_by_text("Measure", exact=True)).to_be_visible()
    amounts = [_minor(one) for one in trace.locator("li:not(.is-sum) .r:not(.mid)").all_inner_texts()]
    assert sum(amounts) == _minor(trace.locator("li.final .r").inner_text())
    _fits(page, width)


def _minor(text: str) -> int:
    return int(re.sub(r"[^\d-]", "", text.replace("\u2212", "-")))


def _dispute_it(page: Page, deal: str, width: int) -> None:
    page.get_by_role("link", name="Dispute this line").click()
    page.get_by_label("Title").fill(f"{deal}: the amount is wrong")
    page.get_by_label("What is wrong, and how you know").fill("The order is 1,000 higher.")
    page.get_by_role("button", name="Raise the dispute").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("the amount is wrong")
    expect(page.get_by_text("The order is 1,000 higher.")).to_be_visible()
    _fits(page, width)


def _uphold_it(page: Page, deal: str, width: int) -> None:
    page.goto("/pay/disputes/?open=1")
    page.get_by_role("link", name=f"{deal}: the amount is wrong").click()
    page.get_by_label("Comment").fill("I see it in the order.")
    page.get_by_role("button", name="Comment").click()
    expect(page.get_by_text("I see it in the order.")).to_be_visible()
    page.get_by_role("link", name="Decide").click()
    page.get_by_label("Decision").select_option("upheld")
    page.get_by_label("Why").fill("The order says so.")
    page.get_by_role("button", name="Decide").click()
    page.get_by_label("Amount").fill("100.00")
    page.get_by_role("button", name="Propose").click()
    expect(page.get_by_text("Waiting").first).to_be_visible()
    _fits(page, width)
