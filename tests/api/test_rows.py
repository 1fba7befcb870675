"""Which rows the API answers: those of the pages, in their order, for whoever asks; and what that costs."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.api.scopes import RESOURCES, SCOPES
from core.models import AuditEvent
from integrations.models import ApiToken
from leads.models import Lead
from people.models import RecordShare
from pipeline.models import Activity, Finding, HygieneRule, OpportunityTeamMember

pytestmark = pytest.mark.django_db
LISTS = (
    "accounts", "contacts", "leads", "opportunities", "activities", "products", "stages", "loss-reasons", "competitors",
    "teams", "people", "findings", "runs",
)  # fmt: skip


def _ids(caller: Any, path: str, **query: Any) -> list[int]:
    return [row["id"] for row in caller.all(path, **query)]


def test_rows_are_those_of_ones_line_of_shares_and_of_all(company: Any, calls: Any, as_of: Any) -> None:
    mine, other = company.deal("Mine"), company.deal("Other", owner=company.outsider)
    seen = {who: _ids(calls(getattr(company, who)), "opportunities/") for who in ("rep", "manager", "outsider", "vp")}
    assert seen["rep"] == seen["manager"] == [mine.pk] and seen["outsider"] == [other.pk]
    assert sorted(seen["vp"]) == sorted([mine.pk, other.pk])
    OpportunityTeamMember.objects.create(opportunity=mine, person=company.outsider.person)
    outsider = calls(company.outsider)
    assert sorted(_ids(outsider, "opportunities/")) == sorted([mine.pk, other.pk])
    assert outsider.patch(f"opportunities/{mine.pk}/", {"next_step": "x"}, If_Match="*").status_code == 403


def test_a_share_to_read_opens_reading_a_share_to_edit_changing(company: Any, calls: Any, as_of: Any) -> None:
    account = company.account()
    outsider = calls(company.outsider)
    address = f"accounts/{account.pk}/"
    assert outsider.get(address).status_code == 404
    share = RecordShare.objects.create(
        kind="account", record_id=account.pk, person=company.outsider.person, by=company.rep.user, valid_from=as_of
    )
    assert outsider.get(address).status_code == 200
    assert outsider.patch(address, {"city": "Paris"}, If_Match="*").status_code == 403
    RecordShare.objects.filter(pk=share.pk).update(may_edit=True)
    assert outsider.patch(address, {"city": "Paris"}, If_Match="*").status_code == 200


def test_archived_records_say_that_they_have_to_be_restored_first(company: Any, calls: Any) -> None:
    deal = company.deal()
    rep = calls(company.rep)
    rep.delete(f"opportunities/{deal.pk}/", If_Match="*")
    for answer in (
        rep.patch(f"opportunities/{deal.pk}/", {"next_step": "x"}, If_Match="*"),
        rep.post(f"opportunities/{deal.pk}/move/", {"stage_id": deal.stage_id}),
        rep.put(f"opportunities/{deal.pk}/team/", {"items": []}, If_Match="*"),
    ):
        assert answer.status_code == 409


@pytest.mark.parametrize("sort", ["", "name", "-amount", "close", "account"])
def test_pages_together_are_the_list_and_its_file(sort: str, company: Any, calls: Any, signed_in: Any) -> None:
    for number in range(23):
        amount = Decimal(number % 5) if number % 4 else None
        account = company.account(f"Account {number}") if number % 3 else None
        company.deal(f"Deal {number % 7}", amount=amount, account=account)
    rep, query = calls(company.rep), {"sort": sort} if sort else {}
    pages = _ids(rep, "opportunities/", limit=4, **query)
    assert len(pages) == len(set(pages)) == 23
    assert pages == _ids(rep, "opportunities/", limit=200, **query)
    text = signed_in(company.rep).get("/opportunities/", {"format": "csv", **query}).getvalue().decode()
    names = [row[0] for row in csv.reader(io.StringIO(text))][1:]
    assert names == [row["name"] for row in rep.all("opportunities/", limit=4, **query)]


def test_one_may_go_back_a_page(company: Any, calls: Any) -> None:
    for number in range(7):
        company.account(f"Account {number}")
    rep = calls(company.rep)
    first = rep.get("accounts/", {"limit": "3"})
    second = rep.get(first.json()["next"])
    assert second.json()["previous"] and first.json()["previous"] is None
    assert rep.get(second.json()["previous"]).json()["items"] == first.json()["items"]
    assert second["Link"].count("rel=") == 2 and first["Link"].endswith('rel="next"')


def test_a_cursor_belongs_to_its_list_and_order(company: Any, calls: Any) -> None:
    for number in range(3):
        company.account(f"Account {number}")
    rep = calls(company.rep)
    cursor = rep.get("accounts/", {"limit": "1"}).json()["next"].rpartition("cursor=")[2]
    assert rep.client.get(f"/api/v1/accounts/?sort=-name&cursor={cursor}").status_code == 400
    assert rep.client.get(f"/api/v1/contacts/?cursor={cursor}").status_code == 400
    assert rep.client.get(f"/api/v1/accounts/?cursor={cursor[:-3]}abc").status_code == 400


def test_rows_are_counted_when_asked(company: Any, calls: Any) -> None:
    for number in range(3):
        company.account(f"Account {number}")
    rep = calls(company.rep)
    assert rep.get("accounts/").json()["count"] is None
    counted = rep.get("accounts/", {"count": "true", "limit": "1"}).json()
    assert counted["count"] == 3 and counted["count_is_capped"] is False


def test_filters_and_search_are_those_of_the_page(company: Any, calls: Any) -> None:
    one, two = company.account("Acme", industry="Robotics"), company.account("Bolt", industry="Rail")
    rep = calls(company.rep)
    assert _ids(rep, "accounts/", industry="rail") == [two.pk]
    assert _ids(rep, "accounts/", q="acm") == [one.pk]
    assert _ids(rep, "accounts/", owner="null") == []


def _rows(company: Any, count: int) -> None:
    for number in range(count):
        account = company.account(f"Account {number}")
        deal = company.deal(f"Deal {number}", account=account)
        account.contacts.create(name=f"Contact {number}", owner=company.rep.person)
        Lead.objects.create(name=f"Lead {number}", owner=company.rep.person)
        Activity.objects.create(
            kind="call", title="Call", subject_kind="opportunity", subject_id=deal.pk, owner=company.rep.person
        )
        rule = HygieneRule.objects.get(key="overdue_close")
        Finding.objects.create(
            rule=rule,
            subject_kind="opportunity",
            subject_id=deal.pk,
            owner=company.rep.person,
            found_on=company.as_of,
            fact={"since": "2024-08-01"},
        )
        company.product(f"Product {number}")


def test_a_list_costs_the_same_with_one_row_and_with_three(company: Any, calls: Any) -> None:
    HygieneRule.objects.get_or_create(key="overdue_close", defaults={"label": "Late", "severity": "high"})
    caller, found = calls(company.vp), {}
    for count in (1, 3):
        _rows(company, count)
        for path in LISTS:
            caller.get(f"{path}/")
            with CaptureQueriesContext(connection) as caught:
                answer = caller.get(f"{path}/", {"count": "true"})
            assert answer.status_code == 200, answer.content
            # a filter asks whether there are more than a hundred people to choose from; rows themselves go by keyset
            rows = [query["sql"] for query in caught if not query["sql"].startswith('SELECT 1 AS "a"')]
            skipping = [sql for sql in rows if " OFFSET " in sql]
            assert not skipping, (path, skipping)
            found.setdefault(path, []).append(len(caught))
    assert {path: counts for path, counts in found.items() if counts[0] != counts[1]} == {}


def test_figures_are_those_of_the_command(company: Any, calls: Any) -> None:
    company.deal("One", stage="Won", amount=Decimal(1500), closed_on=company.as_of)
    company.deal("Two", stage="Won", amount=Decimal(700), closed_on=company.as_of, owner=company.outsider)
    for who, email in ((company.vp, "vera@example.com"), (company.rep, "ana@example.com")):
        out = StringIO()
        call_command("metrics", "--period", "2024-Q3", "--by", "region", "--as", email, "--json", stdout=out)
        told = json.loads(out.getvalue())
        answer = calls(who).get("metrics/values/", {"period": "2024-Q3", "by": "region"})
        assert answer.status_code == 200, answer.content
        shown = answer.json()
        assert [line.pop("id") is not None for line in shown["by"]] == [True] * len(shown["by"])
        assert shown == told
    assert calls(company.outsider).get("metrics/values/", {"period": "2024-Q3"}).json()["metrics"]["bookings"][
        "value"
    ] == ("700")


def test_an_import_goes_its_way_over_the_api(company: Any, calls: Any, run_jobs: Any) -> None:
    ops = calls(company.ops)
    text = b"Account,Industry\nNova Labs,Robotics\nOrbit Inc,Rail\n"
    upload = {"kind": "accounts", "file": SimpleUploadedFile("accounts.csv", text, "text/csv")}
    made = ops.client.post("/api/v1/imports/", upload, headers={"Idempotency-Key": "u"})
    assert made.status_code == 201, made.content
    address = f"imports/{made.json()['id']}/"
    assert made.json()["mapping"] == {"Account": "name", "Industry": "industry"}
    again = {"kind": "accounts", "file": SimpleUploadedFile("accounts.csv", text, "text/csv")}
    same = ops.client.post("/api/v1/imports/", again, headers={"Idempotency-Key": "u"})
    assert same.json()["id"] == made.json()["id"]
    assert ops.post(f"{address}run/").status_code == 409
    check = ops.post(f"{address}check/")
    assert check.status_code == 202, check.content
    run_jobs()
    assert ops.get(f"runs/{check.json()['id']}/").json()["state"] == "succeeded"
    ops.post(f"{address}proposals/accept/", {})
    assert ops.post(f"{address}run/").status_code == 202
    run_jobs()
    done = ops.get(address).json()
    assert done["state"] == "imported" and done["counts"]["created"] == 2
    assert len(ops.all("accounts/", q="Nova Labs")) == 1
    assert ops.post(f"{address}undo/", {}).status_code == 202
    run_jobs()
    assert ops.all("accounts/", q="Nova Labs") == [] and ops.get(address).json()["state"] == "undone"
    assert calls(company.rep).get(address).status_code == 403


def test_the_command_makes_a_token_and_prints_it_once(company: Any) -> None:
    out, err = StringIO(), StringIO()
    call_command(
        "create_token", "ana@example.com", scopes="accounts:read", name="Nightly", days=7, stdout=out, stderr=err
    )
    secret = out.getvalue().strip()
    token = ApiToken.objects.get()
    assert secret.startswith(token.prefix) and token.scopes == ["accounts:read"] and token.user == company.rep.user
    assert AuditEvent.objects.filter(act="token.created", subject_id=token.pk).exists()


def test_tokens_have_a_page_of_their_own(company: Any, signed_in: Any) -> None:
    rep = signed_in(company.rep)
    form = {"name": "Warehouse", "days": "30", "scopes": ["accounts:read", "people:read"]}
    page = rep.post("/settings/tokens/new/", form)
    token = ApiToken.objects.get()
    assert page.status_code == 200 and token.prefix in page.text and "no-store" in page["Cache-Control"]
    assert token.prefix in rep.get("/settings/tokens/").text
    assert rep.post("/settings/tokens/new/", {"name": "", "days": "9", "scopes": ["x"]}).status_code == 200
    assert ApiToken.objects.count() == 1
    address = f"/settings/tokens/{token.pk}/"
    assert signed_in(company.outsider).get(address).status_code == 404
    assert signed_in(company.outsider).post(f"{address}revoke/").status_code == 404
    assert token.prefix in signed_in(company.admin).get("/settings/tokens/").text
    signed_in(company.admin).post(f"{address}revoke/")
    token.refresh_from_db()
    assert token.revoked_at and AuditEvent.objects.filter(act="token.revoked").exists()


def test_scopes_are_for_resources_that_there_are() -> None:
    assert {scope.split(":")[0] for scope in SCOPES} == set(RESOURCES)
