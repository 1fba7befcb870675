"""What belongs to one region shows nowhere to people of another: by id, search, export, count, order, text or timing.

Everything of Ana's (West) holds a mark. Those who may not see it ask for every address, follow every link, turn every
list, and post her numbers into their own forms; the mark may stand in no answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit
from zipfile import ZipFile, is_zipfile

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone

from accounts.models import Account
from core.selectors import company_day
from people.enums import Role
from people.models import RoleGrant
from people.services import vacate
from pipeline.models import Opportunity
from tests.access.asking import asked
from tests.access.hidden import hide
from tests.access.matrix import Matrix, read_matrix
from tests.access.routes import Route, all_routes
from tests.access.samples import SECRET
from tests.access.world import World

pytestmark = pytest.mark.django_db
OUTSIDERS = ("other_manager", "former_manager")
OTHERS = ("teammate", "delegate", "no_role", "planner", "comp_admin")
KEEPS_PAY = "comp_admin"
NOBODY = 999_999_999
PER_VIEW = 3  # links followed to one view, with other parameters
GONE = ("metrics", "account_logout", "core:columns")


@pytest.fixture(scope="module")
def hidden(world: World) -> World:
    hide(world)
    return world


def text_of(answer: Any) -> str:
    """Everything an answer says: a page, a stream, or what is packed in a workbook."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if is_zipfile(BytesIO(body)):
        with ZipFile(BytesIO(body)) as packed:
            body = b"\n".join(packed.read(name) for name in packed.namelist())
    return body.decode("utf-8", "replace")


def told(client: Client, url: str) -> tuple[int, str]:
    answer = client.get(url)
    return answer.status_code, f"{text_of(answer)}\n{dict(answer.headers)}"


def leaks(client: Client, urls: Iterator[str]) -> list[str]:
    return [url for url in urls if SECRET in told(client, url)[1]]


def every_address(world: World) -> Iterator[str]:
    lines = read_matrix().lines
    for route in all_routes():
        if route.name not in GONE and route.name in lines and "GET" in lines[route.name].rights:
            with suppress(LookupError):  # test_matrix.py says so
                yield world.address(route)


@pytest.mark.parametrize("person", OUTSIDERS)
def test_no_address_shows_it(hidden: World, person: str) -> None:
    assert leaks(hidden.client(person), every_address(hidden)) == []


@pytest.mark.parametrize("person", OTHERS)
def test_no_record_opens_by_its_number_and_no_list_holds_it(hidden: World, person: str) -> None:
    asked_for = (url for url in by_number_and_lists(hidden) if not (person == KEEPS_PAY and is_pay(url)))
    assert leaks(hidden.client(person), asked_for) == []


def is_pay(url: str) -> bool:
    """Pages and addresses of pay: comp admins see everybody's, and no deal by its name there."""
    name = resolve(urlsplit(url).path).view_name
    return name.startswith("compensation:") or "dispute" in name or "statement" in name


def test_the_owner_finds_it_so_the_mark_is_there(hidden: World) -> None:
    """The counter-test: without it the others would find nothing because there is nothing."""
    found = leaks(hidden.client("owner"), by_number_and_lists(hidden))
    names = {resolve(urlsplit(url).path).view_name for url in found}
    assert names >= {
        *("pipeline:deals", "pipeline:deal", "pipeline:deal_edit", "pipeline:record_timeline", "core:run"),
        *("accounts:accounts", "accounts:account", "accounts:contact", "leads:lead", "api:opportunity"),
    }


def linked(url: str, page: str) -> Iterator[str]:
    """Addresses of a page: links, what htmx loads, forms by GET, options of fields."""
    for found in re.findall(r'(?:href|hx-get|src|action|data-options|data-url)="([^"#][^"]*)"', page):
        there = urljoin(url, found.replace("&amp;", "&"))
        if there.startswith("/") and not there.startswith(("//", "/static/")):
            yield there.partition("#")[0]


def crawl(client: Client, start: str, *, limit: int) -> Iterator[tuple[str, str]]:
    """(address, text) of the pages that can be reached by links, a few of each view."""
    waiting, seen, often = [start], {start}, dict[str, int]()
    while waiting and limit:
        url, limit = waiting.pop(0), limit - 1
        answer = client.get(url)
        text = text_of(answer)
        yield url, f"{text}\n{dict(answer.headers)}"
        for there in [*linked(url, text), *filter(None, [answer.get("Location")])]:
            view = _view_of(there)
            if view and there not in seen and often.get(view, 0) < PER_VIEW:
                seen.add(there)
                often[view] = often.get(view, 0) + 1
                waiting.append(there)


def _view_of(url: str) -> str:
    """The view and the names of what is asked of it: other values are the same page again."""
    try:
        name = resolve(urlsplit(url).path).view_name
    except Resolver404:
        return ""
    return "" if name in GONE else f"{name}?{'&'.join(sorted(re.findall(r'[?&]([a-z_]+)=', url)))}"


