"""Deals at work, in Chromium: the board by mouse and keyboard, two editors, many at once, the drawer, a phone."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PASSWORD

pytestmark = pytest.mark.browser
REP, MANAGER = "ana@example.com", "max@example.com"
TYPING_SECONDS = 10
DEALS = """
from decimal import Decimal
from pipeline.models import StageCriterion
from tests.small_company import find_company
company = find_company()
names = ["Kestrel Parcel", "Vantor Plastics", "Pinecrest Dairy", "Redwood Grocers", "Ilex Pharma", "Norvik Cold Chain"]
for number, name in enumerate(names):
    company.deal(name, amount=Decimal(1000 * (9 - number)), stage="Evaluation" if number > 2 else "Discovery")
deal = company.deal("Lumen Tile", amount=Decimal(61400), stage="Negotiation")
StageCriterion.objects.create(stage=deal.stage, label="Budget owner confirmed")
"""


@pytest.fixture(scope="module")
def deals(company_there: Any) -> None:
    """A little company with a rep, her manager and a few deals."""
    company_there.manage("shell", "-c", DEALS)


def column(page: Page, name: str) -> Locator:
    return page.locator(".so-col").filter(has=page.get_by_role("heading", name=re.compile(f"^{name} ")))


def card(page: Page, name: str) -> Locator:
    return page.locator(".so-deal").filter(has_text=name)


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"][:3]]


@pytest.mark.usefixtures("deals")
def test_a_deal_is_moved_by_mouse_and_the_move_undone(visitor: Callable[..., Page]) -> None:
    page = visitor(REP, PASSWORD)
    page.goto("/board/")
    expect(column(page, "Discovery")).to_contain_text("$24K")
    card(page, "Kestrel Parcel").drag_to(column(page, "Evaluation"))
    expect(column(page, "Evaluation").locator(".so-deal").filter(has_text="Kestrel Parcel")).to_be_visible()
    expect(column(page, "Discovery")).to_contain_text("$15K")
    expect(page.locator("#toasts")).to_contain_text("Kestrel Parcel moved to Evaluation.")
    page.keyboard.press("z")
    page.wait_for_load_state()
    expect(column(page, "Discovery").locator(".so-deal").filter(has_text="Kestrel Parcel")).to_be_visible()


@pytest.mark.usefixtures("deals")
def test_a_deal_is_moved_by_keyboard_and_what_a_move_needs_is_asked(visitor: Callable[..., Page]) -> None:
    page = visitor(REP, PASSWORD)
    page.goto("/board/")
    page.locator(".so-deal h3 a", has_text="Vantor Plastics").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".so-deal h3 a", has_text="Pinecrest Dairy")).to_be_focused()
    page.keyboard.press("m")
    menu = page.locator("#move-menu")
    expect(menu).to_be_visible()
    expect(menu.get_by_role("button", name="Discovery")).to_be_disabled()
    page.keyboard.press("Enter")
    expect(column(page, "Evaluation").locator(".so-deal").filter(has_text="Pinecrest Dairy")).to_be_visible()
    expect(page.locator(".so-deal h3 a", has_text="Pinecrest Dairy")).to_be_focused()

    page.locator(".so-deal h3 a", has_text="Lumen Tile").focus()
    page.keyboard.press("m")
    menu.get_by_role("button", name="Won").press("Enter")
    ask = page.locator("#move-ask")
    expect(ask).to_contain_text("Budget owner confirmed")
    page.keyboard.press("Escape")
    expect(column(page, "Negotiation").locator(".so-deal").filter(has_text="Lumen Tile")).to_be_visible()
    page.locator(".so-deal h3 a", has_text="Lumen Tile").focus()
    page.keyboard.press("m")
    menu.get_by_role("button", name="Won").press("Enter")
    ask.get_by_label("Move on all the same, because").fill("Signed today")
    page.keyboard.press("Enter")
    expect(column(page, "Won").locator(".so-deal").filter(has_text="Lumen Tile")).to_be_visible()


@pytest.mark.usefixtures("deals")
def test_a_next_step_is_written_on_the_card(visitor: Callable[..., Page]) -> None:
    page = visitor(REP, PASSWORD)
    page.goto("/board/")
    one = card(page, "Redwood Grocers")
    one.get_by_role("link", name=re.compile("Add a next step")).click()
    expect(one.get_by_label("Next step", exact=True)).to_be_focused()
    page.keyboard.type("Pilot readout")
    page.keyboard.press("Enter")
    expect(one.get_by_role("link", name=re.compile("Pilot readout"))).to_be_visible()


@pytest.mark.usefixtures("deals")
def test_the_second_of_two_editors_sees_both_values(visitor: Callable[..., Page]) -> None:
    rep, manager = visitor(REP, PASSWORD), visitor(MANAGER, PASSWORD)
    for page in (rep, manager):
        page.goto("/board/")
        page.locator(".so-deal h3 a", has_text="Ilex Pharma").click()
        expect(page.locator("#drawer")).to_contain_text("Details")
    rep.locator("#drawer").get_by_label("Next step", exact=True).fill("Validation plan")
    rep.keyboard.press("Tab")
    expect(rep.locator("#drawer")).to_contain_text("Saved")
    theirs = manager.locator("#drawer")
    theirs.get_by_label("Next step", exact=True).fill("Ask for the budget")
    manager.keyboard.press("Tab")
    expect(theirs).to_contain_text("Saved meanwhile: Validation plan")
    expect(theirs.get_by_label("Next step", exact=True)).to_have_value("Ask for the budget")
    theirs.get_by_role("button", name="Save again").click()
    expect(theirs).not_to_contain_text("Saved meanwhile")
    rep.reload()
    expect(rep.get_by_label("Next step", exact=True)).to_have_value("Ask for the budget")


@pytest.mark.usefixtures("deals")
def test_the_drawer_follows_the_list_and_gives_the_focus_back(visitor: Callable[..., Page]) -> None:
    page = visitor(REP, PASSWORD)
    page.goto("/opportunities/?status=open&sort=name")
    first, second = page.locator("tbody a.name").nth(0), page.locator("tbody a.name").nth(1)
    first.click()
    drawer = page.locator("#drawer")
    expect(drawer.get_by_role("heading", level=2).first).to_have_text(first.inner_text())
    expect(page).to_have_url(re.compile(r"/opportunities/\d+/$"))
    page.keyboard.press("j")
    expect(drawer.get_by_role("heading", level=2).first).to_have_text(second.inner_text())
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(page).to_have_url(re.compile("status=open"))
    expect(second).to_be_focused()
    first.click()
    expect(drawer).to_be_visible()
    page.go_back()
    expect(drawer).to_be_hidden()


@pytest.mark.usefixtures("deals")
def test_cells_of_the_list_are_edited_by_keyboard(visitor: Callable[..., Page]) -> None:
    page = visitor(REP, PASSWORD)
    page.goto("/opportunities/?q=Norvik")
    page.locator("td.amt a.so-cell").click()
    editing = page.locator("td.is-editing input:not([type=hidden])")
    expect(editing).to_be_focused()
    page.keyboard.type("12.3456")
    page.keyboard.press("Enter")
    expect(page.locator("td.is-editing")).to_contain_text("Did you mean 12.35?")
    page.keyboard.press("Control+a")
    page.keyboard.type("56,000")
    page.keyboard.press("Enter")
    expect(page.locator("td.amt")).to_contain_text("$56,000")
    expect(page.locator("[data-saved]")).to_contain_text("Saved")
    page.locator("td.amt a.so-cell").press("Enter")
    expect(editing).to_be_focused()
    page.keyboard.type("1")
    page.keyboard.press("Escape")
    expect(page.locator("td.amt")).to_contain_text("$56,000")


@pytest.mark.usefixtures("deals")
def test_many_deals_are_changed_at_once_and_put_back(visitor: Callable[..., Page]) -> None:
    page = visitor(MANAGER, PASSWORD)
    page.goto("/opportunities/?status=open")
    boxes = page.locator("tbody input[name=pk]")
    for number in range(3):
        boxes.nth(number).check()
    page.get_by_role("button", name="Change…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Change 3 deals")
    page.get_by_role("button", name="Forecast category").click()
    page.get_by_label("New forecast category").select_option(label="Commit")
    page.get_by_role("button", name="Show what will change").click()
    expect(page.locator("#would")).to_contain_text("3 will change")
    page.get_by_role("button", name="Change 3 deals").click()
    expect(page.locator("#toasts")).to_contain_text("Forecast to Commit: 3 deals changed.")
    expect(page.locator("tbody")).to_contain_text("Commit")
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("undone")
    expect(page.locator("tbody")).not_to_contain_text("Commit")
    page.goto("/opportunities/bulk-edits/")
    expect(page.locator("tbody tr").first).to_contain_text("Undone")


@pytest.mark.usefixtures("deals")
def test_a_deal_is_edited_on_a_phone_in_under_ten_seconds_of_typing(visitor: Callable[..., Page]) -> None:
    page = visitor(REP, PASSWORD, width=390)
    page.goto("/opportunities/?q=Norvik")
    page.locator("tbody a.name").first.click()
    page.locator("#drawer").get_by_role("link", name="Quick edit").click()
    amount = page.get_by_label(re.compile("^Amount"))
    assert amount.get_attribute("inputmode") == "decimal"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    heights = page.locator(".so-quick :is(.form-control, .form-select):not([type=hidden])").evaluate_all(
        "all => all.map(a => a.offsetHeight)"
    )
    assert min(heights) >= 44
    typed = 0.0
    page.get_by_label("Stage").select_option(label="Negotiation")
    page.get_by_role("button", name="Expected close date: End of quarter").click()
    for field, text in ((amount, "48600"), (page.get_by_label("Next step", exact=True), "Resend quote")):
        field.fill("")
        started = time.monotonic()
        field.press_sequentially(text, delay=250)  # a slow thumb
        typed += time.monotonic() - started
    assert typed < TYPING_SECONDS
    expect(page.get_by_role("button", name="Save")).to_be_in_viewport()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main")).to_contain_text("$48,600.00")
    expect(page.locator("main")).to_contain_text("Negotiation")
    expect(page.get_by_label("Next step", exact=True)).to_have_value("Resend quote")


@pytest.mark.usefixtures("deals")
@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")])
def test_board_and_drawer_are_accessible(visitor: Callable[..., Page], width: int, theme: str) -> None:
    page = visitor(REP, PASSWORD, width=width, theme=theme)
    page.goto("/board/")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width == 390:
        assert page.locator(".so-col").first.evaluate("column => column.offsetWidth") == pytest.approx(
            0.84 * 390, abs=2
        )
    page.locator(".so-deal h3 a").first.click()
    expect(page.locator("#drawer")).to_contain_text("Timeline")
    page.wait_for_load_state("networkidle")
    assert violations(page) == []
