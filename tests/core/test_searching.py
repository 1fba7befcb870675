"""A search finds the same whether few records match or many, and by the indexes that are made for it."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection
from django.db.models import Q

from accounts.selectors import search_accounts, search_contacts
from core.selectors import searching
from pipeline.models import Opportunity
from pipeline.selectors.deals import deals_for, search_deals

# Table and what its indexes must hold: icontains and iexact as Django writes them, sorts with the id behind.
INDEXES = {
    "pipeline_opportunity": (
        *("gin (upper((name)::text) gin_trgm_ops)", "(upper((external_id)::text))", "(owner_id, amount, id)"),
        *("(amount DESC, id DESC)", "(name, id)"),
    ),
    "accounts_account": ("gin (upper((name)::text) gin_trgm_ops)", "gin (upper((domain)::text) gin_trgm_ops)"),
    "accounts_contact": ("gin (upper((name)::text) gin_trgm_ops)", "gin (upper((email)::text) gin_trgm_ops)"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("table", INDEXES)
def test_what_lists_ask_for_has_an_index(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = %s", [table])
        found = [row[0] for row in cursor.fetchall()]
    for wanted in INDEXES[table]:
        assert any(wanted in definition for definition in found), (wanted, found)


def test_searches_are_written_as_the_indexes_are(db: None) -> None:
    sql = str(Opportunity.objects.filter(Q(name__icontains="x")).query)
    assert 'UPPER("pipeline_opportunity"."name"::text) LIKE UPPER' in sql


def test_few_and_many_matches_give_the_same(company: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    acme, other = company.account("Acme Robotics"), company.account("Other")
    company.deal("Robot arm", account=other)
    company.deal("Something", account=acme)
    company.deal("Nothing", account=other, external_id="robot")
    company.deal("Theirs, a robot", owner=company.outsider)
    mine = deals_for(company.rep.user, company.as_of)
    few = sorted(search_deals(mine, "robot").values_list("name", flat=True))
    assert few == ["Nothing", "Robot arm", "Something"]
    monkeypatch.setattr(searching, "FEW", 1)
    assert sorted(search_deals(mine, "robot").values_list("name", flat=True)) == few
    number = company.deal("By number").pk
    assert [deal.name for deal in search_deals(mine, f"opp-{number}")] == ["By number"]
    assert not search_deals(mine, "100%_\\").exists()


def test_accounts_and_contacts_are_found_by_what_they_carry(company: Any) -> None:
    from accounts.models import Account, Contact

    acme = company.account("Acme Robotics", domain="acme.example")
    Contact.objects.create(name="Mia", email="mia@acme.example", account=acme)
    for text in ("robot", "ACME.EX", f"ACC-{acme.pk}"):
        assert list(search_accounts(Account.objects.all(), text)) == [acme], text
    for text in ("mia", "@acme", "robotics"):
        assert [contact.name for contact in search_contacts(Contact.objects.all(), text)] == ["Mia"], text


def test_no_two_kinds_share_their_short_number() -> None:
    """What somebody types from a letter is one record: CTR-7 a contract, CON-7 a contact."""
    found: dict[str, list[str]] = {}
    for model in apps.get_models():
        if isinstance(getattr(model, "number", None), property):
            record = model(pk=7)
            record.starts_on = date(2026, 7, 1)  # type: ignore[attr-defined]  # -- a pay period is called by its month
            with suppress(ObjectDoesNotExist):  # a run is called by its period
                found.setdefault(str(record.number), []).append(model.__name__)  # type: ignore[attr-defined]  # -- as asked
    assert len(found) > 8
    assert {number: names for number, names in found.items() if len(names) > 1} == {}
