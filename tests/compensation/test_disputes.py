"""Disputes: raised on a line, answered, decided by somebody else, and followed by an adjustment, never by an edit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from compensation import services
from compensation.enums import DisputeOutcome
from compensation.kernel.calendar import business_days_after, business_days_between
from compensation.kernel.cases import run_cases
from compensation.kernel.reading import read_plan
from compensation.models import Adjustment, Dispute, LedgerEntry, PaySettings, PlanVersion, Statement
from compensation.selectors import disputes as found
from core.models import Notification
from tests.compensation.pay_desk import NOW, PayDesk, released, said
from tests.small_company import AS_OF

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(desk: PayDesk) -> Statement:
    """Ana and Olga share a deal, half each: 4,000 of 8,000 at 10 %."""
    deal = desk.company.deal("Tessera Health", amount=Decimal(8000))
    olga = desk.company.outsider.person
    version = desk.plan(people=[desk.ana, olga])
    desk.quota("10000")
    desk.quota("10000", person=olga)
    of = {"event_kind": "opportunity", "event_id": deal.pk, "deal_id": deal.pk, "factor": "50%"}
    desk.keep(
        version,
        desk.credit("T-ana", "4000", "2024-01-10", **of),
        desk.credit("T-olga", "4000", "2024-01-10", person=olga, **of),
    )
    return released(desk.closed("2024-01"), services.payee_of(desk.ana).pk)


@pytest.fixture
def dispute(desk: PayDesk, told: Statement) -> Dispute:
    return raised(desk, told)


def line_of(told: Statement) -> LedgerEntry:
    return LedgerEntry.objects.get(payee=told.payee, period=told.period, stage=1)


def raised(desk: PayDesk, told: Statement, **more: Any) -> Dispute:
    line = line_of(told)
    given = {"line_id": line.pk, "credit_id": line.credit_id, "title": "Split should be 70%", "reason": "credit"} | more
    one = Dispute(payee=told.payee, period=told.period, **given)
    by = desk.company.rep.user
    return services.raise_dispute(dispute=one, text="We agreed 70/30.", by=by, at=NOW, on=AS_OF)


def decided(desk: PayDesk, dispute: Dispute, outcome: DisputeOutcome = DisputeOutcome.UPHELD) -> Dispute:
    return services.decide_dispute(
        dispute=dispute, outcome=outcome, text="Agreed in writing.", by=desk.admin, at=NOW, on=AS_OF
    )


def told_of(user: Any) -> list[str]:
    mine = Notification.objects.filter(user=user, kind__startswith="dispute")
    return list(mine.order_by("pk").values_list("kind", flat=True))


def test_business_days() -> None:
    friday = date(2024, 8, 16)
    assert business_days_after(friday, 1) == date(2024, 8, 19) and business_days_after(friday, 5) == date(2024, 8, 23)
    assert business_days_between(friday, date(2024, 8, 19)) == 1 and business_days_between(friday, friday) == 0


def test_raised_it_is_due_and_both_sides_hear_of_it(desk: PayDesk, dispute: Dispute) -> None:
    assert dispute.state == "raised" and dispute.due_on == date(2024, 8, 22)
    assert told_of(desk.admin) == told_of(desk.finance) == ["dispute_raised"]
    assert told_of(desk.company.outsider.user) == ["dispute_split"] and told_of(desk.company.rep.user) == []
    (notice,) = Notification.objects.filter(user=desk.company.outsider.user, kind="dispute_split")
    assert "Ana" not in f"{notice.title}{notice.detail}" and notice.url == reverse("compensation:statements")
    assert not found.is_overdue(dispute, dispute.due_on) and found.is_overdue(
        dispute, dispute.due_on + timedelta(days=1)
    )


def test_one_open_dispute_a_line(desk: PayDesk, told: Statement, dispute: Dispute) -> None:
    with pytest.raises(services.CompensationError, match=dispute.number):
        raised(desk, told)
    raised(desk, told, line_id=0, credit_id=0, title="The whole month")
    services.withdraw_dispute(dispute=dispute, by=desk.company.rep.user, at=NOW)
    assert raised(desk, told).pk != dispute.pk


def test_only_the_payee_or_a_comp_admin_raises_one(desk: PayDesk, told: Statement) -> None:
    one = Dispute(payee=told.payee, period=told.period, title="Not mine")
    for other in (desk.company.outsider.user, desk.company.manager.user, desk.finance):
        with pytest.raises(services.NotAllowed):
            services.raise_dispute(dispute=one, text="Why", by=other, at=NOW, on=AS_OF)
    assert services.raise_dispute(dispute=one, text="For Ana", by=desk.admin, at=NOW, on=AS_OF).pk


def test_the_first_reply_begins_the_review(desk: PayDesk, dispute: Dispute) -> None:
    services.comment_on_dispute(dispute=dispute, text="Note", by=desk.admin, at=NOW, on=AS_OF, is_internal=True)
    dispute.refresh_from_db()
    assert dispute.state == "raised" and dispute.replied_at is None
    services.comment_on_dispute(dispute=dispute, text="I look.", by=desk.admin, at=NOW, on=AS_OF)
    dispute.refresh_from_db()
    assert dispute.state == "in_review" and dispute.replied_at == NOW
    assert told_of(desk.company.rep.user) == ["dispute_said"]
    seen = [entry.text for entry in found.thread_of(dispute, desk.company.rep.user)]
    assert seen == ["We agreed 70/30.", "I look."]
    assert len(found.thread_of(dispute, desk.finance)) == 3
    with pytest.raises(services.NotAllowed):
        by = desk.company.rep.user
        services.comment_on_dispute(dispute=dispute, text="Hidden", by=by, at=NOW, on=AS_OF, is_internal=True)
    with pytest.raises(services.NotAllowed):
        by = desk.company.outsider.user
        services.comment_on_dispute(dispute=dispute, text="Me too", by=by, at=NOW, on=AS_OF)


def test_neither_who_raised_it_nor_whose_pay_it_is_decides(desk: PayDesk, told: Statement) -> None:
    one = Dispute(payee=told.payee, period=told.period, title="For Ana")
    services.raise_dispute(dispute=one, text="Why", by=desk.admin, at=NOW, on=AS_OF)
    for other in (desk.admin, desk.company.rep.user, desk.company.manager.user, desk.company.admin.user):
        with pytest.raises(services.NotAllowed):
            services.decide_dispute(dispute=one, outcome=DisputeOutcome.UPHELD, text="Yes", by=other, at=NOW, on=AS_OF)
    done = services.decide_dispute(
        dispute=one, outcome=DisputeOutcome.REJECTED, text="No", by=desk.finance, at=NOW, on=AS_OF
    )
    assert done.state == "decided" and done.outcome == "rejected"
    with pytest.raises(services.CompensationError, match="decided already"):
        services.decide_dispute(
            dispute=one, outcome=DisputeOutcome.UPHELD, text="Yes", by=desk.second, at=NOW, on=AS_OF
        )


def test_upheld_it_is_paid_by_the_next_run_and_the_closed_month_stays(
    desk: PayDesk, told: Statement, dispute: Dispute
) -> None:
    january = said(LedgerEntry.objects.filter(period=told.period))
    decided(desk, dispute)
    line, olga = line_of(told), services.payee_of(desk.company.outsider.person)
    propose = {"dispute": dispute, "plan_id": line.plan_id, "by": desk.admin, "at": NOW}
    mine = services.propose_for_dispute(payee=told.payee, amount_minor=16000, **propose)
    theirs = services.propose_for_dispute(payee=olga, amount_minor=-16000, **propose)
    with pytest.raises(services.CompensationError, match="already"):
        services.propose_for_dispute(payee=told.payee, amount_minor=1, **propose)
    with pytest.raises(services.NotAllowed):
        services.decide_adjustment(adjustment=mine, is_approved=True, by=desk.admin, at=NOW)
    for one in (mine, theirs):
        services.decide_adjustment(adjustment=one, is_approved=True, by=desk.finance, at=NOW)
    dispute.refresh_from_db()
    assert dispute.state == "adjusted" and found.adjustments_of(dispute) == [mine, theirs]
    desk.closed("2024-02")
    assert said(LedgerEntry.objects.filter(period=told.period)) == january
    adjusted = LedgerEntry.objects.filter(stage=11).order_by("-amount_minor").values_list("payee_id", "amount_minor")
    assert list(adjusted) == [(told.payee_id, 16000), (olga.pk, -16000)]
    assert services.close_dispute(dispute=dispute, by=desk.company.rep.user, at=NOW).state == "closed"


def test_an_adjustment_goes_to_the_sides_of_the_split_alone(desk: PayDesk, told: Statement, dispute: Dispute) -> None:
    manager = services.payee_of(desk.company.manager.person)
    given = {"plan_id": line_of(told).plan_id, "by": desk.admin, "at": NOW, "amount_minor": 100}
    with pytest.raises(services.CompensationError, match="decide it first"):
        services.propose_for_dispute(dispute=dispute, payee=told.payee, **given)
    decided(desk, dispute)
    with pytest.raises(services.CompensationError, match="no part"):
        services.propose_for_dispute(dispute=dispute, payee=manager, **given)
    assert not Adjustment.objects.exists()


def test_reopened_it_is_decided_anew(desk: PayDesk, dispute: Dispute) -> None:
    decided(desk, dispute, DisputeOutcome.REJECTED)
    later = AS_OF + timedelta(days=20)
    by = desk.company.rep.user
    again = services.reopen_dispute(dispute=dispute, text="Here is the mail.", by=by, at=NOW, on=later)
    assert again.state == "in_review" and again.outcome == "" and again.due_on == business_days_after(later, 5)
    assert decided(desk, dispute, DisputeOutcome.PARTLY).outcome == "partly"


def test_days_are_the_companys(desk: PayDesk, told: Statement) -> None:
    services.save_settings(settings=PaySettings(reply_days=2, decide_days=10, review_days=3), by=desk.admin)
    assert raised(desk, told).due_on == business_days_after(AS_OF, 10)
    with pytest.raises(services.NotAllowed):
        services.save_settings(settings=PaySettings(), by=desk.finance)


def test_upheld_it_becomes_a_test_of_the_draft_that_fails_until_the_plan_agrees(
    desk: PayDesk, told: Statement, dispute: Dispute
) -> None:
    decided(desk, dispute)
    with pytest.raises(services.CompensationError, match="no draft"):
        services.make_plan_test(dispute=dispute, by=desk.admin, at=NOW)
    line = line_of(told)
    draft = services.begin_version(plan_id=line.plan_id, by=desk.admin)
    given = {"payee": told.payee, "plan_id": line.plan_id, "amount_minor": 16000}
    services.propose_for_dispute(dispute=dispute, by=desk.admin, at=NOW, **given)
    services.make_plan_test(dispute=dispute, by=desk.admin, at=NOW)
    draft = PlanVersion.objects.get(pk=draft.pk)
    plan = read_plan(draft.definition)
    (difference,) = run_cases(plan, draft.definition)
    assert (difference.found, difference.expected) == (Decimal("400.00"), Decimal("560.00"))
    dispute.refresh_from_db()
    assert dispute.plan_test.startswith("AE 2024 v2: D-")
    with pytest.raises(services.CompensationError, match="already"):
        services.make_plan_test(dispute=dispute, by=desk.admin, at=NOW)


def test_the_pages_from_the_trace_to_the_decision(
    desk: PayDesk, told: Statement, signed_in: Callable[..., Client]
) -> None:
    rep, admin = signed_in(desk.company.rep), signed_in(desk.admin)
    line = line_of(told)
    opened = rep.get(reverse("compensation:statement_line", args=[told.pk, line.pk])).content.decode()
    url = f"{reverse('compensation:statement_dispute', args=[told.pk])}?line={line.pk}"
    assert url in opened and "Tessera Health" in rep.get(url).content.decode()
    sent = {"title": "Split should be 70%", "reason": "credit", "text": "We agreed 70/30."}
    answer = rep.post(url, sent, follow=True).content.decode()
    assert "Split should be 70%" in answer and "We agreed 70/30." in answer and "Decision due" in answer
    dispute = Dispute.objects.get()
    mail = SimpleUploadedFile("agreed.txt", b"70/30", content_type="text/plain")
    commenting = reverse("compensation:dispute_comment", args=[dispute.pk])
    rep.post(commenting, {"text": "The mail.", "files": mail})
    admin.post(commenting, {"text": "Worth a test.", "is_internal": "on"})
    assert "Worth a test." not in rep.get(dispute.get_absolute_url()).content.decode()
    assert "Worth a test." in admin.get(dispute.get_absolute_url()).content.decode()
    (file,) = found.files_of(dispute)
    there = reverse("compensation:dispute_file", args=[dispute.pk, file.pk])
    assert b"".join(admin.get(there).streaming_content) == b"70/30"  # type: ignore[attr-defined]  # -- it streams
    assert signed_in(desk.company.outsider).get(there).status_code == 404
    deciding = reverse("compensation:dispute_decide", args=[dispute.pk])
    assert rep.get(deciding).status_code == 404
    answer = admin.post(deciding, {"outcome": "upheld", "text": "So it was."}, follow=True).content.decode()
    assert "Propose" in answer and "Olga Orlov" in answer
    proposing = reverse("compensation:dispute_propose", args=[dispute.pk])
    admin.post(proposing, {"payee": told.payee_id, "amount": "160.00"})
    shown = rep.get(dispute.get_absolute_url()).content.decode()
    assert "+$160.00" in shown and "$560.00" in shown and "Olga" not in shown
    admin.post(proposing, {"payee": services.payee_of(desk.company.outsider.person).pk, "amount": "-160.00"})
    assert Adjustment.objects.filter(amount_minor=-16000).exists()
    assert "Olga" not in rep.get(dispute.get_absolute_url()).content.decode()


def test_others_find_no_dispute(desk: PayDesk, dispute: Dispute, signed_in: Callable[..., Client]) -> None:
    company = desk.company
    acts = ("decide", "assign", "propose", "reopen")
    for other in (company.outsider, company.manager, company.vp, company.ops, company.admin):
        client = signed_in(other)
        assert client.get(dispute.get_absolute_url()).status_code == 404
        assert {client.get(reverse(f"compensation:dispute_{act}", args=[dispute.pk])).status_code for act in acts} == {
            404
        }
        assert client.post(reverse("compensation:dispute_comment", args=[dispute.pk]), {"text": "x"}).status_code == 404
        found_by = client.get(reverse("core:search"), {"q": "Split should"}).content.decode()
        assert "Split should be 70%" not in found_by
    assert (
        "Split should be 70%"
        in signed_in(company.rep).get(reverse("core:search"), {"q": "Split should"}).content.decode()
    )
    listed = signed_in(desk.finance).get(reverse("compensation:disputes"), {"late": "1"}).content.decode()
    assert "Split should be 70%" in listed
