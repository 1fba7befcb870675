"""What may happen to a deal: stages and criteria, closing, pushing, conflicts, splits, lines."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.models import AuditEvent
from pipeline.enums import ActivityKind, CriterionKind, SplitKind
from pipeline.forms.deals import last_day
from pipeline.models import (
    Activity,
    ListPrice,
    LossReason,
    Opportunity,
    OpportunityLine,
    OpportunitySplit,
    Stage,
    StageCriterion,
)
from pipeline.selectors.timelines import timeline_for
from pipeline.services import (
    CatalogueError,
    DealBlocked,
    DealConflict,
    DealError,
    archive_deals,
    change_deal,
    log_activity,
    restore_deals,
    save_stage,
    set_lines,
    set_price,
    set_splits,
    tick_criterion,
)
from tests.small_company import AS_OF


def stage(name: str) -> Stage:
    return Stage.objects.get(process__is_default=True, name=name)


def change(company: Any, deal: Opportunity, *, version: int | None = None, despite: str = "", **values: Any) -> Any:
    return change_deal(
        deal_id=deal.pk, values=values, version=version, by=company.rep.user, on=company.as_of, despite=despite
    )


def test_a_lost_deal_needs_a_reason_and_takes_the_day(company: Any) -> None:
    deal = company.deal()
    with pytest.raises(DealError) as caught:
        change(company, deal, stage=stage("Lost"))
    assert caught.value.field == "loss_reason"
    reason = LossReason.objects.create(name="Too dear")
    lost = change(company, deal, stage=stage("Lost"), loss_reason=reason)
    assert (lost.status, lost.closed_on, lost.category) == ("lost", AS_OF, stage("Lost").category)


def test_reopening_takes_back_what_closing_brought(company: Any) -> None:
    deal = change(company, company.deal(), stage=stage("Won"))
    assert deal.closed_on == AS_OF
    again = change(company, deal, stage=stage("Negotiation"))
    assert (again.status, again.closed_on, again.loss_reason) == ("open", None, None)
    assert again.category == stage("Negotiation").category


def test_exit_criteria_hold_a_deal_back_until_they_are_met_or_passed_over_with_a_reason(company: Any) -> None:
    deal = company.deal()
    field = StageCriterion.objects.create(
        stage=deal.stage, label="Next step known", kind=CriterionKind.FIELD, field="next_step"
    )
    ticked = StageCriterion.objects.create(stage=deal.stage, label="Budget confirmed", position=1)
    with pytest.raises(DealBlocked) as caught:
        change(company, deal, stage=stage("Evaluation"))
    assert caught.value.unmet == ["Next step known", "Budget confirmed"]
    tick_criterion(deal=deal, criterion_id=ticked.pk, person=company.rep.person)
    moved = change(company, deal, stage=stage("Evaluation"), next_step="Call them")
    assert moved.stage == stage("Evaluation")
    assert change(company, moved, stage=field.stage).stage == field.stage  # a step back asks nothing
    tick_criterion(deal=deal, criterion_id=ticked.pk, person=company.rep.person)
    change(company, moved, stage=stage("Won"), despite="The board decided")
    act = AuditEvent.objects.get(act="deal.moved_despite_criteria")
    assert (act.reason, act.detail["unmet"]) == ("The board decided", ["Budget confirmed"])


def test_losing_a_deal_asks_for_no_criteria(company: Any) -> None:
    deal = company.deal()
    StageCriterion.objects.create(stage=deal.stage, label="Budget confirmed")
    reason = LossReason.objects.create(name="No money")
    assert change(company, deal, stage=stage("Lost"), loss_reason=reason).status == "lost"


def test_a_later_close_date_counts_as_a_push_an_earlier_one_does_not(company: Any) -> None:
    deal = company.deal(expected_close_on=date(2024, 9, 1))
    assert change(company, deal, expected_close_on=date(2024, 10, 1)).pushed_count == 1
    assert change(company, deal, expected_close_on=date(2024, 9, 15)).pushed_count == 1
    assert change(company, deal, expected_close_on=date(2024, 12, 1)).pushed_count == 2


def test_a_chosen_category_stays_a_stage_s_own_moves_with_the_stage(company: Any) -> None:
    follows, chosen = company.deal("a"), company.deal("b", category="commit")
    assert change(company, follows, stage=stage("Negotiation")).category == stage("Negotiation").category
    assert change(company, chosen, stage=stage("Evaluation")).category == "commit"


def test_the_second_of_two_who_edit_at_once_is_told(company: Any) -> None:
    deal = company.deal()
    change(company, deal, version=1, next_step="Mine")
    with pytest.raises(DealConflict) as caught:
        change(company, deal, version=1, next_step="Theirs")
    assert caught.value.theirs.next_step == "Mine"


def test_the_timeline_tells_who_changed_what(company: Any) -> None:
    import pghistory

    deal = company.deal(amount=Decimal(1000), expected_close_on=date(2024, 9, 1))
    with pghistory.context(user=company.rep.user.pk, who="Ana Alves"):
        change(company, deal, amount=Decimal(1500), expected_close_on=date(2024, 10, 1))
    note = Activity(kind=ActivityKind.NOTE, title="They agreed")
    at = Opportunity.objects.get(pk=deal.pk).created_at
    log_activity(activity=note, deal=deal, by=company.rep.user, at=at)
    told = timeline_for(company.rep.user, "opportunity", Opportunity.objects.get(pk=deal.pk), company.as_of).lines
    changed = next(one for one in told if one.changes)
    assert changed.who == "Ana Alves"
    assert ("Amount", "$1,000.00", "$1,500.00") in changed.changes
    assert ("Expected close date", "Sep 1, 2024", "Oct 1, 2024") in changed.changes
    assert {one.title for one in told} >= {"They agreed", "Created"}


def splits(company: Any, *shares: str) -> list[OpportunitySplit]:
    people = [company.rep.person, company.outsider.person, company.manager.person]
    return [OpportunitySplit(person=p, percent=Decimal(s)) for p, s in zip(people, shares, strict=False)]


def test_revenue_splits_sum_to_exactly_one_hundred(company: Any) -> None:
    deal = company.deal()
    thirds = splits(company, "33.3333", "33.3333", "33.3334")
    set_splits(deal_id=deal.pk, splits=thirds, by=company.rep.user)
    with pytest.raises(DealError, match=r"99\.9999 %, not 100 %: 0\.0001 % are missing"):
        set_splits(deal_id=deal.pk, splits=splits(company, "33.3333", "33.3333", "33.3333"), by=company.rep.user)
    with pytest.raises(DealError, match="too much"):
        set_splits(deal_id=deal.pk, splits=splits(company, "60", "60"), by=company.rep.user)
    assert deal.splits.count() == 3  # what was refused changed nothing
    set_splits(deal_id=deal.pk, splits=[], by=company.rep.user)
    assert not deal.splits.exists()


def test_overlay_splits_are_free_and_nobody_stands_twice(company: Any) -> None:
    deal, rep = company.deal(), company.rep.person
    overlay = OpportunitySplit(person=company.outsider.person, kind=SplitKind.OVERLAY, percent=Decimal(100))
    whole = OpportunitySplit(person=rep, percent=Decimal(100))
    set_splits(deal_id=deal.pk, splits=[whole, overlay], by=company.rep.user)
    assert deal.splits.count() == 2
    halves = [OpportunitySplit(person=rep, percent=Decimal(50)) for _ in range(2)]
    with pytest.raises(DealError, match="once"):
        set_splits(deal_id=deal.pk, splits=halves, by=company.rep.user)


def test_a_line_without_a_price_takes_the_list_price_of_the_day(company: Any) -> None:
    deal, product = company.deal(amount=None), company.product()
    for since, price in ((date(2024, 1, 1), 100), (date(2024, 7, 1), 120), (date(2024, 12, 1), 150)):
        given = ListPrice(product=product, currency_id="USD", price=Decimal(price), valid_from=since)
        set_price(price=given, by=company.ops.user)
    lines = [OpportunityLine(product=product, quantity=Decimal("2.5"), unit_price=None)]
    set_lines(deal_id=deal.pk, lines=lines, amount_follows=True, by=company.rep.user, on=AS_OF)
    deal.refresh_from_db()
    line = deal.lines.get()
    assert (line.unit_price, line.list_price, line.amount, deal.amount) == (120, 120, 300, 300)


def test_without_any_price_a_line_asks_for_one_and_changes_nothing(company: Any) -> None:
    deal = company.deal()
    line = OpportunityLine(product=company.product(), quantity=Decimal(1), unit_price=None)
    with pytest.raises(DealError, match="has no list price in USD"):
        set_lines(deal_id=deal.pk, lines=[line], amount_follows=True, by=company.rep.user, on=AS_OF)
    assert not deal.lines.exists()


def test_a_price_set_between_two_ends_the_first_and_ends_with_the_second(company: Any) -> None:
    product = company.product()
    for since in (date(2024, 1, 1), date(2024, 12, 1), date(2024, 6, 1), date(2024, 6, 1)):
        given = ListPrice(product=product, currency_id="USD", price=Decimal(since.month), valid_from=since)
        set_price(price=given, by=company.ops.user)
    found = product.prices.order_by("valid_from").values_list("valid_from", "valid_to")
    starts = [date(2024, 1, 1), date(2024, 6, 1), date(2024, 12, 1)]
    assert list(found) == [(starts[0], starts[1]), (starts[1], starts[2]), (starts[2], None)]


def test_a_stage_with_deals_keeps_its_status(company: Any) -> None:
    company.deal()
    discovery = stage("Discovery")
    discovery.status = "won"
    with pytest.raises(CatalogueError):
        save_stage(stage=discovery, by=company.ops.user)


def test_archived_deals_leave_the_figures_and_come_back(company: Any) -> None:
    from pipeline.policies import visible_opportunities

    deal = company.deal()
    archive_deals(deal_ids=[deal.pk], by=company.rep.user, at=deal.created_at)
    assert deal not in visible_opportunities(company.rep.user, AS_OF)
    assert restore_deals(deal_ids=[deal.pk], by=company.rep.user) == 1
    assert deal in visible_opportunities(company.rep.user, AS_OF)


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1)), st.integers(min_value=1, max_value=120))
def test_a_term_ends_the_day_before_the_next_begins(starts: date, months: int) -> None:
    ends = last_day(starts, months)
    passed = (ends.year - starts.year) * 12 + ends.month - starts.month
    assert months - 1 <= passed <= months
    assert last_day(date(2026, 1, 31), 1) == date(2026, 2, 27)
    assert last_day(date(2026, 1, 1), 12) == date(2026, 12, 31)


def test_contract_values_follow_from_the_parts(company: Any) -> None:
    deal = Opportunity(recurring_amount=Decimal(1000), one_off_amount=Decimal(300), term_months=36)
    assert (deal.acv, deal.tcv) == (Decimal(1100), Decimal(3300))
    assert Opportunity(amount=Decimal(7)).tcv == 7
