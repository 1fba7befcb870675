"""Pages of deals as the right person, a colleague of another line and an outsider; edits, conflicts, undo."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import Contact
from accounts.services import save_contact
from pipeline.models import Activity, LossReason, Opportunity, OpportunitySplit, Stage, StageCriterion
from pipeline.services import change_deal, set_splits
from tests.counting import queries


def page(deal: Opportunity, name: str = "deal") -> str:
    return reverse(f"pipeline:{name}", args=[deal.pk])


def form_of(client: Any, address: str, prefix: str = "") -> dict[str, str]:
    """What a browser would send back unchanged: every field of the page's form with hidden initial values."""
    form = client.get(address).context["form"] if not prefix else client.get(address).context["details"]
    sent: dict[str, str] = {}
    for field in form:
        value = field.value()
        sent[field.html_name] = "" if value is None else str(value)
        if field.field.show_hidden_initial:
            sent[field.html_initial_name] = sent[field.html_name]
    return sent


@pytest.mark.parametrize(("who", "status"), [("rep", 200), ("manager", 200), ("vp", 200), ("ops", 200), ("admin", 404)])
def test_who_sees_a_deal(company: Any, signed_in: Any, who: str, status: int) -> None:
    deal = company.deal()
    assert signed_in(getattr(company, who)).get(page(deal)).status_code == status


def test_a_colleague_of_another_line_sees_and_changes_nothing(company: Any, signed_in: Any) -> None:
    deal = company.deal()
    for client in (signed_in(company.outsider), signed_in(company.other_manager)):
        assert deal.name.encode() not in client.get(reverse("pipeline:deals")).content
        for name in ("deal", "deal_edit", "deal_move", "deal_splits", "deal_lines", "deal_group", "deal_team"):
            assert client.get(page(deal, name)).status_code == 404
        assert client.post(page(deal, "deal_archive")).status_code == 404
        client.post(reverse("pipeline:deals"), {"action": "archive", "pk": deal.pk})
    deal.refresh_from_db()
    assert deal.archived_at is None


def test_an_executive_reads_and_does_not_write(company: Any, signed_in: Any) -> None:
    deal, client = company.deal(), signed_in(company.vp)
    assert b"Mark won" not in client.get(page(deal)).content
    assert client.post(page(deal, "deal_details"), {"d-amount": "5"}).status_code == 403
    assert client.post(page(deal, "deal_move"), {"stage": "won"}).status_code == 403


def test_the_filters_name_nobody_a_rep_may_not_see(company: Any, signed_in: Any) -> None:
    company.deal()
    assert company.outsider.person.name.encode() not in signed_in(company.rep).get("/opportunities/").content


def test_a_deal_is_added_with_what_was_typed(company: Any, signed_in: Any) -> None:
    client, account = signed_in(company.rep), company.account("Kan-code")
    sent = form_of(client, "/opportunities/new/")
    stage = Stage.objects.get(name="Proposal", process__is_default=True)
    sent |= {"name": "New one", "account": "kan-code", "stage": str(stage.pk), "amount": "$39,800.00"}
    sent |= {"term_starts_on": "2024-09-01", "term_months": "12"}
    client.post("/opportunities/new/", sent)
    deal = Opportunity.objects.get(name="New one")
    assert (deal.account, deal.amount, deal.category) == (account, Decimal(39800), stage.category)
    assert deal.owner == company.rep.person
    assert str(deal.term_ends_on) == "2025-08-31"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("amount", "39.800", "Amount has 3 decimals. Did you mean 39,800.00?"),
        ("amount", "39.800,00", "Did you mean 39,800.00?"),
        ("amount", "many", "Enter an amount such as 39,800.00."),
        ("account", "Nobody Inc", "There is no account “Nobody Inc”."),
        ("closed_on", "2999-01-01", "An open deal has no close date yet."),
    ],
)
def test_a_wrong_field_says_what_is_wrong_and_keeps_the_rest(
    company: Any, signed_in: Any, field: str, value: str, words: str
) -> None:
    client, deal = signed_in(company.rep), company.deal()
    sent = form_of(client, page(deal, "deal_edit")) | {"next_step": "Typed before", field: value}
    answer = client.post(page(deal, "deal_edit"), sent)
    assert words in answer.content.decode()
    assert "Typed before" in answer.content.decode()
    deal.refresh_from_db()
    assert deal.next_step == ""


def test_an_account_of_another_line_can_not_be_named(company: Any, signed_in: Any) -> None:
    hidden = company.account("Hidden", owner=company.outsider)
    client, deal = signed_in(company.rep), company.deal()
    sent = form_of(client, page(deal, "deal_edit"))
    for text in ("Hidden", f"Hidden · ACC-{hidden.pk}", str(hidden.pk)):
        assert b"There is no account" in client.post(page(deal, "deal_edit"), sent | {"account": text}).content
    assert "Hidden" not in client.get("/accounts/options/?q=Hid").json()["options"]


