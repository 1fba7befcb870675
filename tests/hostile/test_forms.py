"""Every form of every page is sent what it didn't ask for: it answers in words, keeps nothing, and never fails."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.access.asking import tables_written
from tests.access.matrix import Matrix, read_matrix
from tests.access.routes import all_routes
from tests.access.world import World
from tests.hostile.pages import Form, forms_of
from tests.hostile.payloads import ALL, NUMBERS, RUNS, TEXTS
from tests.spreading import FULL_ROUND

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lean_pages")]
# How many payloads a form, a field, the hidden fields and a page meet: in turns, so that each is sent many times.
AT_ONCE, ALONE, HIDDEN, ASKED = (12, 2, 3, 4) if FULL_ROUND else (3, 1, 1, 2)
PEOPLE = ("owner", "sales_ops", "admin")
# A login's own address is noted when it first opens the page of its addresses.
UNMINDED = ("django_session", "core_auditevent", "axes_", "account_emailaddress")
ENCODED = "application/x-www-form-urlencoded"


def page_text(answer: Any) -> str:
    """What a page says; of a file nothing."""
    is_page = not answer.streaming and answer["Content-Type"].startswith("text/")
    return str(answer.content.decode()) if is_page else ""


@pytest.fixture(scope="module")
def forms(world: World, lean_pages: None, django_db_blocker: Any) -> list[tuple[str, Form]]:
    """(person, form): each form that posts once, with the first person who sees it."""
    found: dict[tuple[Any, ...], tuple[str, Form]] = {}
    with django_db_blocker.unblock():
        for person, url in pages_of(world, read_matrix()):
            with transaction.atomic():
                answer = world.client(person).get(url)
                text = page_text(answer) if answer.status_code == 200 else ""
                transaction.set_rollback(True)
            for form in forms_of(url, text):
                if form.method == "post" and "logout" not in form.action:
                    found.setdefault((re.sub(r"\d+", "N", form.action.partition("?")[0]), *form.key), (person, form))
    return list(found.values())


def pages_of(world: World, matrix: Matrix) -> Iterator[tuple[str, str]]:
    for route in all_routes():
        line = matrix.lines.get(route.name)
        if line is None or "GET" not in line.rights or route.is_api:
            continue
        person = next((one for one in PEOPLE if line.of(one, "GET") == "yes"), None)
        if person is not None:
            yield person, world.address(route)


def body(data: dict[str, Any]) -> str:
    """As a browser would send it, half characters too."""
    pairs = [(name, one) for name, value in data.items() for one in (value if isinstance(value, list) else [value])]
    return "&".join(f"{quote(name)}={quote(str(one).encode('utf-8', 'surrogatepass'))}" for name, one in pairs)


def send(world: World, person: str, form: Form, data: dict[str, Any]) -> Iterator[str]:
    """What is wrong with the answer to a form; everything is taken back."""
    with transaction.atomic():
        with CaptureQueriesContext(connection) as caught:
            answer = world.client(person).post(form.action, body(data), content_type=ENCODED)
        touched = {table for table in tables_written(caught) if not table.startswith(UNMINDED)}
        refused = answer.status_code == 200 and not answer.streaming
        after = state_of(touched) if refused else {}
        text = "" if answer.streaming else answer.content.decode("utf-8", "replace")
        transaction.set_rollback(True)
    if answer.status_code >= 500:
        yield f"answers {answer.status_code}"
    if refused and after != state_of(touched):
        yield f"is shown again, and yet wrote into {sorted(touched)}"
    if any(run in text for run in RUNS):
        yield "shows a script unescaped"


def state_of(tables: set[str]) -> dict[str, str]:
    found = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM \"{table}\" t")
            found[table] = cursor.fetchone()[0]
    return found


def wrong(world: World, forms: list[tuple[str, Form]], tries: Any) -> list[str]:
    found = []
    for person, form in forms:
        for data, words in tries(form):
            found += [f"{form.action} as {person}, {words}: {one}" for one in send(world, person, form, data)]
    return found


def test_there_are_forms(forms: list[tuple[str, Form]]) -> None:
    """Or nothing would be tried below."""
    assert len(forms) > 40
    assert {"name", "amount", "version"} <= {one.name for _person, form in forms for one in form.fields}


Tries = Iterator[tuple[dict[str, Any], str]]


def test_every_field_at_once(world: World, forms: list[tuple[str, Form]]) -> None:
    turn = itertools.cycle(ALL)

    def tries(form: Form) -> Tries:
        for payload in itertools.islice(turn, AT_ONCE):
            yield {one.name: payload for one in form.fields}, f"all {payload[:30]!r}"

    assert not (found := wrong(world, forms, tries)), "\n".join(found[:20])


def test_one_field_among_sensible_ones(world: World, forms: list[tuple[str, Form]]) -> None:
    """Past the first check: each field by itself, with payloads that take turns."""
    turn = itertools.cycle(ALL)

    def tries(form: Form) -> Tries:
        for one in form.fields:
            for payload in itertools.islice(turn, ALONE):
                yield form.data(**{one.name: payload}), f"{one.name} = {payload[:30]!r}"

    assert not (found := wrong(world, forms, tries)), "\n".join(found[:20])


def test_fields_left_out_and_given_twice(world: World, forms: list[tuple[str, Form]]) -> None:
    """No management form, no version, three of each, and fields nobody asked for."""
    turn = itertools.cycle(NUMBERS)

    def tries(form: Form) -> Tries:
        yield {}, "empty"
        yield form.data(), "as it stands"
        hidden = [one.name for one in form.fields if one.type == "hidden"]
        yield {name: value for name, value in form.data().items() if name not in hidden}, "without hidden fields"
        yield {name: [value, "x", ""] for name, value in form.data().items()}, "thrice"
        yield form.data(owner_id="1", is_superuser="on", id="1", pk=["1", "\u00b2", "9" * 30]), "more than asked"
        for payload in itertools.islice(turn, HIDDEN):
            yield form.data(**dict.fromkeys(hidden, payload)), f"hidden {payload[:20]!r}"

    assert not (found := wrong(world, forms, tries)), "\n".join(found[:20])


KINDS = ("application/json", "text/plain", "multipart/form-data", "multipart/form-data; boundary=x", "")
BODIES = (b"", b"{", b'{"name": [1]}', b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\n')


def test_bodies_that_are_no_form(world: World, forms: list[tuple[str, Form]]) -> None:
    turn, found = itertools.cycle(itertools.product(KINDS, BODIES)), []
    for person, form in forms:
        for kind, content in itertools.islice(turn, ASKED):
            with transaction.atomic():
                answer = world.client(person).post(form.action, content, content_type=kind)
                transaction.set_rollback(True)
            if answer.status_code >= 500:
                found.append(f"{form.action} {kind} {content!r}")
    assert not found, "\n".join(found)


# --- addresses --------------------------------------------------------------------------------------------------------


def query_names(page: str, text: str) -> set[str]:
    return {one.name for form in forms_of(page, text) if form.method == "get" for one in form.fields}


OF_LISTS = """q sort after before columns view page show by period rows account owner stage rule kind earlier to next
expected_close_on_min amount_min""".split()
CURSORS = """e30 W10 WzFd W251bGwsIDFd WyJ4IiwgMV0 W3t9LCAxXQ W1tdLCAxXQ W05hTiwgMV0 WyJcdTAwMDAiLCAxXQ WzFlNDAwLCAxXQ
W3RydWUsIDFd WyIwMDAwLTAwLTAwIiwgOTk5OTk5OTk5OTk5OTk5OTk5OTk5OTldIA ==== AAAA""".split()


def test_queries_nobody_meant(world: World) -> None:
    """Each page with each parameter it knows, and some it doesn't, given nonsense."""
    turn, found = itertools.cycle((*TEXTS[:6], *NUMBERS, "9" * 5000, "2024-02-30")), []
    for person, url in pages_of(world, read_matrix()):
        client = world.client(person)
        first = asked(client, url)
        names = {*OF_LISTS, *query_names(url, page_text(first))} - {"format"}
        for payload in itertools.islice(turn, ASKED):
            answer = asked(client, f"{url}?{body(dict.fromkeys(names, payload))}")
            if answer.status_code >= 500 > first.status_code:  # readiness says 503 where no worker runs
                found.append(f"{url} {payload[:20]!r}")
    assert not found, "\n".join(found)


