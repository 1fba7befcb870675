"""Targets: dated amounts by holder, and the pages that set them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.models import FiscalPeriod
from core.services import lay_out_periods
from quotas.models import Target
from quotas.selectors import target_of, targets_in_force
from quotas.services import end_target, set_target


@pytest.fixture
def quarter(company: Any) -> FiscalPeriod:
    lay_out_periods(company=company.row)
    return FiscalPeriod.objects.get(key="2024-Q3")


def set_amount(company: Any, period: FiscalPeriod, amount: int, on: date, **holder: Any) -> Target:
    target = Target(period=period, amount=Decimal(amount), currency_id="USD", **holder)
    return set_target(target=target, by=company.ops.user, on=on)


def test_a_new_amount_ends_the_one_before_and_the_past_can_be_told(company: Any, quarter: FiscalPeriod) -> None:
    first, later = company.as_of, company.as_of + timedelta(days=10)
    set_amount(company, quarter, 100, first)
    set_amount(company, quarter, 150, later)
    period = company.row.calendar.period("2024-Q3")
    assert target_of(period=period, on=first) == 100
    assert target_of(period=period, on=later) == 150
    set_amount(company, quarter, 160, later)  # the same day again: corrected, not doubled
    assert [t.amount for t in targets_in_force(on=later)] == [160]


def test_an_ended_target_owes_nothing_any_more(company: Any, quarter: FiscalPeriod) -> None:
    target = set_amount(company, quarter, 100, company.as_of)
    end_target(target=target, by=company.ops.user, on=company.as_of + timedelta(days=1))
    assert not targets_in_force(on=company.as_of + timedelta(days=1)).exists()
    assert targets_in_force(on=company.as_of).exists()


@pytest.mark.parametrize(
    ("holder", "name"), [("company:0", "My company"), ("team:{}", "West 1"), ("person:{}", "Ana Alves")]
)
def test_targets_of_every_holder_are_set_and_named(
    company: Any, signed_in: Any, quarter: FiscalPeriod, holder: str, name: str
) -> None:
    number = company.west.pk if "team" in holder else company.rep.person.pk
    client = signed_in(company.ops)
    sent = {"period": quarter.pk, "holder": holder.format(number), "measure": "bookings", "currency": "USD"}
    answer = client.post("/settings/targets/new/", sent | {"amount": "1,500,000.00"}, follow=True)
    text = answer.content.decode()
    assert name in text and "$1,500,000" in text and "FY24 Q3" in text


def test_money_needs_a_currency_and_counts_have_none(company: Any, signed_in: Any, quarter: FiscalPeriod) -> None:
    client, sent = signed_in(company.ops), {"period": quarter.pk, "holder": "company:0"}
    refused = client.post("/settings/targets/new/", sent | {"measure": "bookings", "amount": "5"})
    assert b"Choose the currency" in refused.content
    slip = sent | {"measure": "bookings", "amount": "39.800", "currency": "USD"}
    assert b"Did you mean 39,800.00?" in client.post("/settings/targets/new/", slip).content
    client.post("/settings/targets/new/", sent | {"measure": "new_logos", "amount": "12", "currency": "USD"})
    assert Target.objects.get().currency is None


def test_a_new_amount_is_set_on_the_page_of_a_target(company: Any, signed_in: Any, quarter: FiscalPeriod) -> None:
    target, client = set_amount(company, quarter, 100, company.as_of), signed_in(company.ops)
    client.post(target.get_absolute_url(), {"amount": "250"})
    assert Target.objects.get(valid_to=None).amount == 250
    assert b"$100.00" in client.get(target.get_absolute_url()).content


@pytest.mark.parametrize("who", ["rep", "manager", "vp"])
def test_nobody_else_sees_the_pages(company: Any, signed_in: Any, quarter: FiscalPeriod, who: str) -> None:
    target, client = set_amount(company, quarter, 100, company.as_of), signed_in(getattr(company, who))
    for address in ("/settings/targets/", "/settings/targets/new/", target.get_absolute_url()):
        assert client.get(address).status_code == 404
    assert client.post(f"{target.get_absolute_url()}end/").status_code == 404