def test_a_conflict_shows_both_values_and_loses_nothing(company: Any, signed_in: Any) -> None:
    deal, client = company.deal(next_step="Before", source="Web"), signed_in(company.rep)
    mine = form_of(client, page(deal, "deal_edit")) | {"next_step": "My step", "amount": "2,000.00"}
    theirs = {"next_step": "Their step", "source": "Fair"}
    change_deal(deal_id=deal.pk, values=theirs, version=1, by=company.manager.user, on=company.as_of)

    told = client.post(page(deal, "deal_edit"), mine)
    text = told.content.decode()
    assert "was changed by someone else" in text
    assert "Their step" in text and "My step" in text
    deal.refresh_from_db()
    assert (deal.next_step, deal.amount) == ("Their step", 1000)

    again = {field.html_name: field.value() or "" for field in told.context["form"]}
    again |= {
        field.html_initial_name: told.context["form"].data[field.html_initial_name]
        for field in told.context["form"]
        if field.field.show_hidden_initial
    }
    client.post(page(deal, "deal_edit"), {name: "" if value is None else value for name, value in again.items()})
    deal.refresh_from_db()
    assert (deal.next_step, deal.amount, deal.source) == ("My step", 2000, "Fair")


def test_details_are_edited_in_place_with_and_without_script(company: Any, signed_in: Any) -> None:
    deal, client = company.deal(), signed_in(company.rep)
    sent = form_of(client, page(deal), prefix="d") | {"d-next_step": "Call", "d-amount": "1,250.50"}
    answer = client.post(page(deal, "deal_details"), sent)
    assert answer.status_code == 302
    deal.refresh_from_db()
    assert (deal.next_step, deal.amount) == ("Call", Decimal("1250.50"))
    sent = form_of(client, page(deal), prefix="d") | {"d-next_step": "Visit"}
    answer = client.post(page(deal, "deal_details"), sent, headers={"HX-Request": "true"})
    assert "Saved" in answer.content.decode() and "Visit" in answer.content.decode()
    sent = form_of(client, page(deal), prefix="d") | {"d-amount": "1.234"}
    answer = client.post(page(deal, "deal_details"), sent, headers={"HX-Request": "true"})
    assert "Did you mean 1,234.00?" in answer.content.decode()


def test_losing_asks_for_the_reason_on_a_page_of_its_own(company: Any, signed_in: Any) -> None:
    deal, client, reason = company.deal(), signed_in(company.rep), LossReason.objects.create(name="Too dear")
    assert "Why it was lost" in client.get(page(deal, "deal_move") + "?stage=lost").content.decode()
    lost = Stage.objects.get(status="lost", process__is_default=True)
    refused = client.post(page(deal, "deal_move"), {"stage": lost.pk, "closed_on": "2024-08-01"})
    assert refused.status_code == 200
    client.post(page(deal, "deal_move"), {"stage": lost.pk, "closed_on": "2024-08-01", "loss_reason": reason.pk})
    deal.refresh_from_db()
    assert (deal.status, deal.loss_reason, str(deal.closed_on)) == ("lost", reason, "2024-08-01")


def test_a_blocked_stage_says_what_is_missing_and_takes_a_reason(company: Any, signed_in: Any) -> None:
    deal, client = company.deal(), signed_in(company.rep)
    StageCriterion.objects.create(stage=deal.stage, label="Budget confirmed")
    onward = {"stage": Stage.objects.get(name="Evaluation", process__is_default=True).pk, "version": 1}
    asked = client.post(page(deal, "deal_move"), onward)
    assert b"Budget confirmed" in asked.content and b"Give a reason" not in asked.content
    refused = client.post(page(deal, "deal_move"), onward | {"despite": ""})
    assert b"Budget confirmed" in refused.content and b"Give a reason" in refused.content
    client.post(page(deal, "deal_move"), onward | {"despite": "They pay upfront"})
    assert b"They pay upfront" in client.get(page(deal)).content


def test_a_move_is_undone_by_its_button(company: Any, signed_in: Any) -> None:
    deal, client = company.deal(), signed_in(company.rep)
    won = Stage.objects.get(status="won", process__is_default=True)
    answer = client.post(page(deal, "deal_move"), {"stage": won.pk, "closed_on": "2024-08-01"}, follow=True)
    undo = re.search(r'action="([^"]+undo/\?was=[^"]+)"', answer.content.decode())
    assert undo
    client.post(undo[1].replace("&amp;", "&"))
    deal.refresh_from_db()
    assert (deal.status, deal.stage.name, deal.closed_on) == ("open", "Discovery", None)


