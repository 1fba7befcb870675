"""Territories, coverage and accounts of territories over the API."""

from __future__ import annotations

from typing import Any

import pytest

from core.api.scopes import SCOPES
from tests.api.conftest import make_caller
from tests.territories.atlas import Atlas

pytestmark = pytest.mark.django_db


def ok(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.content
    return answer.json() if answer.content else None


def pointers(answer: Any) -> list[str]:
    assert answer.status_code == 400, answer.content
    return [one["pointer"] for one in answer.json()["errors"]]


def test_a_territory_is_made_changed_archived_and_brought_back(atlas: Atlas, calls: Any) -> None:
    ops, west = calls(atlas.company.ops), atlas.territory("West", "")
    made = ok(ops.post("territories/", {"name": "Coast", "parent_id": west.pk, "external_id": "C"}), 201)
    assert (made["number"], made["kind"], made["parent_name"]) == (f"TER-{made['id']}", "geography", "West")
    path = f"territories/{made['id']}/"
    changed = ok(ops.patch(path, {"kind": "named", "description": "Ten names"}, If_Match="*"))
    assert (changed["kind"], changed["version"], changed["external_id"]) == ("named", 2, "C")
    assert pointers(ops.patch(f"territories/{west.pk}/", {"parent_id": made["id"]}, If_Match="*")) == ["/parent_id"]
    assert pointers(ops.post("territories/", {"name": "Other", "external_id": "C"})) == ["/external_id"]
    assert ops.delete(f"territories/{west.pk}/", If_Match="*").status_code == 409  # Coast lies within it
    assert ops.delete(path, If_Match="*").status_code == 204
    assert ok(ops.get("territories/", {"archived": "1"}))["items"][0]["id"] == made["id"]
    assert ok(ops.post(f"{path}restore/"))["archived_at"] is None


def test_coverage_begins_and_ends_on_a_day(atlas: Atlas, calls: Any) -> None:
    ops, coast, rep = calls(atlas.company.ops), atlas.territory(), atlas.company.rep
    body = {"territory_id": coast.pk, "position_id": rep.position.pk, "valid_from": "2024-01-01"}
    made = ok(ops.post("territory-assignments/", body), 201)
    assert (made["part"], made["person_id"], made["valid_to"]) == ("owner", rep.person.pk, None)
    assert pointers(ops.post("territory-assignments/", body)) == ["/position_id"]
    path = f"territory-assignments/{made['id']}/"
    ok(ops.post(f"{path}end/", {"on": "2024-06-01"}), 204)
    assert ok(ops.get(path))["valid_to"] == "2024-06-01"
    assert ops.post(f"{path}end/", {"on": "2024-07-01"}).status_code == 409
    assert len(ops.all("territory-assignments/", on="2024-03-01")) == 1
    assert ops.all("territory-assignments/", on="2024-06-01") == []


def test_accounts_move_and_are_told_to_who_sees_them(atlas: Atlas, calls: Any) -> None:
    ops, account = calls(atlas.company.ops), atlas.company.account()
    atlas.place(account)
    hills = atlas.territory("Hills")
    body = {"account_id": account.pk, "territory_id": hills.pk, "valid_from": "2024-02-01"}
    made = ok(ops.post("account-territories/", body), 201)
    rows = calls(atlas.company.rep).all("account-territories/", account=account.pk, sort="valid_from")
    assert [(row["territory_name"], row["valid_to"]) for row in rows] == [("Coast", "2024-02-01"), ("Hills", None)]
    assert calls(atlas.company.outsider).all("account-territories/") == []
    assert calls(atlas.company.outsider).get(f"account-territories/{made['id']}/").status_code == 404


def test_only_sales_ops_writes_and_only_with_the_scope(atlas: Atlas, calls: Any) -> None:
    coast, rep = atlas.territory(), calls(atlas.company.rep)
    assert [row["name"] for row in rep.all("territories/", sort="name")] == ["Coast", "West"]
    assert rep.post("territories/", {"name": "Mine"}).status_code == 403
    assert rep.patch(f"territories/{coast.pk}/", {"name": "Mine"}, If_Match="*").status_code == 403
    assert calls(atlas.company.admin).get("territories/").status_code == 403
    without = make_caller(atlas.company.ops, [one for one in SCOPES if not one.startswith("territories")])
    assert without.get("territories/").status_code == 403
    reading = make_caller(atlas.company.ops, ["territories:read"])
    assert reading.get("territories/").status_code == 200
    assert reading.post("territories/", {"name": "Mine"}).status_code == 403
