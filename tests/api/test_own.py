"""Custom fields, tags and the keys of other systems over the API: as on the pages, and typed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account
from core.models import AuditEvent, Tag
from core.services import Wanted, add_tags, archive_field, define_field
from leads.models import Lead
from pipeline.models import Activity, Stage

pytestmark = pytest.mark.django_db
KINDS = {"account": "accounts", "contact": "contacts", "lead": "leads", "opportunity": "opportunities"}
SIZES = [("", "Small", False), ("", "Large", False)]
USES = [("", "Welding", False), ("", "Tending", False)]
TYPES = (
    ("text", "Text", []), ("long", "Note", []), ("number", "Robots", []), ("money", "Budget", []),
    ("date", "Audit", []), ("boolean", "Pilot", []), ("choice", "Size", SIZES), ("choices", "Uses", USES),
    ("url", "Site", []), ("person", "Engineer", []),
)  # fmt: skip


def _define(company: Any, kind: str, label: str, on: str = "account", **more: Any) -> Any:
    return define_field(record_kind=on, type=kind, wanted=Wanted(label, **more), by=company.ops.user)


def _define_all(company: Any, on: str) -> None:
    for kind, label, choices in TYPES:
        _define(company, kind, label, on, choices=choices)


def _values(company: Any) -> dict[str, Any]:
    return {
        "text": "Reno, plant 2", "note": "Two lines\nof text", "robots": "-1234.567", "budget": "39800.25",
        "audit": "2026-11-30", "pilot": False, "size": "large", "uses": ["welding", "tending"],
        "site": "https://example.com/a?b=c", "engineer": company.rep.person.pk,
    }  # fmt: skip


def _body(kind: str, company: Any) -> dict[str, Any]:
    stage = Stage.objects.get(process__is_default=True, name="Discovery").pk
    return {"name": "Nova Labs"} | ({"stage_id": stage} if kind == "opportunity" else {})


def _errors(answer: Any) -> dict[str, str]:
    assert answer.status_code in (400, 409), answer.content
    return {error["pointer"]: error["message"] for error in answer.json()["errors"]}


def _ids(caller: Any, path: str, **query: Any) -> list[int]:
    return sorted(row["id"] for row in caller.all(path, **query))


@pytest.mark.parametrize("kind", KINDS)
def test_every_type_is_written_read_changed_and_emptied(company: Any, calls: Any, kind: str) -> None:
    _define_all(company, kind)
    rep, values = calls(company.rep), _values(company)
    made = rep.post(f"{KINDS[kind]}/", _body(kind, company) | {"custom": values})
    assert made.status_code == 201, made.content
    address = f"{KINDS[kind]}/{made.json()['id']}/"
    assert made.json()["custom"] == values == rep.get(address).json()["custom"]
    assert rep.all(f"{KINDS[kind]}/")[0]["custom"] == values

    same = rep.patch(address, {"custom": values}, If_Match=made["ETag"])
    assert same.json()["custom"] == values
    change = {"pilot": True, "uses": ["tending"], "note": None, "engineer": None, "robots": "2"}
    changed = rep.patch(address, {"custom": change}, If_Match=same["ETag"])
    assert changed.status_code == 200, changed.content
    assert changed.json()["custom"] == values | change
    empty = rep.patch(address, {"custom": dict.fromkeys(values)}, If_Match="*")
    assert empty.json()["custom"] == dict.fromkeys(values)
    other = rep.patch(address, {"name": "Nova"}, If_Match="*")
    assert other.status_code == 200 and other.json()["custom"] == dict.fromkeys(values)


def test_a_page_shows_what_a_call_wrote_and_keeps_it(company: Any, calls: Any, signed_in: Any) -> None:
    _define_all(company, "account")
    account = company.account()
    calls(company.rep).patch(f"accounts/{account.pk}/", {"custom": _values(company)}, If_Match="*")
    page = signed_in(company.rep).get(account.get_absolute_url()).content.decode()
    for words in (
        "Reno, plant 2",
        "-1,234.567",
        "$39,800.25",
        "Nov 30, 2026",
        "Large",
        "Welding, Tending",
        "Ana Alves",
    ):
        assert words in page


def test_a_value_of_another_form_is_refused_by_its_key(company: Any, calls: Any) -> None:
    _define_all(company, "account")
    rep = calls(company.rep)
    wrong: dict[str, Any] = {
        "text": 5, "note": ["a"], "robots": 12.5, "budget": "12,5", "audit": "2026-02-30", "pilot": "yes",
        "size": "huge", "uses": "welding", "site": "javascript:alert(1)", "engineer": "1", "nothing": "x",
    }  # fmt: skip
    errors = _errors(rep.post("accounts/", {"name": "A", "custom": wrong}))
    assert set(errors) == {f"/custom/{key}" for key in wrong}
    assert "none of: Small, Large" in errors["/custom/size"] and "no field" in errors["/custom/nothing"]
    for more in ({"uses": [1]}, {"engineer": True}, {"robots": "1e5"}, {"budget": "1.23456"}, {"text": "x" * 256}):
        assert set(_errors(rep.post("accounts/", {"name": "A", "custom": more}))) == {f"/custom/{next(iter(more))}"}
    assert _errors(rep.post("accounts/", {"name": "A", "custom": []})).keys() == {"/custom"}
    assert not Account.objects.exists()


def test_only_people_one_may_choose_go_into_a_field_of_people(company: Any, calls: Any) -> None:
    _define(company, "person", "Engineer")
    rep = calls(company.rep)
    for pk in (company.outsider.person.pk, 10**15):
        refused = rep.post("accounts/", {"name": "A", "custom": {"engineer": pk}})
        assert "none with this number" in _errors(refused)["/custom/engineer"]


def test_defaults_required_fields_and_archived_ones(company: Any, calls: Any) -> None:
    _define(company, "text", "Plant", default="Reno")
    _define(company, "text", "Line", is_required=True)
    gone = _define(company, "text", "Old")
    archive_field(field_id=gone.pk, by=company.ops.user, at=datetime.now(UTC))
    rep = calls(company.rep)
    assert _errors(rep.post("accounts/", {"name": "A"})).keys() == {"/custom/line"}
    made = rep.post("accounts/", {"name": "A", "custom": {"line": "1"}})
    assert made.json()["custom"] == {"plant": "Reno", "line": "1"}
    bare = rep.post("accounts/", {"name": "B", "custom": {"line": "1", "plant": None}})
    assert bare.json()["custom"] == {"plant": None, "line": "1"}
    assert "/custom/old" in _errors(rep.post("accounts/", {"name": "C", "custom": {"line": "1", "old": "x"}}))


def test_a_conflict_tells_of_each_custom_field(company: Any, calls: Any) -> None:
    for label in ("Plant", "Line"):
        _define(company, "text", label)
    account = company.account()
    rep, boss = calls(company.rep), calls(company.manager)
    seen = rep.get(f"accounts/{account.pk}/")["ETag"]
    boss.patch(f"accounts/{account.pk}/", {"custom": {"plant": "Reno", "line": "2"}}, If_Match=seen)
    late = rep.patch(f"accounts/{account.pk}/", {"custom": {"plant": "Linz", "line": "2"}}, If_Match=seen)
    assert late.status_code == 412
    assert late.json()["clashes"] == [{"field": "custom.plant", "yours": "Linz", "theirs": "Reno"}]


@pytest.mark.parametrize("kind", KINDS)
def test_custom_fields_filter_as_on_the_page(company: Any, calls: Any, signed_in: Any, kind: str) -> None:
    _define_all(company, kind)
    ops, path = calls(company.ops), f"{KINDS[kind]}/"
    body = _body(kind, company) | {"owner_id": company.rep.person.pk}
    full = ops.post(path, body | {"custom": _values(company)}).json()["id"]
    bare = ops.post(path, body).json()["id"]
    person = str(company.rep.person.pk)
    found = (
        {"text": "reno"}, {"note": "lines"}, {"robots_min": "-2000"}, {"robots_max": "-1"}, {"budget_min": "39800.25"},
        {"audit_after": "2026-11-30"}, {"audit_before": "2026-11-30"}, {"pilot": "false"}, {"size": "large"},
        {"uses": "welding"}, {"site": "example"}, {"engineer": person},
    )  # fmt: skip
    for one in found:
        assert _ids(ops, path, **{f"custom.{name}": text for name, text in one.items()}) == [full], one
    for one in ({"robots_min": "1"}, {"audit_after": "2026-12-01"}, {"pilot": "true"}, {"size": "small"}):
        assert _ids(ops, path, **{f"custom.{name}": text for name, text in one.items()}) == [], one
    for name in ("pilot", "size", "uses", "engineer"):
        assert _ids(ops, path, **{f"custom.{name}": "null"}) == [bare]
    for name, text in (
        ("nothing", "x"),
        ("robots", "1"),
        ("pilot", "1"),
        ("size", "huge"),
        ("audit_after", "2026-02-30"),
    ):
        refused = ops.get(path, {f"custom.{name}": text})
        assert refused.json()["errors"][0]["parameter"] == f"custom.{name}" and refused.status_code == 400
    assert ops.get(path, {"own_text": "reno"}).status_code == 400
    page = signed_in(company.ops).get(f"/{path}", {"own_text": "reno", "own_robots_max": "0"})
    assert [row.pk for row in page.context["table"].objects] == [full]
    first = ops.get(path, {"custom.text": "", "limit": "1", "sort": "-name"})
    assert first.status_code == 200 and len(ops.get(first.json()["next"]).json()["items"]) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_tags_are_written_as_a_whole(company: Any, calls: Any, kind: str) -> None:
    rep, path = calls(company.rep), f"{KINDS[kind]}/"
    made = rep.post(path, _body(kind, company) | {"tags": ["Reference", "fleet", "reference"]})
    assert made.status_code == 201, made.content
    address = f"{path}{made.json()['id']}/"
    assert made.json()["tags"] == ["fleet", "Reference"] == rep.all(path)[0]["tags"]
    set_ = rep.patch(address, {"tags": ["REFERENCE", "Key"]}, If_Match=made["ETag"])
    assert set_.json()["tags"] == ["Key", "Reference"]
    assert AuditEvent.objects.filter(act="record.untagged", detail__now=["fleet"]).count() == 1
    assert rep.patch(address, {"name": "Nova"}, If_Match="*").json()["tags"] == ["Key", "Reference"]
    assert _ids(rep, path, tag="key") == _ids(rep, path, tag="key, reference") == [made.json()["id"]]
    assert _ids(rep, path, tag="fleet") == []
    assert rep.patch(address, {"tags": []}, If_Match="*").json()["tags"] == []


def test_what_is_no_tag_is_refused_and_nothing_is_written(company: Any, calls: Any) -> None:
    rep = calls(company.rep)
    errors = _errors(rep.post("accounts/", {"name": "A", "tags": ["ok", "a, b", 5, "x" * 81]}))
    assert set(errors) == {"/tags/1", "/tags/2", "/tags/3"}
    assert _errors(rep.post("accounts/", {"name": "A", "tags": "a"})).keys() == {"/tags"}
    many = [f"Tag {number}" for number in range(51)]
    assert "at most 50" in _errors(rep.post("accounts/", {"name": "A", "tags": many}))["/tags"]
    assert not Account.objects.exists() and not Tag.objects.exists()


def test_a_tag_put_on_meanwhile_is_told_to_who_sets_tags_and_to_nobody_else(company: Any, calls: Any) -> None:
    account, rep = company.account(), calls(company.rep)
    address = f"accounts/{account.pk}/"
    seen = rep.get(address)["ETag"]
    add_tags(record=account, kind="account", text="Key", by=company.manager.user)
    late = rep.patch(address, {"tags": ["Fleet"]}, If_Match=seen)
    assert late.status_code == 412
    assert late.json()["clashes"] == [{"field": "tags", "yours": ["Fleet"], "theirs": ["Key"]}]
    assert rep.patch(address, {"city": "Reno"}, If_Match=seen).json()["tags"] == ["Key"]


@pytest.mark.parametrize("kind", KINDS)
def test_an_external_id_is_given_once_and_found_by(company: Any, calls: Any, kind: str) -> None:
    rep, path, body = calls(company.rep), f"{KINDS[kind]}/", _body(kind, company)
    made = rep.post(path, body | {"external_id": " crm-7 "})
    assert made.status_code == 201 and made.json()["external_id"] == "crm-7", made.content
    twin = rep.post(path, body | {"external_id": "crm-7"})
    assert twin.status_code == 409 and twin.json()["type"].endswith(":taken")
    assert _errors(twin).keys() == {"/external_id"}
    plain = rep.post(path, body).json()["id"]
    late = rep.patch(f"{path}{plain}/", {"external_id": "crm-8"}, If_Match="*")
    assert late.status_code == 200 and late.json()["external_id"] == "crm-8"
    assert _ids(rep, path, external_id="crm-8") == [plain] and _ids(rep, path, external_id="crm") == []
    for other in ("crm-9", None):
        again = rep.patch(f"{path}{plain}/", {"external_id": other}, If_Match="*")
        assert again.status_code == 400 and _errors(again).keys() == {"/external_id"}
    same = rep.patch(f"{path}{plain}/", {"external_id": "crm-8", "name": "Nova"}, If_Match="*")
    assert same.status_code == 200 and same.json()["name"] == "Nova"
    assert rep.post(path, body | {"external_id": " "}).status_code == 400


def test_of_two_calls_at_once_the_database_refuses_the_second(company: Any, calls: Any, monkeypatch: Any) -> None:
    rep = calls(company.rep)
    rep.post("accounts/", {"name": "A", "external_id": "x"})
    monkeypatch.setattr("core.api.records._give_key", lambda record, key: setattr(record, "external_id", key))
    late = rep.post("accounts/", {"name": "B", "external_id": "x"})
    assert late.status_code == 409 and late.json()["type"].endswith(":taken")


def test_what_an_outsider_may_not_see_isnt_found_by_field_tag_or_key(company: Any, calls: Any) -> None:
    _define(company, "text", "Plant")
    calls(company.rep).post(
        "accounts/", {"name": "A", "external_id": "x", "tags": ["Key"], "custom": {"plant": "Reno"}}
    )
    outsider = calls(company.outsider)
    for query in ({"external_id": "x"}, {"tag": "Key"}, {"custom.plant": "Reno"}):
        assert outsider.get("accounts/", query).json()["items"] == []


def test_a_list_costs_the_same_with_one_row_and_with_three(company: Any, calls: Any) -> None:
    for kind in KINDS:
        _define_all(company, kind)
    caller, found = calls(company.ops), {}
    for count in (1, 3):
        for kind, path in KINDS.items():
            body = _body(kind, company) | {"owner_id": company.rep.person.pk}
            for number in range(count):
                tags = [f"Tag {number}", f"{count}"]
                assert caller.post(f"{path}/", body | {"custom": _values(company), "tags": tags}).status_code == 201
            caller.get(f"{path}/")
            with CaptureQueriesContext(connection) as caught:
                answer = caller.get(f"{path}/", {"custom.size": "large", "tag": f"{count}", "count": "true"})
            assert answer.json()["count"] == count
            found.setdefault(path, []).append(len(caught))
    assert {path: counts for path, counts in found.items() if counts[0] != counts[1]} == {}


def test_a_form_of_the_page_still_saves_what_a_call_wrote(company: Any, calls: Any, signed_in: Any) -> None:
    _define(company, "choices", "Uses", on="lead", choices=USES)
    lead = Lead.objects.create(name="Grace", owner=company.rep.person, custom={"uses": ["tending"]})
    rep = calls(company.rep)
    assert rep.patch(f"leads/{lead.pk}/", {"city": "Reno"}, If_Match="*").json()["custom"] == {"uses": ["tending"]}
    page = signed_in(company.rep).get(reverse("leads:lead_edit", args=[lead.pk]))
    assert page.status_code == 200 and page.context["form"]["own_uses"].value() == ["tending"]


def test_activities_products_and_people_are_found_by_their_key_too(company: Any, calls: Any) -> None:
    ops, person = calls(company.ops), company.rep.person
    type(person).objects.filter(pk=person.pk).update(external_id="hr-1")
    product = ops.post("products/", {"name": "Arm 6", "external_id": "ARM-6"}).json()["id"]
    Activity.objects.create(kind="call", title="x", subject_kind="account", subject_id=company.account().pk)
    Activity.objects.filter(title="x").update(external_id="act-1")
    assert _ids(ops, "people/", external_id="hr-1") == [person.pk] and _ids(ops, "people/", external_id="hr") == []
    assert _ids(ops, "products/", external_id="ARM-6") == [product]
    assert len(_ids(ops, "activities/", external_id="act-1")) == 1 and _ids(ops, "activities/", external_id="a") == []