@pytest.mark.parametrize("person", OUTSIDERS)
def test_no_link_leads_to_it(hidden: World, person: str) -> None:
    found = [url for url, text in crawl(hidden.client(person), "/", limit=150) if SECRET in text]
    assert found == []


def test_a_crawl_reaches_what_the_owner_has(hidden: World) -> None:
    found = [url for url, text in crawl(hidden.client("owner"), "/opportunities/", limit=150) if SECRET in text]
    views = {resolve(urlsplit(url).path).view_name for url in found}
    assert views >= {"pipeline:deals", "pipeline:deal", "accounts:account"}


LISTS = ("/opportunities/", "/accounts/", "/contacts/", "/leads/", "/runs/", "/people/", "/data-quality/",
         "/data-quality/records/account/", "/data-quality/records/contact/")  # fmt: skip


def turns(url: str) -> Iterator[str]:
    """A list searched, sorted, cut, with every column, from any place, and as a file."""
    for query in ("format=csv", "format=xlsx", f"q={SECRET[:7]}", f"q={SECRET[:7]}&format=csv", "archived=true",
                  "archived=all&format=csv", "sort=-account", "sort=owner&format=csv"):  # fmt: skip
        yield f"{url}?{query}"


@pytest.mark.parametrize("person", ["other_manager", "teammate"])
def test_no_list_shows_it_however_it_is_turned(hidden: World, person: str) -> None:
    client = hidden.client(person)
    assert leaks(client, (turned for url in LISTS for turned in turns(url))) == []


def test_search_palette_and_options_find_nothing(hidden: World) -> None:
    client, words = hidden.client("other_manager"), SECRET[:6]
    mine = hidden.client("owner")
    for url in (f"/search/?q={words}", f"/accounts/options/?q={words}"):
        for headers in ({}, {"HX-Request": "true"}):
            assert SECRET in text_of(mine.get(url, headers=headers))
            assert SECRET not in text_of(client.get(url, headers=headers))


# --- does it exist? ----------------------------------------


NUMBERED = {
    *("deal_id", "opportunity_id", "account_id", "contact_id", "lead_id", "activity_id", "record_id", "run_id"),
    "view_id",
}


def by_number() -> list[Route]:
    """Addresses that name one of Ana's records by its number."""
    return [route for route in all_routes() if set(route.parameters) & NUMBERED]


def by_number_and_lists(world: World) -> Iterator[str]:
    lines = read_matrix().lines
    yield from (world.address(route) for route in by_number() if "GET" in lines[route.name].rights)
    yield from LISTS


def as_if_unknown(world: World, route: Route) -> str:
    values = {name: world.value(route, name) for name in route.parameters}
    return reverse(route.name, kwargs=values | {name: NOBODY for name in values if name.endswith("_id")})


@dataclass(frozen=True)
class Seen:
    """What can be told from outside: the answer without its own address and tokens, and the work it took."""

    status: int
    text: str
    queries: int


def seen(client: Client, method: str, url: str) -> Seen:
    asked(client, method, url)  # fills the caches of the process
    with CaptureQueriesContext(connection) as caught:
        answer = asked(client, method, url)
    words = answer.content.decode() if not answer.streaming else ""
    words = re.sub(r'(csrfmiddlewaretoken" value="|X-CSRFToken": ")[^"]+|[A-Za-z0-9]{20,64}(?=")', "", words)
    path = urlsplit(url).path
    return Seen(answer.status_code, words.replace(path, "").replace(path.strip("/"), ""), len(caught))


@pytest.mark.parametrize("route", by_number(), ids=lambda route: route.name)
def test_what_is_hidden_looks_like_what_is_not_there(hidden: World, matrix: Matrix, route: Route) -> None:
    """The same status, words and number of queries: neither the text nor the time tells that it exists."""
    line = matrix.lines[route.name]
    for method in line.rights:
        if line.of("other_manager", method) == "404":
            client = hidden.client("other_manager")
            hides = seen(client, method, hidden.address(route))
            assert hides == seen(client, method, as_if_unknown(hidden, route)), (method, route.name)


# --- forms ----------------------------------------


@pytest.fixture
def mine(hidden: World) -> tuple[Opportunity, Account]:
    """A deal and an account of Olga, rep in East."""
    company = hidden.company
    account = company.account("Olga's account", owner=company.outsider)
    return company.deal("Olga's deal", owner=company.outsider, account=account), account


def olga(world: World) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(world.company.outsider.user, backend="people.adapters.accounts.LoginBackend")
    return client


def filled(page: str) -> dict[str, str]:
    """The fields of the last form of a page with what stands in them."""
    form = page.rpartition("<form")[2]
    found = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form))
    for name, inner in re.findall(r'<select[^>]*name="([^"]+)".*?>(.*?)</select>', form, re.S):
        chosen = re.search(r'value="([^"]*)"[^>]*selected', inner)
        found[name] = chosen[1] if chosen else ""
    return found


CHOICES = [("pipeline:deal_edit", "account", "account_id"), ("accounts:account_edit", "parent", "account_id"),
           ("pipeline:deal_edit", "owner", "person_id"), ("accounts:account_edit", "owner", "person_id")]  # fmt: skip


