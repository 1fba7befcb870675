"""Every page, light and dark, wide and narrow: no accessibility violation, no sideways scroll, no complaint."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.spreading import FULL_ROUND

pytestmark = pytest.mark.browser
PAGES = (
    "/today/",
    "/notifications/",
    "/notifications/choices/",
    "/dashboard/",
    "/dashboard/?period=all",
    "/opportunities/",
    "/opportunities/new/",
    "/accounts/",
    "/accounts/new/",
    "/contacts/",
    "/contacts/new/",
    "/leads/",
    "/leads/new/",
    "/products/",
    "/people/",
    "/positions/",
    "/orders/",
    "/orders/exceptions/",
    "/quotes/",
    "/contracts/",
    "/invoices/",
    "/payments/",
    "/returns/",
    "/fulfilments/",
    "/credit-notes/",
    "/product-costs/",
    "/product-costs/new/",
    "/data-quality/",
    "/imports/",
    "/imports/new/",
    "/runs/",
    "/search/?q=a",
    "/settings/",
    "/settings/company/",
    "/settings/tokens/",
    "/settings/tokens/new/",
    "/api/docs/",
    "/settings/rates/",
    "/settings/rates/new/",
    "/settings/discounts/",
    "/settings/discounts/new/",
    "/settings/orders/",
    "/settings/targets/",
    "/settings/targets/new/",
    "/territories/",
    "/territories/tree/",
    "/territories/new/",
    "/territories/coverage/",
    "/territories/accounts/",
    "/settings/users/",
    "/settings/users/new/",
    "/settings/audit/",
    "/settings/access/",
    "/settings/invitations/",
    "/settings/invitations/people/",
    "/settings/personal-data/?q=ada",
    "/sessions/",
    "/absence/",
    "/approvals/",
    "/auth/password/change/",
    "/auth/2fa/",
    "/mailbox/",
)
EVERY_WAY = [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")]
# Pages of one record: the first link of a list.
RECORDS = (
    *("/opportunities/", "/accounts/", "/people/", "/positions/", "/runs/", "/imports/", "/settings/users/"),
    *("/orders/", "/contracts/", "/invoices/", "/territories/"),
)

# Pages of forms and parts that stand below such a record, by its list; {pk} is its number.
BELOW = {
    "/opportunities/": (
        *("/quotes/new/?deal={pk}", "/contracts/new/?deal={pk}", "/orders/new/?deal={pk}"),
        "/opportunities/{pk}/quote-to-cash/",
    ),
    "/accounts/": tuple(f"/accounts/{{pk}}/{part}/" for part in ("quote-to-cash", "territory", "territory/move")),
    "/territories/": tuple(f"/territories/{{pk}}/{act}/" for act in ("edit", "cover", "place")),
    "/orders/": tuple(f"/orders/{{pk}}/{act}/" for act in ("edit", "cancel", "fulfil", "return", "invoice")),
    "/contracts/": ("/contracts/{pk}/churn/", "/contracts/{pk}/cancel/"),
    "/invoices/": ("/invoices/{pk}/pay/", "/invoices/{pk}/credit/"),
}


@pytest.fixture(scope="module")
def some_data(instance: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A few records of each kind, so that lists and pages show rows."""
    folder = tmp_path_factory.mktemp("files")
    files = {
        "people": "Name,Manager,Region\nAda Reed,Mo Lang,North\nBo Sun,Mo Lang,North\n",
        "accounts": "Account,Industry,Country,Owner\nQuartz Mills,Manufacturing,Germany,Ada Reed\n",
        "products": "Product,Series,Price\nArm 6,Arms,4821\n",
        "opportunities": "Opportunity ID,Name,Account,Owner,Stage,Amount,Close date,Product\n"
        "Q1,Quartz pilot,Quartz Mills,Ada Reed,Proposal,12500,2031-02-01,Arm 6\n",
        "territories": "Territory ID,Territory,Within\nN,North,\nH,Harbour,N\n",
        "territory_assignments": "Territory,Position,From\nHarbour,Seat of Ada Reed,2024-01-01\n",
        "account_territories": "Account,Territory,From\nQuartz Mills,Harbour,2024-01-01\n",
        "quotas": "Person,Period,Quota\nAda Reed,2026-Q1,90000\n",
        "product_costs": "Product,Unit cost,Valid from\nArm 6,3100,2024-01-01\n",
        "contracts": "Contract ID,Contract name,Account,Opportunity,Signed on,Starts on,Last day,Value\n"
        "C1,Quartz frame,Quartz Mills,Q1,2025-01-02,2025-01-03,2031-01-02,12500\n",
        "orders": "Order ID,Opportunity,Ordered on,Amount,Product,Quantity,Delivered on\n"
        "O1,Q1,2025-01-03,9642,Arm 6,2,2025-01-20\nO2,Q1,2025-01-04,4821,Arm 6,1,\n",
        "invoices": "Invoice ID,Order,Issued on,Amount\nR1,O1,2025-01-21,9642\n",
        "payments": "Payment ID,Invoice,Paid on,Amount\nP1,R1,2025-02-01,4000\n",
        "returns": "Return ID,Order,Product,Returned on,Quantity,Reason\nB1,O1,Arm 6,2025-02-02,1,Broken\n",
    }
    for kind, text in files.items():
        path = folder / f"{kind}.csv"
        path.write_text(text)
        instance.manage("import_records", kind, str(path), "--accept-proposals")


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"][:3]]


@pytest.mark.usefixtures("some_data")
@pytest.mark.parametrize(("width", "theme"), EVERY_WAY if FULL_ROUND else EVERY_WAY[::3])
def test_every_page_is_accessible(visitor: Callable[..., Page], width: int, theme: str) -> None:
    page = visitor(width=width, theme=theme)
    wrong: dict[str, list[str]] = {}
    for address in [*PAGES, *_records(page)]:
        answer = page.goto(address)
        assert answer is not None and answer.status == 200, f"{address}: {answer and answer.status}"
        if address == "/api/docs/":
            page.locator(".opblock-tag").first.wait_for()  # what Swagger draws belongs to the page
        found = violations(page)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append("scrolls sideways")
        if found:
            wrong[address] = found
    assert wrong == {}


def _records(page: Page) -> list[str]:
    found = []
    for address in RECORDS:
        page.goto(address)
        links = page.locator("table.so-table tbody a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
        link = next(link for link in links if link and re.search(r"/\d+/$", link))
        pk = link.rstrip("/").rpartition("/")[2]
        found += [link, *(below.format(pk=pk) for below in BELOW.get(address, ()))]
    return found
