"""A script in every text of every record: it stands on pages as text, in files as text, and never runs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.access.hidden import hide
from tests.access.routes import all_routes
from tests.access.test_leaks import GONE, text_of
from tests.access.world import World
from tests.hostile.payloads import RUNS, SCRIPT

pytestmark = pytest.mark.django_db
PAGES = ("text/html",)


@pytest.fixture(scope="module")
def scripted(world: World) -> World:
    """Every record of Ana's, and a row of every model that can hang on them, holds a script in every text."""
    world.samples.open_to_all = ()
    hide(world, SCRIPT)
    person = world.company.rep.person
    type(person).objects.filter(pk=person.pk).update(name=f"{SCRIPT} person")
    return world


@pytest.mark.parametrize("person", ["owner", "sales_ops", "admin"])
def test_it_never_stands_in_a_page_as_a_script(scripted: World, person: str) -> None:
    client, escaped = scripted.client(person), 0
    for route in all_routes():
        if route.name in GONE or "provider_id" in route.parameters:
            continue
        answer = client.get(scripted.address(route))
        if not answer.get("Content-Type", "").startswith("text/html"):
            continue
        text = text_of(answer)
        assert not [run for run in RUNS if run in text], route.name
        escaped += "&lt;script&gt;" in text
    assert escaped > 10  # or there was nothing to escape


@pytest.mark.parametrize("url", ["/opportunities/", "/accounts/", "/contacts/", "/leads/"])
def test_lists_parts_and_what_is_searched_for_are_escaped(scripted: World, url: str) -> None:
    client = scripted.client("sales_ops")
    asked: list[tuple[str, dict[str, str]]] = [
        (f"{url}?q=<script>zirkel()", {}), (f"{url}?sort=-name", {"HX-Request": "true"}),
        ("/search/?q=<script>zirkel()", {}), ("/search/?q=zirkel", {"HX-Request": "true"}),
        (f"{url}?columns=<script>zirkel()&view=<script>zirkel()&sort=<script>zirkel()", {}),
    ]  # fmt: skip
    for address, headers in asked:
        text = text_of(client.get(address, headers=headers))
        assert not [run for run in RUNS if run in text], address


def test_options_are_data_and_no_page(scripted: World) -> None:
    answer: Any = scripted.client("owner").get("/accounts/options/?q=z")
    assert answer["Content-Type"] == "application/json"
    assert answer["X-Content-Type-Options"] == "nosniff"
