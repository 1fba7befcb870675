"""Pages of accounts and contacts: who sees them, hierarchy, owners over time, edits by two, archive."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import Account, Contact
from accounts.services import AccountError, RecordConflict, save_account, save_contact
from pipeline.services import change_deal
from tests.counting import queries


def sent_by(client: Any, address: str) -> dict[str, str]:
    """What a browser sends back unchanged."""
    sent: dict[str, str] = {}
    for field in client.get(address).context["form"]:
        value = field.value()
        sent[field.html_name] = "" if value is None else str(value)
        if field.field.show_hidden_initial:
            sent[field.html_initial_name] = sent[field.html_name]
    return sent


def test_an_account_is_seen_by_its_line_and_by_whoever_has_a_deal_with_it(company: Any, signed_in: Any) -> None:
    account = company.account()
    address = account.get_absolute_url()
    assert signed_in(company.rep).get(address).status_code == 200
    assert signed_in(company.manager).get(address).status_code == 200
    assert signed_in(company.outsider).get(address).status_code == 404
    assert signed_in(company.admin).get(address).status_code == 404
    company.deal(owner=company.outsider, account=account)
    assert signed_in(company.outsider).get(address).status_code == 200


def test_parents_form_no_circle(company: Any) -> None:
    top = company.account("Top")
    middle = company.account("Middle", parent=top)
    top.parent = middle
    with pytest.raises(AccountError) as caught:
        save_account(account=top, by=company.ops.user, on=company.as_of)
    assert caught.value.field == "parent"


def test_the_page_shows_the_family_from_the_top_down(company: Any, signed_in: Any) -> None:
    top = company.account("Stonemark Group")
    middle = company.account("Quarry Tools", parent=top)
    company.account("Basalt Pumps", parent=middle)
    address = reverse("pipeline:account_family", args=[middle.pk])
    family = signed_in(company.rep).get(address, headers={"HX-Request": "true"}).content.decode()
    assert family.index("Stonemark Group") < family.index("Quarry Tools") < family.index("Basalt Pumps")


def test_owners_are_kept_over_time(company: Any) -> None:
    account = company.account()
    account.owner = company.outsider.person
    save_account(account=account, by=company.ops.user, on=date(2024, 10, 1))
    spans = list(account.ownerships.order_by("valid_from").values_list("person__name", "valid_from", "valid_to"))
    assert spans == [
        ("Ana Alves", company.as_of, date(2024, 10, 1)),
        ("Olga Orlov", date(2024, 10, 1), None),
    ]


def test_saving_never_drops_an_owner_or_parent_one_may_not_choose(company: Any, signed_in: Any) -> None:
    parent = company.account("Theirs", owner=company.outsider)
    account = company.account("Shared", owner=company.outsider, parent=parent)
    company.deal(account=account)  # the rep's deal shares it
    client, address = signed_in(company.rep), reverse("accounts:account_edit", args=[account.pk])
    client.post(address, sent_by(client, address) | {"city": "Reno"})
    account.refresh_from_db()
    assert (account.city, account.owner, account.parent) == ("Reno", company.outsider.person, parent)


def test_two_who_edit_at_once_are_both_heard(company: Any, signed_in: Any) -> None:
    account = company.account(city="Reno")
    client, address = signed_in(company.rep), reverse("accounts:account_edit", args=[account.pk])
    mine = sent_by(client, address) | {"city": "Elko", "phone": "1"}
    theirs = Account.objects.get(pk=account.pk)
    theirs.city, theirs.segment = "Sparks", "Enterprise"
    save_account(account=theirs, by=company.manager.user, on=company.as_of, version=1)
    told = client.post(address, mine).content.decode()
    assert "was changed by someone else" in told and "Sparks" in told and "Elko" in told
    account.refresh_from_db()
    assert account.city == "Sparks"
    with pytest.raises(RecordConflict):
        save_account(account=account, by=company.rep.user, on=company.as_of, version=1)


def test_amounts_and_degrees_are_checked(company: Any, signed_in: Any) -> None:
    account = company.account()
    client, address = signed_in(company.rep), reverse("accounts:account_edit", args=[account.pk])
    sent = sent_by(client, address)
    client.post(address, sent | {"annual_revenue": "1,250,000.50"})
    account.refresh_from_db()
    assert account.annual_revenue == Decimal("1250000.50")
    assert b"from -90 to 90" in client.post(address, sent | {"latitude": "91"}).content


def test_an_executive_reads_and_does_not_write(company: Any, signed_in: Any) -> None:
    account, client = company.account(), signed_in(company.vp)
    assert client.get(account.get_absolute_url()).status_code == 200
    for name in ("account_edit", "account_archive"):
        assert client.post(reverse(f"accounts:{name}", args=[account.pk])).status_code == 403
    assert client.get(reverse("accounts:account_new")).status_code == 403


def test_the_deals_of_an_account_are_those_one_may_see(company: Any, signed_in: Any) -> None:
    account = company.account()
    mine = company.deal("Mine", account=account)
    company.deal("Theirs", account=account, owner=company.outsider)
    address = reverse("pipeline:account_deals", args=[account.pk])
    panel = signed_in(company.rep).get(address, headers={"HX-Request": "true"}).content.decode()
    assert mine.name in panel and "Theirs" not in panel
    assert "<html" not in panel
    assert "<html" in signed_in(company.rep).get(address).content.decode()
    assert "Theirs" in signed_in(company.ops).get(address).content.decode()


def test_the_timeline_of_an_account_tells_activities_changes_and_moves_of_its_deals(
    company: Any, signed_in: Any
) -> None:
    account, client = company.account(), signed_in(company.rep)
    deal = company.deal("Robots", account=account)
    values = {"amount": Decimal(2000)}
    change_deal(deal_id=deal.pk, values=values, version=None, by=company.rep.user, on=company.as_of)
    account.industry = "Machines"
    save_account(account=account, by=company.rep.user, on=company.as_of)
    log = reverse("pipeline:activity_log", args=["account", account.pk])
    client.post(log, {"kind": "call", "title": "They like it"})
    address = reverse("pipeline:record_timeline", args=["account", account.pk])
    text = client.get(address).content.decode()
    for words in ("They like it", "Machines", "Robots", "$2,000.00", "Account created"):
        assert words in text
    only = client.get(f"{address}?show=activities").content.decode()
    assert "They like it" in only and "Machines" not in only


def test_a_contact_is_made_on_its_account_and_archived_with_undo(company: Any, signed_in: Any) -> None:
    account, client = company.account(), signed_in(company.rep)
    address = f"{reverse('accounts:contact_new')}?account={account.pk}"
    sent = sent_by(client, address) | {"name": "Petra Windhoek", "persona": "decision_maker"}
    client.post(address, sent)
    contact = Contact.objects.get()
    assert contact.account == account
    people = client.get(reverse("pipeline:account_contacts", args=[account.pk])).content
    assert b"Petra Windhoek" in people and b"Decision maker" in people
    answer = client.post(reverse("accounts:contact_archive", args=[contact.pk]), follow=True)
    undo = re.search(r'action="(/contacts/restore/[^"]+)"', answer.content.decode())
    assert undo
    client.post(undo[1].replace("&amp;", "&"))
    contact.refresh_from_db()
    assert contact.archived_at is None


def test_a_page_costs_the_same_whatever_stands_on_it(company: Any, signed_in: Any) -> None:
    account, client = company.account(), signed_in(company.rep)

    def more(count: int) -> None:
        for number in range(count):
            contact = Contact(name=f"C{number}", account=account, owner=company.rep.person)
            save_contact(contact=contact, by=company.rep.user)
            company.account(f"Below {number}", parent=account)
            company.deal(f"D{number}", account=account)

    more(1)
    parts = ("account_deals", "account_figures", "account_contacts", "account_family")
    pages = [account.get_absolute_url(), *(reverse(f"pipeline:{part}", args=[account.pk]) for part in parts)]
    pages.append(reverse("pipeline:record_timeline", args=["account", account.pk]))
    few = [queries(client, page) for page in pages]
    more(4)
    assert [queries(client, page) for page in pages] == few


def test_options_offer_what_begins_with_the_text_first(company: Any, signed_in: Any) -> None:
    company.account("The Kan Group")
    kan = company.account("Kan-code")
    options = signed_in(company.rep).get("/accounts/options/?q=kan").json()["options"]
    assert options[0] == f"Kan-code · ACC-{kan.pk}"
    assert len(options) == 2
