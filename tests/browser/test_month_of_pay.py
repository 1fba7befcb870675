"""A month of pay in Chromium by clicks alone: from the empty list of plans to payroll's file, as five people do it."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import PASSWORD, Instance, running_instance, sign_in
from tests.browser.paying import dispute_it, fits, minor, open_statement, read_the_trace, uphold_it

pytestmark = pytest.mark.browser
WORK_MS = 60_000
# Ana and Olga sell; Cora and Carl keep pay, Fina is of finance. Each has won a deal in January and two in February.
COMPANY = f"""
from datetime import date
from decimal import Decimal
from tests.compensation.pay_desk import desk_of
from tests.small_company import make_company

company = make_company()
desk = desk_of(company, list)
for user in (desk.admin, desk.second, desk.finance, company.rep.user, company.outsider.user):
    user.set_password("{PASSWORD}")
    user.save()
won = [("Halden", "2024-01-10", 60000), ("Corvid Foods", "2024-02-08", 30000), ("Perrin", "2024-02-20", 50000)]
for member in (company.rep, company.outsider):
    desk.quota("100000", person=member.person)
    for name, day, amount in won:
        whose = "" if member is company.rep else " East"
        day = date.fromisoformat(day)
        company.deal(name + whose, owner=member, stage="Won", amount=Decimal(amount), created_on=day, closed_on=day)
"""
CLOSED = """
from time import sleep
from compensation.models import PayRun
from tests.compensation.pay_desk import desk_of
from tests.small_company import find_company

def run_jobs():  # the instance's worker does them
    while PayRun.objects.filter(state="started").exists():
        sleep(0.2)

