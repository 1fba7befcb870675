"""Costs of contracts from posted pay to the journal: two people close a month, and a closed one stays."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum

from compensation import services
from compensation.enums import AccountingState, Treatment
from compensation.models import (
    AccountingMonth,
    AccountingPolicy,
    ContractCost,
    CostLine,
    CostMonth,
    JournalEntry,
    LedgerEntry,
    PlanVersion,
)
from compensation.selectors import accounting as books
from compensation.selectors.accounting_pages import cost_context, doubts
from compensation.selectors.accounting_preview import effects
from compensation.services.accounting_months import rules_of
from compensation.services.errors import CompensationError, NotAllowed, RunOutdated
from core.models import AuditEvent, Run
from orders.enums import ContractStatus
from orders.models import Churn, Contract
from people.models import Person
from pipeline.models import Opportunity
from tests.compensation.pay_desk import PayDesk, definition

pytestmark = pytest.mark.django_db
AT = datetime(2024, 3, 1, 12, tzinfo=UTC)
FLAT = {"commission": {"measure": "bookings", "pays": {"rate": "10%"}}}


def policy(desk: PayDesk, **changes: Any) -> AccountingPolicy:
    given = {"valid_from": date(2024, 1, 1), "benefit_months": 60, "is_expedient": True} | changes
    return services.set_accounting_policy(policy=AccountingPolicy(**given), by=desk.finance)


def contract_of(deal: Opportunity, ends: str | None, starts: str = "2024-01-01", **more: Any) -> Contract:
    ends_on = date.fromisoformat(ends) if ends else None
    given = {"status": ContractStatus.SIGNED, "signed_on": date(2024, 1, 1), "value": Decimal(1000)} | more
    return Contract.objects.create(
        name=f"{deal.name} signed", account=deal.account, deal=deal, starts_on=date.fromisoformat(starts),
        ends_on=ends_on, currency_id="USD", **given,
    )  # fmt: skip


def deal(desk: PayDesk, name: str, **more: Any) -> Opportunity:
    return desk.company.deal(name, account=desk.company.account(f"{name} Ltd"), **more)


def sold(desk: PayDesk, version: PlanVersion, one: Opportunity, amount: str, on: str, **more: Any) -> Any:
    return desk.credit(one.name, amount, on, deal_id=one.pk, **more)


def worked_out(desk: PayDesk, month: str, by: Any = None) -> AccountingMonth:
    made = services.start_accounting_month(period_id=desk.month(month).pk, by=by or desk.admin)
    desk.run_jobs()
    made.refresh_from_db()
    return made


def booked(desk: PayDesk, month: str) -> AccountingMonth:
    made = worked_out(desk, month)
    for user in (desk.second, desk.finance):
        services.approve_accounting_month(month=made, by=user, at=AT)
    return services.close_accounting_month(month=made, by=desk.admin, at=AT)


def paid(desk: PayDesk, *months: str) -> None:
    for month in months:
        desk.closed(month)


def totals(month: AccountingMonth) -> dict[str, int]:
    return {word: amount for word, amount in month.totals.get("USD", {}).items() if amount}


def accounts(month: AccountingMonth) -> dict[str, int]:
    return {row["account"]: row["debited"] - row["credited"] for row in books.accounts_of(month)}


@pytest.fixture
def two_years(desk: PayDesk) -> PlanVersion:
    """A plan that pays ten percent; a deal of 24,000 with a contract of two years is credited in January."""
    policy(desk, renewals_commensurate=True)
    version = desk.plan(components=FLAT)
    one = deal(desk, "Arm")
    contract_of(one, "2026-01-01")
    desk.add(version, sold(desk, version, one, "24000", "2024-01-10"))
    return version


def test_a_commission_is_capitalised_and_written_down_over_the_contract(desk: PayDesk, two_years: PlanVersion) -> None:
    paid(desk, "2024-01", "2024-02", "2024-03")
    january = booked(desk, "2024-01")
    assert totals(january) == {
        "capitalised": 240000, "amortised": 10000, "closing": 230000, "expense": 10000,
    }  # fmt: skip
    assert accounts(january) == {"asset": 230000, "amortisation": 10000, "liability": -240000}
    february = booked(desk, "2024-02")
    assert totals(february)["opening"] == 230000 and totals(february)["closing"] == 220000
    assert books.liability(through=february) == {"USD": 240000}
    march = booked(desk, "2024-03")
    assert totals(march)["paid"] == 240000  # January is paid on March 1
    assert books.liability(through=march) == {"USD": 0}
    cost = ContractCost.objects.get()
    assert (cost.capitalised_minor, cost.amortised_minor, cost.left_minor) == (240000, 30000, 210000)
    shown = cost_context(cost)["schedule"]
    assert len(shown) == 24 and [one.is_booked for one in shown[1:4]] == [True, True, False]
    assert sum(one.sums["amortised"] for one in shown) == 240000 and shown[-1].sums["closing"] == 0


def test_the_expedient_and_what_is_no_cost_of_winning_are_expensed(desk: PayDesk) -> None:
    policy(desk, renewals_commensurate=True)
    parts = FLAT | {"service": {"measure": "bookings", "pays": {"rate": "1%"}, "incremental": False}}
    version = desk.plan(components=parts)
    short, long = deal(desk, "Short"), deal(desk, "Long")
    contract_of(short, "2025-01-01")
    contract_of(long, "2025-01-02")
    desk.add(version, *(sold(desk, version, one, "1000", "2024-01-10") for one in (short, long)))
    paid(desk, "2024-01")
    month = booked(desk, "2024-01")
    told = CostLine.objects.filter(month=month).order_by().values_list("treatment").annotate(sum=Sum("amount_minor"))
    assert dict(told) == {Treatment.CAPITALISED: 10000, Treatment.SHORT: 10000, Treatment.NOT_INCREMENTAL: 2000}
    assert totals(month)["expensed"] == 12000
    assert ContractCost.objects.get().deal == long


def test_without_commensurate_renewals_a_cost_is_of_use_as_long_as_customers_stay(desk: PayDesk) -> None:
    policy(desk, benefit_months=60)
    version = desk.plan(components=FLAT)
    one = deal(desk, "Arm")
    contract_of(one, "2025-01-01")
    desk.add(version, sold(desk, version, one, "30000", "2024-01-10"))
    paid(desk, "2024-01")
    assert totals(booked(desk, "2024-01"))["amortised"] == 5000  # the published 3,000 over 60 months
    assert ContractCost.objects.get().ends_on == date(2029, 1, 1)


def test_a_cancelled_contract_is_written_off_in_its_month(desk: PayDesk, two_years: PlanVersion) -> None:
    paid(desk, "2024-01", "2024-02")
    booked(desk, "2024-01")
    Contract.objects.update(status=ContractStatus.CANCELLED, cancelled_on=date(2024, 2, 10))
    february = booked(desk, "2024-02")
    assert totals(february)["impaired"] == 230000 and "closing" not in totals(february)
    assert accounts(february)["impairment"] == 230000


def test_a_part_lost_writes_its_part_off(desk: PayDesk, two_years: PlanVersion) -> None:
    Contract.objects.update(recurring_amount=Decimal(12000))
    paid(desk, "2024-01", "2024-02")
    booked(desk, "2024-01")
    Churn.objects.create(contract=Contract.objects.get(), lost_on=date(2024, 2, 5), amount=Decimal(3000), reason="Less")
    february = booked(desk, "2024-02")
    assert totals(february)["amortised"] == 10000 and totals(february)["impaired"] == 55000


def test_what_is_taken_back_lessens_the_asset_and_then_the_expense(desk: PayDesk, two_years: PlanVersion) -> None:
    paid(desk, "2024-01")
    booked(desk, "2024-01")
    one = Opportunity.objects.get(name="Arm")
    back = desk.credit("Back", "-24000", "2024-02-05", deal_id=one.pk, returns_key="Arm")
    desk.add(two_years, back)
    paid(desk, "2024-02")
    february = booked(desk, "2024-02")
    assert totals(february)["clawed_back"] == 230000 and totals(february)["over"] == 10000
    assert accounts(february) == {"asset": -230000, "expense": -10000, "liability": 240000}
    assert [one.label for one in doubts()] == ["Taken back beyond the asset"]
    everything = JournalEntry.objects.filter(account__in=("expense", "amortisation", "impairment"))
    assert everything.aggregate(sum=Sum("debit_minor") - Sum("credit_minor"))["sum"] == 0  # all of it came back


def test_what_is_lost_on_leaving_is_no_cost_any_more(desk: PayDesk) -> None:
    policy(desk, renewals_commensurate=True)
    component = FLAT["commission"] | {"hold": {"share": "25%", "months": 6}}
    version = desk.plan(components={"commission": component}, when_leaving={"held": "lost"})
    one = deal(desk, "Arm")
    contract_of(one, "2026-01-01")
    desk.add(version, sold(desk, version, one, "24000", "2024-01-10"))
    paid(desk, "2024-01")
    assert totals(booked(desk, "2024-01"))["capitalised"] == 240000
    Person.objects.filter(pk=desk.ana.pk).update(left_on=date(2024, 2, 20))
    paid(desk, "2024-02")
    february = booked(desk, "2024-02")
    assert totals(february)["clawed_back"] == 60000
    assert accounts(february)["liability"] == 60000


def test_retroactive_tiers_are_divided_over_all_deals_of_the_span(desk: PayDesk) -> None:
    policy(desk, renewals_commensurate=True)
    tiers = {"tiers": [{"up_to": "50%", "rate": "5%"}, {"rate": "10%", "on": "all"}]}
    version = desk.plan(components={"commission": {"measure": "bookings", "pays": tiers}})
    desk.quota("10000")
    first, second = deal(desk, "First"), deal(desk, "Second")
    contract_of(first, "2026-01-01")
    contract_of(second, "2026-01-01")
    desk.add(version, sold(desk, version, first, "4000", "2024-01-10"))
    paid(desk, "2024-01")
    booked(desk, "2024-01")
    desk.add(version, sold(desk, version, second, "6000", "2024-02-10"))
    paid(desk, "2024-02")
    booked(desk, "2024-02")
    known = dict(CostLine.objects.order_by().values_list("deal_id").annotate(sum=Sum("amount_minor")))
    assert known == {first.pk: 40000, second.pk: 60000}  # not 20,000 and 80,000, as the lines of the ledger are


@pytest.mark.parametrize(("without_deal", "wanted"), [("deals", (30000, 10000)), ("expense", (15000, 5000))])
def test_a_bonus_of_no_single_deal_is_divided_or_expensed(
    desk: PayDesk, without_deal: str, wanted: tuple[int, int]
) -> None:
    policy(desk, renewals_commensurate=True)
    bonus = {"measure": "quarter", "pays": {"lump": 200}, "settles": "quarter", "without_deal": without_deal}
    rate = {"measure": "bookings", "pays": {"rate": "5%"}}
    measures = {"bookings": {"over": "year"}, "quarter": {"credits": "bookings", "over": "month"}}
    version = desk.plan(measures=measures, components={"rate": rate, "bonus": bonus | {"settles": "month"}})
    large, small = deal(desk, "Large"), deal(desk, "Small")
    for one, amount in ((large, "3000"), (small, "1000")):
        contract_of(one, "2026-01-01")
        desk.add(version, sold(desk, version, one, amount, "2024-01-10"))
    paid(desk, "2024-01")
    month = booked(desk, "2024-01")
    costs = {one.deal_id: one.capitalised_minor for one in ContractCost.objects.all()}
    assert (costs[large.pk], costs[small.pk]) == wanted
    assert totals(month).get("expensed", 0) == 40000 - sum(wanted)


def test_a_deal_without_a_contract_is_told_and_goes_over_it_once_it_is_signed(desk: PayDesk) -> None:
    policy(desk, renewals_commensurate=True, benefit_months=24)
    version = desk.plan(components=FLAT)
    one = deal(desk, "Arm")  # not won yet: it begins later
    desk.add(version, sold(desk, version, one, "24000", "2024-01-10"))
    paid(desk, "2024-01", "2024-02")
    booked(desk, "2024-01")
    cost = ContractCost.objects.get()
    assert cost.contract is None and cost.source == "assumed"
    assert [one.label for one in doubts()] == ["No contract, and no term on the deal"]
    contract_of(one, "2025-01-01")
    before = cost.left_minor
    february = booked(desk, "2024-02")
    cost.refresh_from_db()
    assert cost.contract is not None and not doubts()
    assert before == 240000 and totals(february)["amortised"] == 21818  # over the eleven months to the contract's end


def test_costs_of_a_deal_with_two_contracts_go_by_their_value(desk: PayDesk) -> None:
    policy(desk, renewals_commensurate=True)
    version = desk.plan(components=FLAT)
    one = deal(desk, "Arm")
    contract_of(one, "2026-01-01", value=Decimal(300))
    contract_of(one, "2026-01-01", value=Decimal(100))
    desk.add(version, sold(desk, version, one, "1000.10", "2024-01-10"))
    paid(desk, "2024-01")
    booked(desk, "2024-01")
    assert sorted(ContractCost.objects.values_list("capitalised_minor", flat=True)) == [2500, 7501]


def test_two_people_who_did_not_prepare_it_approve_a_month(desk: PayDesk, two_years: PlanVersion) -> None:
    paid(desk, "2024-01")
    month = worked_out(desk, "2024-01")
    with pytest.raises(NotAllowed):
        services.approve_accounting_month(month=month, by=desk.admin, at=AT)
    services.approve_accounting_month(month=month, by=desk.second, at=AT)
    with pytest.raises(NotAllowed):
        services.approve_accounting_month(month=month, by=desk.second, at=AT)
    with pytest.raises(CompensationError, match="Waits for approval"):
        services.close_accounting_month(month=month, by=desk.admin, at=AT)
    services.approve_accounting_month(month=month, by=desk.finance, at=AT)
    services.close_accounting_month(month=month, by=desk.admin, at=AT)
    with pytest.raises(CompensationError):
        services.close_accounting_month(month=month, by=desk.admin, at=AT)
    assert AuditEvent.objects.filter(act__startswith="accounting_month").count() == 4
    assert Run.objects.get(kind="compensation.accounting_month").state == "succeeded"


def test_nobody_without_a_pay_role_does_anything(desk: PayDesk, two_years: PlanVersion) -> None:
    paid(desk, "2024-01")
    month = worked_out(desk, "2024-01")
    outsider = desk.company.vp.user
    with pytest.raises(PermissionDenied):
        services.start_accounting_month(period_id=month.period_id, by=outsider)
    with pytest.raises(NotAllowed):
        services.approve_accounting_month(month=month, by=outsider, at=AT)
    with pytest.raises(PermissionDenied):
        services.close_accounting_month(month=month, by=outsider, at=AT)
    with pytest.raises(PermissionDenied):
        services.set_accounting_policy(policy=AccountingPolicy(valid_from=date(2024, 5, 1)), by=desk.admin)


def test_a_month_is_due_in_its_order_with_its_pay_posted_and_a_policy(desk: PayDesk) -> None:
    version = desk.plan(components=FLAT)
    desk.add(version, sold(desk, version, deal(desk, "Arm"), "1000", "2024-01-10"))
    january = desk.month("2024-01")
    with pytest.raises(CompensationError, match="isn't posted"):
        services.start_accounting_month(period_id=january.pk, by=desk.admin)
    paid(desk, "2024-01", "2024-02")
    with pytest.raises(CompensationError, match="in their order: January 2024"):
        services.start_accounting_month(period_id=desk.month("2024-02").pk, by=desk.admin)
    with pytest.raises(CompensationError, match="No accounting policy"):
        services.start_accounting_month(period_id=january.pk, by=desk.admin)
    policy(desk)
    booked(desk, "2024-01")
    with pytest.raises(CompensationError, match="is closed"):
        services.start_accounting_month(period_id=january.pk, by=desk.admin)


def test_what_is_posted_after_it_was_worked_out_keeps_a_month_open(desk: PayDesk, two_years: PlanVersion) -> None:
    paid(desk, "2024-01")
    month = worked_out(desk, "2024-01")
    for user in (desk.second, desk.finance):
        services.approve_accounting_month(month=month, by=user, at=AT)
    services.reopen_period(period_id=month.period_id, reason="Late", by=desk.admin)
    desk.add(two_years, desk.credit("Late", "1000", "2024-01-20"))
    desk.closed("2024-01")
    with pytest.raises(RunOutdated):
        services.close_accounting_month(month=month, by=desk.admin, at=AT)


def test_late_pay_goes_into_the_open_month_and_the_closed_one_stays(desk: PayDesk, two_years: PlanVersion) -> None:
    paid(desk, "2024-01")
    january = booked(desk, "2024-01")
    services.reopen_period(period_id=january.period_id, reason="Late", by=desk.admin)
    one = Opportunity.objects.get(name="Arm")
    desk.add(two_years, desk.credit("Late", "2300", "2024-01-20", deal_id=one.pk))
    paid(desk, "2024-01", "2024-02")
    february = booked(desk, "2024-02")
    january.refresh_from_db()
    assert totals(january)["capitalised"] == 240000
    assert totals(february)["capitalised"] == 23000 and totals(february)["amortised"] == 11000  # 2,530 over 23 months


def test_a_closed_month_can_not_be_changed_even_by_hand(desk: PayDesk, two_years: PlanVersion) -> None:
    paid(desk, "2024-01")
    month = booked(desk, "2024-01")
    changes = [
        lambda: JournalEntry.objects.filter(month=month).update(account_name="1"),
        lambda: CostMonth.objects.filter(month=month).delete(),
        lambda: CostLine.objects.filter(month=month).update(month=0),
        lambda: CostLine.objects.create(
            month=month, plan=two_years.plan, version_id=1, component_id=1, payee_id=1, deal_id=1, cost_id=0,
            treatment=1, window_on=date(2024, 1, 1), amount_minor=1,
        ),
        lambda: AccountingMonth.objects.filter(pk=month.pk).update(totals={}),
        lambda: AccountingMonth.objects.filter(pk=month.pk).update(state=AccountingState.CALCULATED),
    ]  # fmt: skip
    for change in changes:
        with pytest.raises(DatabaseError, match="stays"), transaction.atomic():
            change()
    with pytest.raises(DatabaseError, match="never emptied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("TRUNCATE compensation_journalentry")


def test_opened_again_it_is_booked_back_and_can_be_worked_out_anew(desk: PayDesk, two_years: PlanVersion) -> None:
    paid(desk, "2024-01", "2024-02")
    first = booked(desk, "2024-01")
    booked(desk, "2024-02")
    with pytest.raises(CompensationError, match="closed last"):
        services.reopen_accounting_month(month=first, reason="Wrong", by=desk.admin, at=AT)
    second = books.last_closed()
    assert second is not None
    with pytest.raises(CompensationError, match="Say why"):
        services.reopen_accounting_month(month=second, reason=" ", by=desk.admin, at=AT)
    services.reopen_accounting_month(month=second, reason="Wrong term", by=desk.finance, at=AT)
    back = services.reopen_accounting_month(month=first, reason="Wrong term", by=desk.finance, at=AT)
    assert back.state == AccountingState.REVERSAL and back.reverses == first
    sums = JournalEntry.objects.order_by().values_list("account").annotate(s=Sum("debit_minor") - Sum("credit_minor"))
    assert all(amount == 0 for _account, amount in sums) and JournalEntry.objects.exists()
    assert ContractCost.objects.get().left_minor == 0
    Contract.objects.update(ends_on=date(2027, 1, 1))
    again = booked(desk, "2024-01")
    assert totals(again) == {"capitalised": 240000, "amortised": 6667, "closing": 233333, "expense": 6667}
    assert booked(desk, "2024-02").totals["USD"]["opening"] == 233333


def test_worked_out_again_it_comes_to_the_same(desk: PayDesk, two_years: PlanVersion) -> None:
    paid(desk, "2024-01")
    first = worked_out(desk, "2024-01")
    services.approve_accounting_month(month=first, by=desk.second, at=AT)
    again = worked_out(desk, "2024-01")
    first.refresh_from_db()
    assert again.output_hash == first.output_hash and first.state == AccountingState.REPLACED
    assert not again.approvals.exists() and CostLine.objects.filter(month=again).count() == 1
    assert not CostLine.objects.filter(month=first).exists()


def test_the_books_agree_with_the_ledger_of_pay(desk: PayDesk, two_years: PlanVersion) -> None:
    """Whatever is drawn, held back or capped: costs are what was earned, and what isn't paid is owed."""
    paid(desk, "2024-01", "2024-02", "2024-03")
    months = [booked(desk, one) for one in ("2024-01", "2024-02", "2024-03")]
    earned = LedgerEntry.objects.filter(stage=1).aggregate(sum=Sum("amount_minor"))["sum"]
    total = sum(one.totals["USD"]["capitalised"] + one.totals["USD"]["expensed"] for one in months)
    assert total == earned == 240000


