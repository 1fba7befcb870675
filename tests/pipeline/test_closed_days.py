"""Deals of closed days stay as they are, whichever way one comes; who closes and opens, and what is kept of it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from core.models import AuditEvent, Company
from core.services import SettingsError, set_closed_through
from pipeline.models import Opportunity, OpportunitySplit, Stage
from pipeline.services import (
    DayClosed,
    archive_deals,
    change_deal,
    create_deal,
    edit_deals,
    set_splits,
    undo_bulk_edit,
)

CLOSED = date(2024, 6, 30)
OLD, NEW = date(2024, 6, 12), date(2024, 7, 3)


def stage(name: str) -> Stage:
    return Stage.objects.get(process__is_default=True, name=name)


def close_books(company: Any, day: date | None = CLOSED, reason: str = "") -> None:
    set_closed_through(day=day, reason=reason, by=company.ops.user, on=company.as_of)


def change(company: Any, deal: Opportunity, **values: Any) -> Opportunity:
    return change_deal(deal_id=deal.pk, values=values, version=None, by=company.ops.user, on=company.as_of)


@pytest.fixture
def won(company: Any) -> Opportunity:
    deal: Opportunity = company.deal("Won in June", stage="Won", closed_on=OLD)
    close_books(company)
    return deal


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", Decimal(5)),
        ("currency", "EUR"),
        ("owner", None),
        ("closed_on", NEW),
        ("stage", "Discovery"),
        ("one_off_amount", Decimal(1)),
    ],
)
def test_what_makes_a_closed_day_s_figures_is_refused_at_its_field(
    company: Any, won: Opportunity, field: str, value: Any
) -> None:
    values = {"stage": {"stage": stage("Discovery")}, "currency": {"currency_id": "EUR"}}.get(field, {field: value})
    with pytest.raises(DayClosed) as caught:
        change(company, won, **values)
    assert caught.value.field == field
    assert "closed on Jun 12, 2024" in str(caught.value)
    assert "through Jun 30, 2024" in str(caught.value)
    assert "Sales ops or finance" in str(caught.value)
    assert Opportunity.objects.get(pk=won.pk).version == won.version


def test_what_makes_no_figures_and_later_days_stay_free(company: Any, won: Opportunity) -> None:
    change(company, won, next_step="Send thanks", source="Web")
    later = company.deal("Won in July", stage="Won", closed_on=NEW)
    assert change(company, later, amount=Decimal(7)).amount == 7
    with pytest.raises(DayClosed) as caught:
        change(company, later, closed_on=OLD)
    assert caught.value.field == "closed_on"
    with pytest.raises(DayClosed):
        create_deal(deal=_new(company, closed_on=OLD), by=company.ops.user, on=company.as_of)


def _new(company: Any, **fields: Any) -> Opportunity:
    return Opportunity(name="Late", stage=stage("Won"), currency_id=company.row.currency_id, amount=1, **fields)


def test_splits_and_the_archive_obey_too(company: Any, won: Opportunity) -> None:
    split = OpportunitySplit(person=company.rep.person, percent=Decimal(100))
    with pytest.raises(DayClosed):
        set_splits(deal_id=won.pk, splits=[split], by=company.ops.user)
    with pytest.raises(DayClosed):
        archive_deals(deal_ids=[won.pk], by=company.ops.user, at=won.created_at)


def test_bulk_edits_and_their_undo_obey_too(company: Any) -> None:
    deal = company.deal("Won in June", stage="Won", closed_on=OLD)
    given = {"deal_ids": [deal.pk], "by": company.ops.user, "on": company.as_of}
    early = edit_deals(values={"amount": Decimal(9)}, label="Before", **given)
    close_books(company)
    late = edit_deals(values={"amount": Decimal(8)}, label="After", **given)
    assert (late.changed, late.refused) == (0, 1)
    assert "through Jun 30, 2024" in late.rows.get().refusal
    undone = undo_bulk_edit(edit_id=early.pk, by=company.ops.user, on=company.as_of)
    assert undone.kept == 1
    assert Opportunity.objects.get(pk=deal.pk).amount == 9


def test_the_page_of_an_undone_edit_says_how_many_stay_and_why(company: Any, signed_in: Any) -> None:
    free, kept = company.deal("Open"), company.deal("Won in June", stage="Won", closed_on=OLD)
    given = {"deal_ids": [free.pk, kept.pk], "by": company.ops.user, "on": company.as_of}
    made = edit_deals(values={"amount": Decimal(9)}, label="Nine", **given)
    close_books(company)
    told = signed_in(company.ops).post(reverse("pipeline:bulk_undo", args=[made.pk]), follow=True).content.decode()
    assert "Undone. 1 deal keeps something. Won in June: This deal was closed on Jun 12, 2024" in told
    amounts = {row.name: row.amount for row in Opportunity.objects.all()}
    assert amounts == {"Open": 1000, "Won in June": 9}


def test_the_page_says_it_at_the_field(company: Any, won: Opportunity, signed_in: Any) -> None:
    address = reverse("pipeline:deal_cell", args=[won.pk, "amount"])
    client = signed_in(company.rep)
    form = client.get(address, HTTP_X_REQUESTED_WITH="fetch").context["form"]
    data = {"amount": "5", "initial-amount": form["amount"].value(), "version": won.version}
    told = client.post(address, data, HTTP_X_REQUESTED_WITH="fetch")
    assert "through Jun 30, 2024" in str(told.context["form"].errors["amount"])
    back = client.post(reverse("pipeline:deal_archive", args=[won.pk]), follow=True)
    assert "through Jun 30, 2024" in back.content.decode()


def test_closing_and_opening_are_kept_with_who_and_why(company: Any, signed_in: Any) -> None:
    client, address = signed_in(company.ops), reverse("core:closing")
    assert b"Nothing is closed" in client.get(address).content
    Company.objects.update(closed_through=CLOSED)
    without = client.post(address, {"closed_through": "", "reason": ""})
    assert b"Say why closed days are opened again" in without.content
    assert client.post(address, {"closed_through": "", "reason": "A late credit note"}).status_code == 302
    act = AuditEvent.objects.get(act="books.reopened")
    assert (act.reason, act.detail) == ("A late credit note", {"before": "2024-06-30", "after": ""})
    assert b"A late credit note" in client.get(address).content
    for who in ("rep", "manager", "vp", "outsider"):
        assert signed_in(getattr(company, who)).get(address).status_code == 404


@pytest.mark.parametrize("day", [date(2024, 8, 31), date(2024, 6, 29)])
def test_only_whole_months_that_are_over_are_closed(company: Any, day: date) -> None:
    with pytest.raises(SettingsError) as caught:
        close_books(company, day)
    assert caught.value.field == "closed_through"
