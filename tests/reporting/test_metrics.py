"""The catalogue's formulas, with figures one can check in one's head."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.selectors.cube import Sums
from reporting.metrics import METRICS, Inputs, Value, evaluate

NAMES = {
    *("bookings", "won_count", "lost_count", "open_count", "open_pipeline", "win_rate", "average_cycle_days"),
    *("coverage_target", "coverage_remaining", "coverage_needed", "undated_open"),
}


def value(name: str, *, target: Decimal | None = None, before: Sums | None = None, **now: Any) -> Any:
    return evaluate(Inputs(Sums(**now), before or Sums(), target), currency="USD")[name].plain


def reason(name: str, *, target: Decimal | None = None, **now: Any) -> str:
    return evaluate(Inputs(Sums(**now), target=target), currency="USD")[name].reason


def test_the_catalogue_has_the_agreed_names() -> None:
    assert set(METRICS) >= NAMES


def test_three_won_and_one_lost_is_a_win_rate_of_75_percent() -> None:
    assert value("win_rate", won_count=3, lost_count=1) == 75.0


def test_the_win_rate_is_not_rounded() -> None:
    assert value("win_rate", won_count=2, lost_count=1) == pytest.approx(66.66666666666667, abs=1e-13)


def test_the_average_cycle_divides_days_by_the_deals_that_have_them() -> None:
    assert value("average_cycle_days", won_count=3, cycle_days=90, cycle_deals=2) == 45.0


def test_the_average_deal_leaves_out_deals_without_an_amount() -> None:
    assert value("average_deal", won_count=3, won_blank=1, won_amount=Decimal(500)) == "250"


def test_velocity_is_money_a_day() -> None:
    sums = {"open_count": 10, "won_count": 5, "lost_count": 5, "won_amount": Decimal(5000)}
    assert value("velocity", **sums, cycle_days=125, cycle_deals=5) == "200"


def test_coverage_is_open_pipeline_over_target_and_over_what_is_left() -> None:
    sums = {"open_count": 1, "open_amount": Decimal(300), "won_count": 1, "won_amount": Decimal(100)}
    assert value("coverage_target", target=Decimal(200), **sums) == 1.5
    assert value("coverage_remaining", target=Decimal(200), **sums) == 3.0


@pytest.mark.parametrize("booked", [200, 250])
def test_a_reached_target_leaves_nothing_to_cover(booked: int) -> None:
    sums = {"open_amount": Decimal(300), "won_count": 1, "won_amount": Decimal(booked)}
    assert value("coverage_remaining", target=Decimal(200), **sums) is None
    assert "reached" in reason("coverage_remaining", target=Decimal(200), **sums)


def test_coverage_needed_is_one_over_the_win_rate_before() -> None:
    assert value("coverage_needed", before=Sums(won_count=1, lost_count=3)) == 4.0
    assert value("coverage_needed", before=Sums(lost_count=3)) is None


def test_attainment_is_a_percentage_of_the_target() -> None:
    assert value("attainment", target=Decimal(200), won_count=1, won_amount=Decimal(92)) == 46.0


def test_slippage_is_the_share_of_open_deals_that_were_pushed() -> None:
    assert value("slippage", open_count=4, open_pushed=1) == 25.0


def test_amounts_that_are_all_blank_give_no_sum_but_a_reason() -> None:
    assert value("open_pipeline", open_count=2, open_blank=2) is None
    assert "amount" in reason("open_pipeline", open_count=2, open_blank=2)
    assert value("bookings", won_count=1, won_blank=1) is None


def test_no_deals_at_all_is_a_sum_of_zero() -> None:
    assert value("open_pipeline") == "0"
    assert value("bookings") == "0"


def test_no_win_rate_without_closed_deals_and_no_attainment_without_target() -> None:
    assert value("win_rate") is None
    assert "import" in reason("win_rate").lower()
    assert value("attainment", won_amount=Decimal(1)) is None
    assert "target" in reason("attainment").lower()


def test_every_missing_value_says_why() -> None:
    for name, one in evaluate(Inputs(Sums()), currency="USD").items():
        assert one.value is not None or one.reason, name


@pytest.mark.parametrize(
    ("given_value", "unit", "plain"),
    [
        ("10005534.0000", "USD", "10005534"),
        ("0.10", "EUR", "0.1"),
        ("1E+3", "USD", "1000"),
        ("7", "count", 7),
        ("63.15", "percent", 63.15),
    ],
)
def test_values_as_programs_read_them(given_value: str, unit: str, plain: Any) -> None:
    found = Value(Decimal(given_value), unit).plain
    assert found == plain
    assert type(found) is type(plain)


counts = st.integers(0, 10**6)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine isn't a slow formula
@given(won=counts, lost=counts, open_count=counts, amount=st.decimals(0, 10**12, places=4))
def test_rates_stay_within_their_bounds(won: int, lost: int, open_count: int, amount: Decimal) -> None:
    sums = Sums(won_count=won, lost_count=lost, open_count=open_count, open_amount=amount, open_pushed=open_count // 2)
    found = evaluate(Inputs(sums, sums, amount + 1), currency="USD")
    for name in ("win_rate", "slippage"):
        rate = found[name].value
        assert rate is None or 0 <= rate <= 100
    needed = found["coverage_needed"].value
    assert needed is None or needed >= 1
