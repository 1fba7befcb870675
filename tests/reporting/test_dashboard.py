"""The dashboard as a page: who sees what, that its figures are the report's, and that its links lead to the rows."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import date
from html import unescape
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import registry
from core.kernel import formats
from pipeline.models import Opportunity
from quotas.enums import HolderKind
from reporting.selectors import report
from tests.reporting.facts import QUARTER, lost, target, won
from tests.small_company import AS_OF, SmallCompany

SignIn = Callable[..., Client]
pytestmark = pytest.mark.usefixtures("today")


@pytest.fixture
def today() -> Any:
    """Views read the clock: it shows the company's day of the tests."""
    with time_machine.travel(f"{AS_OF}T15:00:00Z", tick=False):
        yield


def page(client: Client, query: str = "") -> str:
    answer = client.get(f"/dashboard/?{query}")
    assert answer.status_code == 200
    return answer.text


def shown(text: str) -> str:
    """The words of a page."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", text)))


def test_the_quarter_of_today_opens_by_itself(deals: SmallCompany, signed_in: SignIn) -> None:
    text = shown(page(signed_in(deals.vp)))
    assert "FY24 Q3 sales dashboard" in text
    assert "Jul 1 – Sep 30, 2024" in text
    assert "Day 46 of 92" in text
    assert "As of Aug 15, 2024, 3:00 PM UTC" in text


@pytest.mark.parametrize(
    ("who", "booked"),
    [("vp", 1200), ("ops", 1200), ("manager", 800), ("rep", 800), ("other_manager", 400), ("outsider", 400)],
)
def test_each_sees_the_figures_of_the_own_line(deals: SmallCompany, signed_in: SignIn, who: str, booked: int) -> None:
    text = shown(page(signed_in(getattr(deals, who)), f"period={QUARTER}"))
    assert f"{formats.compact_money(booked, 'USD')} " in text
    assert ("Ana Alves" in text) == (booked != 400)
    assert ("Olga Orlov" in text) == (booked != 800)


def test_finance_reads_all_bookings(deals: SmallCompany, signed_in: SignIn) -> None:
    from people.services import create_user

    finance = create_user(email="fin@example.com", password=None, roles=["finance"], by=None, on=date(2023, 1, 1))
    assert "$1.2K" in page(signed_in(finance), f"period={QUARTER}")


def test_people_without_figures_go_where_they_may(deals: SmallCompany, signed_in: SignIn) -> None:
    from people.services import create_user

    answer = signed_in(deals.admin).get("/")
    assert answer.status_code == 302
    assert signed_in(deals.admin).get(answer["Location"]).status_code == 200
    nobody = create_user(email="new@example.com", password=None, roles=[], by=None, on=date(2023, 1, 1))
    assert signed_in(nobody).get("/").status_code == 403
    for name in ("breakdown", "export"):
        for who in (nobody, deals.admin):
            assert signed_in(who).get(reverse(f"reporting:{name}")).status_code == 404
    assert Client().get("/").status_code == 302


def test_page_file_and_report_show_the_same_figures(deals: SmallCompany, signed_in: SignIn) -> None:
    target(deals, 2400)
    target(deals, 1000, holder_kind=HolderKind.TEAM, holder_id=deals.west.parent_id)
    client = signed_in(deals.vp)
    found = report(period=deals.row.calendar.period(QUARTER), as_of=AS_OF, by="region", user=deals.vp.user)
    lines = _read_csv(client, f"period={QUARTER}&by=region")
    for line, key, metrics in zip(
        lines, ["all", "West", "East"], [found.metrics, *(x.metrics for x in found.lines)], strict=True
    ):
        assert line["key"] == key
        for name, value in metrics.items():
            assert line[name] == ("" if value.plain is None else str(value.plain))
    text = shown(page(client, f"period={QUARTER}&by=region"))
    assert "50.0% attained" in text
    assert formats.compact_money(found.metrics["bookings"].value, "USD") in text
    assert formats.percent(found.metrics["win_rate"].value) in text
    for line in found.lines:
        assert f"{line.key} {formats.whole_money(line.metrics['bookings'].value, 'USD')}" in text


def _read_csv(client: Client, query: str) -> list[dict[str, str]]:
    answer = client.get(f"{reverse('reporting:export')}?{query}&format=csv")
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode())))


def test_the_file_is_also_to_be_had_for_excel(deals: SmallCompany, signed_in: SignIn) -> None:
    answer = signed_in(deals.vp).get(f"{reverse('reporting:export')}?period={QUARTER}&format=xlsx")
    assert answer.getvalue().startswith(b"PK")


def test_each_tile_leads_to_the_deals_behind_it(deals: SmallCompany, signed_in: SignIn) -> None:
    client = signed_in(deals.vp)
    links = {
        label: unescape(url)
        for url, label in re.findall(r'class="so-kpi-l"><a href="([^"]+)">([^<]+)<', page(client, f"period={QUARTER}"))
    }
    rows = {"Bookings": 3, "Open pipeline": 1, "Win rate": 4, "Average deal": 3, "Pushed open deals": 0}
    for label, count in rows.items():
        listed = client.get(links[label])
        assert listed.context["table"].count == count, label


def test_the_lines_of_a_split_lead_to_deals_that_add_up(deals: SmallCompany, signed_in: SignIn) -> None:
    client = signed_in(deals.vp)
    for by, counts in (("region", [2, 1]), ("manager", [2, 1]), ("rep", [2, 1]), ("team", [2, 1]), ("product", [3])):
        part = client.get(f"{reverse('reporting:breakdown')}?period={QUARTER}&by={by}").text
        urls = [unescape(url) for url in re.findall(r'href="(/opportunities/\?[^"]*status=won[^"]*)"', part)]
        found = [client.get(url).context["table"].count for url in dict.fromkeys(urls)]
        assert found[: len(counts)] == counts, by


def test_filters_narrow_every_figure(deals: SmallCompany, signed_in: SignIn) -> None:
    text = shown(page(signed_in(deals.vp), f"period={QUARTER}&region={deals.east.parent_id}"))
    assert "$400" in text
    assert "Ana Alves" not in text


def test_what_cannot_be_read_falls_back_with_a_word(deals: SmallCompany, signed_in: SignIn) -> None:
    text = shown(page(signed_in(deals.vp), "period=2024-Q9&by=colour&region=x&since=soon"))
    assert "FY24 Q3 sales dashboard" in text
    assert "Write a period as 2017, 2017-Q3, 2017-10 or all." in text


@pytest.mark.parametrize(
    "query", ["period=all", "period=2024", "period=2024-08", "period=1911", "compare=year", "compare=none"]
)
def test_every_kind_of_period_and_comparison_opens(deals: SmallCompany, signed_in: SignIn, query: str) -> None:
    page(signed_in(deals.vp), query)


def test_an_empty_quarter_leads_to_the_last_one_with_deals(company: SmallCompany, signed_in: SignIn) -> None:
    won(company, "Long ago", 700, on=date(2023, 2, 3))
    answer = signed_in(company.vp).get("/dashboard/")
    assert answer["Location"] == "/dashboard/?period=2023-Q1"
    text = shown(page(signed_in(company.vp), f"period={QUARTER}"))
    assert "No deals in FY24 Q3. The last deals close in FY23 Q1. Open FY23 Q1" in text


def test_an_empty_company_says_what_to_do(company: SmallCompany, signed_in: SignIn) -> None:
    text = shown(page(signed_in(company.ops)))
    assert "Import deals with close dates" in text


def test_a_metric_without_data_says_why(deals: SmallCompany, signed_in: SignIn) -> None:
    Opportunity.objects.update(amount=None)
    text = shown(page(signed_in(deals.vp), f"period={QUARTER}"))
    assert "No deal won in this period has an amount. Import deals with amounts." in text
    assert "No target is set for this period." in text


def test_deals_in_a_currency_without_a_rate_are_told(deals: SmallCompany, signed_in: SignIn) -> None:
    Opportunity.objects.filter(name="Won West").update(currency_id="EUR")
    assert "1 deal is in a currency without a plan rate" in shown(page(signed_in(deals.vp), f"period={QUARTER}"))


def test_a_comparison_takes_the_same_day_of_the_period_before(deals: SmallCompany, signed_in: SignIn) -> None:
    won(deals, "Early last quarter", 1000, on=date(2024, 4, 10))
    won(deals, "Late last quarter", 5000, on=date(2024, 6, 28))
    text = shown(page(signed_in(deals.vp), f"period={QUARTER}"))
    assert "Compared with FY24 Q2 to the same day" in text
    assert "$200 vs FY24 Q2" in text


def test_pace_is_the_share_booked_by_this_day_before(deals: SmallCompany, signed_in: SignIn) -> None:
    target(deals, 2400)
    won(deals, "Early last quarter", 4000, on=date(2024, 4, 10))
    won(deals, "Late last quarter", 6000, on=date(2024, 6, 28))
    text = shown(page(signed_in(deals.vp), f"period={QUARTER}"))
    assert "on average: 40.0%" in text
    assert "10.0 pts ahead of pace" in text


def test_tiles_of_other_rooms_stand_in_the_same_grid(deals: SmallCompany, signed_in: SignIn) -> None:
    tiles = registry.tiles
    made = {"key": "extra", "label": "Extra figure", "value": "42", "reference": None, "spark": None}
    tiles.add(registry.Tile("extra", 999, "Extra", lambda board: made | {"context": board.asked.period.key}))
    tiles.add(registry.Tile("hidden", 999, "Hidden", lambda board: made, may_see=lambda user: False))
    tiles.add(registry.Tile("none", 999, "None", lambda board: None))
    try:
        text = page(signed_in(deals.vp), f"period={QUARTER}")
    finally:
        for key in ("extra", "hidden", "none"):
            del tiles.entries[key]
    assert re.search(r"Extra figure.*?42.*?2024-Q3", shown(text))
    assert "hidden" not in re.findall(r'id="what-(\w+)"', text)
    assert text.count('class="so-kpi"') == len(list(tiles)) + 1


def test_the_switch_answers_with_the_table_alone(deals: SmallCompany, signed_in: SignIn) -> None:
    text = signed_in(deals.vp).get(f"{reverse('reporting:breakdown')}?period={QUARTER}&by=rep").text
    assert "Ana Alves" in text
    assert "<html" not in text


def test_the_number_of_queries_does_not_grow_with_the_rows(company: SmallCompany, signed_in: SignIn) -> None:
    client = signed_in(company.vp)
    won(company, "One", 100)
    lost(company, "Two")
    company.deal("Three", expected_close_on=date(2024, 9, 1))
    page(client, f"period={QUARTER}&by=rep")
    with CaptureQueriesContext(connection) as few:
        page(client, f"period={QUARTER}&by=rep")
    for number in range(4):
        won(company, f"More {number}", 100, owner=company.outsider)
        company.deal(f"Open {number}", owner=company.outsider, expected_close_on=date(2024, 9, 2), stage="Proposal")
    with CaptureQueriesContext(connection) as many:
        page(client, f"period={QUARTER}&by=rep")
    assert len(few) == len(many)
    assert len(many) < 60
