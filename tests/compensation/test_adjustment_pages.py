"""Adjustments, milestones and scores: by the form, by a file, and decided by somebody else."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from compensation import services
from compensation.models import Adjustment, CreditHold, PayEvent
from core import registry
from core.runs import RunFailed
from integrations.demo.files import import_rows
from pipeline.models import OpportunitySplit
from tests.compensation.pay_desk import NOW, PayDesk, draft_lines, said

pytestmark = pytest.mark.django_db
NEW = {"payee": "Ana Alves", "month": "2024-01-15", "amount": "-960.00", "reason": "Ostra Labs, order amended"}


def text(answer: Any) -> str:
    assert answer.status_code == 200, answer
    return str(answer.content.decode())


def told(answer: Any) -> str:
    return " ".join(str(one) for one in answer.context["messages"])


def test_an_adjustment_is_proposed_approved_and_paid(desk: PayDesk, signed_in: Any) -> None:
    version = desk.plan()
    desk.quota()
    comp, finance = signed_in(desk.admin), signed_in(desk.finance)
    made = comp.post("/pay-adjustments/new/", NEW | {"plan": version.plan_id}, follow=True)
    assert "A second person decides" in told(made) and "−$960.00 for Ana Alves" in text(made)
    one = Adjustment.objects.get()
    assert (one.amount_minor, one.earned_in, one.proposed_by) == (-96000, date(2024, 1, 1), desk.admin)
    url = f"/pay-adjustments/{one.pk}/decide/"
    assert "second person" in told(comp.post(url, {"decision": "approve"}, follow=True))
    assert "−$960.00 for Ana Alves" in text(finance.get("/approvals/"))
    assert "Decided." in told(finance.post(url, {"decision": "approve"}, follow=True))
    assert "decided already" in told(finance.post(url, {"decision": "refuse"}, follow=True))
    assert said(draft_lines(desk.calculated("2024-01"))) == [
        ("", "adjusted", "2024-01-01", -96000), ("", "paid", "2024-01-01", 96000),
    ]  # fmt: skip
    assert "Ana Alves" in text(finance.get("/pay-adjustments/?state=approved"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"payee": "Nobody Here"}, "Nobody of this name is on a plan"),
        ({"amount": "0"}, "of some amount"),
        ({"amount": "1.005"}, "decimals"),
        ({"amount": "99999999999999999"}, "less than or equal"),
        ({"month": "0001-01-01"}, "between 2000 and 2200"),
        ({"month": "2023-05-01"}, "on this plan in that month"),
        ({"reason": ""}, "required"),
    ],
)
def test_what_cannot_be_is_said_at_the_form(desk: PayDesk, signed_in: Any, change: Any, words: str) -> None:
    version = desk.plan()
    page = text(signed_in(desk.admin).post("/pay-adjustments/new/", NEW | {"plan": version.plan_id} | change))
    assert words in page and not Adjustment.objects.exists()


def test_nobody_adjusts_their_own_pay(desk: PayDesk, signed_in: Any) -> None:
    version = desk.plan()
    desk.ana.user = desk.admin
    desk.ana.save()
    page = text(signed_in(desk.admin).post("/pay-adjustments/new/", NEW | {"plan": version.plan_id}))
    assert "Nobody adjusts their own pay" in page


def test_a_score_is_entered_and_refused(desk: PayDesk, signed_in: Any) -> None:
    desk.plan()
    given = {"kind": "score", "who": services.payee_of(desk.ana).code, "name": "Onboarding", "on": "2024-02-01"}
    comp, finance = signed_in(desk.admin), signed_in(desk.finance)
    made = comp.post("/pay-events/new/", given | {"amount": "0.85", "note": "Two of three"}, follow=True)
    assert "Onboarding" in text(made)
    event = PayEvent.objects.get()
    assert (event.amount, event.entered_by, event.state) == (Decimal("0.85"), desk.admin, "proposed")
    assert "Onboarding of Ana Alves" in text(finance.get("/approvals/"))
    finance.post(f"/pay-events/{event.pk}/decide/", {"decision": "refuse"})
    event.refresh_from_db()
    assert (event.state, event.decided_by) == ("refused", desk.finance)
    assert "Onboarding" in text(finance.get("/pay-events/"))


def test_no_event_of_a_locked_month(desk: PayDesk) -> None:
    version = desk.plan()
    desk.quota()
    desk.keep(version, desk.credit("A", "4000", "2024-01-10"))
    desk.closed("2024-01")
    event = PayEvent(kind="milestone", payee=services.payee_of(desk.ana), name="Go-live", on=date(2024, 1, 31))
    with pytest.raises(services.CompensationError, match="locked"):
        services.enter_event(event=event, by=desk.admin)


def test_events_come_by_file_and_go_out_as_they_came(desk: PayDesk) -> None:
    desk.plan()
    rows = [
        {"external_id": "M-1", "kind": "milestone", "person": "Ana Alves", "name": "Go-live", "on": date(2024, 2, 1)},
        {"external_id": "M-2", "kind": "goal", "person": "Ana Alves", "name": "Training", "on": date(2024, 2, 2),
         "amount": "0.85"},
    ]  # fmt: skip

    def take() -> Any:
        return import_rows(kind="pay_events", name="events.csv", rows=rows, by=desk.admin, today=desk.company.as_of)

    take()
    events = list(PayEvent.objects.order_by("external_id"))
    assert [(one.external_id, one.kind, one.amount, one.state) for one in events] == [
        ("M-1", "milestone", Decimal(1), "proposed"), ("M-2", "score", Decimal("0.85"), "proposed"),
    ]  # fmt: skip
    assert {one.entered_by for one in events} == {desk.admin}
    with pytest.raises(services.NotAllowed):
        services.decide_event(event=events[0], is_approved=True, by=desk.admin, at=NOW)
    services.decide_event(event=events[0], is_approved=True, by=desk.finance, at=NOW)
    rows[0]["amount"] = "5"
    with pytest.raises(RunFailed, match="decided already"):
        take()
    rows[0]["amount"], rows[1]["amount"] = None, "0.9"
    take()
    assert [one.amount for one in PayEvent.objects.order_by("external_id")] == [Decimal(1), Decimal("0.9")]
    stranger = {"external_id": "M-3", "person": desk.company.outsider.person.name, "on": date(2024, 2, 3)}
    rows = [{"kind": "score", "name": "Nobody pays it", **stranger}]
    with pytest.raises(RunFailed, match="is on a plan"):
        take()
    out = list(registry.import_kinds["pay_events"].records())
    assert [(one["external_id"], one["kind"], one["name"]) for one in out] == [
        ("M-1", "milestone", "Go-live"), ("M-2", "score", "Training"),
    ]  # fmt: skip


def test_a_held_credit_is_listed_and_released(desk: PayDesk, signed_in: Any) -> None:
    version = desk.plan()
    deal = desk.company.deal("Corbel")
    OpportunitySplit.objects.filter(opportunity=deal).delete()
    OpportunitySplit.objects.create(opportunity=deal, person=desk.ana, percent=95)
    event = {"deal_id": deal.pk, "event_kind": "booking", "event_id": deal.pk}
    desk.keep(version, desk.credit("A", "4000", "2024-01-10", **event))
    run, comp = desk.calculated("2024-01"), signed_in(desk.admin)
    page = text(comp.get(f"/pay-runs/{run.period_id}/?show=blocking"))
    assert "Hold credit" in page and "Fix split" in page
    url = f"/pay-runs/{run.period_id}/hold/?of=splits:{services.payee_of(desk.ana).pk}:{deal.pk}"
    assert "Calculate again" in told(comp.post(url, {"reason": "Who sold it?"}, follow=True))
    hold = CreditHold.objects.get()
    assert "Who sold it?" in text(comp.get("/pay-holds/?state=held"))
    assert "Release" not in text(signed_in(desk.finance).get(f"/pay-holds/{hold.pk}/")).split("<main")[1]
    assert "Released." in told(comp.post(f"/pay-holds/{hold.pk}/release/", follow=True))
    assert "Who sold it?" not in text(comp.get("/pay-holds/?state=held"))