desk_of(find_company(), run_jobs).closed("2024-01")
"""


@pytest.fixture(scope="module")
def instance() -> Iterator[Instance]:
    """One of its own: nobody has written a plan in it, and nobody was paid."""
    with running_instance() as running:
        running.manage("shell", "-c", COMPANY)
        yield running


@pytest.fixture(scope="module")
def people(instance: Instance, chromium: Browser) -> Iterator[Callable[[str], Page]]:
    """people("cora") is her browser, signed in once for all journeys here. Complaints of a console fail at the end."""
    pages: dict[str, Page] = {}
    complaints: list[str] = []

    def enter(name: str) -> Page:
        if name not in pages:
            context = chromium.new_context(
                base_url=instance.url, viewport={"width": 1440, "height": 900}, accept_downloads=True
            )
            page = pages[name] = context.new_page()
            page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
            page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
            sign_in(page, f"{name}@example.com", PASSWORD)
        return pages[name]

    yield enter
    for page in pages.values():
        page.context.close()
    assert complaints == []


def test_a_plan_from_nothing_to_published(people: Any) -> None:
    """Designed from a pattern, tried by an example, decided on by another person, and people put on it."""
    cora, carl = people("cora"), people("carl")
    _go(cora, "Comp plans")
    expect(cora.get_by_role("heading", name="No plan yet")).to_be_visible()
    cora.locator(".so-empty").get_by_role("link", name="New plan").click()
    cora.get_by_role("link", name="Account executive").click()
    cora.get_by_label("Name").fill("AE 2024")
    cora.get_by_label("Valid from").fill("2024-01-01")
    cora.get_by_role("button", name="Save").click()
    expect(cora.get_by_role("heading", level=1)).to_contain_text("AE 2024")
    expect(cora.locator("#crediting\\[0\\]")).to_contain_text("Credit the owner and splits")
    _change(cora, "15%", "14%")
    _try_by_an_example(cora)
    cora.get_by_role("link", name="Accept", exact=True).click()
    cora.get_by_label("Reason").fill("Agreed with finance")
    cora.get_by_role("button", name="Save").click()
    _publish(cora, carl, "AE 2024")
    _put_reps_on_it(cora)


def _go(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


def _change(page: Page, shown: str, typed: str, kind: str = "Share") -> None:
    """Select a value in its sentence and change it where it stands."""
    page.get_by_role("button", name=shown, exact=True).first.click()
    field = page.locator(".so-edit").get_by_label(kind)
    field.fill(typed)
    page.locator(".so-edit").get_by_role("button", name="Save").click()
    expect(field).to_have_count(0)


def _try_by_an_example(page: Page) -> None:
    """A case that comes out otherwise than somebody thought says by how much; put right, it passes."""
    page.get_by_role("link", name="Add a case").click()
    text = page.get_by_label("As YAML")
    text.fill(text.input_value().replace("What the case shows", "Half of quota").replace("amount: 0", "amount: 5000"))
    page.get_by_role("button", name="Save").click()
    cases = page.locator("#cases")
    expect(cases).to_contain_text("Got $4,000.00 instead of $5,000.00")
    expect(page.get_by_text("1 of 2 test cases fails")).to_be_visible()
    _expect_instead(page, "Half of quota", "5000", "4000")
    expect(cases).to_contain_text("2 pass")


def _expect_instead(page: Page, case: str, was: str, now: str, *, day: str = "2024-01-01") -> None:
    """Put a case right: what it expects, and the day of its credits where the plan begins later by now."""
    page.locator("#cases").get_by_role("link", name=case, exact=True).click()
    text = page.get_by_label("As YAML")
    said = text.input_value().replace(f"amount: {was}", f"amount: {now}")
    text.fill(said.replace("2024-01-01", day))
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#cases").get_by_role("link", name=case, exact=True)).to_be_visible()


def _publish(keeper: Page, second: Page, plan: str) -> None:
    """Handed in by one, and published by another who finds it among what waits for them."""
    keeper.get_by_role("button", name="Request approval").click()
    expect(keeper.get_by_text("Handed in: a second person decides.")).to_be_visible()
    _go(second, "Approvals")
    second.get_by_role("link", name=re.compile(plan)).first.click()
    if second.get_by_role("link", name="Decide").count():
        second.get_by_role("link", name="Decide").click()
    second.get_by_role("button", name="Approve and publish").click()
    expect(second.get_by_text("Decided.")).to_be_visible()


def _put_reps_on_it(page: Page) -> None:
    _go(page, "Comp plans")
    page.get_by_role("link", name="AE 2024").click()
    page.get_by_role("link", name="Put a team on it").click()
    page.get_by_label("Role", exact=True).select_option("rep")
    page.get_by_label("From").fill("2024-01-01")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("2 people are on the plan.")).to_be_visible()


def test_the_next_version_is_replayed_over_the_closed_month(people: Any, instance: Instance) -> None:
    instance.manage("shell", "-c", CLOSED)
    cora, carl = people("cora"), people("carl")
    _go(cora, "Comp plans")
    cora.get_by_role("link", name="AE 2024").click()
    cora.get_by_role("button", name="Begin a new version").click()
    cora.get_by_role("link", name="Open v2").click()
    _change(cora, "Jan 1, 2024", "2024-02-01", "Day")
    expect(cora.locator("#linter")).to_contain_text("earlier credits of it don't count")
    _change(cora, "its first day", "2024-01-01", "Day")
    _change(cora, "8%", "9%")
    expect(cora.locator("#cases")).to_contain_text("2 fail")
    expect(cora.locator("#cases")).to_contain_text("A credit of Jan 1, 2024 is outside the days that the plan pays")
    _expect_instead(cora, "An order crosses 100%", "92000", "102000", day="2024-02-01")
    _expect_instead(cora, "Half of quota", "4000", "4500", day="2024-02-01")
    cora.locator("#replay").get_by_role("button", name="Replay").click()
    told = cora.locator("#replay").get_by_text("This version would have paid")
    expect(told).to_be_visible(timeout=WORK_MS)
    assert _amounts(told) == [10_800_00, 9_600_00, 1_200_00]
    expect(cora.locator("#replay")).to_contain_text("2 people 2 gain and 0 lose")
    _publish(cora, carl, "AE 2024")


def _amounts(place: Locator) -> list[int]:
    return [minor(one) for one in re.findall(r"\$[\d,]+\.\d\d", place.inner_text())]


def test_a_month_is_calculated_disputed_closed_and_paid(people: Any, instance: Instance, tmp_path: Path) -> None:
    cora, carl, fina, ana = (people(name) for name in ("cora", "carl", "fina", "ana"))
    _open_month(cora, "February 2024")
    _calculate(cora, instance, "Calculate")
    _approve(cora, carl, fina)
    cora.get_by_role("button", name="Send statements").click()
    expect(cora.get_by_text("Statements are sent.")).to_be_visible()
    open_statement(ana, "February 2024")
    read_the_trace(ana, "Corvid Foods", 1440)
    dispute_it(ana, "Corvid Foods", 1440)
    uphold_it(cora, "Corvid Foods", 1440)
    _approve_the_adjustment(carl)
    _open_month(cora, "February 2024")
    _calculate(cora, instance, "Calculate again")
    expect(cora.get_by_role("row").filter(has_text="Adjust")).to_contain_text("$100.00")
    _check(cora)
    _approve(cora, carl, fina)
    cora.get_by_role("link", name="Post and lock").click()
    cora.get_by_role("button", name="Post and lock").click()
    expect(cora.get_by_text("Posted. The period is locked and the statements are sent.")).to_be_visible()
    paid = minor(cora.get_by_role("row").filter(has_text="Payout").get_by_role("cell").nth(1).inner_text())
    # Each 30,000 at 9%, then of 50,000 the last 10,000 up to quota at 9%, 20,000 at 12%, 20,000 at 14%; Ana's 100 more.
    assert _payroll(cora, tmp_path) == paid == 2 * (2_700_00 + 900_00 + 2_400_00 + 2_800_00) + 100_00


def _open_month(page: Page, month: str) -> None:
    """From the list of pay runs; where it isn't there yet it is opened."""
    _go(page, "Pay runs")
    if not page.get_by_role("link", name=month).count():
        page.get_by_role("link", name="Open months").first.click()
        page.get_by_label("From the month of").fill("2024-01-01")
        page.get_by_role("button", name="Open").click()
    page.get_by_role("link", name=month).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"{month} pay run")


