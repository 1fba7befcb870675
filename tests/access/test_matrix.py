"""Every address answers every person as matrix.toml states."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from salesops.celery import HEARTBEAT_KEY
from tests.access.asking import offences, other_methods
from tests.access.matrix import PAGE, Matrix, as_page
from tests.access.routes import Route, all_routes
from tests.access.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lean_pages")]
PAGES = all_routes()


def test_every_address_has_a_line(matrix: Matrix) -> None:
    """A new address without one fails here: say in matrix.toml who gets what."""
    assert matrix.unruled(all_routes()) == []


def test_no_line_is_stale(matrix: Matrix) -> None:
    assert matrix.stale(all_routes()) == []


def test_the_document_shows_the_matrix(matrix: Matrix) -> None:
    assert PAGE.read_text() == as_page(matrix), "Write it anew: python -m tests.access.matrix"


def test_the_world_has_everybody(matrix: Matrix, world: World) -> None:
    assert list(world.users) == list(matrix.people)


@pytest.fixture(autouse=True)
def _a_worker_is_there(world: World) -> None:
    """Without one the application doesn't say that it is ready."""
    cache.set(HEARTBEAT_KEY, 1)


@pytest.mark.parametrize("route", PAGES, ids=lambda route: route.name)
def test_answers_are_those_stated(matrix: Matrix, world: World, route: Route) -> None:
    line = matrix.lines[route.name]
    found = [*offences(world, route, line, list(matrix.people)), *other_methods(world, route, line)]
    assert not found, "\n".join(found)
