"""Statements and disputes of a manager's line: hidden until the company says so, then read by today's line alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.urls import reverse

from compensation.models import PaySettings
from core.models import AuditEvent
from people.models import RoleGrant
from tests.access.asking import offences
from tests.access.matrix import Line, Matrix, read_matrix
from tests.access.routes import all_routes
from tests.access.test_leaks import told
from tests.access.world import World
from tests.api.conftest import make_caller

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lean_pages")]
OPENED = {"see pay", "see commission on a deal"}  # what the setting opens for managers of the line
PEOPLE = read_matrix().people
STILL_OUT = sorted(set(PEOPLE) - {"owner", "manager", "comp_admin", "finance", "anonymous"})
PAY = [route for route in all_routes() if route.name.startswith("compensation:")]


@pytest.fixture
def opened(world: World) -> World:
    PaySettings.objects.update_or_create(pk=1, defaults={"managers_see": "line"})
    return world


def widened(line: Line) -> Line:
    """As the matrix states it, and the manager let in where the setting says so."""
    rights = {
        method: replace(right, answers={**right.answers, "manager": "yes"}) if right.name in OPENED else right
        for method, right in line.rights.items()
    }
    return Line(rights, line.but)


@pytest.mark.parametrize("route", PAY, ids=lambda route: route.name)
def test_the_setting_opens_reading_to_the_manager_and_nothing_else(matrix: Matrix, opened: World, route: Any) -> None:
    found = list(offences(opened, route, widened(matrix.lines[route.name]), list(matrix.people)))
    assert not found, "\n".join(found)


def addresses(world: World) -> Iterator[str]:
    """Where Ana's month is told: lists, their files, search, the API, the page and its files."""
    statement, dispute, deal = (world.records[name] for name in ("statement_id", "dispute_id", "deal_id"))
    for name in ("statements", "disputes"):
        yield reverse(f"compensation:{name}")
        yield f"{reverse(f'compensation:{name}')}?format=csv"
        yield reverse(f"api:{name}")
    for part in ("", "_csv"):
        yield reverse(f"compensation:statement{part}", args=[statement.pk])
    yield reverse("compensation:dispute", args=[dispute.pk])
    yield reverse("compensation:deal_commission", args=[deal.pk])
    yield "/search/?q=Ana"


def finds(world: World, person: str) -> set[str]:
    """Addresses that tell of the statement or the dispute: by their links, Ana's code, what she earned, her words."""
    statement, dispute, payee = (world.records[name] for name in ("statement_id", "dispute_id", "payee_id"))
    marks = (statement.get_absolute_url(), dispute.get_absolute_url(), payee.code, "100.00", dispute.title)
    client = world.client(person)
    return {url for url in addresses(world) if any(mark in told(client, url)[1] for mark in marks)}


def test_off_a_manager_finds_nothing(world: World) -> None:
    assert not PaySettings.objects.exists()
    assert finds(world, "manager") == set()


def test_on_a_manager_finds_what_the_owner_finds(opened: World) -> None:
    own = finds(opened, "owner")
    assert len(own) >= 8 and finds(opened, "manager") == own


@pytest.mark.parametrize("person", STILL_OUT)
def test_on_nobody_else_finds_anything(opened: World, person: str) -> None:
    assert finds(opened, person) == set()


def test_a_token_of_the_manager_reads_and_comments_as_the_page_does(opened: World) -> None:
    caller = make_caller(opened.users["manager"], ("pay:read", "pay:write"))
    dispute, statement = opened.records["dispute_id"], opened.records["statement_id"]
    assert [row["id"] for row in caller.all("statements/")] == [statement.pk]
    comments = f"disputes/{dispute.pk}/comments/"
    said = caller.post(comments, {"text": "As far as I know she is right."})
    assert said.status_code == 201, said.content
    assert caller.post(comments, {"text": "x", "is_internal": True}).status_code == 409
    PaySettings.objects.update(managers_see="none")
    assert caller.get(f"disputes/{dispute.pk}/").status_code == 404


def test_who_is_no_manager_by_role_any_more_sees_nothing(opened: World) -> None:
    RoleGrant.objects.filter(user=opened.users["manager"], role="manager").delete()
    assert finds(opened, "manager") == set()


def test_a_change_of_the_setting_is_in_the_audit(world: World) -> None:
    address = reverse("compensation:pay_settings")
    sent = {"reply_days": 1, "decide_days": 5, "review_days": 7, "managers_see": "line"}
    assert world.client("comp_admin").post(address, sent).status_code == 302
    assert PaySettings.objects.get().managers_see == "line"
    detail = AuditEvent.objects.filter(act="pay.settings_changed").latest("pk").detail
    assert detail["managers_see"] == "line"
