"""From draft to published: what the gate asks for, the replay of closed months, a second person's yes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from compensation import services
from compensation.kernel.places import with_value
from compensation.models import Adjustment, PlanVersion
from compensation.selectors.plan_checks import blockers_of, judged_findings
from compensation.selectors.replays import replay_shown
from core.models import AuditEvent, Notification, Run
from tests.compensation.pay_desk import NOW, PayDesk, definition

pytestmark = pytest.mark.django_db
CASE = {
    "title": "At quota",
    "credits": [{"credit_key": "A", "payee": "ana", "on": "2024-03-01", "measure": "bookings", "quota_credit": 1000}],
    "quotas": [{"payee": "ana", "measure": "bookings", "period": "2024", "amount": 1000}],
    "expect": [{"payee": "ana", "component": "commission", "amount": 100}],
}
FIRST_RATE, LAST_RATE = (f"components.commission.pays.tiers[{n}].rate" for n in range(2))


def accepted(desk: PayDesk, version: PlanVersion) -> PlanVersion:
    for one in judged_findings(version):
        if one.is_open:
            told = {"code": one.finding.code, "place": one.finding.place, "message": one.finding.message}
            version = services.acknowledge_warning(version=version, reason="Meant", by=desk.admin, at=NOW, **told)
    return version


def changed(desk: PayDesk, version: PlanVersion, place: str, value: Any) -> PlanVersion:
    data = with_value(version.document, place, value)
    return services.save_version(version=version, definition=data, by=desk.admin, edits=version.edits)


def in_force(desk: PayDesk) -> PlanVersion:
    """A plan with two closed months: Ana was paid 400 and, above her quota, 600 + 400."""
    version = desk.plan()
    desk.quota("10000")
    desk.keep(version, desk.credit("A", "4000", "2024-01-10"), desk.credit("B", "8000", "2024-02-20"))
    desk.closed("2024-01")
    desk.closed("2024-02")
    return version


def next_draft(desk: PayDesk, version: PlanVersion) -> PlanVersion:
    draft = services.begin_version(plan_id=version.plan_id, by=desk.admin)
    return changed(desk, draft, "valid_from", "2024-03-01")


def replayed(desk: PayDesk, draft: PlanVersion) -> PlanVersion:
    services.start_replay(version=draft, by=desk.admin)
    desk.run_jobs()
    return PlanVersion.objects.select_related("plan").get(pk=draft.pk)


def test_a_warning_wants_a_reason_that_holds_for_what_it_says(desk: PayDesk) -> None:
    version = services.create_plan(name="", definition=definition(), by=desk.admin)
    assert "1 warning of the linter" in blockers_of(version)[0]
    with pytest.raises(services.CompensationError, match="say why it may stay"):
        services.submit_version(version=version, by=desk.admin)
    told = {"code": "no_cap", "place": "components.commission", "message": "Nothing limits what this can come to."}
    with pytest.raises(services.CompensationError, match="Say why"):
        services.acknowledge_warning(version=version, reason=" ", by=desk.admin, at=NOW, **told)
    version = services.acknowledge_warning(version=version, reason="Agreed", by=desk.admin, at=NOW, **told)
    assert blockers_of(version) == []
    cliff = {"tiers": [{"up_to": "100%", "rate": "10%"}, {"rate": "20%", "on": "all"}]}
    version = changed(desk, version, "components.commission.pays", cliff)
    assert "1 warning" in blockers_of(version)[0]  # the cliff; the one about caps was accepted
    version = accepted(desk, version)
    assert blockers_of(version) == []
    version = changed(desk, version, "components.commission.pays.tiers[1].rate", "30%")
    assert "1 warning" in blockers_of(version)[0]  # a higher cliff is another one


def test_cases_are_run_for_exactly_the_plan_that_is_handed_in(desk: PayDesk) -> None:
    version = services.create_plan(name="", definition=definition(cases=[CASE]), by=desk.admin)
    version = accepted(desk, version)
    assert version.tested_hash == version.plan_hash and blockers_of(version) == []
    version = changed(desk, version, FIRST_RATE, "11%")
    assert version.tested_hash == "" and "1 of 1 test case fails" in blockers_of(version)[0]
    with pytest.raises(services.CompensationError, match="mend the plan or the case"):
        services.submit_version(version=version, by=desk.admin)
    PlanVersion.objects.filter(pk=version.pk).update(tested_hash=version.plan_hash)  # a mark alone doesn't help
    with pytest.raises(services.CompensationError, match="mend the plan or the case"):
        services.submit_version(version=version, by=desk.admin)
    version.refresh_from_db()
    version = changed(desk, version, "cases[0].expect[0].amount", 110)
    assert services.submit_version(version=version, by=desk.admin).state == "submitted"


def test_an_error_of_the_linter_cannot_be_accepted(desk: PayDesk) -> None:
    version = services.create_plan(name="", definition=definition(), by=desk.admin)
    version = accepted(desk, version)
    version = changed(desk, version, "components.commission.then", [{"gate": "attainment(nothing) > 1"}])
    assert blockers_of(version) == ["The linter finds 1 error: mend it."]
    finding = judged_findings(version)[0].finding
    told = {"code": finding.code, "place": finding.place, "message": finding.message}
    version = services.acknowledge_warning(version=version, reason="Please", by=desk.admin, at=NOW, **told)
    assert blockers_of(version) == ["The linter finds 1 error: mend it."]


def test_a_replay_of_the_plan_as_it_was_comes_to_what_was_posted(desk: PayDesk) -> None:
    draft = next_draft(desk, in_force(desk))
    assert "weren't replayed" in blockers_of(draft)[0]
    draft = replayed(desk, draft)
    assert draft.replayed_hash == draft.plan_hash and blockers_of(draft) == []
    payee = services.payee_of(desk.ana).pk
    # 4,000 at 10 %; 6,000 at 10 % and 2,000 at 20 %
    assert draft.replay["payees"] == [[payee, 140000, 140000]]
    assert (draft.replay["first"], draft.replay["last"]) == ("2024-01-01", "2024-02-29")


def test_a_replay_tells_who_gains_in_money_and_is_asked_for_again_after_a_change(desk: PayDesk) -> None:
    draft = changed(desk, next_draft(desk, in_force(desk)), LAST_RATE, "30%")
    draft = replayed(desk, draft)
    shown = replay_shown(draft, is_pay_role=True)
    assert shown is not None and str(shown.rows[0].change) == "200.00" and (shown.gains, shown.losses) == (1, 0)
    assert (str(shown.posted), str(shown.drafted)) == ("1400.00", "1600.00")
    few = replay_shown(draft, is_pay_role=False)
    assert few is not None and few.rows == () and few.posted is None and few.gains == 0
    draft = changed(desk, draft, LAST_RATE, "5%")
    assert "weren't replayed" in blockers_of(draft)[0]
    with pytest.raises(services.CompensationError, match="weren't replayed"):
        services.submit_version(version=draft, by=desk.admin)
    shown = replay_shown(replayed(desk, draft), is_pay_role=True)
    assert shown is not None and str(shown.change) == "-300.00" and (shown.gains, shown.losses) == (0, 1)


def test_a_replay_of_what_was_changed_meanwhile_keeps_nothing(desk: PayDesk) -> None:
    draft = next_draft(desk, in_force(desk))
    services.start_replay(version=draft, by=desk.admin)
    draft = changed(desk, draft, LAST_RATE, "30%")
    desk.run_jobs()
    draft.refresh_from_db()
    run = Run.objects.filter(kind="compensation.plan_replay").latest("pk")
    assert draft.replayed_hash == "" and draft.replay == {} and "changed before" in run.error


def test_adjustments_by_hand_are_no_difference_of_the_plan(desk: PayDesk) -> None:
    version = desk.plan()
    desk.quota("10000")
    desk.keep(version, desk.credit("A", "4000", "2024-01-10"))
    wanted = Adjustment(
        payee=services.payee_of(desk.ana), plan=version.plan, earned_in=date(2024, 1, 1), amount_minor=5000,
        reason="A bonus",
    )  # fmt: skip
    row = services.propose_adjustment(adjustment=wanted, by=desk.admin)
    services.decide_adjustment(adjustment=row, is_approved=True, by=desk.finance, at=NOW)
    desk.closed("2024-01")
    draft = changed(desk, services.begin_version(plan_id=version.plan_id, by=desk.admin), "valid_from", "2024-02-01")
    shown = replay_shown(replayed(desk, draft), is_pay_role=True)
    assert shown is not None and str(shown.posted) == "400.00" and shown.change == 0


def test_without_a_closed_month_there_is_nothing_to_replay(desk: PayDesk) -> None:
    version = services.create_plan(name="", definition=definition(), by=desk.admin)
    with pytest.raises(services.CompensationError, match="No month was closed"):
        services.start_replay(version=version, by=desk.admin)


def test_a_second_person_publishes_or_gives_back_with_a_reason(desk: PayDesk) -> None:
    version = services.create_plan(name="", definition=definition(), by=desk.admin)
    version = services.submit_version(version=accepted(desk, version), by=desk.admin, at=NOW)
    assert Notification.objects.filter(kind="plan_to_approve", user=desk.finance).exists()
    assert not Notification.objects.filter(kind="plan_to_approve", user=desk.admin).exists()
    for act in (services.publish_version, lambda **given: services.give_back_version(reason="No", **given)):
        with pytest.raises(services.NotAllowed):
            act(version=version, by=desk.admin)
        with pytest.raises(services.NotAllowed):
            act(version=version, by=desk.company.ops.user)
    with pytest.raises(services.CompensationError, match="Say why"):
        services.give_back_version(version=version, reason="", by=desk.finance)
    version = services.give_back_version(version=version, reason="Too dear", by=desk.finance)
    assert version.is_draft and version.reason == "Too dear"
    assert Notification.objects.filter(kind="plan_decided", user=desk.admin, detail="Too dear").exists()
    version = services.submit_version(version=version, by=desk.admin, at=NOW)
    version = services.take_back_version(version=version, by=desk.admin)
    version = services.submit_version(version=version, by=desk.admin, at=NOW)
    assert services.publish_version(version=version, by=desk.finance, at=NOW).state == "published"
    acts = set(AuditEvent.objects.values_list("act", flat=True))
    assert acts >= {f"plan_version.{one}" for one in ("saved", "submitted", "given_back", "taken_back", "published")}
    with pytest.raises(services.CompensationError, match="Only a draft is changed"):
        services.save_version(version=version, definition=definition(), by=desk.admin, edits=version.edits)


def test_a_version_that_begins_in_locked_days_is_not_handed_in(desk: PayDesk) -> None:
    draft = services.begin_version(plan_id=in_force(desk).plan_id, by=desk.admin)
    draft = changed(desk, draft, "valid_from", "2024-02-01")
    draft = replayed(desk, draft)
    with pytest.raises(services.CompensationError, match="locked: choose 2024-03-01 or later"):
        services.submit_version(version=draft, by=desk.admin)


def test_a_draft_given_up_leaves_room_for_another_that_begins_as_the_published_one(desk: PayDesk) -> None:
    version = desk.plan()
    draft = changed(desk, services.begin_version(plan_id=version.plan_id, by=desk.admin), LAST_RATE, "99%")
    services.withdraw_version(version=draft, by=desk.admin)
    again = services.begin_version(plan_id=version.plan_id, by=desk.admin)
    assert again.number == 3 and again.document == version.document


def test_the_page_of_an_executive_tells_nobodys_pay(desk: PayDesk, signed_in: Any) -> None:
    draft = replayed(desk, changed(desk, next_draft(desk, in_force(desk)), LAST_RATE, "30%"))
    own = signed_in(desk.admin).get(draft.get_absolute_url()).text
    assert "$1,600.00" in own and "Ana Alves" in own and "+$200.00" in own
    seen = signed_in(desk.company.vp).get(draft.get_absolute_url()).text
    assert "fewer than five people" in seen
    assert not any(amount in seen for amount in ("1,600", "1,400", "200.00"))
    assert signed_in(desk.company.manager).get(draft.get_absolute_url()).status_code == 404


def test_pages_decide_and_compare(desk: PayDesk, signed_in: Any) -> None:
    draft = replayed(desk, changed(desk, next_draft(desk, in_force(desk)), LAST_RATE, "30%"))
    page, finance = signed_in(desk.admin), signed_in(desk.finance)
    compared = page.get(reverse("compensation:version_compare", args=[draft.pk])).text
    assert "was 20%" in compared and "v2 against v1" in compared
    refused = page.post(reverse("compensation:version_decide", args=[draft.pk]), {"decision": "publish"})
    assert "while it is" in refused.text
    page.post(reverse("compensation:version_submit", args=[draft.pk]))
    decide = reverse("compensation:version_decide", args=[draft.pk])
    assert draft.get_absolute_url() in finance.get(reverse("people:approvals")).text
    assert "+$200.00 in all" in finance.get(decide).text
    assert "Say why it is given back" in finance.post(decide, {"decision": "give_back", "reason": ""}).text
    answer = finance.post(decide, {"decision": "publish", "reason": ""}, follow=True)
    assert answer.status_code == 200 and "v2 ended" in answer.text  # the year it holds for is over today
    first = PlanVersion.objects.get(plan=draft.plan, number=1)
    assert first.valid_to == date(2024, 3, 1)


def test_a_draw_is_paid_and_replayed_as_it_was_posted(desk: PayDesk) -> None:
    version = desk.plan(draws={"start": {"amount": 1000, "periods": 3}})
    desk.keep(version, desk.credit("A", "4000", "2024-01-10"))
    desk.closed("2024-01")
    draft = changed(desk, services.begin_version(plan_id=version.plan_id, by=desk.admin), "valid_from", "2024-02-01")
    shown = replay_shown(replayed(desk, draft), is_pay_role=True)
    # without a quota everything is in the last tier: 800 earned, filled up to the draw
    assert shown is not None and str(shown.posted) == "1000.00" and shown.change == 0
