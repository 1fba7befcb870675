"""The palette: finds what one may see by any of its names, offers what one may do, and leaks nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import Contact
from accounts.services import save_contact
from core import registry
from core.kernel.typed import ids_of_number
from leads.models import Lead
from leads.services import save_lead
from tests.small_company import SmallCompany

SignIn = Callable[..., Client]
PALETTE = {"HX-Request": "true"}


def ask(client: Client, text: str = "") -> str:
    return client.get("/search/", {"q": text}, headers=PALETTE).text


@pytest.fixture
def records(company: SmallCompany) -> dict[str, Any]:
    """One record of each kind, all Ana's."""
    account = company.account("Quartz Mills", domain="quartz-mills.example")
    contact = Contact(name="Petra Windhoek", email="petra@quartz-mills.example", account=account)
    contact.owner = company.rep.person
    lead = Lead(name="Hollis Freight", company_name="Hollis", email="hollis@freight.example", owner=company.rep.person)
    return {
        "account": account,
        "deal": company.deal("Quartz pilot", account=account),
        "contact": save_contact(contact=contact, by=company.ops.user),
        "lead": save_lead(lead=lead, by=company.ops.user, on=company.as_of),
    }


def names_of(records: dict[str, Any]) -> list[tuple[str, str]]:
    """Every text that finds a record, with the address it leads to."""
    account, deal, contact, lead = (records[kind] for kind in ("account", "deal", "contact", "lead"))
    return [
        *((text, account.get_absolute_url()) for text in ("quartz mi", "quartz-mills.example", account.number)),
        *((text, deal.get_absolute_url()) for text in ("QUARTZ PILOT", deal.number, deal.number.lower())),
        *((text, contact.get_absolute_url()) for text in ("petra", "petra@quartz-mills.example")),
        *((text, lead.get_absolute_url()) for text in ("hollis f", "hollis@freight.example", lead.number)),
    ]


def test_every_name_of_a_record_finds_it(company: SmallCompany, records: dict[str, Any], signed_in: SignIn) -> None:
    client = signed_in(company.rep)
    for text, address in names_of(records):
        assert f'href="{address}"' in ask(client, text), text


def test_nothing_of_another_region_is_found_by_any_name(
    company: SmallCompany, records: dict[str, Any], signed_in: SignIn
) -> None:
    for member in (company.outsider, company.other_manager):
        client = signed_in(member)
        for text, address in names_of(records):
            for found in (ask(client, text), client.get("/search/", {"q": text}).text):
                assert address not in found, text
                assert "Windhoek" not in found
            assert "Nothing found" in ask(client, text)


def test_the_answer_about_a_hidden_record_is_that_about_none(
    company: SmallCompany, records: dict[str, Any], signed_in: SignIn
) -> None:
    client, deal = signed_in(company.outsider), records["deal"]
    hidden, none = ask(client, deal.number), ask(client, "OPP-999999999")
    assert hidden.replace(deal.number, "OPP-999999999") == none


def test_the_first_match_comes_with_what_one_may_do(
    company: SmallCompany, records: dict[str, Any], signed_in: SignIn
) -> None:
    deal = records["deal"]
    mine = ask(signed_in(company.rep), deal.number)
    assert "Move Quartz pilot to another stage" in mine
    assert f"/opportunities/{deal.pk}/edit/" in mine
    reader = ask(signed_in(company.vp), deal.number)
    assert f'href="{deal.get_absolute_url()}"' in reader
    assert f"/opportunities/{deal.pk}/edit/" not in reader, "who only reads isn't offered to change it"
    account = records["account"]
    assert f"/opportunities/new/?account={account.pk}" in ask(signed_in(company.rep), account.number)


def test_a_number_comes_before_names(company: SmallCompany, signed_in: SignIn) -> None:
    deal = company.deal("Something else")
    company.deal(f"About {deal.number} and more")
    text = ask(signed_in(company.rep), deal.number)
    assert text.index("Something else") < text.index(f"About {deal.number}")


def test_records_opened_lately_are_shown_while_they_are_in_sight(
    company: SmallCompany, records: dict[str, Any], signed_in: SignIn
) -> None:
    from pipeline.services import change_deal

    client, deal, account = signed_in(company.rep), records["deal"], records["account"]
    for record in (account, deal, account):
        client.get(record.get_absolute_url())
    text = ask(client)
    assert text.index(account.get_absolute_url()) < text.index(deal.get_absolute_url())
    assert text.count(f'href="{account.get_absolute_url()}"') == 1
    assert "Quartz" not in ask(signed_in(company.manager)), "each person has their own"
    values = {"owner": company.outsider.person}
    change_deal(deal_id=deal.pk, values=values, version=None, by=company.ops.user, on=company.as_of)
    assert "Quartz pilot" not in ask(client)


def test_a_page_one_may_not_open_is_not_remembered(
    company: SmallCompany, records: dict[str, Any], signed_in: SignIn
) -> None:
    client = signed_in(company.outsider)
    assert client.get(records["deal"].get_absolute_url()).status_code == 404
    assert "Quartz" not in ask(client)


def test_it_asks_once_for_each_kind_however_many_match(company: SmallCompany, signed_in: SignIn) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = signed_in(company.ops)

    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            ask(client, "acme")
        return len(asked)

    company.deal("Acme 0")
    cost()
    one = cost()
    for number in range(1, 4):
        company.deal(f"Acme {number}")
    assert cost() == one


@pytest.mark.parametrize(
    "text", ["'", "\x00", "%", "_", "\\", "OPP-", "OPP-99999999999999999999", "a" * 10_000, "<b>x</b>", ">"]
)
def test_any_text_is_answered(company: SmallCompany, signed_in: SignIn, text: str) -> None:
    client = signed_in(company.rep)
    for headers in (PALETTE, {}):
        answer = client.get("/search/", {"q": text}, headers=headers)
        assert answer.status_code == 200
        assert "<b>x</b>" not in answer.text


def test_a_number_names_at_most_one_id() -> None:
    assert ids_of_number(" acc-12 ", "ACC-") == [12]
    assert ids_of_number("12", "ACC-") == []
    assert ids_of_number("ACC-", "ACC-") == []
    assert ids_of_number("ACC-" + "9" * 19, "ACC-") == []
    assert ids_of_number("ACC-²", "ACC-") == []


def test_commands_follow_the_role(company: SmallCompany, signed_in: SignIn) -> None:
    rep, ops = (
        signed_in(one).get("/today/").text.split('id="palette-offers"')[1] for one in (company.rep, company.ops)
    )
    assert "New opportunity" in rep
    assert "Import a file" not in rep
    assert "Import a file" in ops


def test_no_two_places_share_a_key() -> None:
    keys = [entry.shortcut for entry in registry.navigation if entry.shortcut]
    assert len(keys) == len(set(keys))
