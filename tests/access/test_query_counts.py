"""Every page and every address of the API asks the database as often for three rows as for one."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.test.utils import CaptureQueriesContext

from core.tables import Table, list_page
from tests.access.asking import asked
from tests.access.hidden import hide
from tests.access.matrix import read_matrix
from tests.access.routes import Route, all_routes
from tests.access.world import World
from tests.architecture.floors import ROOMS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lean_pages")]
PEOPLE = ("sales_ops", "admin", "owner", "comp_admin")
MOST = 60  # queries of one page; a page that needs more needs another thought
# Lists whose rows don't come from a table of the database.
ELSEWHERE = ("core:mailbox", "metrics", "readyz", "healthz")


def pages() -> list[tuple[Route, str]]:
    """Every address to get, with the first person who is let in."""
    lines, found = read_matrix().lines, []
    for route in all_routes():
        line = lines.get(route.name)
        if line is None or "GET" not in line.rights or route.name in ELSEWHERE or not route.name.count(":"):
            continue
        person = next((one for one in PEOPLE if line.of(one, "GET") == "yes"), None)
        if person is not None:
            found.append((route, person))
    return found


def counted(world: World) -> dict[str, int]:
    return {route.name: queries(world, person, world.address(route)) for route, person in pages()}


def queries(world: World, person: str, url: str) -> int:
    asked(world.client(person), "GET", url)  # fills the caches of the process
    with CaptureQueriesContext(connection) as caught:
        answer = asked(world.client(person), "GET", url)
    assert answer.status_code == 200, (url, answer.status_code)
    return len([one for one in caught if "SAVEPOINT" not in one["sql"] and "django_session" not in one["sql"]])


def more_of_each(world: World) -> set[str]:
    """Two more rows of each model there is one of, like it but for what must differ. Gives the models with three."""
    done = set()
    for model, row in list(world.samples.rows.items()):
        try:
            with transaction.atomic():
                for number in (2, 3):
                    _again(model, row, number)
        except IntegrityError:
            continue  # one of a kind
        done.add(model._meta.label)
    return done


def _again(model: type[models.Model], row: models.Model, number: int) -> None:
    copy = model._default_manager.get(pk=row.pk)
    copy.pk, copy._state.adding = None, True
    for field in _once(model):
        value = getattr(copy, field.name)
        if isinstance(field, models.CharField | models.TextField) and value:
            setattr(copy, field.name, f"{number}{value}"[: field.max_length])
    copy.save(force_insert=True)


def _once(model: type[models.Model]) -> Iterator[models.Field[Any, Any]]:
    """Fields that hold a value once: by themselves or in a constraint."""
    together = {name for one in model._meta.constraints for name in getattr(one, "fields", ())}
    for field in model._meta.concrete_fields:
        if (field.unique and not field.primary_key) or field.name in together:
            yield field


def every_list() -> set[str]:
    """The keys of all lists that rooms declare in their `lists`."""
    found = set()
    for room in ROOMS:
        if apps.is_installed(room) and importlib.util.find_spec(f"{room}.lists"):
            module = importlib.import_module(f"{room}.lists")
            found |= {value.key for value in vars(module).values() if isinstance(value, Table)}
    return found


def test_no_page_asks_more_often_for_more_rows(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: set[str] = set()

    def watched(request: Any, table: Table, **more: Any) -> Any:
        shown.add(table.key)
        return list_page(request, table, **more)

    monkeypatch.setattr("core.pages.list_page", watched)
    hide(world)
    one = counted(world)
    assert more_of_each(world) >= {
        "accounts.Account", "accounts.Contact", "pipeline.Opportunity", "leads.Lead", "pipeline.Activity", "core.Run",
        "pipeline.Finding", "core.AuditEvent", "core.SavedView",
    }  # fmt: skip
    three = counted(world)
    assert {name: (one[name], three[name]) for name in one if three[name] > one[name]} == {}
    assert {name: count for name, count in three.items() if count > MOST} == {}
    assert len(shown) > 20 and every_list() - shown == set()  # no list is left uncounted
