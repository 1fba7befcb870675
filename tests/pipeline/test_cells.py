"""Cells of the deal list edited in place: what is saved, refused, told to the second editor, and who may."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from pipeline.models import LossReason, Opportunity, Stage, StageCriterion
from pipeline.services import change_deal
from tests.counting import queries

FETCH = {"HTTP_X_REQUESTED_WITH": "fetch"}


def cell(deal: Opportunity, field: str) -> str:
    return reverse("pipeline:deal_cell", args=[deal.pk, field])


def sent(client: Any, deal: Opportunity, field: str, value: Any) -> Any:
    """Open a cell and send it with another value, as the page does."""
    form = client.get(cell(deal, field), **FETCH).context["form"]
    data = {field: str(value), "version": form.initial["version"]}
    bound = form[field]
    initial = bound.value()
    data[bound.html_initial_name] = "" if initial is None else str(initial)
    return client.post(cell(deal, field), data, **FETCH)


def refused(answer: Any) -> bool:
    assert answer.status_code == 200
    return answer.headers.get("X-Refused") == "1"


def again(deal: Opportunity) -> Opportunity:
    return Opportunity.objects.get(pk=deal.pk)


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("amount", "39,800.50", Decimal("39800.5")),
        ("next_step", "Call", "Call"),
        ("expected_close_on", "2026-12-15", "2026-12-15"),
        ("category", "commit", "commit"),
    ],
)
def test_a_cell_is_saved_and_its_row_comes_back(
    company: Any, signed_in: Any, field: str, value: str, kept: Any
) -> None:
    deal, client = company.deal(), signed_in(company.rep)
    answer = sent(client, deal, field, value)
    assert not refused(answer)
    assert b"<tr data-row" in answer.content
    found = getattr(again(deal), field)
    assert (found if isinstance(kept, Decimal) else str(found)) == kept


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("amount", "39.800", "Did you mean 39,800.00?"),
        ("amount", "-5", "greater than or equal to 0"),
        ("amount", "9" * 40, "no more than"),
        ("next_step", "x" * 300, "at most 255"),
        ("expected_close_on", "2026-02-31", "valid date"),
        ("category", "closed", "valid choice"),
        ("owner", "Nobody", "There is no person"),
        ("stage", "999999", "valid choice"),
    ],
)
def test_what_cannot_be_is_said_at_the_cell(company: Any, signed_in: Any, field: str, value: str, says: str) -> None:
    deal = company.deal()
    answer = sent(signed_in(company.rep), deal, field, value)
    assert refused(answer)
    assert says in answer.content.decode()
    assert again(deal).version == deal.version


def test_the_second_of_two_editors_sees_both_values_and_saves_again(company: Any, signed_in: Any) -> None:
    deal, client = company.deal(), signed_in(company.rep)
    old = {"next_step": "Mine", "initial-next_step": "", "version": deal.version}
    change_deal(deal_id=deal.pk, values={"next_step": "Theirs"}, version=None, by=company.ops.user, on=company.as_of)
    told = client.post(cell(deal, "next_step"), old, **FETCH)
    assert refused(told)
    assert "Saved meanwhile" in told.content.decode()
    form = told.context["form"]
    assert (form["next_step"].value(), again(deal).next_step) == ("Mine", "Theirs")
    once_more = {"next_step": "Mine", "initial-next_step": "Theirs", "version": form.data["version"]}
    assert not refused(client.post(cell(deal, "next_step"), once_more, **FETCH))
    assert again(deal).next_step == "Mine"


def test_a_stage_asks_for_what_its_move_needs(company: Any, signed_in: Any) -> None:
    deal, client = company.deal(), signed_in(company.rep)
    StageCriterion.objects.create(stage=deal.stage, label="Budget confirmed")
    stages = {stage.name: stage for stage in Stage.objects.filter(process=deal.process_id)}
    blocked = sent(client, deal, "stage", stages["Evaluation"].pk)
    assert "Budget confirmed" in blocked.content.decode()
    assert "despite" in blocked.context["form"].fields
    lost = sent(client, deal, "stage", stages["Lost"].pk)
    assert "loss_reason" in lost.context["form"].fields
    reason = LossReason.objects.create(name="Too dear")
    data = {"stage": stages["Lost"].pk, "initial-stage": deal.stage_id, "version": deal.version}
    assert not refused(client.post(cell(deal, "stage"), data | {"loss_reason": reason.pk}, **FETCH))
    assert (again(deal).status, again(deal).loss_reason) == ("lost", reason)


def test_an_owner_of_another_line_cannot_be_named_and_a_row_given_away_leaves(company: Any, signed_in: Any) -> None:
    deal, client = company.deal(), signed_in(company.rep)
    other = f"{company.outsider.person.name} · PER-{company.outsider.person.pk}"
    assert refused(sent(client, deal, "owner", other))
    ops = signed_in(company.ops)
    assert not refused(sent(ops, deal, "owner", other))
    assert again(deal).owner == company.outsider.person


def test_who_may_edit_a_cell(company: Any, signed_in: Any) -> None:
    deal, list_page = company.deal(), reverse("pipeline:deals")
    for who, status, offered in [
        ("rep", 200, 1),
        ("manager", 200, 1),
        ("ops", 200, 1),
        ("vp", 403, 0),
        ("outsider", 404, 0),
    ]:
        client = signed_in(getattr(company, who))
        assert client.get(cell(deal, "amount"), **FETCH).status_code == status
        assert (cell(deal, "amount") in client.get(list_page).content.decode()) == bool(offered)
    rep = signed_in(company.rep)
    for unknown in ("name", "version", "archived_at", "closed_on"):
        assert rep.get(cell(deal, unknown), **FETCH).status_code == 404
    assert rep.get(cell(deal, "amount")).url.endswith(f"/{deal.pk}/edit/#id_amount")


def test_a_closed_deal_offers_the_day_it_was_closed(company: Any, signed_in: Any) -> None:
    deal, client = company.deal(stage="Won"), signed_in(company.rep)
    assert client.get(cell(deal, "expected_close_on"), **FETCH).status_code == 404
    assert not refused(sent(client, deal, "closed_on", company.as_of - timedelta(3)))
    assert again(deal).closed_on == company.as_of - timedelta(3)
    assert refused(sent(client, deal, "closed_on", "2999-01-01"))


def test_the_list_costs_the_same_with_one_and_with_three_rows(company: Any, signed_in: Any) -> None:
    client, address = signed_in(company.rep), reverse("pipeline:deals")
    company.deal()
    one = queries(client, address)
    company.deal("Two", account=company.account())
    company.deal("Three", stage="Won")
    assert queries(client, address) == one
