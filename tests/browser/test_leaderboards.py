"""A contest in Chromium: where I stand, on the start page and on the leaderboard, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD
from tests.browser.test_every_page import violations

pytestmark = pytest.mark.browser
REP = "ana@example.com"
CONTEST = """
from datetime import timedelta
from django.utils import timezone
from compensation import services
from core.selectors import company_day
from people.models import Person
from tests.compensation.pay_desk import desk_of
from tests.small_company import find_company

company = find_company()
desk = desk_of(company, list)
today = company_day(timezone.now())
people = [company.rep.person, *(Person.objects.create(name=f"Person of the contest {n}") for n in range(7))]
contest = {"title": "Year's sprint", "measure": "bookings", "pays": {"contest": [5000, 3000]}}
version = desk.plan(
    plan="Sprint", people=people, components={"sprint": contest},
    valid_from=f"{today.year - 1}-01-01", valid_to=f"{today.year + 1}-01-01",
)
desk.keep(version, *(
    desk.credit(f"K{n}-{day}", f"{1000 * n + 900}.50", day, person=person)
    for n, person in enumerate(people) for day in (f"{today.year}-01-01", f"{today.year - 1}-05-05")
))
"""


@pytest.fixture(scope="module")
def contest(company_there: Any) -> Iterator[None]:
    """A contest of each year with eight people, in which the rep is last."""
    company_there.manage("shell", "-c", CONTEST)
    yield


@pytest.mark.usefixtures("contest")
@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_where_i_stand(visitor: Callable[..., Page], width: int, theme: str) -> None:
    page = visitor(REP, PASSWORD, width=width, theme=theme)
    page.goto("/today/")
    card = page.get_by_role("region", name="My contests")
    expect(card.get_by_text("8 of 8")).to_be_visible()
    expect(card.get_by_text("$1,000.00 to place 7")).to_be_visible()
    page.goto("/pay/leaderboards/")
    expect(page.get_by_text("You are number 8")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("link", name="All ranks").click()
    expect(page.get_by_role("row").nth(1)).to_contain_text("Person of the contest 6")
    expect(page.get_by_role("row").last).to_contain_text("You")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
