"""Records over the API: the same rows, rules and refusals as on the pages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Account
from core.models import AuditEvent
from pipeline.models import LossReason, Opportunity, Stage

pytestmark = pytest.mark.django_db


def _stage(name: str) -> Stage:
    return Stage.objects.get(process__is_default=True, name=name)


def test_a_deal_is_made_read_changed_archived_and_brought_back(company: Any, calls: Any) -> None:
    rep = calls(company.rep)
    account = company.account()
    body = {
        "name": "Acme pilot",
        "account_id": account.pk,
        "stage_id": _stage("Discovery").pk,
        "amount": "39800.00",
        "currency": "USD",
        "expected_close_on": "2024-09-30",
    }
    made = rep.post("opportunities/", body)
    assert made.status_code == 201, made.content
    shown = made.json()
    assert made["Location"].endswith(f"/api/v1/opportunities/{shown['id']}/")
    assert shown["amount"] == "39800.00" and shown["number"] == f"OPP-{shown['id']}"
    assert shown["owner_name"] == "Ana Alves" and shown["account_name"] == "Acme Robotics"

    got = rep.get(f"opportunities/{shown['id']}/")
    assert got.json() == shown and got["ETag"] == made["ETag"]
    changed = rep.patch(f"opportunities/{shown['id']}/", {"amount": "41000.50"}, If_Match=got["ETag"])
    assert changed.status_code == 200, changed.content
    assert changed.json()["amount"] == "41000.50" and changed.json()["version"] == shown["version"] + 1
    deal = Opportunity.objects.get(pk=shown["id"])
    assert deal.amount == Decimal("41000.50")
    assert AuditEvent.objects.filter(act="deal.created", actor=company.rep.user, subject_id=deal.pk).exists()

    gone = rep.delete(f"opportunities/{deal.pk}/", If_Match=changed["ETag"])
    assert gone.status_code == 204 and not gone.content
    assert [row["id"] for row in rep.all("opportunities/")] == []
    assert [row["id"] for row in rep.all("opportunities/", archived="1")] == [deal.pk]
    back = rep.post(f"opportunities/{deal.pk}/restore/")
    assert back.status_code == 200 and back.json()["archived_at"] is None


def test_history_names_the_person_behind_a_token(company: Any, calls: Any) -> None:
    deal = company.deal()
    rep = calls(company.rep)
    etag = rep.get(f"opportunities/{deal.pk}/")["ETag"]
    rep.patch(f"opportunities/{deal.pk}/", {"next_step": "Call"}, If_Match=etag, X_Request_ID="call-7")
    context = Opportunity.objects.get(pk=deal.pk).events.order_by("-pgh_id").first().pgh_context.metadata
    assert context["user"] == company.rep.user.pk and context["request_id"] == "call-7"
    assert context["token"].startswith("so_")


def test_moving_a_deal_keeps_the_rules_of_its_stages(company: Any, calls: Any) -> None:
    deal = company.deal()
    rep = calls(company.rep)
    lost = _stage("Lost")
    refused = rep.post(f"opportunities/{deal.pk}/move/", {"stage_id": lost.pk})
    assert refused.status_code == 400
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/loss_reason_id"]
    reason = LossReason.objects.first()
    moved = rep.post(f"opportunities/{deal.pk}/move/", {"stage_id": lost.pk, "loss_reason_id": reason.pk})
    assert moved.status_code == 200, moved.content
    assert moved.json()["status"] == "lost" and moved.json()["closed_on"]


def test_unmet_criteria_are_named_and_may_be_passed_over(company: Any, calls: Any) -> None:
    deal = company.deal(amount=None)
    stage = deal.stage
    stage.criteria.create(label="Amount known", kind="field", field="amount")
    rep = calls(company.rep)
    onward = Stage.objects.filter(process=stage.process, position__gt=stage.position, status="open").first()
    blocked = rep.post(f"opportunities/{deal.pk}/move/", {"stage_id": onward.pk})
    assert blocked.status_code == 409 and blocked.json()["unmet"] == ["Amount known"]
    moved = rep.post(f"opportunities/{deal.pk}/move/", {"stage_id": onward.pk, "despite": "Agreed by phone"})
    assert moved.status_code == 200, moved.content
    assert AuditEvent.objects.filter(act="deal.moved_despite_criteria", reason="Agreed by phone").exists()


def test_parts_of_a_deal_are_set_as_a_whole(company: Any, calls: Any) -> None:
    deal = company.deal()
    rep = calls(company.rep)
    address = f"opportunities/{deal.pk}/splits/"
    empty = rep.get(address)
    assert empty.json() == {"items": []}
    rows = [
        {"person_id": company.rep.person.pk, "kind": "revenue", "percent": "60"},
        {"person_id": company.manager.person.pk, "kind": "revenue", "percent": "40"},
    ]
    wrong = rep.put(address, {"items": [*rows[:1]]}, If_Match=empty["ETag"])
    assert wrong.status_code == 400 and "add up to 60" in wrong.json()["detail"]
    done = rep.put(address, {"items": rows}, If_Match=empty["ETag"])
    assert done.status_code == 200, done.content
    assert [row["person_name"] for row in done.json()["items"]] == ["Ana Alves", "Max Moreau"]
    late = rep.put(address, {"items": []}, If_Match=empty["ETag"])
    assert late.status_code == 412 and late.json()["current"] == done.json()


def test_products_on_a_deal_take_their_list_price(company: Any, calls: Any) -> None:
    deal, product = company.deal(), company.product()
    ops = calls(company.ops)
    price = {"currency": "USD", "price": "1200.00", "valid_from": "2024-01-01"}
    assert ops.post(f"products/{product.pk}/prices/", price).status_code == 200
    rep = calls(company.rep)
    address = f"opportunities/{deal.pk}/products/"
    etag = rep.get(address)["ETag"]
    body = {"items": [{"product_id": product.pk, "quantity": "3"}], "amount_follows": True}
    done = rep.put(address, body, If_Match=etag)
    assert done.status_code == 200, done.content
    line = done.json()["items"][0]
    assert (line["unit_price"], line["amount"]) == ("1200.00", "3600.00")
    assert rep.get(f"opportunities/{deal.pk}/").json()["amount"] == "3600.00"


def test_accounts_contacts_and_leads_are_written_by_their_services(company: Any, calls: Any) -> None:
    rep = calls(company.rep)
    account = rep.post("accounts/", {"name": "Acme", "domain": "https://www.acme.example/"})
    assert account.status_code == 201, account.content
    assert account.json()["domain"] == "acme.example"
    assert Account.objects.get(pk=account.json()["id"]).ownerships.count() == 1
    contact = rep.post("contacts/", {"name": "Grace Hopper", "account_id": account.json()["id"], "persona": "champion"})
    assert contact.status_code == 201, contact.content
    assert contact.json()["account_name"] == "Acme"
    lead = rep.post("leads/", {"company_name": "Initech"})
    assert lead.status_code == 201, lead.content
    nameless = rep.post("leads/", {"city": "Paris"})
    assert nameless.status_code == 400 and nameless.json()["errors"][0]["pointer"] == "/name"


def test_activities_are_logged_and_tasks_ticked_off(company: Any, calls: Any) -> None:
    deal = company.deal()
    rep = calls(company.rep)
    body = {"kind": "task", "title": "Send the offer", "due_on": "2024-09-01"}
    task = rep.post("activities/", body | {"subject_kind": "opportunity", "subject_id": deal.pk})
    assert task.status_code == 201, task.content
    done = rep.post(f"activities/{task.json()['id']}/done/", {"is_done": True})
    again = rep.post(f"activities/{task.json()['id']}/done/", {"is_done": True})
    assert done.json()["done_at"] and again.json()["done_at"] == done.json()["done_at"]
    assert [row["title"] for row in rep.all("activities/", subject_id=deal.pk)] == ["Send the offer"]
    assert calls(company.outsider).all("activities/") == []


def test_what_cannot_be_chosen_is_refused_in_our_words(company: Any, calls: Any) -> None:
    hidden = company.account(name="Hidden", owner=company.outsider)
    rep = calls(company.rep)
    stage = _stage("Discovery").pk
    answer = rep.post("opportunities/", {"name": "X", "stage_id": stage, "account_id": hidden.pk, "amount": "1.005"})
    assert answer.status_code == 400
    errors = {error["pointer"]: error["message"] for error in answer.json()["errors"]}
    missing = rep.post("opportunities/", {"name": "X", "stage_id": stage, "account_id": 10**15}).json()["errors"]
    assert set(errors) == {"/account_id", "/amount"}
    assert errors["/account_id"].replace(str(hidden.pk), "N") == missing[0]["message"].replace(str(10**15), "N")