def test_archiving_can_be_undone_and_archived_deals_are_found(company: Any, signed_in: Any) -> None:
    deals, client = [company.deal(f"Deal {n}") for n in range(3)], signed_in(company.rep)
    chosen = [deals[0].pk, deals[1].pk]
    answer = client.post("/opportunities/?q=Deal", {"action": "archive", "pk": chosen}, follow=True)
    assert b"2 deals archived." in answer.content
    undo = re.search(r'action="(/opportunities/restore/[^"]+)"', answer.content.decode())
    assert b"Deal 0" in client.get("/opportunities/?archived=1").content
    assert b"Restore" in client.get(page(deals[0])).content
    assert undo
    back = client.post(undo[1].replace("&amp;", "&"))
    assert back["Location"] == "/opportunities/?q=Deal"
    assert not Opportunity.objects.exclude(archived_at=None).exists()


def row(number: int, **values: Any) -> dict[str, Any]:
    return {f"row-{number}-{name}": value for name, value in values.items()}


def rows(*given: dict[str, Any]) -> dict[str, Any]:
    merged: dict[str, Any] = {"row-TOTAL_FORMS": len(given), "row-INITIAL_FORMS": 0}
    for one in given:
        merged |= one
    return merged


def test_splits_are_set_in_the_editor(company: Any, signed_in: Any) -> None:
    deal, client = company.deal(), signed_in(company.manager)
    ana, max_ = company.rep.person.pk, company.manager.person.pk
    uneven = rows(row(0, person=ana, kind="revenue", percent="60"), row(1, person=max_, kind="revenue", percent="30"))
    assert "10 % are missing" in client.post(page(deal, "deal_splits"), uneven).content.decode()
    client.post(page(deal, "deal_splits"), uneven | row(1, person=max_, kind="revenue", percent="40"))
    assert sorted(deal.splits.values_list("percent", flat=True)) == [40, 60]


def test_products_set_the_amount_and_the_buying_group_keeps_personas(company: Any, signed_in: Any) -> None:
    account = company.account()
    deal, client = company.deal(account=account), signed_in(company.rep)
    lines = rows(row(0, product=company.product().pk, quantity="3", unit_price="100.00"), row(1, quantity="1"))
    client.post(page(deal, "deal_lines"), lines | {"amount_follows": "on"})
    deal.refresh_from_db()
    assert deal.amount == 300
    contact = Contact(name="Petra", account=account, persona="champion", owner=company.rep.person)
    save_contact(contact=contact, by=company.rep.user)
    client.post(page(deal, "deal_group"), rows(row(0, contact=contact.pk, persona="")))
    assert deal.buying_group.get().persona == "champion"
    stranger = Contact.objects.create(name="Stranger", account=company.account("Other", owner=company.outsider))
    refused = client.post(page(deal, "deal_group"), rows(row(0, contact=stranger.pk, persona="")))
    assert refused.status_code == 200
    assert deal.buying_group.count() == 1


def test_an_activity_takes_one_line_and_a_task_can_be_ticked_off(company: Any, signed_in: Any) -> None:
    deal, client = company.deal(), signed_in(company.rep)
    log = reverse("pipeline:activity_log", args=["opportunity", deal.pk])
    client.post(log, {"kind": "call", "title": "They agreed"})
    deal.refresh_from_db()
    assert deal.last_activity_at is not None
    client.post(log, {"kind": "task", "title": "Send the offer", "due_on": "2030-01-01"})
    task = Activity.objects.get(kind="task")
    assert b"due Jan 1, 2030" in client.get(page(deal)).content
    assert signed_in(company.outsider).post(reverse("pipeline:activity_done", args=[task.pk])).status_code == 404
    client.post(reverse("pipeline:activity_done", args=[task.pk]))
    task.refresh_from_db()
    assert task.done_at is not None
    assert signed_in(company.outsider).post(log, {"kind": "call", "title": "x"}).status_code == 404
    assert signed_in(company.vp).post(log, {"kind": "call", "title": "x"}).status_code == 403


def test_the_page_of_a_deal_costs_the_same_whatever_hangs_on_it(company: Any, signed_in: Any) -> None:
    deal, client = company.deal(account=company.account()), signed_in(company.manager)
    whole = OpportunitySplit(person=company.rep.person, percent=Decimal(100))
    set_splits(deal_id=deal.pk, splits=[whole], by=company.rep.user)
    StageCriterion.objects.create(stage=deal.stage, label="One")

    def more(count: int) -> None:
        for number in range(count):
            values = {"next_step": f"{number}", "owner": (company.rep, company.manager)[number % 2].person}
            change_deal(deal_id=deal.pk, values=values, version=None, by=company.rep.user, on=company.as_of)
            Activity.objects.create(
                kind="note", title=f"{number}", subject_kind="opportunity", subject_id=deal.pk,
                owner=company.rep.person, happened_at=deal.created_at,
            )  # fmt: skip

    more(2)
    few = queries(client, page(deal))
    more(8)
    change_deal(
        deal_id=deal.pk, values={"owner": company.rep.person}, version=None, by=company.rep.user, on=company.as_of
    )
    assert queries(client, page(deal)) == few
    assert few < 40
