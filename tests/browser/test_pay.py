"""Pay in Chromium: read how a line comes about, dispute it, uphold it; on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD
from tests.browser.paying import dispute_it, fits, open_statement, read_the_trace, uphold_it

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


@pytest.mark.usefixtures("paid")
@pytest.mark.parametrize("width", [1440, 390])
def test_from_the_trace_to_the_adjustment(visitor: Callable[..., Page], width: int) -> None:
    deal = f"Corvid Foods {width}"
    rep = visitor(REP, PASSWORD, width=width)
    open_statement(rep, "January 2024")
    expect(rep.get_by_text("You are here").first).to_be_visible()
    read_the_trace(rep, deal, width)
    dispute_it(rep, deal, width)
    keeper = visitor(KEEPER, PASSWORD, width=width)
    uphold_it(keeper, deal, width)
    rep.reload()
    expect(rep.get_by_role("heading", level=1)).to_contain_text("Upheld")
    expect(rep.get_by_role("row").filter(has_text="Payable")).to_contain_text("+$100.00" if width > 640 else "$")
    fits(rep, width)
