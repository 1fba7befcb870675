"""An account's page in Chromium: log in one line, tag, attach, edit a field of one's own, see all of it told."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD
from tests.core.test_file_types import PDF

pytestmark = pytest.mark.browser
REP = "ana@example.com"
RECORDS = """
from core import services
from tests.small_company import find_company
company = find_company()
sizes = [("", "One hall", False), ("", "Several halls", False)]
for kind, label, choices in (("number", "Robots in use", []), ("choice", "Plant size", sizes)):
    wanted = services.Wanted(label, choices=choices)
    services.define_field(record_kind="account", type=kind, wanted=wanted, by=company.ops.user)
group = company.account("Hallgrove Group")
for width in (1440, 390):
    works = company.account(f"Hallgrove Works {width}", parent=group)
    company.account(f"Hallgrove Paint {width}", parent=works)
    company.deal(f"Paint line {width}", account=works, amount=52000)
"""


@pytest.fixture(scope="module")
def made(company_there: Any) -> None:
    """A rep's accounts in a tree, with a deal; accounts have two fields of the company's own."""
    company_there.manage("shell", "-c", RECORDS)


def _open(page: Page, width: int) -> None:
    page.goto(f"/accounts/?q=Hallgrove+Works+{width}")
    page.locator("tbody a.name").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Hallgrove Works {width}")
    page.wait_for_load_state("networkidle")  # its parts load by themselves


def _fits(page: Page, width: int) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize("width", [1440, 390])
def test_work_on_an_account(visitor: Callable[..., Page], width: int) -> None:
    page = visitor(REP, PASSWORD, width=width)
    _open(page, width)
    _see_the_hierarchy(page, width)
    _log_in_one_line(page)
    _tag(page)
    _attach(page)
    _fits(page, width)
    _edit_own_fields(page)
    _see_it_told(page)
    _fits(page, width)


def _see_the_hierarchy(page: Page, width: int) -> None:
    family = page.locator("#family")
    for name in ("Hallgrove Group", f"Hallgrove Works {width}", f"Hallgrove Paint {width}"):
        expect(family.get_by_role("row").filter(has_text=name).first).to_be_visible()
    expect(family.locator("[aria-current=page]")).to_have_text(f"Hallgrove Works {width}")
    expect(family.get_by_role("row").filter(has_text=f"Works {width}")).to_contain_text("$52K")
    expect(family.get_by_role("link", name="Hallgrove Group")).to_be_visible()


def _log_in_one_line(page: Page) -> None:
    page.get_by_role("link", name="Log activity").click()
    line = page.get_by_label("Log in one line")
    expect(line).to_be_focused()
    page.keyboard.type("call 15m spoke with Ann about the paint line, send quote fri")
    expect(page.locator("#log-said")).to_contain_text("15 min")
    page.keyboard.press("Enter")
    timeline = page.locator("#timeline")
    expect(timeline).to_contain_text("spoke with Ann about the paint line")
    expect(timeline).to_contain_text(re.compile("send quote", re.IGNORECASE))
    expect(page.get_by_label("Log in one line")).to_have_value("")


def _tag(page: Page) -> None:
    tags = page.locator("#record-tags")
    tags.get_by_label("Add tags").fill("Reference, Paint shop")
    tags.get_by_role("button", name="Add").click()
    expect(tags.get_by_role("listitem")).to_have_text(["Paint shop", "Reference"])
    tags.get_by_role("button", name="Take off Paint shop").click()
    expect(tags.get_by_role("listitem")).to_have_text(["Reference"])


def _attach(page: Page) -> None:
    files = page.locator("#record-files")
    chosen = files.get_by_label("Files to attach")
    chosen.set_input_files({"name": "Offer.pdf", "mimeType": "application/pdf", "buffer": b"MZ\x90\x00" + b"\0" * 200})
    files.get_by_role("button", name="Attach", exact=True).click()
    expect(files.get_by_role("alert")).to_contain_text("Offer.pdf")
    expect(files.get_by_role("link", name="Offer.pdf")).to_have_count(0)
    chosen.set_input_files({"name": "Offer.pdf", "mimeType": "application/pdf", "buffer": PDF})
    files.get_by_role("button", name="Attach", exact=True).click()
    expect(files.get_by_role("link", name="Offer.pdf")).to_be_visible()
    expect(files.get_by_role("alert")).to_have_count(0)
    with page.expect_download() as started:
        files.get_by_role("link", name="Offer.pdf").click()
    assert started.value.path().read_bytes() == PDF


def _edit_own_fields(page: Page) -> None:
    page.locator("[data-edit]").click()
    page.get_by_label("Robots in use").fill("many")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_label("Robots in use")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Robots in use").fill("1,240")
    page.get_by_label("Plant size").select_option(label="Several halls")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_role("definition").filter(has_text="1,240")).to_be_visible()
    expect(page.get_by_role("definition").filter(has_text="Several halls")).to_be_visible()


def _see_it_told(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    timeline = page.locator("#timeline")
    for words in ("spoke with Ann", "Reference", "Offer.pdf", "Robots in use", "1,240", "Several halls"):
        expect(timeline.get_by_text(re.compile(re.escape(words))).first).to_be_visible()
