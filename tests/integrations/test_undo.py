"""Undo is judged after later edits: what changed or is used since stays and is listed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Account, AccountOwnership, Contact
from accounts.services import save_account
from people.models import Occupancy, Person, Position, ReportingLine
from pipeline.models import Activity, ListPrice, Opportunity, OpportunityLine, OpportunitySplit, Product
from tests.integrations.conftest import TODAY

pytestmark = pytest.mark.django_db
DEALS = "Deal ID,Deal name,Account name,Amount\nD1,One,Acme,100\nD2,Two,Acme,200\nD3,Three,Bolt,300\n"
Bring = Callable[..., Any]


def test_records_made_by_proposals_go_with_their_run(bring: Bring, undo: Bring) -> None:
    deals = bring("opportunities", DEALS)
    assert Account.objects.count() == 2
    assert undo(deals)["kept"] == 0
    assert (Opportunity.objects.count(), Account.objects.count()) == (0, 0)


def test_changed_record_stays_until_it_is_undone_too(bring: Bring, undo: Bring) -> None:
    accounts = bring("accounts", "Account\nAcme\nBolt\n")
    acme = Account.objects.get(name="Acme")
    acme.segment = "Large"
    save_account(account=acme, by=None, on=TODAY)
    counts = undo(accounts)
    assert (counts["deleted"], counts["kept"]) == (1, 1)
    assert list(accounts.records.values_list("record_id", "kept")) == [(acme.pk, "changed")]
    counts = undo(accounts, even_changed=True)
    assert counts["kept"] == 0
    assert not Account.objects.exists()


def test_what_others_hang_on_it_keeps_a_record(bring: Bring, undo: Bring) -> None:
    deals = bring("opportunities", DEALS)
    one, two, three = (Opportunity.objects.get(external_id=key) for key in ("D1", "D2", "D3"))
    Activity.objects.create(kind="note", title="Called", subject_kind="opportunity", subject_id=one.pk)
    person = Person.objects.create(name="Ann")
    OpportunitySplit.objects.create(opportunity=two, person=person, percent=Decimal(100))
    undo(deals)
    assert set(Opportunity.objects.values_list("pk", flat=True)) == {one.pk, two.pk}
    assert set(Account.objects.values_list("name", flat=True)) == {"Acme"}  # the kept deals' account
    assert not Opportunity.objects.filter(pk=three.pk).exists()
    kept = dict(deals.records.values_list("record_id", "kept").filter(record_kind="opportunity"))
    assert kept == {one.pk: "used", two.pk: "used"}


def test_changed_values_come_back(bring: Bring, undo: Bring) -> None:
    first = bring("opportunities", DEALS)
    second = bring("opportunities", DEALS.replace("100", "150").replace("Two", "Second"))
    assert (second.counts["created"], second.counts["updated"], second.counts["unchanged"]) == (0, 2, 1)
    assert undo(second)["restored"] == 2
    assert dict(Opportunity.objects.values_list("external_id", "amount")) == {"D1": 100, "D2": 200, "D3": 300}
    assert undo(first)["kept"] == 0  # what the second import touched and gave back is still the first one's
    assert not Opportunity.objects.exists()


def test_change_on_top_of_a_change_stays(bring: Bring, undo: Bring) -> None:
    bring("opportunities", DEALS)
    second = bring("opportunities", DEALS.replace("100", "150"))
    Opportunity.objects.filter(external_id="D1").update(amount=160, version=7)
    assert undo(second)["kept"] == 1
    assert Opportunity.objects.get(external_id="D1").amount == 160


def test_the_same_file_imported_again_after_a_decision_is_one_import(bring: Bring, undo: Bring) -> None:
    from core.runs import open_run
    from integrations import services

    deals = bring("opportunities", DEALS, accept=False)
    assert (deals.counts["created"], deals.counts["waiting"]) == (0, 3)
    services.accept_proposals(import_file=deals, by=None)
    services.run_import(import_file=deals, run=open_run(kind="import", label="again"), by=None, today=TODAY)
    assert Opportunity.objects.count() == 3
    assert undo(deals)["kept"] == 0
    assert (Opportunity.objects.count(), Account.objects.count()) == (0, 0)


PEOPLE = "Name,Manager,Region\nBo,Max,West\nCy,Max,West\nMax,,West\nMia,,West\n"


def test_moved_line_is_counted_dated_today_and_given_back(bring: Bring, undo: Bring) -> None:
    first = bring("people", PEOPLE)
    moved = bring("people", PEOPLE.replace("Cy,Max", "Cy,Mia"), today=date(2026, 12, 1))
    assert moved.counts["updated"] == 0
    assert moved.counts["facts"] == 3  # the old line ends, a new one begins, Mia leads people now
    seat = Occupancy.objects.get(person__name="Cy").position
    lines = list(seat.lines_up.order_by("valid_from").values_list("reports_to__occupancies__person__name", "valid_to"))
    assert lines == [("Max", date(2026, 12, 1)), ("Mia", None)]
    undo(moved)
    assert list(seat.lines_up.values_list("valid_to", flat=True)) == [None]
    assert Position.objects.filter(is_manager=True).count() == 1
    assert undo(first)["kept"] == 0
    assert not ReportingLine.objects.exists()


def test_asked_day_is_the_first_day_of_new_lines(bring: Bring) -> None:
    bring("people", PEOPLE, since="2025-02-01")
    assert set(ReportingLine.objects.values_list("valid_from", flat=True)) == {date(2025, 2, 1)}


def test_owner_and_price_are_facts_with_a_past(bring: Bring, undo: Bring) -> None:
    bring("people", PEOPLE)
    first = bring("accounts", "Account,Owner\nAcme,Bo\n")
    moved = bring("accounts", "Account,Owner\nAcme,Cy\n")
    assert moved.counts["updated"] == 1
    assert list(AccountOwnership.objects.order_by("valid_from").values_list("person__name", "valid_to")) == [
        ("Bo", TODAY),
        ("Cy", None),
    ]
    undo(moved)
    assert list(AccountOwnership.objects.values_list("person__name", "valid_to")) == [("Bo", None)]
    assert undo(first)["kept"] == 0
    price = bring("products", "Product,Price\nLamp,10\n")
    dearer = bring("products", "Product,Price\nLamp,12\n")
    assert (dearer.counts["updated"], dearer.counts["facts"]) == (0, 2)
    undo(dearer)
    assert list(ListPrice.objects.values_list("price", "valid_to")) == [(10, None)]
    assert undo(price)["kept"] == 0
    assert not Product.objects.exists()


def test_line_item_given_to_an_existing_deal_goes_again(bring: Bring, undo: Bring) -> None:
    bring("opportunities", DEALS)
    bring("products", "Product,Price\nLamp,10\n")
    second = bring("opportunities", "Deal ID,Product\nD1,Lamp\n")
    assert OpportunityLine.objects.count() == 1
    undo(second)
    assert OpportunityLine.objects.count() == 0
    assert Opportunity.objects.get(external_id="D1").product is None


def test_parents_further_down_are_found_and_given_back(bring: Bring, undo: Bring) -> None:
    tree = bring("accounts", "Account,Subsidiary of\nAcme East,Acme\nAcme,\nBolt,\n")
    assert Account.objects.get(name="Acme East").parent.name == "Acme"
    moved = bring("accounts", "Account,Subsidiary of\nBolt,Acme\n")
    assert moved.counts["updated"] == 1
    undo(moved)
    assert Account.objects.get(name="Bolt").parent is None
    assert undo(tree)["kept"] == 0


def test_kept_child_keeps_its_parent(bring: Bring, undo: Bring) -> None:
    tree = bring("accounts", "Account,Subsidiary of\nAcme East,Acme\nAcme,\nBolt,\n")
    Contact.objects.create(name="Ann", account=Account.objects.get(name="Acme East"))
    undo(tree)
    assert set(Account.objects.values_list("name", flat=True)) == {"Acme East", "Acme"}
