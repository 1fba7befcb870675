"""Lists: order, pages, filters, sums, saved views, and exports that can't harm a spreadsheet."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import RequestFactory

from core.models import SavedView
from core.tables import COUNT_CAP, PAGE_ROWS, list_page
from people.services import create_user
from pipeline.lists import OPPORTUNITIES
from tests.core.rows import add_rows
from tests.counting import queries
from tests.small_company import SINCE


def _page(company: Any, query: str) -> Any:
    request = RequestFactory().get(f"/opportunities/?{query}")
    request.user = company.ops.user
    return list_page(request, OPPORTUNITIES, as_of=company.as_of)


def _walk(company: Any, query: str) -> list[int]:
    """Ids of all pages in order, by following “next”; then back to the first by “previous”."""
    seen: list[int] = []
    page = _page(company, query)
    while True:
        seen += [row.pk for row in page.objects]
        if not page.next:
            break
        page = _page(company, page.next.lstrip("?"))
    back = [row.pk for row in page.objects]
    while page.previous:
        page = _page(company, page.previous.lstrip("?"))
        back = [row.pk for row in page.objects] + back
    assert back == seen
    return seen


@pytest.mark.parametrize("sort", ["amount", "-amount", "name", "-account", "close", "-owner", "stage"])
def test_pages_show_every_row_once_in_both_directions(company: Any, sort: str) -> None:
    acme = company.account()
    for number in range(PAGE_ROWS * 2 + 7):
        company.deal(
            f"Deal {number % 9}",
            amount=None if number % 5 == 0 else Decimal(number % 7 * 100),
            account=acme if number % 3 else None,
            owner=company.rep if number % 2 else company.outsider,
        )
    seen = _walk(company, f"sort={sort}")
    assert len(seen) == len(set(seen)) == PAGE_ROWS * 2 + 7


def test_empty_values_come_last_whatever_the_direction(company: Any) -> None:
    company.deal("none", amount=None)
    company.deal("some", amount=Decimal(5))
    for sort in ("amount", "-amount"):
        assert [row.name for row in _page(company, f"sort={sort}").objects] == ["some", "none"]


def test_the_sum_covers_the_filter_and_keeps_currencies_apart(company: Any) -> None:
    company.deal("a", amount=Decimal("100.50"))
    company.deal("b", amount=Decimal(200), currency_id="EUR")
    company.deal("c", amount=Decimal(50))
    assert _page(company, "").total_text == "€200, $151"
    assert _page(company, "q=b").total_text == "€200"
    assert COUNT_CAP == 10_000


def test_an_unknown_sort_filter_or_cursor_is_passed_over(company: Any) -> None:
    company.deal()
    page = _page(company, "sort=secret&stage=999&after=%00nonsense&columns=nothing")
    assert page.count == 1
    assert page.columns


def test_a_filter_in_error_is_told_by_its_label_while_the_others_hold(company: Any, signed_in: Any) -> None:
    company.deal("open one")
    company.deal("won one", stage="Won", closed_on=company.as_of)
    text = signed_in(company.ops).get("/opportunities/?status=open&stage=999999").text
    assert "open one" in text
    assert "won one" not in text
    assert '<b class="fw6">Stage</b>' in text


def test_days_of_the_fiscal_year_are_shown_without_it(company: Any, signed_in: Any) -> None:
    year = company.as_of.year
    company.deal("this year", expected_close_on=company.as_of.replace(month=12, day=31))
    company.deal("next year", expected_close_on=company.as_of.replace(year=year + 1, month=1, day=1))
    with time_machine.travel(f"{company.as_of.isoformat()}T12:00:00+00:00"):
        text = signed_in(company.ops).get("/opportunities/").text
    assert ">Dec 31<" in text
    assert f">Jan 1, {year + 1}<" in text


def test_export_shows_the_chosen_columns_in_the_order_of_the_page_with_exact_values(
    company: Any, signed_in: Any
) -> None:
    company.deal("Small", amount=Decimal("10.55"))
    company.deal("Large", amount=Decimal("1234567.89"))
    answer = signed_in(company.rep).get("/opportunities/?columns=name,amount,currency&sort=amount&format=csv")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert rows == [
        ["Opportunity", "Amount", "Currency"],
        ["Small", "10.5500", "USD"],
        ["Large", "1234567.8900", "USD"],
    ]


def test_an_export_takes_away_the_power_of_formulas(company: Any, signed_in: Any) -> None:
    company.deal('=cmd|"/c calc"!A0')
    answer = signed_in(company.rep).get("/opportunities/?columns=name&format=csv")
    name = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))[1][0]
    assert name.startswith("'=")


def test_excel_holds_the_same_rows(company: Any, signed_in: Any, tmp_path: Any) -> None:
    from python_calamine import CalamineWorkbook

    company.deal("Twelve", amount=Decimal(12))
    answer = signed_in(company.rep).get("/opportunities/?columns=name,amount&format=xlsx")
    file = tmp_path / "deals.xlsx"
    file.write_bytes(b"".join(answer.streaming_content))
    assert CalamineWorkbook.from_path(str(file)).get_sheet_by_index(0).to_python() == [
        ["Opportunity", "Amount"],
        ["Twelve", 12.0],
    ]


def test_instants_are_exported_too(company: Any, signed_in: Any) -> None:
    client = signed_in(company.admin)
    for kind in ("csv", "xlsx"):
        assert client.get(f"/settings/audit/?format={kind}").status_code == 200


def test_a_view_is_kept_for_its_owner_and_deleted_by_nobody_else(company: Any, signed_in: Any) -> None:
    rep, other = signed_in(company.rep), signed_in(company.outsider)
    rep.post("/lists/save-view/", {"table": "opportunities", "name": "Mine", "query": "q=a", "to": "/opportunities/"})
    view = SavedView.objects.get(name="Mine")
    assert b"Mine" in rep.get("/opportunities/").content
    assert b"Mine" not in other.get("/opportunities/").content
    assert other.post(f"/lists/views/{view.pk}/delete/").status_code == 404
    rep.post(f"/lists/views/{view.pk}/delete/", {"to": "/opportunities/"})
    assert not SavedView.objects.filter(archived_at=None).exists()
    assert b"Mine" not in rep.get("/opportunities/?view=all").content.split(b"<main")[1].split(b"so-toast")[0]
    assert other.post(f"/lists/views/{view.pk}/restore/").status_code == 404
    rep.post(f"/lists/views/{view.pk}/restore/")
    assert b"Mine" in rep.get("/opportunities/").content


def test_a_foreign_address_is_not_followed(company: Any, signed_in: Any) -> None:
    client = signed_in(company.rep)
    answer = client.post(
        "/lists/save-view/", {"table": "opportunities", "name": "x", "query": "", "to": "https://evil.example/"}
    )
    assert answer["Location"].startswith("/")
    told = {"table": "opportunities", "column": ["name"], "to": "//evil.example/"}
    assert client.post("/lists/columns/", told)["Location"] == "/?view=all"


LISTS = ["/opportunities/", "/accounts/", "/contacts/", "/leads/", "/people/", "/products/", "/positions/"]
SETTINGS = ["/settings/targets/", "/settings/users/", "/settings/teams/", "/settings/stages/", "/settings/rates/"]
RECORDS = ["/settings/audit/", "/runs/", "/settings/loss-reasons/", "/settings/competitors/"]


@pytest.mark.parametrize("address", [*LISTS, *SETTINGS, *RECORDS])
def test_three_rows_cost_as_many_queries_as_one(company: Any, signed_in: Any, address: str) -> None:
    roles = ["sales_ops", "admin"]
    client = signed_in(create_user(email="all@example.com", password=None, roles=roles, by=None, on=SINCE))
    add_rows(company, 1)
    one = queries(client, address)
    add_rows(company, 3)
    assert queries(client, address) == one


def test_an_act_on_rows_comes_back_to_the_filters_of_the_list(company: Any, signed_in: Any) -> None:
    company.deal()
    text = signed_in(company.ops).get("/opportunities/?status=open&sort=name").text
    assert '<form method="post" action="/opportunities/?status=open&amp;sort=name" data-table>' in text
