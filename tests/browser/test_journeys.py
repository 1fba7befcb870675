"""The main job, end to end: a CRM export in through the wizard, the VP's dashboard out, down to one deal and back."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import ADMIN, Instance, sign_in
from tests.shared import require_shared

pytestmark = pytest.mark.browser
FILES = [
    ("People", "sales_teams.csv", 35),
    ("Accounts", "accounts.csv", 85),
    ("Products", "products.csv", 7),
    ("Opportunities", "sales_pipeline.csv", 8800),
]
WORK_MS = 120_000


@pytest.fixture(scope="module")
def imported(instance: Instance, chromium: Browser) -> None:
    """A CRM export brought in once, through the wizard, as a sales ops manager would."""
    folder = require_shared("data", "crm_maven")
    context = chromium.new_context(base_url=instance.url, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    sign_in(page, *ADMIN)
    for kind, name, rows in FILES:
        import_through_the_wizard(page, kind, folder / name, rows)
    context.close()


def import_through_the_wizard(page: Page, kind: str, file: Path, rows: int) -> None:
    page.goto("/imports/")
    page.get_by_role("link", name="Import a file").first.click()
    page.get_by_label("What is in the file").select_option(label=kind)
    page.get_by_label("File", exact=False).last.set_input_files(file)
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("button", name="Check rows").first.click()
    ready = page.get_by_role("button", name=re.compile("^Import [0-9,]+ rows?$"))
    ready.wait_for(timeout=WORK_MS)
    accept = page.get_by_role("button", name="Accept all")
    if accept.count():
        accept.first.click()
        ready.wait_for(timeout=WORK_MS)
    ready.click()
    expect(page.get_by_text(re.compile(f"{rows:,} created")).first).to_be_visible(timeout=WORK_MS)


def kpi(page: Page, name: str) -> Locator:
    return page.locator(".so-kpi").filter(has=page.get_by_role("link", name=name, exact=True))


@pytest.mark.usefixtures("shared_folder", "imported")
def test_the_dashboard_tells_the_state_of_the_business(visitor: Callable[..., Page]) -> None:
    page = visitor()
    page.goto("/dashboard/?period=2017")
    expect(page.get_by_role("heading", level=1)).to_contain_text("FY17")
    tile = kpi(page, "Bookings")
    expect(tile).to_contain_text("$10.01M")
    expect(kpi(page, "Win rate")).to_contain_text("63.2%")
    expect(kpi(page, "Average cycle")).to_contain_text("51.8")
    for region, booked in [("West", "$3,568,647"), ("Central", "$3,346,293"), ("East", "$3,090,594")]:
        row = page.locator("tr").filter(has_text=re.compile(rf"^\s*{region}\b"))
        expect(row.filter(has_text=booked).first).to_be_visible()


@pytest.mark.usefixtures("shared_folder", "imported")
def test_from_a_figure_to_its_rows_to_a_file(visitor: Callable[..., Page], tmp_path: Path) -> None:
    page = visitor()
    page.goto("/dashboard/?period=2017-Q3")
    kpi(page, "Bookings").get_by_role("link").first.click()
    page.wait_for_url(re.compile("/opportunities/"))
    page.get_by_role("button", name="Export").or_(page.locator("summary", has_text="Export")).first.click()
    with page.expect_download() as asked:
        page.get_by_role("link", name=re.compile("CSV")).first.click()
    asked.value.save_as(tmp_path / "won.csv")
    with (tmp_path / "won.csv").open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert sum(float(row["Amount"]) for row in rows) == 2_982_255


@pytest.mark.usefixtures("shared_folder", "imported")
def test_edit_a_deal(visitor: Callable[..., Page]) -> None:
    page = visitor()
    page.goto("/opportunities/?status=open")
    page.goto(page.locator("table.so-table tbody a.name").first.get_attribute("href") or "")
    page.get_by_role("link", name="Edit", exact=True).first.click()
    page.get_by_label("Next step", exact=True).fill("Send the revised quote")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_text("Send the revised quote").first).to_be_visible()


@pytest.mark.usefixtures("shared_folder", "imported")
def test_a_phone_reads_the_dashboard_without_scrolling_sideways(visitor: Callable[..., Page]) -> None:
    page = visitor(width=390, theme="dark")
    page.goto("/dashboard/?period=2017-Q3")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_a_wrong_password_says_so(visitor: Callable[..., Page]) -> None:
    page = visitor()
    page.context.clear_cookies()
    page.goto("/opportunities/")
    page.locator("input[name=login]").fill("admin@example.com")
    page.locator("input[name=password]").fill("not the password")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert").first).to_contain_text("not correct")
