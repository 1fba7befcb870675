"""How every call is treated: who calls, which scope, once only, which version, how errors look."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from core.api.limits import take
from core.api.scopes import SCOPES
from core.models import KeptAnswer
from core.services import tidy_up
from integrations.models import ApiToken
from integrations.services import create_token, revoke_token
from people.services import leave, let_go, set_active
from pipeline.models import Opportunity, Stage

PROBLEM = "application/problem+json"


def _stage() -> int:
    return Stage.objects.get(process__is_default=True, name="Discovery").pk


def _is_problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == PROBLEM
    body = answer.json()
    assert body["status"] == status and body["title"] and body["type"] and body["request_id"] == answer["X-Request-ID"]
    return body


# --- who calls ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_only_a_hash_of_the_secret_is_kept(company: Any) -> None:
    now = timezone.now()
    token, secret = create_token(
        user=company.rep.user, name="x", scopes=["accounts:read"], days=1, by=None, at=now, known=SCOPES
    )
    row = ApiToken.objects.values().get(pk=token.pk)
    assert secret not in json.dumps(row, default=str) and secret.startswith(row["prefix"])
    assert len(secret) > 43


@pytest.mark.django_db
@pytest.mark.parametrize("header", ["Bearer so_nobody", "Bearer ", "Basic abc", "so_nobody", "Bearer é"])
def test_unknown_tokens_are_refused(header: str) -> None:
    answer = Client(headers={"Authorization": header}).get("/api/v1/me/")
    _is_problem(answer, 401)
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.django_db
def test_nobody_is_told_to_send_a_token() -> None:
    assert Client().get("/api/v1/accounts/").status_code == 401


@pytest.mark.django_db
def test_a_token_dies_with_its_days_its_login_and_its_person(company: Any, calls: Any) -> None:
    rep, token = calls(company.rep), ApiToken.objects.get
    assert rep.get("me/").status_code == 200
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert rep.get("me/").status_code == 401
    ApiToken.objects.update(expires_at=timezone.now() + timedelta(days=1))
    revoke_token(token=token(), by=company.rep.user, at=timezone.now())
    assert rep.get("me/").status_code == 401
    ApiToken.objects.update(revoked_at=None)
    set_active(user=company.rep.user, is_active=False, by=company.admin.user, on=company.as_of)
    assert rep.get("me/").status_code == 401
    set_active(user=company.rep.user, is_active=True, by=company.admin.user, on=company.as_of)
    assert rep.get("me/").status_code == 200
    leave(person=company.rep.person, on=timezone.localdate(), by=company.admin.user)
    assert rep.get("me/").status_code == 401


@pytest.mark.django_db
@pytest.mark.parametrize("why", ["locked", "shut out", "left", "left today", "let go"])
def test_a_token_of_somebody_who_is_not_let_in_is_refused(company: Any, calls: Any, why: str) -> None:
    rep, today = calls(company.rep), timezone.localdate()
    assert rep.get("me/").status_code == 200
    by = company.admin.user
    if why == "locked":
        for _ in range(8):
            Client().post("/auth/login/", {"login": "Ana@example.com", "password": "wrong"})
    elif why == "shut out":
        set_active(user=company.rep.user, is_active=False, by=by, on=today)
    elif why == "let go":
        let_go(person=company.rep.person, on=today, choices=[], by=by, today=today)
    else:
        leave(person=company.rep.person, on=today - timedelta(days=why == "left"), by=by)
    for answer in (rep.get("me/"), rep.get("accounts/"), rep.post("accounts/", {"name": "X"})):
        _is_problem(answer, 401)
        assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.django_db
def test_a_lock_holds_for_its_address_and_its_minutes(company: Any, calls: Any) -> None:
    rep, other = calls(company.rep), calls(company.manager)
    for _ in range(8):
        Client(REMOTE_ADDR="192.0.2.7").post("/auth/login/", {"login": "ana@example.com", "password": "wrong"})
    assert rep.get("me/").status_code == 200, "a stranger elsewhere stops nobody's programs"
    assert rep.client.get("/api/v1/me/", REMOTE_ADDR="192.0.2.7").status_code == 401
    assert other.client.get("/api/v1/me/", REMOTE_ADDR="192.0.2.7").status_code == 200
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert rep.client.get("/api/v1/me/", REMOTE_ADDR="192.0.2.7").status_code == 200


@pytest.mark.django_db
def test_a_token_does_what_its_login_may_today_and_no_more(company: Any, calls: Any) -> None:
    company.deal()
    rep = calls(company.rep)
    assert len(rep.all("opportunities/")) == 1
    company.rep.user.grants.all().delete()
    _is_problem(rep.get("opportunities/"), 403)


@pytest.mark.django_db
def test_last_use_is_noted_at_most_once_a_minute(company: Any, calls: Any) -> None:
    rep = calls(company.rep)
    rep.get("me/")
    first = ApiToken.objects.get().last_used_at
    rep.get("me/")
    assert first and ApiToken.objects.get().last_used_at == first
    ApiToken.objects.update(last_used_at=first - timedelta(minutes=2))
    rep.get("me/")
    assert ApiToken.objects.get().last_used_at > first


@pytest.mark.django_db
def test_scopes_open_reading_and_writing_apart(company: Any, calls: Any) -> None:
    account = company.account()
    reader = calls(company.rep, ["accounts:read"])
    assert reader.get("accounts/").status_code == 200
    assert _is_problem(reader.post("accounts/", {"name": "X"}), 403)["scope"] == "accounts:write"
    assert _is_problem(reader.get("opportunities/"), 403)["scope"] == "opportunities:read"
    writer = calls(company.rep, ["accounts:write"])
    assert writer.get(f"accounts/{account.pk}/").status_code == 200
    assert writer.post("accounts/", {"name": "X"}).status_code == 201


@pytest.mark.django_db
def test_a_session_calls_as_itself_and_writes_only_with_its_csrf_token(company: Any) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(company.rep.user)
    assert browser.get("/api/v1/me/").json()["token"] is None
    refused = browser.post("/api/v1/accounts/", {"name": "X"}, content_type="application/json")
    assert "CSRF" in _is_problem(refused, 403)["detail"]
    page = browser.get("/api/docs/")
    assert page.status_code == 200
    given = {"X-CSRFToken": browser.cookies["csrftoken"].value}
    assert browser.post("/api/v1/accounts/", {"name": "X"}, "application/json", headers=given).status_code == 201


# --- limits -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_calls_are_limited_by_token(company: Any, calls: Any, settings: Any) -> None:
    settings.API_CALLS_PER_MINUTE = 3
    rep, other = calls(company.rep), calls(company.rep)
    answers = [rep.get("me/") for _ in range(4)]
    if answers[-1].status_code == 200:  # the minute turned in between
        answers += [rep.get("me/") for _ in range(4)]
    last = answers[-1]
    _is_problem(last, 429)
    assert 0 < int(last["Retry-After"]) <= 60 and last.json()["retry_after"] == int(last["Retry-After"])
    assert answers[0]["RateLimit-Limit"] == "3" and int(answers[0]["RateLimit-Remaining"]) <= 2
    assert other.get("me/").status_code == 200


@pytest.mark.django_db
def test_trying_tokens_is_limited_by_address(settings: Any) -> None:
    settings.API_REFUSALS_PER_MINUTE = 2
    client = Client(headers={"Authorization": "Bearer so_guess"})
    assert {client.get("/api/v1/me/").status_code for _ in range(8)} == {401, 429}


def test_a_window_counts_and_turns() -> None:
    assert [take("t", limit=2, now=600.0).left for _ in range(3)] == [1, 0, -1]
    assert take("t", limit=2, now=660.0).left == 1 and take("u", limit=2, now=600.0).left == 1
    assert take("t", limit=2, now=659.0).reset_seconds == 1


# --- versions ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_change_says_which_version_it_changes(company: Any, calls: Any) -> None:
    deal = company.deal()
    rep, boss = calls(company.rep), calls(company.manager)
    address = f"opportunities/{deal.pk}/"
    seen = rep.get(address)["ETag"]
    _is_problem(rep.patch(address, {"amount": "5.00"}), 428)
    _is_problem(rep.patch(address, {"amount": "5.00"}, If_Match="7"), 400)
    assert boss.patch(address, {"amount": "70.00", "next_step": "Call"}, If_Match=seen).status_code == 200
    stale = _is_problem(rep.patch(address, {"amount": "5.00", "source": "Fair"}, If_Match=seen), 412)
    assert {"field": "amount", "yours": "5.00", "theirs": "70.00"} in stale["clashes"]
    assert stale["current"]["next_step"] == "Call" and stale["etag"] == rep.get(address)["ETag"]
    assert rep.patch(address, {"amount": "5.00"}, If_Match=stale["etag"]).status_code == 200
    assert rep.patch(address, {"amount": "6.00"}, If_Match="*").status_code == 200
    _is_problem(rep.delete(address), 428)


@pytest.mark.django_db
def test_what_is_known_already_isnt_sent_again(company: Any, calls: Any) -> None:
    deal = company.deal()
    rep = calls(company.rep)
    address = f"opportunities/{deal.pk}/"
    etag = rep.get(address)["ETag"]
    same = rep.get(address, If_None_Match=f'"other", {etag}')
    assert same.status_code == 304 and not same.content and same["ETag"] == etag
    rep.post(f"{address}move/", {"stage_id": Stage.objects.get(name="Proposal").pk, "despite": "x"})
    assert rep.get(address, If_None_Match=etag).status_code == 200


@pytest.mark.django_db
def test_a_name_changed_elsewhere_is_no_conflict(company: Any, calls: Any) -> None:
    deal = company.deal(account=company.account())
    rep = calls(company.rep)
    etag = rep.get(f"opportunities/{deal.pk}/")["ETag"]
    rep.patch(f"accounts/{deal.account_id}/", {"name": "Renamed"}, If_Match="*")
    assert rep.get(f"opportunities/{deal.pk}/", If_None_Match=etag).status_code == 200
    assert rep.patch(f"opportunities/{deal.pk}/", {"next_step": "Call"}, If_Match=etag).status_code == 200


# --- once only --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_same_call_with_the_same_key_is_done_once(company: Any, calls: Any) -> None:
    rep = calls(company.rep)
    body = {"name": "Acme pilot", "stage_id": _stage()}
    first = rep.post("opportunities/", body, Idempotency_Key="k-1")
    again = rep.post("opportunities/", body, Idempotency_Key="k-1")
    assert first.status_code == again.status_code == 201
    assert again.json() == first.json() and again["Location"] == first["Location"] and again["ETag"] == first["ETag"]
    assert again["Idempotent-Replayed"] == "true" and Opportunity.objects.count() == 1
    _is_problem(rep.post("opportunities/", body | {"name": "Other"}, Idempotency_Key="k-1"), 422)
    _is_problem(rep.post("accounts/", {"name": "Acme pilot"}, Idempotency_Key="k-1"), 422)
    assert rep.post("opportunities/", body, Idempotency_Key="k-2").status_code == 201
    assert calls(company.outsider).post("opportunities/", body, Idempotency_Key="k-1").status_code == 201
    _is_problem(rep.post("opportunities/", body, Idempotency_Key="with blank"), 400)


@pytest.mark.django_db
def test_what_failed_may_be_mended_under_the_same_key(company: Any, calls: Any) -> None:
    rep = calls(company.rep)
    assert rep.post("opportunities/", {"name": ""}, Idempotency_Key="k").status_code == 400
    assert not KeptAnswer.objects.exists()
    assert rep.post("opportunities/", {"name": "A", "stage_id": _stage()}, Idempotency_Key="k").status_code == 201


@pytest.mark.django_db
def test_kept_answers_go_after_a_day(company: Any, calls: Any) -> None:
    calls(company.rep).post("accounts/", {"name": "A"}, Idempotency_Key="k")
    tidy_up(at=timezone.now() + timedelta(hours=23))
    assert KeptAnswer.objects.count() == 1
    assert tidy_up(at=timezone.now() + timedelta(hours=25))["answers"] == 1


@pytest.mark.django_db(transaction=True)
def test_two_at_once_with_one_key_write_once(calls: Any) -> None:
    from tests.small_company import make_company

    company = make_company()
    rep = calls(company.rep)
    answers: list[Any] = []

    def post() -> None:
        answers.append(rep.post("accounts/", {"name": "Twice"}, Idempotency_Key="same"))
        connection.close()

    threads = [threading.Thread(target=post) for _ in range(6)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(rep.all("accounts/", q="Twice")) == 1


# --- errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_every_kind_of_refusal_is_a_problem_document(company: Any, calls: Any) -> None:
    hidden = company.deal(owner=company.outsider)
    rep = calls(company.rep)
    raw = rep.client.post
    _is_problem(rep.get(f"opportunities/{hidden.pk}/"), 404)
    _is_problem(rep.get("opportunities/987654321/"), 404)
    _is_problem(rep.get("opportunities/99999999999999999999/"), 404)
    _is_problem(rep.get("nothing/here/"), 404)
    _is_problem(rep.get("/api/"), 404)
    _is_problem(rep.get("opportunities"), 404)
    _is_problem(rep.put("opportunities/", {}), 405)
    _is_problem(rep.client.options("/api/v1/opportunities/"), 405)
    _is_problem(rep.get("opportunities/", Accept="text/html"), 406)
    _is_problem(raw("/api/v1/accounts/", "<x/>", content_type="application/xml"), 415)
    _is_problem(raw("/api/v1/accounts/", {"name": "X"}), 415)
    _is_problem(raw("/api/v1/accounts/", b'{"name": "' + b"x" * 2**20 + b'"}', content_type="application/json"), 413)


@pytest.mark.django_db
def test_an_invisible_record_looks_like_none(company: Any, calls: Any) -> None:
    hidden = company.deal(owner=company.outsider)
    rep = calls(company.rep)
    for method, more in (("get", {}), ("patch", {"body": {}}), ("delete", {})):
        bodies = []
        for pk in (hidden.pk, 10**12):
            body = getattr(rep, method)(f"opportunities/{pk}/", **more).json()
            bodies.append({name: value for name, value in body.items() if name != "request_id"})
        assert bodies[0] == bodies[1] and bodies[0]["status"] == 404


@pytest.mark.django_db
def test_mistakes_are_named_where_they_stand(company: Any, calls: Any) -> None:
    body = {"name": "", "stage_id": "1", "amount": 5, "closed_on": "1.1.2024", "shoe_size": 44, "status": "won"}
    answer = _is_problem(calls(company.rep).post("opportunities/", body), 400)
    pointers = {error["pointer"] for error in answer["errors"]}
    assert pointers == {"/name", "/stage_id", "/amount", "/closed_on", "/shoe_size", "/status"}
    assert all(error["message"] for error in answer["errors"])


@pytest.mark.django_db
def test_fields_that_only_the_house_sets_may_be_sent_back_but_not_changed(company: Any, calls: Any) -> None:
    deal = company.deal()
    rep = calls(company.rep)
    shown = rep.get(f"opportunities/{deal.pk}/").json()
    whole = {name: value for name, value in shown.items() if name != "updated_at"}
    assert rep.patch(f"opportunities/{deal.pk}/", whole, If_Match="*").status_code == 200
    refused = rep.patch(f"opportunities/{deal.pk}/", {"pushed_count": 9}, If_Match="*")
    assert _is_problem(refused, 400)["errors"][0]["pointer"] == "/pushed_count"


HOSTILE = [
    "",
    "{",
    "null",
    "[]",
    '"text"',
    "NaN",
    '{"name": NaN}',
    '{"name": "A", "name": "B"}',
    '{"name": "a\\u0000b"}',
    '{"name": "a\\ud800b"}',
    '{"name": ["A"]}',
    '{"name": {"$gt": ""}}',
    '{"name": 1e400}',
    '{"name": "A", "employees": 99999999999999999999999}',
    '{"name": "A", "employees": -1}',
    '{"name": "A", "employees": true}',
    '{"name": "A", "owner_id": 1e18}',
    '{"name": "A", "annual_revenue": "1e9"}',
    '{"name": "A", "annual_revenue": "99999999999999999999999.00"}',
    '{"name": "A", "latitude": "91"}',
    '{"name": "' + "x" * 10_000 + '"}',
    '{"name": ' + "9" * 5000 + "}",
    "[" * 100_000,
    '{"a":' * 5_000 + "1" + "}" * 5_000,
]


@pytest.mark.django_db
def test_hostile_bodies_are_refused_in_words(company: Any, calls: Any) -> None:
    post = calls(company.rep).client.post
    for sent in [*HOSTILE, b"\xff\xfe", b'{"name": "\xff"}', b"\x00"]:
        body = _is_problem(post("/api/v1/accounts/", sent, content_type="application/json"), 400)
        assert body["errors"] and all(error["message"] for error in body["errors"]), sent[:80]


UNREADABLE = [
    {"limit": "0"}, {"limit": "201"}, {"limit": "x"}, {"limit": "٣"}, {"sort": "password"}, {"cursor": "abc"},
    {"count": "yes"}, {"status": "none"}, {"owner": "x"}, {"close_from": "09/30/2024"}, {"stage": "0"},
    {"close_from": "2024-02-31"}, {"offset": "5"}, {"q": "a\0b"}, {"q": "x" * 201}, {"account": "1e400"},
    {"owner": "9" * 30},
]  # fmt: skip


@pytest.mark.django_db
def test_parameters_that_cannot_be_read_are_refused(company: Any, calls: Any) -> None:
    company.deal()
    rep = calls(company.rep)
    for query in UNREADABLE:
        body = _is_problem(rep.get("opportunities/", query), 400)
        assert body["errors"][0]["parameter"] in query, query


@pytest.mark.django_db
def test_a_failure_of_ours_tells_nothing_of_us(company: Any, calls: Any, monkeypatch: Any) -> None:
    rep = calls(company.rep)
    monkeypatch.setattr("accounts.api.selectors.get_account_for", lambda *args: 1 / 0)
    body = _is_problem(rep.get("accounts/1/"), 500)
    assert "division" not in json.dumps(body)
