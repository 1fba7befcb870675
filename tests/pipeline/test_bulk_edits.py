"""Edits of many deals at once: rules of each deal hold, refusals are told, undo gives the same rows back."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.models import AuditEvent, Notification
from pipeline.models import LossReason, Opportunity, Stage, StageCriterion
from pipeline.services import (
    AlreadyUndone,
    archive_deals,
    bulk_changes,
    change_deal,
    edit_deals,
    start_change,
    undo_bulk_edit,
)
from pipeline.services.bulk_changes import Change
from pipeline.services.bulk_edits import columns_of
from tests.small_company import AS_OF


def stage(name: str) -> Stage:
    return Stage.objects.get(process__is_default=True, name=name)


def rows_of(*deals: Opportunity) -> dict[int, dict[str, Any]]:
    ids = [deal.pk for deal in deals]
    return {deal.pk: columns_of(deal) for deal in Opportunity.objects.filter(pk__in=ids).order_by("pk")}


def edit(company: Any, deals: list[Opportunity], by: Any = None, **values: Any) -> Any:
    return edit_deals(
        deal_ids=[deal.pk for deal in deals], values=values, by=by or company.ops.user, on=AS_OF, label="An edit"
    )


def test_an_edit_keeps_what_was_and_undo_puts_it_back(company: Any) -> None:
    deals = [company.deal(), company.deal(), company.deal()]
    before = rows_of(*deals)
    made = edit(company, deals, expected_close_on=date(2027, 3, 31), next_step="Call")
    assert (made.asked, made.changed, made.refused) == (3, 3, 0)
    assert {deal.next_step for deal in Opportunity.objects.filter(pk__in=before)} == {"Call"}
    undone = undo_bulk_edit(edit_id=made.pk, by=company.ops.user, on=AS_OF)
    assert (undone.kept, rows_of(*deals)) == (0, before)
    acts = list(AuditEvent.objects.filter(act__startswith="deals.bulk").values_list("act", flat=True))
    assert sorted(acts) == ["deals.bulk_edited", "deals.bulk_undone"]
    with pytest.raises(AlreadyUndone):
        undo_bulk_edit(edit_id=made.pk, by=company.ops.user, on=AS_OF)


def test_what_was_changed_since_is_kept_and_told_field_by_field(company: Any) -> None:
    ours, theirs = company.deal(), company.deal()
    made = edit(company, [ours, theirs], next_step="Call", expected_close_on=date(2027, 3, 31))
    change_deal(deal_id=theirs.pk, values={"next_step": "Write"}, version=None, by=company.rep.user, on=AS_OF)
    undone = undo_bulk_edit(edit_id=made.pk, by=company.ops.user, on=AS_OF)
    again = Opportunity.objects.get(pk=theirs.pk)
    assert (again.next_step, again.expected_close_on) == ("Write", theirs.expected_close_on)
    assert undone.kept == 1
    assert undone.rows.get(deal=theirs).kept == "Next step changed since"
    assert Opportunity.objects.get(pk=ours.pk).next_step == ours.next_step


def test_a_deal_moved_since_keeps_all_that_its_stage_brought(company: Any) -> None:
    deal = company.deal()
    made = edit(company, [deal], stage=stage("Evaluation"), next_step="Call")
    change_deal(deal_id=deal.pk, values={"stage": stage("Won")}, version=None, by=company.rep.user, on=AS_OF)
    undo_bulk_edit(edit_id=made.pk, by=company.ops.user, on=AS_OF)
    again = Opportunity.objects.get(pk=deal.pk)
    assert (again.status, again.closed_on, again.next_step) == ("won", AS_OF, deal.next_step)


def test_deals_that_cannot_change_are_listed_with_the_reason_and_the_others_change(company: Any) -> None:
    free, held = company.deal(), company.deal()
    Opportunity.objects.filter(pk=free.pk).update(stage=stage("Evaluation"))
    StageCriterion.objects.create(stage=held.stage, label="Budget confirmed")
    made = edit(company, [free, held], stage=stage("Negotiation"))
    assert (made.changed, made.refused) == (1, 1)
    assert "Budget confirmed" in made.rows.get(deal=held).refusal
    assert Opportunity.objects.get(pk=held.pk).stage_id == held.stage_id
    lost = edit(company, [free], stage=stage("Lost"))
    assert lost.rows.get().refusal == "Choose why the deal was lost."
    assert edit(company, [free], category="closed", stage=stage("Negotiation")).asked == 1


def test_who_edits_changes_only_deals_of_their_line_and_learns_nothing_of_others(company: Any) -> None:
    own, other = company.deal(), company.deal(owner=company.outsider)
    made = edit(company, [own, other], by=company.rep.user, next_step="Call")
    assert (made.changed, made.refused) == (1, 0)
    assert [row.deal_id for row in made.rows.all()] == [own.pk]
    above = edit(company, [own], by=company.vp.user, next_step="Pay")
    assert above.rows.get().refusal == "You may see this deal, but not change it."


def test_values_may_follow_from_each_deal(company: Any) -> None:
    first, second = company.deal(), company.deal()
    made = edit_deals(
        deal_ids=[first.pk, second.pk],
        values=lambda deal: {"next_step": f"Ask {deal.pk}"} if deal.pk == first.pk else None,
        by=None,
        on=AS_OF,
        label="Own steps",
    )
    assert (made.changed, made.made_by) == (1, None)
    assert Opportunity.objects.get(pk=first.pk).next_step == f"Ask {first.pk}"


def told(who: Any) -> list[str]:
    return list(Notification.objects.filter(user=who.user).order_by("pk").values_list("title", flat=True))


def test_new_owners_are_told_once_and_the_undo_tells_the_former_ones(company: Any) -> None:
    deals = [company.deal("One"), company.deal("Two"), company.deal("Olga's", owner=company.outsider)]
    Notification.objects.all().delete()
    made = edit(company, deals, owner=company.outsider.person)
    assert made.changed == 2
    assert (told(company.outsider), told(company.rep)) == (["2 deals are handed to you"], [])
    undo_bulk_edit(edit_id=made.pk, by=company.ops.user, on=AS_OF)
    assert told(company.outsider) == ["2 deals are handed to you"]
    assert told(company.rep) == ["2 deals are yours again"]


def test_of_one_deal_its_name_is_told_and_nobody_tells_themselves(company: Any) -> None:
    deal, other = company.deal("One"), company.deal("Two")
    Notification.objects.all().delete()
    edit(company, [deal], owner=company.outsider.person)
    assert told(company.outsider) == ["One is handed to you"]
    edit(company, [other], by=company.manager.user, owner=company.manager.person)
    edit(company, [other], next_step="Call")
    assert told(company.manager) == []


def test_a_deal_given_away_since_is_not_told_as_come_back(company: Any) -> None:
    deal = company.deal("One")
    made = edit(company, [deal], owner=company.outsider.person)
    values = {"owner": company.manager.person}
    change_deal(deal_id=deal.pk, values=values, version=None, by=company.ops.user, on=AS_OF)
    Notification.objects.all().delete()
    assert undo_bulk_edit(edit_id=made.pk, by=company.ops.user, on=AS_OF).kept == 1
    assert not Notification.objects.exists()


def test_an_edit_in_the_background_tells_once_for_all_its_batches(
    company: Any, run_jobs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AT_ONCE", "BATCH"):
        monkeypatch.setattr(bulk_changes, name, 1)
    deals = [company.deal(name) for name in ("One", "Two", "Three")]
    Notification.objects.all().delete()
    change = Change("owner", {"owner_id": company.outsider.person.pk}, "To Olga")
    start_change(deal_ids=[deal.pk for deal in deals], change=change, by=company.ops.user, on=AS_OF)
    assert told(company.outsider) == []
    run_jobs()
    assert told(company.outsider) == ["3 deals are handed to you"]


WAYS = st.fixed_dictionaries(
    {},
    optional={
        "expected_close_on": st.dates(date(2026, 1, 1), date(2030, 1, 1)),
        "next_step": st.sampled_from(["", "Call", "Write"]),
        "next_step_due_on": st.none() | st.dates(date(2026, 1, 1), date(2028, 1, 1)),
        "category": st.sampled_from(["pipeline", "best_case", "commit", "omitted"]),
        "amount": st.none() | st.decimals(0, 10**9, places=2).map(Decimal),
        "probability": st.none() | st.integers(0, 100).map(Decimal),
        "stage": st.sampled_from(["Discovery", "Evaluation", "Negotiation", "Won", "Lost"]),
        "reason": st.booleans(),
    },
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=WAYS, second=WAYS)
def test_edits_undone_in_turn_give_the_same_rows(company: Any, first: dict[str, Any], second: dict[str, Any]) -> None:
    """Whatever two edits do to deals in any state, taking them back, the later one first, leaves nothing behind."""
    reason = LossReason.objects.get_or_create(name="Too dear")[0]
    deals = [company.deal(), company.deal()]
    change_deal(deal_id=deals[1].pk, values={"stage": stage("Won")}, version=None, by=None, on=AS_OF - timedelta(9))
    before, made = rows_of(*deals), []
    for way in (first, second):
        values = {name: value for name, value in way.items() if name != "reason"}
        if "stage" in values:
            values["stage"] = stage(values["stage"])
        if way.get("reason"):
            values["loss_reason"] = reason
        made.append(edit(company, deals, **values))
    for one in reversed(made):
        assert undo_bulk_edit(edit_id=one.pk, by=company.ops.user, on=AS_OF).kept == 0
    assert rows_of(*deals) == before


def test_an_archive_in_bulk_is_undone_too(company: Any) -> None:
    from django.utils import timezone

    deal, gone = company.deal(), company.deal()
    archive_deals(deal_ids=[gone.pk], by=company.ops.user, at=timezone.now())
    made = edit(company, [deal], archived_at=timezone.now())
    assert Opportunity.objects.get(pk=deal.pk).archived_at is not None
    undo_bulk_edit(edit_id=made.pk, by=company.ops.user, on=AS_OF)
    assert Opportunity.objects.get(pk=deal.pk).archived_at is None
    assert Opportunity.objects.get(pk=gone.pk).archived_at is not None
