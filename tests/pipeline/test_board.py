"""The board: who sees and moves what, exact sums, cards by keyset, undo, next step in place."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum
from django.urls import reverse

from core.models import Currency, FxRate
from core.tables import filtered
from pipeline.lists import OPPORTUNITIES
from pipeline.models import LossReason, Opportunity, Stage, StageCriterion
from pipeline.selectors import board as boards
from pipeline.services import change_deal, set_team
from pipeline.services.bulk_edits import columns_of
from tests.counting import queries

BOARD = reverse("pipeline:board")
HTMX = {"HTTP_HX_REQUEST": "true"}


def stage(name: str) -> Stage:
    return Stage.objects.get(process__is_default=True, name=name)


def column(answer: Any, name: str) -> Any:
    return next(one for one in answer.context["columns"] if one.stage.name == name)


def move(client: Any, deal: Opportunity, to: str, **more: Any) -> Any:
    data = {"stage": stage(to).pk, "version": deal.version} | more
    return client.post(reverse("pipeline:board_move", args=[deal.pk]), data)


def refused(answer: Any) -> bool:
    assert answer.status_code == 200
    return answer.headers.get("X-Refused") == "1"


@pytest.fixture
def abroad(company: Any) -> None:
    """Euros at a plan rate that changed once, and francs without one."""
    for code in ("EUR", "CHF"):
        Currency.objects.update_or_create(code=code, defaults={"name": code, "minor_digits": 2, "is_active": True})
    middle = date(2025, 1, 1)
    FxRate.objects.create(currency_id="EUR", rate=Decimal("1.1"), valid_from=date(2020, 1, 1), valid_to=middle)
    FxRate.objects.create(currency_id="EUR", rate=Decimal("1.2"), valid_from=middle)


@pytest.mark.usefixtures("abroad")
def test_sums_are_exact_in_the_reporting_currency_and_the_same_by_either_way(company: Any, signed_in: Any) -> None:
    company.deal("One", amount=Decimal("100.10"), probability=Decimal(25))
    company.deal("Two", amount=Decimal("200.20"), currency_id="EUR")
    company.deal("Three", amount=Decimal(50), currency_id="CHF")
    company.deal("Blank", amount=None)
    answer = signed_in(company.rep).get(BOARD)
    found, rate = column(answer, "Discovery"), boards._rates(answer.context["as_of"])("EUR", None)
    chance = stage("Discovery").probability / 100
    assert (found.count, found.unconverted) == (4, 1)
    assert found.amount == Decimal("100.10") + Decimal("200.20") * rate
    assert found.weighted == Decimal("100.10") * Decimal("0.25") + Decimal("200.20") * rate * chance
    filtered_to = signed_in(company.rep).get(BOARD, {"category": "pipeline", "q": ""})
    assert column(filtered_to, "Discovery").amount == found.amount


def test_column_sums_are_those_of_the_list_behind_the_same_filters(company: Any, signed_in: Any, rf: Any) -> None:
    for number, name in enumerate(("Discovery", "Evaluation", "Negotiation", "Discovery")):
        company.deal(
            f"Deal {number}", amount=Decimal(number * 100 + 1), stage=name, type="new" if number else "renewal"
        )
    for query in ({}, {"type": "new"}, {"q": "Deal"}, {"owner": company.rep.person.pk}):
        request = rf.get("/", query)
        request.user = company.rep.user
        listed, _form = filtered(request, OPPORTUNITIES, as_of=company.as_of)
        sums = dict(listed.order_by().values_list("stage__name").annotate(total=Sum("amount")))
        answer = signed_in(company.rep).get(BOARD, query)
        assert {c.stage.name: c.amount for c in answer.context["columns"] if c.count} == sums


def test_who_sees_a_deal_on_the_board_and_who_may_move_it(company: Any, signed_in: Any) -> None:
    deal = company.deal()
    for who, sees, moves in [("rep", 1, 1), ("manager", 1, 1), ("ops", 1, 1), ("vp", 1, 0), ("outsider", 0, 0)]:
        client = signed_in(getattr(company, who))
        text = client.get(BOARD).content.decode()
        assert (deal.name in text, reverse("pipeline:board_move", args=[deal.pk]) in text) == (bool(sees), bool(moves))
    assert signed_in(company.admin).get(BOARD).status_code == 404
    assert move(signed_in(company.outsider), deal, "Evaluation").status_code == 404
    assert move(signed_in(company.vp), deal, "Evaluation").status_code == 403
    assert Opportunity.objects.get(pk=deal.pk).stage == stage("Discovery")


def test_a_deal_of_ones_team_stands_on_the_board_and_in_its_sums(company: Any, signed_in: Any) -> None:
    from pipeline.models import OpportunityTeamMember

    deal = company.deal(owner=company.outsider)
    set_team(deal_id=deal.pk, members=[OpportunityTeamMember(person=company.rep.person)], by=company.ops.user)
    answer = signed_in(company.rep).get(BOARD)
    assert column(answer, "Discovery").amount == 1000
    assert deal.name in answer.content.decode()
    assert reverse("pipeline:board_move", args=[deal.pk]) not in answer.content.decode()


def test_a_move_changes_card_and_heads_and_undo_gives_the_same_row(company: Any, signed_in: Any) -> None:
    deal, client = company.deal(probability=Decimal(33)), signed_in(company.rep)
    before = columns_of(Opportunity.objects.get(pk=deal.pk))
    answer = move(client, deal, "Evaluation")
    text = answer.content.decode()
    assert not refused(answer)
    assert Opportunity.objects.get(pk=deal.pk).stage == stage("Evaluation")
    assert f'id="deal-{deal.pk}"' in text
    assert f'id="col-{stage("Discovery").pk}-h"' in text
    undo = re.search(r'data-undo="([^"]+)"', text)[1].replace("&amp;", "&")  # type: ignore[index]  # -- it is there
    client.post(undo)
    assert columns_of(Opportunity.objects.get(pk=deal.pk)) == before
    assert signed_in(company.manager).post(undo).status_code == 302  # another's button undoes nothing
    change_deal(deal_id=deal.pk, values={"stage": stage("Won")}, version=None, by=company.rep.user, on=company.as_of)
    said = client.post(undo, follow=True).content.decode()
    assert "changed since" in said
    assert Opportunity.objects.get(pk=deal.pk).status == "won"


def test_a_move_that_needs_more_asks_first_and_then_moves(company: Any, signed_in: Any) -> None:
    deal, client = company.deal(), signed_in(company.rep)
    reason = LossReason.objects.create(name="Too dear")
    asked = move(client, deal, "Lost")
    assert (refused(asked), b"Why it was lost" in asked.content) == (True, True)
    assert b"One field needs" not in asked.content
    again = move(client, deal, "Lost", asked=1, closed_on=company.as_of)
    assert (refused(again), b"One field needs" in again.content) == (True, True)
    done = move(client, deal, "Lost", asked=1, closed_on=company.as_of, loss_reason=reason.pk)
    assert not refused(done)
    assert Opportunity.objects.get(pk=deal.pk).loss_reason == reason


def test_exit_criteria_are_asked_for_where_the_deal_leaves_its_stage(company: Any, signed_in: Any) -> None:
    deal, client = company.deal(), signed_in(company.rep)
    StageCriterion.objects.create(stage=deal.stage, label="Budget confirmed")
    asked = move(client, deal, "Evaluation")
    assert (refused(asked), b"Budget confirmed" in asked.content) == (True, True)
    assert refused(move(client, deal, "Evaluation", asked=1))
    assert not refused(move(client, deal, "Evaluation", asked=1, despite="They insist"))


def test_a_move_of_a_deal_that_changed_meanwhile_says_so_at_the_card(company: Any, signed_in: Any) -> None:
    deal = company.deal()
    change_deal(deal_id=deal.pk, values={"next_step": "Call"}, version=None, by=company.ops.user, on=company.as_of)
    answer = move(signed_in(company.rep), deal, "Evaluation")
    assert (refused(answer), b"Someone else changed the deal" in answer.content) == (True, True)
    assert Opportunity.objects.get(pk=deal.pk).stage == stage("Discovery")


def test_more_cards_come_by_keyset_and_none_twice(company: Any, signed_in: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(boards, "CARDS", 3)
    amounts = [Decimal(9), None, Decimal(5), Decimal(5), None, Decimal(7), Decimal(5), Decimal(1)]
    made = {company.deal(f"Deal {n}", amount=amount).pk for n, amount in enumerate(amounts)}
    client, seen = signed_in(company.rep), []
    first = column(client.get(BOARD), "Discovery")
    cards, after = first.cards, first.more
    seen += [card.pk for card in cards]
    while after:
        address = reverse("pipeline:board_column", args=[first.stage.pk])
        found = client.get(address, {"after": after}, **HTMX).context["column"]
        seen, after = [*seen, *(card.pk for card in found.cards)], found.more
    assert (len(seen), set(seen)) == (8, made)
    for bad in ("", "x", "NaN_1", "1_x", "_", "9e999999_4", "1_99999999999999999999"):
        assert (
            client.get(reverse("pipeline:board_column", args=[first.stage.pk]), {"after": bad}, **HTMX).status_code
            == 200
        )


def test_a_next_step_is_edited_on_its_card_and_a_second_editor_is_told(company: Any, signed_in: Any) -> None:
    deal, client = company.deal(), signed_in(company.rep)
    address = reverse("pipeline:next_step", args=[deal.pk])
    assert b'name="next_step"' in client.get(address, **HTMX).content
    sent = {"next_step": "Call", "initial-next_step": "", "next_step_due_on": "", "version": deal.version}
    assert b"Call" in client.post(address, sent, **HTMX).content
    late = client.post(address, sent | {"next_step": "Write"}, **HTMX).content.decode()
    assert "Saved meanwhile" in late
    assert Opportunity.objects.get(pk=deal.pk).next_step == "Call"
    too_long = client.post(address, sent | {"next_step": "x" * 300, "version": 2}, **HTMX)
    assert b"at most 255" in too_long.content


def test_the_number_of_queries_does_not_grow_with_the_cards(company: Any, signed_in: Any) -> None:
    client = signed_in(company.rep)
    company.deal()
    one = queries(client, BOARD)
    for number in range(2):
        company.deal(f"More {number}", stage="Evaluation", account=company.account(f"Account {number}"))
    assert queries(client, BOARD) == one
    filters = "?category=pipeline"
    assert queries(client, BOARD + filters) <= one + 2
