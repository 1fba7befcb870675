"""The matrix and its checks are fed what is wrong: each must say so."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from people.models import Team
from tests.access.asking import offences, other_methods
from tests.access.matrix import Matrix, as_page, read_matrix, wrong_answer
from tests.access.routes import Route, routes_of
from tests.access.world import World

pytestmark = pytest.mark.django_db
TABLE = """
[people]
anonymous = "nobody"
owner = "a rep"
admin = "an admin"

[groups]
everyone = "anonymous owner admin"

[rights."public"]
why = "open"
yes = "everyone"
else = "yes"

[rights."admins"]
why = "closed"
yes = "admin"
else = "404"

[routes]
open = { GET = "public" }
closed = { GET = "admins", POST = "admins", but = { "403" = "owner" } }
"""
LOGIN = "/auth/login/"


def open_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("hello")


def refusing_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=404)


def failing_page(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


def writing_page(request: HttpRequest) -> HttpResponse:
    Team.objects.create(name=f"by {request.method}")
    return HttpResponse("hello")


urlpatterns: list[URLPattern] = [
    path("open/", open_page, name="open"),
    path("closed/", refusing_page, name="closed"),
    path("failing/", failing_page, name="failing"),
    path("writing/", writing_page, name="writing"),
    path("auth/login/", open_page, name="account_login"),
]
ROUTES = {route.name: route for route in routes_of(urlpatterns)}


def small() -> Matrix:
    return read_matrix(TABLE)


def test_a_route_without_a_line_and_a_line_without_a_route_are_told() -> None:
    assert small().unruled([Route("open", (), ""), Route("new", (), "")]) == ["new"]
    assert small().stale([Route("open", (), "")]) == ["closed"]


def test_a_right_nobody_asks_for_is_told() -> None:
    unused = TABLE.replace('POST = "admins"', 'POST = "public"').replace('GET = "admins"', 'GET = "public"')
    assert read_matrix(unused).stale([Route("open", (), ""), Route("closed", (), "")]) == ["admins"]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('yes = "admin"', 'yes = "admim"'),
        ('yes = "admin"', 'maybe = "admin"'),
        ('yes = "admin"', 'yes = "admin"\n403 = "admin"'),
        ('else = "404"', 'else = "perhaps"'),
        ('why = "closed"', ""),
        ('POST = "admins"', 'POST = "admin"'),
        ('POST = "admins"', 'POSTS = "admins"'),
        ('"403" = "owner"', '"403" = "owners"'),
    ],
)
def test_a_word_that_means_nothing_is_refused(right: str, wrong: str) -> None:
    with pytest.raises(ValueError, match="needs|unknown|no such"):
        read_matrix(TABLE.replace(right, wrong))


def test_whoever_is_not_named_is_refused() -> None:
    closed = small().lines["closed"]
    assert [closed.of(person, "POST") for person in small().people] == ["login", "403", "yes"]


@pytest.mark.parametrize(
    ("stated", "method", "status", "location"),
    [
        ("yes", "GET", 404, ""), ("yes", "GET", 302, "/"), ("yes", "GET", 500, ""), ("yes", "POST", 405, ""),
        ("yes", "POST", 302, LOGIN), ("yes", "POST", 500, ""), ("404", "GET", 403, ""), ("404", "GET", 200, ""),
        ("403", "GET", 404, ""), ("403", "POST", 302, "/"), ("login", "GET", 200, ""), ("login", "POST", 403, ""),
        ("login", "GET", 302, "/"), ("go", "GET", 200, ""), ("go", "GET", 302, LOGIN), ("go", "GET", 401, ""),
    ],
)  # fmt: skip
def test_another_answer_than_the_stated_one_is_wrong(stated: str, method: str, status: int, location: str) -> None:
    assert wrong_answer(stated, method, status, location, LOGIN)


@pytest.mark.parametrize(
    ("stated", "method", "status", "location"),
    [("yes", "GET", 200, ""), ("yes", "POST", 302, "/x"), ("yes", "POST", 400, ""), ("404", "GET", 404, ""),
     ("login", "GET", 302, LOGIN + "?next=/"), ("login", "GET", 401, ""), ("go", "GET", 302, "/")],
)  # fmt: skip
def test_the_stated_answer_is_right(stated: str, method: str, status: int, location: str) -> None:
    assert not wrong_answer(stated, method, status, location, LOGIN)


@pytest.fixture
def without_the_door(settings: object) -> None:
    signed_in_only = "core.middleware.SignedInOnlyMiddleware"
    settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if one != signed_in_only]  # type: ignore[attr-defined]  # -- pytest-django's


@pytest.mark.urls(__name__)
@pytest.mark.usefixtures("without_the_door")
def test_pages_that_let_in_or_fail_are_reported(world: World) -> None:
    closed, people = small().lines["closed"], list(small().people)
    assert len(list(offences(world, ROUTES["open"], closed, people))) == 4  # nobody and the owner, twice each
    assert len(list(offences(world, ROUTES["closed"], closed, people))) == 6  # all: none is answered as stated
    assert len(list(offences(world, ROUTES["failing"], closed, people))) == 6


@pytest.mark.urls(__name__)
@pytest.mark.usefixtures("without_the_door")
def test_a_method_without_a_right_that_writes_is_reported(world: World) -> None:
    line = small().lines["open"]
    assert not list(other_methods(world, ROUTES["open"], line))
    assert len(list(other_methods(world, ROUTES["writing"], line))) == 8  # four methods, two people
    assert not Team.objects.filter(name__startswith="by ").exists()


def test_the_page_tells_every_right_and_address() -> None:
    page = as_page(small())
    assert "| admins | ⚿ | – | ✓ |" in page
    assert "| `closed` | GET, POST: admins | owner × |" in page
