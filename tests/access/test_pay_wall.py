"""Ana's pay shows at no address to those who may not see it: page, list, panel, palette, export, audit, API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from people.models import PayRules, PersonPay
from people.services import set_pay
from tests.access.matrix import read_matrix
from tests.access.test_leaks import every_address, seen, told, turns
from tests.access.world import World
from tests.api.conftest import make_caller

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lean_pages")]
OTE, VARIABLE, FIXED = 187_654, 61_234, 126_420
NOBODY = 999_999_999
PEOPLE = read_matrix().people
SEE = {"owner", "comp_admin", "finance"}
WALLED = sorted(set(PEOPLE) - SEE - {"anonymous"})
MARKS = [text for amount in (OTE, VARIABLE, FIXED) for text in (f"{amount}", f"{amount:,}")]


@pytest.fixture(scope="module")
def paid(world: World) -> World:
    """Pay of today and some to come, set by the comp admin, so that acts tell of it."""
    row, today = world.records["person_pay_id"], timezone.localdate()
    given = {"person": row.person, "ote": OTE, "variable": VARIABLE, "currency_id": row.currency_id}
    PersonPay.objects.filter(pk=row.pk).update(ote=OTE, variable=VARIABLE)
    set_pay(pay=PersonPay(valid_from=today + timedelta(days=9), **given), by=world.users["comp_admin"])
    return world


def near(world: World) -> Iterator[str]:
    """Addresses of pay, of the person and of what tells of people, acts and runs."""
    person, row = world.records["person_id"], world.records["person_pay_id"]
    for url in ("/people/", "/runs/", reverse("people:pay"), reverse("api:person_pays")):
        yield from turns(url)
    for text in ("Ana", f"{OTE}"[:5], "PPY-1"):
        yield from (f"/search/?q={text}", f"/people/pay/?q={text}", f"/people/options/?q={text}")
    yield from (f"/people/pay/?person={person.pk}&sort={sort}" for sort in ("ote", "-ote", "variable"))
    yield from (reverse(f"people:{name}", args=[person.pk]) for name in ("person", "pay_of", "person_edit"))
    yield from (reverse(name, args=[row.pk]) for name in ("people:pay_end", "api:person_pay"))
    yield reverse("core:record_panels", args=["person", person.pk, "side"])
    yield from (reverse(f"core:erasure{more}", args=["person", person.pk]) for more in ("", "_export"))
    yield from ("/settings/audit/?act=pay", "/settings/audit/?act=pay&format=csv", f"/api/v1/people/{person.pk}/")


def finds(world: World, person: str, urls: Iterator[str], **headers: str) -> list[str]:
    client = world.client(person, headers=headers)
    return [url for url in urls if any(mark in told(client, url)[1] for mark in MARKS)]


@pytest.mark.parametrize("person", ["manager", "sales_ops", "admin"])
def test_no_address_tells_it(paid: World, person: str) -> None:
    assert finds(paid, person, every_address(paid)) == []


@pytest.mark.parametrize("person", WALLED)
def test_no_list_page_file_search_or_act_tells_it(paid: World, person: str) -> None:
    assert finds(paid, person, near(paid)) == []


@pytest.mark.parametrize("person", ["manager", "executive", "sales_ops", "admin"])
def test_no_part_of_a_page_tells_it(paid: World, person: str) -> None:
    assert finds(paid, person, near(paid), **{"HX-Request": "true"}) == []


def test_those_who_may_find_it_so_the_amounts_are_there(paid: World) -> None:
    """The counter-test: without it the others would find nothing because there is nothing."""
    row, person = paid.records["person_pay_id"], paid.records["person_id"]
    own = {reverse("people:pay_of", args=[person.pk]), reverse("api:person_pay", args=[row.pk]),
           f"{reverse('people:pay')}?format=csv"}  # fmt: skip
    for who in SEE:
        assert set(finds(paid, who, near(paid))) >= own, who
    panel = reverse("core:record_panels", args=["person", person.pk, "side"])
    assert panel in finds(paid, "owner", near(paid), **{"HX-Request": "true"})


def test_the_managers_above_find_it_once_the_company_says_so_and_nobody_else(paid: World) -> None:
    PayRules.objects.create(pk=1, managers_see_pay=True)
    address = reverse("people:pay_of", args=[paid.records["person_id"].pk])
    let_in = {person for person in PEOPLE if paid.client(person).get(address).status_code == 200}
    assert let_in == SEE | {"manager"}


@pytest.mark.parametrize("route", ["people:pay_end", "api:person_pay"])
@pytest.mark.parametrize("person", ["manager", "teammate", "executive", "sales_ops", "admin"])
def test_a_hidden_row_looks_like_none(paid: World, route: str, person: str) -> None:
    """The same status, words and number of queries: neither the text nor the time tells that it exists."""
    client, row = paid.client(person), paid.records["person_pay_id"]
    hides, nothing = (seen(client, "GET", reverse(route, args=[pk])) for pk in (row.pk, NOBODY))
    assert hides == nothing and hides.status == 404


def test_a_person_without_pay_looks_like_one_whose_pay_is_hidden(paid: World) -> None:
    """Also whether there is any: the panel stands, or not, by who asks."""
    client, person = paid.client("manager"), paid.records["person_id"]
    with_pay = seen(client, "GET", person.get_absolute_url())
    PersonPay.objects.filter(person=person).delete()
    assert seen(client, "GET", person.get_absolute_url()) == with_pay


# --- through a token -------------------------------------------------------------------------------------------------


def caller(world: World, person: str, *scopes: str) -> Any:
    return make_caller(world.users[person], scopes or ("pay:read", "pay:write"))


def test_a_token_opens_no_more_than_its_login(paid: World) -> None:
    row, person = paid.records["person_pay_id"], paid.records["person_id"]
    for who in WALLED:
        if who in ("no_role",):
            continue  # has no tokens
        found = caller(paid, who).get("person-pay/", {"person": person.pk})
        assert found.status_code == 403 or found.json()["items"] == [], who
        assert caller(paid, who).get(f"person-pay/{row.pk}/").status_code in (403, 404)
        assert caller(paid, who).post("person-pay/", _body(person)).status_code == 403
        assert caller(paid, who).post(f"person-pay/{row.pk}/end/", {"on": "2024-07-01"}).status_code == 403
    assert {one["ote"] for one in caller(paid, "owner").all("person-pay/")} == {f"{OTE}.00"}
    assert caller(paid, "owner").post(f"person-pay/{row.pk}/end/", {"on": "2024-07-01"}).status_code == 403


def _body(person: Any) -> dict[str, Any]:
    return {"person_id": person.pk, "ote": "210000", "variable": "90000", "currency": "USD", "valid_from": "2024-07-01"}


def test_a_token_needs_the_scope_of_pay(paid: World) -> None:
    person = paid.records["person_id"]
    assert caller(paid, "comp_admin", "people:read").get("person-pay/").status_code == 403
    assert caller(paid, "comp_admin", "pay:read").get("person-pay/").status_code == 200
    assert caller(paid, "comp_admin", "pay:read").post("person-pay/", _body(person)).status_code == 403


def test_a_comp_admin_sets_and_ends_pay_over_the_api(paid: World) -> None:
    person, comp = paid.records["person_id"], caller(paid, "comp_admin")
    made = comp.post("person-pay/", _body(person))
    assert made.status_code == 201, made.content
    row = made.json()
    assert (row["person_name"], row["ote"], row["variable"], row["valid_to"] is None) == (
        person.name, "210000.00", "90000.00", False,
    )  # fmt: skip
    ended = comp.post(f"person-pay/{row['id']}/end/", {"on": "2024-09-01"})
    assert ended.status_code == 204
    assert comp.get(f"person-pay/{row['id']}/").json()["valid_to"] == "2024-09-01"
    wrong = comp.post("person-pay/", _body(person) | {"variable": "210001"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (400, "/variable")
    again = comp.post(f"person-pay/{row['id']}/end/", {"on": "2024-10-01"})
    assert (again.status_code, again.json()["errors"][0]["pointer"]) == (400, "/on")
