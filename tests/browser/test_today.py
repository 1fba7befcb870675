"""A rep's day: any record by keyboard, a task ticked off, a notification read, a list kept as a view."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ROOT, Instance

pytestmark = pytest.mark.browser
REP = ("tess.today@example.com", "a-password-for-tess")
SET_TASK = """
from people.models import User
from pipeline.models import Activity, Opportunity
from pipeline.services import log_on
from core.selectors import company_day
from django.utils import timezone
tess, admin = User.objects.get(email="tess.today@example.com"), User.objects.get(email="admin@example.com")
deal, at = Opportunity.objects.get(external_id="TD1"), timezone.now()
task = Activity(kind="task", title="Call the lawyer", due_on=company_day(at), owner=tess.person)
log_on(activity=task, kind="opportunity", record_id=deal.pk, account_id=deal.account_id, by=admin, at=at)
"""


@pytest.fixture(scope="module")
def rep(instance: Instance, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A rep with two deals and a task that somebody else set."""
    login = [sys.executable, "manage.py", "create_login", REP[0], "--roles", "rep", "--name", "Tess Today"]
    done = subprocess.run(
        [*login, "--password-stdin"],
        cwd=ROOT,
        env=instance.environment,
        input=f"{REP[1]}\n",
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    deals = tmp_path_factory.mktemp("today") / "opportunities.csv"
    deals.write_text(
        "Opportunity ID,Name,Account,Owner,Stage,Amount,Close date\n"
        "TD1,Vantor pilot,Vantor Plastics,Tess Today,Proposal,12500,2031-02-01\n"
        "TD2,Norvik rollout,Norvik Cold Chain,Tess Today,Discovery,56000,2031-03-01\n"
    )
    instance.manage("import_records", "opportunities", str(deals), "--accept-proposals")
    instance.manage("shell", "-c", SET_TASK)
    return REP


def enter(visitor: Callable[..., Page], rep: tuple[str, str], **more: Any) -> Page:
    page = visitor(*rep, **more)
    page.goto("/")
    expect(page).to_have_url(re.compile(r"/today/$"))
    return page


@pytest.mark.parametrize("width", [1440, 390])
def test_a_task_is_ticked_off_and_taken_back(visitor: Callable[..., Page], rep: tuple[str, str], width: int) -> None:
    page = enter(visitor, rep, width=width)
    page.get_by_role("button", name="Done: Call the lawyer").click()
    expect(page.locator(".so-todo .is-done")).to_contain_text("Call the lawyer")
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Done: Call the lawyer")).to_be_visible()


def test_a_next_step_is_written_in_place(visitor: Callable[..., Page], rep: tuple[str, str]) -> None:
    page = enter(visitor, rep)
    field = page.get_by_label("Next step of Vantor pilot")
    field.fill("Send the terms")
    field.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Next step saved.")
    expect(page.get_by_label("Next step of Vantor pilot")).to_have_value("Send the terms")


def test_the_palette_leads_to_any_record_by_keyboard(visitor: Callable[..., Page], rep: tuple[str, str]) -> None:
    page = enter(visitor, rep)
    page.keyboard.press("Control+k")
    page.keyboard.type("norvik roll")
    hit = page.locator("#palette-hits a").first
    expect(hit).to_contain_text("Norvik rollout")
    expect(hit.locator("mark").first).to_have_text(re.compile("norvik", re.IGNORECASE))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Norvik rollout")
    number = re.search(r"/opportunities/(\d+)/", page.url)
    assert number
    page.keyboard.press("g")
    page.keyboard.press("t")
    expect(page).to_have_url(re.compile(r"/today/$"))
    page.keyboard.press("Control+k")
    expect(page.locator("#palette-hits")).to_contain_text("Opened lately")
    page.keyboard.type(f"OPP-{number[1]}")
    edit = page.locator("#palette-hits a", has_text="Edit Norvik rollout")
    expect(edit).to_be_visible()
    while not edit.evaluate("link => link === document.activeElement"):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/opportunities/{number[1]}/edit/$"))


def test_rows_are_walked_by_keyboard_and_a_slash_searches_the_list(
    visitor: Callable[..., Page], rep: tuple[str, str]
) -> None:
    page = enter(visitor, rep)
    page.goto("/opportunities/?view=all&sort=name")
    page.keyboard.press("/")
    page.keyboard.type("vantor")
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("tbody tr input[name=pk]")).to_be_checked()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()


def test_a_notification_is_read(visitor: Callable[..., Page], rep: tuple[str, str]) -> None:
    page = enter(visitor, rep)
    bell = page.locator("#bell summary")
    expect(bell).to_have_attribute("data-unread", re.compile(r"\d"))
    bell.click()
    told = page.locator("#notes li", has_text="Call the lawyer")
    expect(told).to_be_visible()
    told.get_by_role("link", name="Call the lawyer").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Vantor pilot")
    page.goto("/notifications/?show=unread")
    expect(page.locator("main")).not_to_contain_text("Call the lawyer")


def test_a_list_is_kept_as_a_view_with_its_count(visitor: Callable[..., Page], rep: tuple[str, str]) -> None:
    page = enter(visitor, rep)
    page.goto("/opportunities/?q=vantor")
    page.get_by_text("Save view").first.click()
    page.get_by_label("Name of the view").fill("Vantor")
    page.locator(".so-pop").get_by_role("button", name="Save view").click()
    tab = page.locator(".so-tabs a", has_text="Vantor")
    expect(tab).to_have_attribute("aria-current", "true")
    expect(tab.locator(".so-count")).to_have_text("1")
    page.get_by_label("Menu of the view “Vantor”").click()
    page.get_by_role("button", name="Open the list with it").click()
    page.goto("/opportunities/")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_label("Menu of the view “Vantor”").click()
    page.get_by_role("button", name="Delete the view “Vantor”").click()
    expect(page.locator(".so-tabs a", has_text="Vantor")).to_have_count(0)
    page.keyboard.press("z")
    expect(page.locator(".so-tabs a", has_text="Vantor")).to_have_count(1)