@pytest.mark.parametrize(("view", "name", "record"), CHOICES)
def test_a_field_takes_no_record_of_another_region(
    hidden: World, mine: tuple[Opportunity, Account], view: str, name: str, record: str
) -> None:
    """Neither by number nor by name; and the refusal is the one of a record that doesn't exist."""
    client, row = olga(hidden), mine[0] if "deal" in view else mine[1]
    url = reverse(view, args=[row.pk])
    page = text_of(client.get(url))
    theirs = hidden.records[record]
    answers = []
    for number in (theirs.pk, NOBODY):
        for value in (f"{number}", f"ACC-{number}"):
            answer = client.post(url, filled(page) | {name: value})
            assert answer.status_code == 200, (value, answer.get("Location"))
            answers.append(re.sub(rf"{number}", "", error_of(text_of(answer))))
        assert all(answers)
    assert answers[0] == answers[2] and answers[1] == answers[3]
    before = type(row).objects.get(pk=row.pk)
    assert getattr(before, f"{name}_id") != theirs.pk


def error_of(page: str) -> str:
    marked = r'class="[^"]*(?:invalid-feedback|field-error|errorlist|error)[^"]*"[^>]*>(.*?)<'
    return " ".join(re.findall(marked, page, re.S))


@pytest.mark.parametrize("url", ["/opportunities/", "/accounts/", "/contacts/", "/leads/"])
def test_chosen_rows_of_another_region_are_passed_over(hidden: World, url: str) -> None:
    keys = ("deal_id", "account_id", "contact_id", "lead_id")
    client, ids = hidden.client("other_manager"), [hidden.records[key].pk for key in keys]
    for action in ("archive", "delete", "fix", "ask", "edit"):
        answer = client.post(url, {"action": action, "pk": ids})
        assert answer.status_code < 500
    for key in keys:
        hidden.records[key].refresh_from_db()
        assert hidden.records[key].archived_at is None


# --- order and filters ----------------------------------------


def test_cursors_made_up_elsewhere_show_only_ones_own(hidden: World, mine: tuple[Opportunity, Account]) -> None:
    import base64
    import json

    client = olga(hidden)
    theirs = hidden.records["deal_id"]
    for value in (None, "", SECRET, theirs.name, "0", str(theirs.amount)):
        for sort in ("name", "-name", "amount", "-account"):
            cursor = base64.urlsafe_b64encode(json.dumps([value, theirs.pk]).encode()).decode().rstrip("=")
            for side in ("after", "before"):
                status, text = told(client, f"/opportunities/?{urlencode({'sort': sort, side: cursor})}")
                assert status == 200
                assert SECRET not in text


def test_a_filter_answers_no_question_about_what_is_hidden(hidden: World, mine: tuple[Opportunity, Account]) -> None:
    """Filtering by a record of another region gives what filtering by none that exists gives."""
    client = olga(hidden)
    for url, name, record in (("/opportunities/", "account", "account_id"), ("/contacts/", "account", "account_id"),
                              ("/opportunities/", "owner", "person_id")):  # fmt: skip
        pages = []
        for number in (hidden.records[record].pk, NOBODY):
            status, text = told(client, f"{url}?{urlencode({name: number})}")
            assert status == 200
            pages.append(re.findall(r'<tr[^>]*data-row|class="so-count[^"]*">([^<]*)<', text))
        assert pages[0] == pages[1]


# --- people whose time is over ----------------------------------------


def test_a_grant_that_ended_shows_nothing_any_more(hidden: World) -> None:
    today = company_day(timezone.now())
    user = hidden.users["sales_ops"]
    assert user is not None
    RoleGrant.objects.filter(user=user).update(valid_to=today)
    client = hidden.client("sales_ops")
    assert leaks(client, by_number_and_lists(hidden)) == []
    assert client.get("/opportunities/").status_code == 404


def test_a_grant_to_come_or_that_waits_shows_nothing_yet(hidden: World) -> None:
    today = company_day(timezone.now())
    user = hidden.users["no_role"]
    RoleGrant.objects.create(user=user, role=Role.SALES_OPS, valid_from=today + timedelta(days=1))
    RoleGrant.objects.create(user=user, role=Role.FINANCE, valid_from=today, is_pending=True)
    assert hidden.client("no_role").get("/opportunities/").status_code == 404


def test_a_manager_who_left_the_seat_sees_nobody_elses(hidden: World) -> None:
    manager = hidden.company.manager
    assert SECRET in told(hidden.client("manager"), "/opportunities/")[1]
    vacate(person=manager.person, on=company_day(timezone.now()))
    assert leaks(hidden.client("manager"), by_number_and_lists(hidden)) == []


def test_a_login_that_is_shut_out_is_out_at_once(hidden: World) -> None:
    user = hidden.users["owner"]
    assert user is not None
    type(user).objects.filter(pk=user.pk).update(is_active=False)
    assert hidden.client("owner").get("/opportunities/").status_code == 302
