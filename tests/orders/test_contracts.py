"""Contracts: what was signed stays, losses are dated facts, renewals are opened once."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError

from orders import services
from orders.enums import ContractStatus
from orders.models import Churn, Contract
from orders.selectors.terms import order_settings
from orders.services import OrderError
from pipeline.models import Opportunity
from tests.orders.desk import DAY, Desk

pytestmark = pytest.mark.django_db


def test_a_contract_shows_its_last_day(desk: Desk) -> None:
    contract = desk.contract(ends_on=date(2025, 1, 1))
    assert contract.last_day == date(2024, 12, 31) and contract.status == ContractStatus.SIGNED


def test_a_span_and_a_signature_are_kept_by_the_database(desk: Desk) -> None:
    deal = desk.deal()
    given = {"account": deal.account, "deal": deal, "currency_id": "USD", "value": 1, "starts_on": desk.on}
    with pytest.raises(IntegrityError, match="contract_span"):
        Contract.objects.create(name="x", ends_on=desk.on, **given)


def test_signed_needs_its_day(desk: Desk) -> None:
    deal = desk.deal()
    with pytest.raises(IntegrityError, match="contract_signed"):
        Contract.objects.create(
            name="x", account=deal.account, currency_id="USD", value=1, starts_on=desk.on, status="signed"
        )


def test_what_was_signed_stays(desk: Desk) -> None:
    contract = desk.contract()
    contract.notice_days = 60
    assert services.save_contract(contract=contract, by=None, on=desk.on).notice_days == 60
    contract.value = Decimal(1)
    with pytest.raises(OrderError, match="was signed"):
        services.save_contract(contract=contract, by=None, on=desk.on)


@pytest.mark.parametrize(("days", "words"), [(1, "still to come")])
def test_nobody_signs_tomorrow(desk: Desk, days: int, words: str) -> None:
    with pytest.raises(OrderError, match=words):
        desk.contract(signed=desk.on + days * DAY)


def test_the_deal_is_of_the_account(desk: Desk) -> None:
    with pytest.raises(OrderError, match="another account"):
        desk.contract(account=desk.company.account("Else"))


def test_a_cancelled_contract_loses_what_it_still_brought(desk: Desk) -> None:
    contract = desk.contract()
    services.book_churn(churn=_churn(contract, "2000", desk), by=None, on=desk.on)
    with pytest.raises(OrderError, match="Say why"):
        _cancel(contract, desk, reason=" ")
    done = _cancel(contract, desk, reason="Budget cut")
    assert done.status == ContractStatus.CANCELLED
    assert [one.amount for one in contract.churns.order_by("pk")] == [Decimal(2000), Decimal(10000)]
    with pytest.raises(OrderError, match="over already"):
        _cancel(contract, desk, reason="Again")


def _cancel(contract: Contract, desk: Desk, *, reason: str) -> Contract:
    return services.cancel_contract(
        contract_id=contract.pk, cancelled_on=desk.on, reason=reason, by=desk.by, on=desk.on
    )


def _churn(contract: Contract, amount: str, desk: Desk) -> Churn:
    return Churn(contract=contract, lost_on=desk.on, amount=Decimal(amount), reason="Fewer sites")


def test_no_more_is_lost_than_it_brings_and_a_loss_is_taken_back_once(desk: Desk) -> None:
    contract = desk.contract()
    with pytest.raises(OrderError, match="12,000.00 a year"):
        services.book_churn(churn=_churn(contract, "12000.01", desk), by=None, on=desk.on)
    lost = services.book_churn(churn=_churn(contract, "12000", desk), by=None, on=desk.on)
    back = services.reverse_churn(churn=lost, reason="Mistake", by=None, on=desk.on)
    assert back.amount == -12000 and services.recurring_left(contract) == 12000
    with pytest.raises(OrderError, match="already"):
        services.reverse_churn(churn=lost, reason="Again", by=None, on=desk.on)


def test_a_contract_ends_or_goes_on_by_itself(desk: Desk) -> None:
    ends = desk.contract(desk.deal("A"))
    goes_on = desk.contract(desk.deal("B"), auto_renews=True)
    day = ends.ends_on
    assert day is not None
    assert services.end_contracts(on=day - DAY) == 0
    assert services.end_contracts(on=day) == 2 and services.end_contracts(on=day) == 0
    ends.refresh_from_db()
    goes_on.refresh_from_db()
    assert ends.status == ContractStatus.ENDED
    assert goes_on.status == ContractStatus.SIGNED and goes_on.ends_on == date(2026, 8, 15)


def test_a_renewal_is_opened_once_in_time_and_linked_both_ways(desk: Desk) -> None:
    contract = desk.contract()
    assert contract.ends_on is not None
    opens = contract.ends_on - timedelta(days=order_settings().renewal_lead_days)
    assert services.open_renewals(on=opens - DAY) == 0
    assert services.open_renewals(on=opens) == 1
    assert services.open_renewals(on=opens) == 0 and services.open_renewals(on=opens + DAY) == 0
    deal = Opportunity.objects.get(type="renewal")
    contract.refresh_from_db()
    assert contract.renewal_deal == deal and deal.renews == contract
    assert deal.amount == 12000 and deal.account == contract.account and deal.owner == desk.company.rep.person
    assert deal.expected_close_on == contract.last_day and deal.term_starts_on == contract.ends_on


def test_a_long_notice_opens_the_renewal_earlier(desk: Desk) -> None:
    contract = desk.contract(notice_days=180)
    assert contract.ends_on is not None
    assert services.open_renewals(on=contract.ends_on - 181 * DAY) == 0
    assert services.open_renewals(on=contract.ends_on - 180 * DAY) == 1


def test_neither_drafts_nor_cancelled_nor_endless_contracts_are_renewed(desk: Desk) -> None:
    desk.contract(desk.deal("A"), ends_on=None)
    _cancel(desk.contract(desk.deal("B")), desk, reason="Gone")
    assert services.open_renewals(on=desk.on + 300 * DAY) == 0
