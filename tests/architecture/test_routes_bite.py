"""The check of addresses is fed views that let people in."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from tests.architecture.checks.routes import Route, Rules, route_offences, routes_of

SECRET = "Zirkelkasten"


def open_page(request: HttpRequest, number: int = 0) -> HttpResponse:
    return HttpResponse("hello")


def leaking_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"<td>{SECRET}</td>")


def closed_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=403)


def failing_post(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=500 if request.method == "POST" else 403)


urlpatterns: list[URLPattern] = [
    path("open/", open_page, name="open"),
    path("open/<int:number>/", open_page, name="numbered"),
    path("leaking/", leaking_page, name="leaking"),
    path("closed/", closed_page, name="closed"),
    path("failing/", failing_post, name="failing"),
    path("auth/login/", open_page, name="account_login"),
    path("nameless/", open_page),
    path("nameless/<int:number>/", closed_page),
]


def offences(rules: Rules) -> list[str]:
    def sample(route: Route, parameter: str) -> int:
        raise LookupError(parameter)

    outsider = get_user_model().objects.create_user("outsider@example.com", "a long password, ten")
    routes = list(routes_of(urlpatterns))
    found = route_offences(routes, rules, sample=sample, outsider=outsider, secret=SECRET, login_url="/auth/login/")
    return [line.split(":")[0] for line in found]


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_open_addresses_are_reported(settings: object) -> None:
    signed_in_only = "core.middleware.SignedInOnlyMiddleware"
    settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if one != signed_in_only]  # type: ignore[attr-defined]  # -- pytest-django's
    found = offences(Rules({"account_login": "signing in"}, {"leaking": "to show that rows are looked for"}))
    assert found.count("open") == 4  # anonymous and outsider, GET and POST
    assert found.count("numbered") == 1  # no sample row
    assert found.count("leaking") == 4
    assert found.count("failing") == 2  # 500 to both
    assert found.count("/nameless/") == 4
    assert found.count("/nameless/<int") == 1
    assert "closed" not in found


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_public_and_shared_addresses_pass() -> None:
    found = offences(Rules({"open": "a reason", "account_*": "a reason"}, {}))
    assert not {"open", "closed"} & set(found)


def test_a_stale_line_of_the_table_is_reported() -> None:
    rules = Rules({"open": "a reason", "gone": "a reason"}, {"leak*": "a reason"})
    assert rules.stale(list(routes_of(urlpatterns))) == ["gone"]
