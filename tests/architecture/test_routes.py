"""Rule 5: doors of the web. Who is let in besides people with the right role stands in routes.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.shortcuts import resolve_url
from django.urls import get_resolver

from people.enums import Role
from tests.architecture.checks.routes import Rules, closed_offences, route_offences, routes_of
from tests.architecture.checks.sources import refuse
from tests.architecture.samples import DAY, SECRET, Samples

TABLE = Path(__file__).with_name("routes.toml")


def rules() -> Rules:
    table = tomllib.loads(TABLE.read_text())
    return Rules(table["public"], table["signed_in"])


@pytest.mark.django_db
def test_every_address_is_ruled() -> None:
    outsider = get_user_model().objects.create_user("outsider@example.com", "a long password, ten")
    found = route_offences(
        list(routes_of(get_resolver().url_patterns)),
        rules(),
        sample=Samples().value,
        outsider=outsider,
        secret=SECRET,
        login_url=resolve_url(settings.LOGIN_URL),
    )
    refuse(found, TABLE.parent)


@pytest.mark.django_db
def test_the_right_person_is_let_in() -> None:
    insider = get_user_model().objects.create_user("insider@example.com", "a long password, ten")
    for role in Role:
        insider.grants.create(role=role, valid_from=DAY)
    routes = list(routes_of(get_resolver().url_patterns))
    refuse(closed_offences(routes, rules(), sample=Samples().value, insider=insider), TABLE.parent)


def test_the_table_names_only_addresses_that_exist() -> None:
    assert rules().stale(list(routes_of(get_resolver().url_patterns))) == []