LISTS = ("/opportunities/", "/accounts/", "/contacts/", "/leads/", "/products/", "/people/", "/runs/", "/data-quality/")
SORTS = ("name", "-name", "amount", "-expected_close_on", "owner", "created", "updated", "-score", "account", "stage",
         "close", "-close", "last_activity", "state", "started", "-started")  # fmt: skip


@pytest.mark.parametrize("url", LISTS)
def test_cursors_that_were_never_given(world: World, url: str) -> None:
    client, turn = world.client("sales_ops"), itertools.cycle(itertools.product(CURSORS, ("after", "before")))
    for sort, (cursor, side) in ((sort, next(turn)) for sort in SORTS for _ in range(ASKED)):
        query = urlencode({"sort": sort, side: cursor})
        assert asked(client, f"{url}?{query}").status_code == 200, query


def asked(client: Client, url: str) -> Any:
    with transaction.atomic():
        answer = client.get(url)
        if answer.streaming:
            b"".join(answer.streaming_content)
        transaction.set_rollback(True)
    return answer


def test_numbers_no_record_has(world: World) -> None:
    """Larger than a column holds, too: not found, and no failure."""
    turn, lines, found = itertools.cycle((10**9, 2**31, 2**63 - 1, 2**63, 10**30)), read_matrix().lines, []
    for route in all_routes():
        names = [name for name in route.parameters if name.endswith("_id") and name != "provider_id"]
        if not names or route.name.startswith(("account_", "mfa_", "socialaccount_")):
            continue
        others = {name: world.value(route, name) for name in route.parameters if name not in names}
        for number, method in itertools.product(itertools.islice(turn, 2), lines[route.name].rights):
            url = reverse(route.name, kwargs=dict.fromkeys(names, number) | others)
            with transaction.atomic():
                answer = getattr(world.client("sales_ops"), method.lower())(url)
                transaction.set_rollback(True)
            if answer.status_code not in (302, 403, 404, 405):
                found.append(f"{method} {url}: {answer.status_code}")
    assert not found, "\n".join(found)