@contextmanager
def _worker_waits(instance: Instance) -> Iterator[None]:
    """The instance's worker stands still meanwhile: so few people are calculated faster than anybody looks."""
    of_home = str(instance.home)
    workers = [
        one for one in psutil.process_iter(["cmdline", "environ"])
        if "celery" in " ".join(one.info["cmdline"] or ()) and "worker" in (one.info["cmdline"] or ())
        and (one.info["environ"] or {}).get("SALESOPS_HOME") == of_home
    ]  # fmt: skip
    assert workers
    for one in workers:
        one.suspend()
    try:
        yield
    finally:
        for one in workers:
            one.resume()


def _calculate(page: Page, instance: Instance, button: str) -> None:
    """Pressed, seen to be at work, and seen to be done without another click."""
    with _worker_waits(instance):
        page.get_by_role("button", name=button, exact=True).click()
        expect(page.locator("#calculation")).to_contain_text("You can leave this page.")
    expect(page.get_by_role("button", name="Request approval")).to_be_enabled(timeout=WORK_MS)
    expect(page.locator("#calculation")).to_have_count(0)


def _check(page: Page) -> None:
    page.get_by_role("button", name="Check again").click()
    checks = page.locator("#checks")
    expect(checks).to_contain_text("0 cents apart", timeout=WORK_MS)
    expect(checks).not_to_contain_text("Being run again", timeout=WORK_MS)
    expect(checks.locator(".good + span", has_text="Same result when run again")).to_be_visible(timeout=WORK_MS)


def _approve(keeper: Page, *others: Page) -> None:
    """Handed in, and approved by two who find it among what waits for them."""
    keeper.get_by_role("button", name="Request approval").click()
    expect(keeper.get_by_text("Handed in.")).to_be_visible()
    for page in others:
        _go(page, "Approvals")
        page.get_by_role("link", name=re.compile("2024-02|February 2024")).first.click()
        page.get_by_role("button", name="Approve", exact=True).click()
        expect(page.get_by_text("Approved.", exact=True).first).to_be_visible()
    keeper.reload()


def _approve_the_adjustment(page: Page) -> None:
    _go(page, "Approvals")
    page.get_by_role("link", name=re.compile("ADJ|Ana Alves")).first.click()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Decided.")).to_be_visible()


def _payroll(page: Page, folder: Path) -> int:
    """What payroll's file comes to, minor units."""
    page.locator("summary", has_text="Export").click()
    with page.expect_download() as asked:
        page.locator(".so-pop").get_by_role("link", name="CSV").first.click()
    asked.value.save_as(folder / "payroll.csv")
    with (folder / "payroll.csv").open(newline="", encoding="utf-8-sig") as file:
        return sum(minor(row["Amount"]) for row in csv.DictReader(file))


def test_a_closed_month_on_a_phone(visitor: Callable[..., Page]) -> None:
    """The other deal of the posted month: read, disputed and upheld on a phone, in the dark."""
    ana = visitor("ana@example.com", PASSWORD, width=390, theme="dark")
    open_statement(ana, "February 2024")
    fits(ana, 390)
    read_the_trace(ana, "Perrin", 390)
    dispute_it(ana, "Perrin", 390)
    uphold_it(visitor("cora@example.com", PASSWORD, width=390), "Perrin", 390)
