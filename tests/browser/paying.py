"""What people do with a month of pay, by clicks: read a line's calculation, dispute it, uphold the dispute."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect


def minor(text: str) -> int:
    """An amount as a page shows it, in minor units: "−$1,000.50" is -100050."""
    return int(re.sub(r"[^\d-]", "", text.replace("\u2212", "-")))


def fits(page: Page, width: int) -> None:
    """Nothing makes the page scroll sideways."""
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url


def open_statement(page: Page, month: str) -> None:
    page.goto("/pay/statements/")
    page.get_by_role("link", name=month).first.click()
    expect(page.get_by_text("You are paid on")).to_be_visible()


def read_the_trace(page: Page, deal: str, width: int) -> None:
    """Open the calculation of a deal's line: its steps add up to what is paid for it."""
    page.get_by_role("link", name=f"Calculation of {deal}").click()
    trace = page.locator(".trace-row .so-trace")
    expect(trace.get_by_text("Measure", exact=True)).to_be_visible()
    amounts = [minor(one) for one in trace.locator("li:not(.is-sum) .r:not(.mid)").all_inner_texts()]
    assert sum(amounts) == minor(trace.locator("li.final .r").inner_text())
    fits(page, width)


def dispute_it(page: Page, deal: str, width: int) -> None:
    page.get_by_role("link", name="Dispute this line").click()
    page.get_by_label("Title").fill(f"{deal}: the amount is wrong")
    page.get_by_label("What is wrong, and how you know").fill("The order is 1,000 higher.")
    page.get_by_role("button", name="Raise the dispute").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("the amount is wrong")
    expect(page.get_by_text("The order is 1,000 higher.")).to_be_visible()
    fits(page, width)


def uphold_it(page: Page, deal: str, width: int) -> None:
    """Answer the dispute, uphold it, and propose an adjustment of 100.00."""
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
    fits(page, width)
