"""Lists narrowed by open deals and by when something last happened: only by what the person may see."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Contact
from core.models import SavedView
from leads.models import Lead
from pipeline.models import Activity, Opportunity, OpportunityContact
from tests.small_company import AS_OF, SmallCompany

SignIn = Callable[..., Client]
LISTS = {"account": "accounts:accounts", "contact": "accounts:contacts", "lead": "leads:leads",
         "opportunity": "pipeline:deals"}  # fmt: skip


@pytest.fixture(autouse=True)
def _on_the_day() -> Iterator[None]:
    with time_machine.travel(f"{AS_OF}T15:00:00Z", tick=False):
        yield


def found(client: Client, kind: str, query: str) -> set[str]:
    answer = client.get(f"{reverse(LISTS[kind])}?{query}")
    assert answer.status_code == 200
    return {row.name for row in answer.context["table"].objects}


def log(kind: str, record: Any, at: datetime, account: Any = None) -> Activity:
    return Activity.objects.create(
        kind="call", title="Called", subject_kind=kind, subject_id=record.pk, account=account, happened_at=at
    )


def noon(day: int) -> datetime:
    return datetime(2024, 7, day, 12, tzinfo=ZoneInfo("UTC"))


def make(company: SmallCompany, kind: str, name: str, owner: Any = None) -> Any:
    if kind == "account":
        return company.account(name, owner=owner)
    if kind == "opportunity":
        return company.deal(name, owner=owner)
    model = Contact if kind == "contact" else Lead
    return model.objects.create(name=name, owner=(owner or company.rep).person)


def log_late(kind: str, record: Any, at: datetime) -> None:
    log(kind, record, at, record if kind == "account" else None)
    if kind == "opportunity":
        Opportunity.objects.filter(pk=record.pk).update(last_activity_at=at)


@pytest.mark.parametrize("kind", LISTS)
def test_by_the_day_of_the_last_activity(company: SmallCompany, signed_in: SignIn, kind: str) -> None:
    for name, day in (("Early", 5), ("Late", 20)):
        log_late(kind, make(company, kind, name), noon(day))
    make(company, kind, "Never")
    client = signed_in(company.rep)
    assert found(client, kind, "activity_from=2024-07-05") == {"Early", "Late"}
    assert found(client, kind, "activity_from=2024-07-06") == {"Late"}
    assert found(client, kind, "activity_to=2024-07-05") == {"Early"}
    assert found(client, kind, "activity_to=2024-07-04") == set()
    assert found(client, kind, "activity_from=2024-07-01&activity_to=2024-07-31") == {"Early", "Late"}
    assert found(client, kind, "activity=never") == {"Never"}


def test_days_are_those_of_the_company(company: SmallCompany, signed_in: SignIn) -> None:
    company.row.time_zone = "Pacific/Auckland"
    company.row.save()
    late = company.account("Late in the day")
    log("account", late, datetime(2024, 7, 5, 13, tzinfo=ZoneInfo("UTC")), late)  # the 6th in Auckland
    client = signed_in(company.rep)
    assert found(client, "account", "activity_from=2024-07-06") == {"Late in the day"}
    assert found(client, "account", "activity_to=2024-07-05") == set()


def test_what_happened_on_its_deals_and_contacts_counts_for_an_account(
    company: SmallCompany, signed_in: SignIn
) -> None:
    acme = company.account("Acme")
    deal = company.deal("Pilot", account=acme)
    assert found(signed_in(company.rep), "account", "activity=never") == {"Acme"}
    log("opportunity", deal, noon(5), acme)
    assert found(signed_in(company.rep), "account", "activity_from=2024-07-01") == {"Acme"}


def test_a_deleted_activity_and_an_open_task_do_not_count(company: SmallCompany, signed_in: SignIn) -> None:
    acme = company.account("Acme")
    gone = log("account", acme, noon(5), acme)
    gone.archived_at = timezone.now()
    gone.save()
    Activity.objects.create(kind="task", title="Call", subject_kind="account", subject_id=acme.pk, account=acme)
    assert found(signed_in(company.rep), "account", "activity=never") == {"Acme"}


def test_an_open_deal_of_an_account_and_of_a_contact(company: SmallCompany, signed_in: SignIn) -> None:
    with_open, with_won, _bare = (company.account(name) for name in ("Open", "Won", "Bare"))
    ann, _ben = (Contact.objects.create(name=name, owner=company.rep.person) for name in ("Ann", "Ben"))
    deal = company.deal("Pilot", account=with_open)
    company.deal("Done", account=with_won, stage="Won", closed_on=AS_OF)
    OpportunityContact.objects.create(opportunity=deal, contact=ann)
    client = signed_in(company.rep)
    assert found(client, "account", "open_deal=1") == {"Open"}
    assert found(client, "account", "open_deal=0") == {"Won", "Bare"}
    assert found(client, "contact", "open_deal=1") == {"Ann"}
    assert found(client, "contact", "open_deal=0") == {"Ben"}


def test_nothing_is_told_of_deals_and_activities_out_of_sight(company: SmallCompany, signed_in: SignIn) -> None:
    """Ana owns the account; the deal on it, and what happened on that deal, is of another line."""
    acme = company.account("Acme")
    hidden = company.deal("Secret", account=acme, owner=company.outsider)
    log("opportunity", hidden, noon(5), acme)
    rep, ops = signed_in(company.rep), signed_in(company.ops)
    for query in ("open_deal=1", "activity_from=2024-07-01", "activity_to=2024-07-31"):
        assert (found(rep, "account", query), found(ops, "account", query)) == (set(), {"Acme"}), query
    for query in ("open_deal=0", "activity=never"):
        assert (found(rep, "account", query), found(ops, "account", query)) == ({"Acme"}, set()), query


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("day", ["soon", "0001-01-01", "9999-12-31", "\x00", "2024-02-31"])
def test_days_that_cannot_be_break_nothing(company: SmallCompany, signed_in: SignIn, kind: str, day: str) -> None:
    make(company, kind, "One")
    for name in ("activity_from", "activity_to"):
        assert signed_in(company.rep).get(reverse(LISTS[kind]), {name: day}).status_code == 200


def test_a_saved_view_keeps_them(company: SmallCompany, signed_in: SignIn) -> None:
    acme, _bare = company.account("Acme"), company.account("Bare")
    company.deal(account=acme)
    view = SavedView.objects.create(
        owner=company.rep.user, table="accounts", name="Live", query="open_deal=1&sort=name"
    )
    client = signed_in(company.rep)
    assert found(client, "account", f"{view.query}&view={view.pk}") == {"Acme"}
    csv = b"".join(client.get(f"{reverse(LISTS['account'])}?{view.query}&format=csv").streaming_content).decode()
    assert "Acme" in csv
    assert "Bare" not in csv


@pytest.mark.parametrize("kind", LISTS)
def test_they_cost_the_same_with_one_row_and_with_three(company: SmallCompany, signed_in: SignIn, kind: str) -> None:
    client = signed_in(company.rep)
    query = "activity_from=2024-07-01&activity_to=2024-07-31"
    query += "&open_deal=0" if kind in ("account", "contact") else ""

    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            client.get(f"{reverse(LISTS[kind])}?{query}")
        return len(asked)

    log_late(kind, make(company, kind, "One"), noon(5))
    cost()
    one = cost()
    for name in ("Two", "Three"):
        log_late(kind, make(company, kind, name), noon(5))
    assert len(found(client, kind, query)) == 3
    assert cost() == one


@pytest.mark.parametrize("kind", ["account", "contact"])
def test_the_plan_asks_by_index(company: SmallCompany, signed_in: SignIn, kind: str) -> None:
    """With many activities the question of one record is one of an index, not a walk over everything."""
    first = make(company, kind, "One")
    Activity.objects.bulk_create(
        Activity(kind="note", title="x", subject_kind=kind, subject_id=first.pk + 1000 + number, happened_at=noon(5))
        for number in range(3000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE pipeline_activity; ANALYZE accounts_account; ANALYZE accounts_contact")
    with CaptureQueriesContext(connection) as asked:
        assert found(signed_in(company.ops), kind, "activity=never") == {"One"}
    sql = next(one["sql"] for one in asked if "NOT EXISTS" in one["sql"] and "LIMIT 51" in one["sql"])
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + sql)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Seq Scan on pipeline_activity" not in plan, plan


@pytest.mark.parametrize("who", ["rep", "manager", "vp", "ops"])
def test_a_search_for_what_nobody_wrote_finds_nothing_for_anybody(company: Any, signed_in: Any, who: str) -> None:
    company.deal()
    assert found(signed_in(getattr(company, who)), "opportunity", "q=zzz+nothing") == set()