def test_a_policy_holds_from_a_day_on_and_closed_months_keep_theirs(desk: PayDesk, two_years: PlanVersion) -> None:
    paid(desk, "2024-01", "2024-02")
    booked(desk, "2024-01")
    with pytest.raises(CompensationError, match="January 2024 is closed"):
        policy(desk, valid_from=date(2024, 1, 15))
    policy(desk, valid_from=date(2024, 2, 1), asset_account="9999")
    first, second = AccountingPolicy.objects.order_by("valid_from")
    assert first.valid_to == second.valid_from and second.valid_to is None
    booked(desk, "2024-02")
    assert set(JournalEntry.objects.filter(account="asset").values_list("account_name", flat=True)) == {"1450", "9999"}


def test_the_effect_of_another_policy_is_told_before_it_holds(desk: PayDesk, two_years: PlanVersion) -> None:
    paid(desk, "2024-01", "2024-02")
    booked(desk, "2024-01")
    booked(desk, "2024-02")
    (same,) = effects(rules_of(AccountingPolicy(renewals_commensurate=True, benefit_months=60)))
    assert (same.earned, same.left_now, same.left_then) == (240000, 220000, 220000)
    (longer,) = effects(rules_of(AccountingPolicy(benefit_months=48)))
    assert longer.left_then == 230000 and longer.borne_then == 10000
    (by_days,) = effects(rules_of(AccountingPolicy(renewals_commensurate=True, basis="days")))
    assert by_days.left_then == 240000 - round(240000 * 60 / 731)


def test_a_plan_says_what_is_no_cost_and_what_is_expensed() -> None:
    from compensation.kernel.lint import lint
    from compensation.kernel.reading import read_plan
    from compensation.kernel.sentences import clauses

    parts = {"commission": FLAT["commission"] | {"incremental": False, "without_deal": "expense"}}
    data = definition(components=parts)
    assert read_plan(data).components["commission"].without_deal == "expense"
    assert "what no single deal earned is expensed" in clauses(data)[0].text
    assert "without_deal" in {one.code for one in lint(read_plan(data))}
