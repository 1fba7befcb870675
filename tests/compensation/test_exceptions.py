"""What stands out in a run, one story each: found, told with its figures, and gone once it is put right."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from compensation import services
from compensation.models import Acceptance, Adjustment, Dispute, PayRun
from compensation.selectors.exceptions import RULES, Exceptional, exceptions_of
from core.models import Currency
from orders.selectors.exceptions import CHECKS
from people.models import Person
from pipeline.models import Finding, HygieneRule, OpportunitySplit
from tests.compensation.pay_desk import NOW, PayDesk

pytestmark = pytest.mark.django_db
FLAT = {
    "measures": {"bookings": {"over": "year"}},
    "components": {"c": {"measure": "bookings", "pays": {"rate": "10%"}}},
}


def kinds(run: PayRun) -> list[str]:
    return [one.kind for one in exceptions_of(run).all]


def only(run: PayRun, kind: str) -> Exceptional:
    [found] = [one for one in exceptions_of(run).all if one.kind == kind]
    return found


def paid(desk: PayDesk, version: Any, *amounts: str) -> None:
    """Months of 2024 closed, each with a credit."""
    for month, amount in enumerate(amounts, start=1):
        desk.add(version, desk.credit(f"M{month}", amount, f"2024-{month:02d}-10"))
        desk.closed(f"2024-{month:02d}")


def test_every_rule_is_found_by_somebody(desk: PayDesk) -> None:
    assert {check.key.removeprefix("cash_") for check in CHECKS} >= {
        "order_without_contract", "order_not_won", "discount_unapproved", "overinvoiced",
    }  # fmt: skip
    assert [key for key, rule in RULES.items() if rule.blocks] == [
        "splits", "order_without_contract", "order_not_won", "no_quota", "no_plan", "division_by_zero", "no_rate",
        "negative",
    ]  # fmt: skip


def test_no_quota_where_the_plan_asks_for_one(desk: PayDesk) -> None:
    version = desk.plan()
    desk.keep(version, desk.credit("A", "4000", "2024-01-10"))
    found = only(desk.calculated("2024-01"), "no_quota")
    assert found.blocks and found.name == "Ana Alves" and "AE 2024 asks for a quota of bookings in 2024" in found.detail
    desk.quota()
    assert "no_quota" not in kinds(desk.calculated("2024-01"))


def test_credits_on_days_without_a_plan(desk: PayDesk) -> None:
    version = desk.plan(**FLAT)
    desk.keep(version, desk.credit("O", "700", "2024-01-10", person=desk.company.outsider.person))
    found = only(desk.calculated("2024-01"), "no_plan")
    assert (found.blocks, found.amount, found.name) == (True, Decimal("700.00"), desk.company.outsider.person.name)
    desk.assign(version.plan, desk.company.outsider.person)
    assert "no_plan" not in kinds(desk.calculated("2024-01"))


def test_a_payout_far_above_the_own_median(desk: PayDesk) -> None:
    version = desk.plan(**FLAT)
    paid(desk, version, "1000", "1200", "1100")  # 100, 120, 110: the median is 110
    desk.add(version, desk.credit("big", "3300", "2024-04-10"))
    assert "above_median" not in kinds(desk.calculated("2024-04"))  # 330 is three times, not above
    desk.add(version, desk.credit("more", "1", "2024-04-11"))
    found = only(desk.calculated("2024-04"), "above_median")
    assert not found.blocks and found.amount == Decimal("330.10")
    assert found.detail == "$330.10 against a median of $110.00 in 3 months."


def test_a_big_change_needs_a_real_amount(desk: PayDesk) -> None:
    version = desk.plan(**FLAT)
    paid(desk, version, "20000")
    desk.add(version, desk.credit("B", "9000", "2024-02-10"))
    found = only(desk.calculated("2024-02"), "big_change")  # 2,000 became 900: more than half of it
    assert found.detail == "$900.00 after $2,000.00 last month."
    desk.add(version, desk.credit("C", "1000", "2024-02-10"))
    assert "big_change" not in kinds(desk.calculated("2024-02"))  # 1,000 is half, not more


def test_nothing_paid_though_there_are_credits(desk: PayDesk) -> None:
    pays = {"pays": {"each": 25, "when": "amount > 999999"}, "measure": "bookings"}
    version = desk.plan(**FLAT | {"components": {"c": pays}})
    desk.keep(version, desk.credit("A", "4000", "2024-01-10"))
    found = only(desk.calculated("2024-01"), "zero_pay")
    assert found.detail == "1 credits of $4,000.00 under AE 2024."


def test_credit_below_a_quarter_of_usual(desk: PayDesk) -> None:
    version = desk.plan(**FLAT)
    paid(desk, version, "1000", "1000", "1000")
    desk.add(version, desk.credit("low", "249", "2024-04-10"))
    found = only(desk.calculated("2024-04"), "low_credit")
    assert found.detail == "$249.00 under AE 2024, usually $1,000.00 a month."
    desk.add(version, desk.credit("low", "250", "2024-04-10"))
    assert "low_credit" not in kinds(desk.calculated("2024-04"))


def test_a_negative_payout_blocks_and_one_that_is_carried_warns(desk: PayDesk) -> None:
    version = desk.plan(**FLAT)
    paid(desk, version, "1000")
    desk.add(version, desk.credit("back", "-3000", "2024-02-10", returns_key="M1"))
    run = desk.calculated("2024-02")
    found = only(run, "negative" if "negative" in kinds(run) else "carried")
    assert found.amount == Decimal("-300.00")


def test_waiting_adjustments_and_upheld_disputes(desk: PayDesk) -> None:
    version = desk.plan(**FLAT)
    desk.keep(version, desk.credit("A", "4000", "2024-01-10"))
    payee = services.payee_of(desk.ana)
    given = {"payee": payee, "plan": version.plan, "earned_in": date(2024, 1, 1), "amount_minor": -96000}
    one = services.propose_adjustment(adjustment=Adjustment(reason="Ostra Labs", **given), by=desk.admin)
    run = desk.calculated("2024-01")
    Dispute.objects.create(
        payee=payee, period=run.period, title="Tessera", outcome="upheld", state="decided", due_on=date(2024, 2, 1)
    )
    assert only(run, "adjustment").detail == "“Ostra Labs”" and only(run, "adjustment").amount == Decimal("-960.00")
    assert "Tessera" in only(run, "dispute").detail
    services.decide_adjustment(adjustment=one, is_approved=True, by=desk.finance, at=NOW)
    Dispute.objects.update(adjustment=one)
    assert not {"adjustment", "dispute"} & set(kinds(run))


def test_splits_of_credited_deals_that_do_not_add_up(desk: PayDesk) -> None:
    deal = desk.company.deal("Fenn Logistics")
    OpportunitySplit.objects.filter(opportunity=deal).delete()
    split = OpportunitySplit.objects.create(opportunity=deal, person=desk.ana, percent=95)
    version = desk.plan(**FLAT)
    desk.keep(version, desk.credit("A", "4000", "2024-01-10", deal_id=deal.pk))
    run = desk.calculated("2024-01")
    found = only(run, "splits")
    assert found.blocks and "Fenn Logistics: they add up to 95%" in found.detail and str(deal.pk) in found.url
    with pytest.raises(services.CompensationError, match="without an event"):
        services.hold_credits(run=run, found=found, reason="Splits", by=desk.admin)
    desk.keep(version, desk.credit("B", "4000", "2024-01-10", deal_id=deal.pk, event_kind="booking", event_id=deal.pk))
    for _twice in range(2):
        [hold] = services.hold_credits(run=run, found=found, reason="Splits", by=desk.admin)
    assert (hold.event_id, hold.payee, hold.held_by) == (deal.pk, services.payee_of(desk.ana), desk.admin)
    assert services.release_hold(hold=hold, by=desk.second, at=NOW).released_by == desk.second
    split.percent = Decimal(100)
    split.save()
    assert "splits" not in kinds(desk.calculated("2024-01"))


def test_an_order_without_a_contract_on_a_credited_deal(desk: PayDesk) -> None:
    deal = desk.company.deal("Corbel")
    rule, _made = HygieneRule.objects.get_or_create(
        key="cash_order_without_contract",
        defaults={"label": "Order without a contract", "severity": "medium", "subject_kind": "opportunity"},
    )
    fact = {"on": "ORD-7", "since": "2024-01-05"}
    finding = Finding.objects.create(
        rule=rule, subject_kind="opportunity", subject_id=deal.pk, found_on=date(2024, 1, 6), fact=fact
    )
    version = desk.plan(**FLAT)
    desk.keep(version, desk.credit("A", "4000", "2024-01-10", deal_id=deal.pk))
    found = only(desk.calculated("2024-01"), "order_without_contract")
    assert found.blocks and found.detail == f"ORD-7 of OPP-{deal.pk}."
    finding.resolved_on = date(2024, 1, 20)
    finding.save()
    assert "order_without_contract" not in kinds(desk.calculated("2024-01"))


def test_letters_that_are_not_accepted(desk: PayDesk) -> None:
    version = desk.plan(people=[desk.ana, desk.company.outsider.person], **FLAT)
    desk.keep(version, desk.credit("A", "4000", "2024-01-10"))
    assert "unaccepted" not in kinds(desk.calculated("2024-01"))  # no letter of it went out at all
    ana = services.payee_of(desk.ana)
    Acceptance.objects.create(version=version, payee=ana, sent_on=date(2024, 1, 2), accepted_on=date(2024, 1, 3))
    found = only(desk.calculated("2024-01"), "unaccepted")
    assert found.name == desk.company.outsider.person.name and found.amount is None


def test_a_booking_in_a_currency_without_a_rate_blocks(desk: PayDesk) -> None:
    desk.plan(**FLAT, crediting=[{"credit": "bookings", "on": "booking", "to": "owner"}])
    deal = desk.company.deal("Corbel", stage="Won", amount=Decimal("900"))
    Currency.objects.get_or_create(code="CHF", defaults={"name": "Swiss franc", "minor_digits": 2})
    type(deal).objects.filter(pk=deal.pk).update(currency_id="CHF", closed_on=date(2024, 1, 20))
    found = only(desk.calculated("2024-01"), "no_rate")
    assert found.blocks and found.detail == f"AE 2024: OPP-{deal.pk} is in a currency without a rate on Jan 20, 2024."
    type(deal).objects.filter(pk=deal.pk).update(closed_on=date(2024, 2, 20))
    assert "no_rate" not in kinds(desk.calculated("2024-01"))  # it is of February


def test_who_left_with_a_balance(desk: PayDesk) -> None:
    version = desk.plan(**FLAT, draws={"ahead": {"amount": 1000}})
    desk.keep(version, desk.credit("A", "4000", "2024-01-10"))
    assert "left_owing" not in kinds(desk.calculated("2024-01"))
    Person.objects.filter(pk=desk.ana.pk).update(left_on=date(2024, 1, 20))
    found = only(desk.calculated("2024-01"), "left_owing")
    assert found.amount == Decimal("600.00") and "$600.00 of draws are owed, $0.00 are held back" in found.detail
