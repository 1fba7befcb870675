"""The waterfall on the page: it adds up, and each bucket opens its deals, for those who see them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
import time_machine
from django.test import Client

from core.kernel import formats
from pipeline.models import Opportunity
from pipeline.services.snapshots import snapshot_day
from reporting.selectors.dashboards import placed
from tests.reporting.facts import QUARTER, lost, target, won
from tests.small_company import AS_OF, SmallCompany

SignIn = Callable[..., Client]
NIGHT = date(2024, 8, 1)


@pytest.fixture
def moved(company: SmallCompany) -> Any:
    """Since the night: one deal grew, one was won, one was lost, one slipped into the next quarter, one is new."""
    with time_machine.travel(f"{NIGHT}T15:00:00Z", tick=False):
        deals = {
            name: company.deal(name, owner=owner, amount=Decimal(1000), expected_close_on=date(2024, 9, 1))
            for name, owner in (
                *(("Grows", None), ("Is won", None), ("Is lost", company.outsider), ("Slips", company.outsider)),
            )
        }
        Opportunity.objects.update(created_on=date(2024, 7, 1), created_at="2024-07-01T12:00:00Z")
        snapshot_day(on=NIGHT)
    with time_machine.travel(f"{AS_OF}T15:00:00Z", tick=False):
        Opportunity.objects.filter(pk=deals["Grows"].pk).update(amount=Decimal("1250.50"))
        Opportunity.objects.filter(pk=deals["Is won"].pk).update(status="won", closed_on=date(2024, 8, 10))
        Opportunity.objects.filter(pk=deals["Is lost"].pk).update(status="lost", closed_on=date(2024, 8, 10))
        Opportunity.objects.filter(pk=deals["Slips"].pk).update(expected_close_on=date(2024, 11, 1))
        company.deal("Is new", amount=Decimal(300), expected_close_on=date(2024, 9, 20))
        yield company


def steps(client: Client, query: str = "") -> dict[str, str]:
    """The buckets under the chart with the addresses of their deals."""
    text = client.get(f"/dashboard/?period={QUARTER}&since={NIGHT}{query}").text
    found = re.findall(r'<a href="(/dashboard/changes/[^"]+)"[^>]*>([^<]+)</a>', text)
    return {label.strip(): unescape(url) for url, label in found}


def test_buckets_with_their_deals(moved: SmallCompany, signed_in: SignIn) -> None:
    client = signed_in(moved.vp)
    found = steps(client)
    assert list(found) == ["1 new", "1 amount up", "1 slipped out", "1 lost", "1 won"]
    names = {
        "1 new": "Is new",
        "1 amount up": "Grows",
        "1 slipped out": "Slips",
        "1 lost": "Is lost",
        "1 won": "Is won",
    }
    for label, name in names.items():
        page = client.get(found[label])
        assert [str(row) for row in page.context["table"].objects] == [name]


def test_the_table_of_the_chart_adds_up_to_the_cent(moved: SmallCompany, signed_in: SignIn) -> None:
    text = signed_in(moved.vp).get(f"/dashboard/?period={QUARTER}&since={NIGHT}").text
    table = text[text.index('id="waterfall-data"') :]
    cells = re.findall(r'<td class="num">([^<]*)</td></tr>', table[: table.index("</table>")])
    start, *buckets, end = (Decimal(cell.replace("−", "-").replace("$", "").replace(",", "")) for cell in cells)
    assert (start, end) == (Decimal(4000), Decimal("1550.50"))
    assert start + sum(buckets) == end


def test_each_sees_the_changes_of_the_own_line(moved: SmallCompany, signed_in: SignIn) -> None:
    assert list(steps(signed_in(moved.manager))) == ["1 new", "1 amount up", "1 won"]
    assert list(steps(signed_in(moved.outsider))) == ["1 slipped out", "1 lost"]
    assert list(steps(signed_in(moved.vp), f"&region={moved.east.parent_id}")) == ["1 slipped out", "1 lost"]
    url = steps(signed_in(moved.vp))["1 won"]
    assert signed_in(moved.outsider).get(url).context["table"].count == 0
    assert signed_in(moved.admin).get(url).status_code == 404


def test_an_unknown_bucket_is_not_found(moved: SmallCompany, signed_in: SignIn) -> None:
    assert signed_in(moved.vp).get("/dashboard/changes/colour/").status_code == 404
    assert signed_in(moved.vp).get("/dashboard/changes/new/?since=2020-01-01").context["table"].count == 0


def test_without_a_night_the_card_says_so(moved: SmallCompany, signed_in: SignIn) -> None:
    text = signed_in(moved.vp).get(f"/dashboard/?period={QUARTER}&since=2020-01-01").text
    assert "No snapshot to compare with" in text


def test_a_period_that_is_over_has_no_changes(moved: SmallCompany, signed_in: SignIn) -> None:
    assert "Pipeline changes" not in signed_in(moved.vp).get("/dashboard/?period=2024-Q1").text


def test_what_was_open_at_the_same_day_of_the_period_before(moved: SmallCompany, signed_in: SignIn) -> None:
    with time_machine.travel("2024-05-15T15:00:00Z", tick=False):
        deal = moved.deal("Was open then", amount=Decimal(550), expected_close_on=date(2024, 6, 1))
        Opportunity.objects.filter(pk=deal.pk).update(created_on=date(2024, 5, 1), created_at="2024-05-01T12:00:00Z")
        snapshot_day(on=date(2024, 5, 15))
    Opportunity.objects.filter(pk=deal.pk).update(status="lost", closed_on=date(2024, 6, 2))
    with time_machine.travel(f"{AS_OF}T15:00:00Z", tick=False):
        text = re.sub(
            r"\s+", " ", re.sub(r"<[^>]+>", " ", signed_in(moved.vp).get(f"/dashboard/?period={QUARTER}").text)
        )
    now, before = formats.compact_money(1550.5, "USD"), formats.compact_money(1000.5, "USD")
    assert f"{now} in 2 deals {before} vs FY24 Q2" in text


def test_a_managers_target_is_the_teams_where_the_whole_team_is_theirs(
    company: SmallCompany, signed_in: SignIn
) -> None:
    from people.services import place, rebuild_closure
    from tests.small_company import SINCE

    rebuild_closure()
    target(company, 1000, holder_kind="team", holder_id=company.west.pk)
    won(company, "Won West", 500)
    lost(company, "Lost West")
    with time_machine.travel(f"{AS_OF}T15:00:00Z", tick=False):
        assert "50.0% attained" in signed_in(company.manager).get(f"/dashboard/?period={QUARTER}").text
        place(position=company.outsider.position, team=company.west, since=SINCE)
        assert "attained" not in signed_in(company.manager).get(f"/dashboard/?period={QUARTER}").text


def test_cards_fill_their_rows() -> None:
    widths = {"c4": 4, "c5": 5, "c6": 6, "c7": 7, "c8": 8, "c12": 12}
    for wide in ([], ["bookings"], ["bookings", "changes"]):
        for side in (["funnel"], ["teams", "funnel"], ["teams", "leaders", "funnel"]):
            cards = placed(list(wide), list(side))
            assert sorted(name for name, _span in cards) == sorted([*wide, *side, "breakdown"])
            row = 0
            for _name, span in cards:
                row = (row + widths[span]) % 12 if row + widths[span] <= 12 else 99
            assert row == 0, cards
