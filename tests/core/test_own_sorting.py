"""Lists sorted by custom fields: the order of each type, pages through nulls and ties, odd cursors, time."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import DataError, InternalError, connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.lists import ACCOUNTS, CONTACTS
from accounts.models import Account, Contact
from core import services
from core.selectors.patience import close_if_left_open
from core.tables import PAGE_ROWS, list_page
from leads.lists import LEADS
from leads.models import Lead
from pipeline.lists import OPPORTUNITIES
from pipeline.models import Opportunity
from tests.core.test_own_fields import define, define_all
from tests.counting import queries

pytestmark = pytest.mark.django_db
SORTABLE = ["text", "robots", "budget", "audit", "pilot", "size", "uses", "site", "engineer"]


def _page(company: Any, query: str, table: Any = ACCOUNTS, who: Any = None) -> Any:
    request = RequestFactory().get(f"/list/?{query}")
    request.user = (who or company.ops).user
    return list_page(request, table, as_of=company.as_of)


def _names(company: Any, query: str) -> list[str]:
    return [row.name for row in _page(company, query).objects]


def _walk(company: Any, query: str, table: Any = ACCOUNTS, who: Any = None) -> list[int]:
    """Ids of all pages in order, by “next”; then back to the first by “previous”."""
    seen: list[int] = []
    page = _page(company, query, table, who)
    while True:
        seen += [row.pk for row in page.objects]
        if not page.next:
            break
        page = _page(company, page.next.lstrip("?"), table, who)
    back = [row.pk for row in page.objects]
    while page.previous:
        page = _page(company, page.previous.lstrip("?"), table, who)
        back = [row.pk for row in page.objects] + back
    assert back == seen
    return seen


def add_accounts(values: dict[str, Any], key: str, company: Any) -> None:
    owner = company.rep.person
    custom = {name: {} if value is None else {key: value} for name, value in values.items()}
    Account.objects.bulk_create(Account(name=name, owner=owner, custom=one) for name, one in custom.items())


ORDERS: dict[str, list[Any]] = {
    "text": ["Alpha", "Beta", "Gamma"],
    "number": ["-10.5", "-9", "0", "2", "10", "100000000000"],
    "money": ["-1", "0.0001", "9.99", "10", "1000"],
    "date": ["1999-12-31", "2026-02-28", "2026-11-25", "2199-01-01"],
    "boolean": [False, True],
    "choice": ["zeta", "mid", "alpha"],
    "choices": [["zeta", "alpha"], ["mid", "alpha"], ["alpha"]],
    "url": ["https://a.example", "https://b.example/x"],
}


@pytest.mark.parametrize("kind", list(ORDERS))
def test_values_stand_in_the_order_of_their_type_and_empty_ones_last(company: Any, kind: str) -> None:
    choices = [("", label, False) for label in ("Zeta", "Mid", "Alpha")]
    row = define(company, kind, "Field", choices=choices if kind.startswith("choice") else ())
    named = {f"{number}": value for number, value in enumerate(ORDERS[kind])}
    add_accounts(dict(reversed(named.items())) | {"none": None}, row.key, company)
    assert _names(company, "sort=own_field") == [*named, "none"]
    assert _names(company, "sort=-own_field") == [*reversed(named), "none"]


def test_a_choice_moves_with_the_order_of_its_field(company: Any) -> None:
    row = define(company, "choice", "Size", choices=[("", "Small", False), ("", "Large", False)])
    add_accounts({"S": "small", "L": "large"}, "size", company)
    assert _names(company, "sort=own_size") == ["S", "L"]
    turned = services.Wanted("Size", choices=[("large", "Large", False), ("small", "Small", True)])
    services.change_field(field_id=row.pk, wanted=turned, by=company.ops.user)
    assert _names(company, "sort=own_size") == ["L", "S"]


def test_people_stand_by_name(company: Any) -> None:
    define(company, "person", "Engineer")
    people = {"third": company.vp, "first": company.rep, "second": company.manager}
    add_accounts({name: member.person.pk for name, member in people.items()} | {"none": None}, "engineer", company)
    assert _names(company, "sort=own_engineer") == ["first", "second", "third", "none"]


def test_a_long_text_has_no_order(company: Any) -> None:
    define(company, "long", "Note")
    company.account("B")
    company.account("A")
    page = _page(company, "sort=own_note&columns=name,own_note")
    assert [row.name for row in page.objects] == ["A", "B"]
    assert [head["url"] for head in page.heads][1] == ""


MADE: dict[str, Callable[[int, Any], Any]] = {
    "text": lambda n, company: f"Text {n % 4}",
    "robots": lambda n, company: str(n % 5 * 3 - 7),
    "budget": lambda n, company: f"{n % 6}.5",
    "audit": lambda n, company: date(2026, 1 + n % 3, 1).isoformat(),
    "pilot": lambda n, company: bool(n % 2),
    "size": lambda n, company: ("small", "large")[n % 2],
    "uses": lambda n, company: ["welding", "tending"][n % 2 :],
    "site": lambda n, company: f"https://{n % 3}.example",
    "engineer": lambda n, company: (company.rep, company.vp, company.manager)[n % 3].person.pk,
}


def _many(company: Any, model: Any, **given: Any) -> int:
    """Two pages and some, each third without values, many alike."""
    count = PAGE_ROWS * 2 + 7
    made = []
    for number in range(count):
        values = {} if number % 3 == 0 else {key: make(number, company) for key, make in MADE.items()}
        made.append(model(name=f"N{number}", custom=values, **given))
    model.objects.bulk_create(made)
    return count


def test_pages_show_every_account_once_in_both_directions(company: Any) -> None:
    define_all(company)
    count = _many(company, Account, owner=company.rep.person)
    for key in SORTABLE:
        rising, falling = (_walk(company, f"sort={sign}own_{key}") for sign in ("", "-"))
        assert len(rising) == count and sorted(rising) == sorted(falling), key
        valued = [pk for pk in rising if Account.objects.get(pk=pk).custom]
        assert rising[: len(valued)] == valued, key
        assert falling == [*reversed(valued), *reversed(rising[len(valued) :])], key


@pytest.mark.parametrize(
    ("kind", "table", "model"),
    [("contact", CONTACTS, Contact), ("lead", LEADS, Lead), ("opportunity", OPPORTUNITIES, Opportunity)],
)
def test_every_list_of_records_is_sorted_by_them(company: Any, kind: str, table: Any, model: Any) -> None:
    define_all(company, kind)
    given: dict[str, Any] = {"owner": company.rep.person}
    if kind == "opportunity":
        deal = company.deal()
        given |= {name: getattr(deal, name) for name in ("stage_id", "process_id", "currency_id", "created_on")}
    count = _many(company, model, **given)
    count = model.objects.count()
    for key in ("robots", "engineer", "uses"):
        for who in (company.ops, company.manager, company.rep):
            assert len(set(_walk(company, f"sort=-own_{key}", table, who))) == count


def test_a_filter_by_the_field_that_the_list_is_sorted_by(company: Any) -> None:
    define(company, "number", "Robots")
    define(company, "text", "2024")
    add_accounts({"a": "2", "b": "10", "c": "30", "d": None}, "robots", company)
    assert _names(company, "sort=-own_robots&own_robots_min=3") == ["c", "b"]
    Account.objects.filter(name="b").update(custom={"2024": "planned", "robots": "1"})
    assert _names(company, "own_2024=PLAN") == ["b"]
    assert _names(company, "sort=own_2024")[0] == "b"


def test_a_value_that_does_not_fit_counts_as_none(company: Any) -> None:
    define_all(company)
    odd = {"robots": "many", "budget": ["1"], "engineer": "Ana", "size": "huge", "uses": "welding"}
    company.account("Odd", custom=odd)
    company.account("Fit", custom={"robots": "1", "budget": "1", "size": "small", "uses": ["welding"],
                                   "engineer": company.rep.person.pk})  # fmt: skip
    for key in odd:
        for sign in ("", "-"):
            assert _names(company, f"sort={sign}own_{key}") == ["Fit", "Odd"], key
    assert _names(company, "own_robots_min=0&own_budget_max=9") == ["Fit"]


@pytest.mark.parametrize("key", [*SORTABLE, "nothing", "note"])
def test_an_odd_cursor_or_sort_is_passed_over(company: Any, signed_in: Any, key: str) -> None:
    define_all(company)
    company.account("One", custom={"text": "x", "robots": "1"})
    client = signed_in(company.ops)
    for value in (
        "\x00",
        "1e999999",
        "NaN",
        "Infinity",
        10**30,
        float("inf"),
        [1],
        {"a": 1},
        True,
        "x" * 5000,
        "\ud800",
        "'; --",
    ):
        cursor = base64.urlsafe_b64encode(json.dumps([value, 10**25]).encode()).decode().rstrip("=")
        for place in ("after", "before"):
            for sort in (f"own_{key}", *(("name", "employees", "revenue") if key == "nothing" else ())):
                answer = client.get(reverse("accounts:accounts"), {"sort": sort, place: cursor})
                assert answer.status_code == 200, (value, place, sort)
    for name in ("own_x'--", 'own_"', "own_text__x", "sorted_by", "-sorted_by", "custom", "own_robots; drop"):
        assert client.get(reverse("accounts:accounts"), {"sort": name}).status_code == 200


def test_the_export_has_the_order_of_the_page(company: Any, signed_in: Any) -> None:
    define(company, "number", "Robots")
    add_accounts({"a": "2", "b": "10", "c": None, "d": "-3"}, "robots", company)
    asked = {"sort": "-own_robots", "columns": "name", "format": "csv"}
    answer = signed_in(company.ops).get(reverse("accounts:accounts"), asked)
    assert b"".join(answer.streaming_content).split() == [b"Account", b"b", b"a", b"d", b"c"]


def test_the_head_of_a_column_turns_the_order(company: Any) -> None:
    define(company, "number", "Robots")
    company.account()
    head = _page(company, "columns=name,own_robots").heads[1]
    assert (head["url"], head["aria"]) == ("?columns=name%2Cown_robots&sort=-own_robots", "")
    turned = _page(company, "columns=name,own_robots&sort=-own_robots").heads[1]
    assert ("sort=own_robots" in turned["url"], turned["aria"]) == (True, "descending")


def test_another_order_has_nothing_of_it_in_its_statements(company: Any, signed_in: Any) -> None:
    define_all(company)
    company.account()
    client = signed_in(company.ops)
    with CaptureQueriesContext(connection) as asked:
        client.get(reverse("accounts:accounts"), {"sort": "name"})
    told = " ".join(one["sql"] for one in asked.captured_queries)
    assert "sorted_by" not in told and "statement_timeout = 5000" not in told


def test_three_rows_cost_as_many_queries_as_one(company: Any, signed_in: Any) -> None:
    define(company, "person", "Engineer")
    client, address = signed_in(company.ops), f"{reverse('accounts:accounts')}?sort=own_engineer"
    add_accounts({"a": company.rep.person.pk}, "engineer", company)
    one = queries(client, address)
    add_accounts({"b": company.rep.person.pk, "c": company.vp.person.pk}, "engineer", company)
    assert queries(client, address) == one


def slow_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """An order that takes two seconds, where 50 ms are allowed."""
    from django.db.models import Func, TextField, Value

    def order(field: Any) -> Any:
        return Func(Value(2), template="(pg_sleep(%(expressions)s)::text)", output_field=TextField())

    monkeypatch.setattr("core.tables.columns.order_of", order)
    monkeypatch.setattr("core.tables.keyset.SORT_MS", 50)


def test_an_order_that_takes_too_long_is_said_in_words_and_the_usual_one_shown(
    company: Any, signed_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow_down(monkeypatch)
    define(company, "text", "Plant")
    for number in range(PAGE_ROWS + 1):
        company.account(f"A{number:02}", custom={"plant": "x"})
    page = _page(company, "sort=-own_plant&q=A")
    assert [row.name for row in page.objects][:2] == ["A00", "A01"]
    assert "“Plant” takes too long" in page.note and page.sort == "name"
    assert "sort=" not in page.next and "q=A" in page.next
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout')")
        assert cursor.fetchone() == ("0",)
    shown = signed_in(company.ops).get(reverse("accounts:accounts"), {"sort": "own_plant"})
    assert "“Plant” takes too long" in shown.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_was_left_in_a_broken_transaction_is_not_used_again() -> None:
    with connection.cursor() as cursor:
        with pytest.raises(DataError):
            cursor.execute("BEGIN; SELECT 1 / 0")
        with pytest.raises(InternalError):
            cursor.execute("SELECT 1")
    close_if_left_open()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        held = connection.connection
    close_if_left_open()
    assert connection.connection is held, "one that is in order stays"
