"""Keeping data clean in the browser: fix, undo, fix many after a look, dismiss; by mouse and on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ADMIN, Instance

pytestmark = pytest.mark.browser
# What sticks out of the page at the right, outside of boxes that scroll by themselves.
TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll('main *')]
  .filter((one) => one.getBoundingClientRect().right > innerWidth && !one.closest('.so-tablewrap'))
  .map((one) => one.tagName + '.' + one.className).slice(0, 8)"""
MADE = f"""
from datetime import timedelta
from django.utils import timezone
from core.selectors import company_day, the_company
from people.models import Person, User
from pipeline.models import Opportunity, Stage
from pipeline.services import create_deal
from pipeline.services.hygiene import check_records
user = User.objects.get(email="{ADMIN[0]}")
owner = Person.objects.create(name="Rhea Quality")
on = company_day(timezone.now())
stage = Stage.objects.get(process__is_default=True, name="Discovery")
for n in range(3):
    create_deal(deal=Opportunity(name=f"Quality deal {{n}}", stage=stage, owner=owner, amount=1000 + n, probability=90,
        currency_id=the_company().currency_id, expected_close_on=on + timedelta(days=40)), by=user, on=on)
check_records(on=on)
"""


@pytest.fixture(scope="module")
def made(instance: Instance) -> None:
    """Three deals of one owner whose probability is out of line, checked."""
    instance.manage("shell", "-c", MADE)


@pytest.mark.usefixtures("made")
def test_fix_undo_fix_many_and_dismiss(visitor: Callable[..., Page]) -> None:
    page = visitor()
    page.goto("/data-quality/?q=Quality+deal")
    row = page.get_by_role("row").filter(has_text="Quality deal 0")
    row.get_by_role("button", name="Take the stage's 10%").click()
    expect(page.get_by_text("1 record fixed.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Taken back: 1.")).to_be_visible()

    page.goto("/data-quality/?q=Quality+deal")
    field = page.get_by_label("Next step: Quality deal 1")
    if field.count():
        field.fill("Call Dan")
        field.press("Enter")
        expect(page.get_by_text("1 record fixed.")).to_be_visible()

    page.goto("/data-quality/?q=Quality+deal")
    page.get_by_role("checkbox", name="Select all on this page").last.check()
    page.get_by_role("button", name="Fix…").click()
    expect(page.get_by_role("heading", name="Changes")).to_be_visible()
    page.get_by_role("button", name="Apply 3 fixes").click()
    expect(page.get_by_text("3 records fixed.")).to_be_visible()

    page.goto("/data-quality/?q=Quality+deal")
    page.get_by_role("checkbox", name="Select OPP", exact=False).or_(
        page.get_by_role("checkbox", name="Select Quality deal 2")
    ).first.check()
    page.get_by_role("button", name="Dismiss…").click()
    page.get_by_label("Why it is not a problem").fill("They asked us to wait")
    page.get_by_role("button", name="Set aside").click()
    expect(page.get_by_text("set aside.")).to_be_visible()
    page.goto("/data-quality/dismissed/")
    expect(page.get_by_text("They asked us to wait").first).to_be_visible()


@pytest.mark.usefixtures("made")
def test_the_page_fits_a_phone(visitor: Callable[..., Page]) -> None:
    page = visitor(width=390)
    for url in ("/data-quality/", "/data-quality/fixes/opportunity/?rule=no_next_step", "/data-quality/digest/"):
        page.goto(url)
        assert page.evaluate(TOO_WIDE) == [], url
