"""Exact money: minor units, rounding in one place, parts that add up to the whole."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kernel.money import CurrencyMismatch, Money, from_minor, quantise, round_ratio, split_minor, to_minor

AMOUNTS = st.decimals(Decimal(-(10**14)), Decimal(10**14), places=2)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("12.34", "USD", 1234),
        ("12", "JPY", 12),
        ("1.234", "KWD", 1234),
        ("10.005", "USD", 1001),
        ("-10.005", "USD", -1001),
    ],
)
def test_minor_units_follow_the_currency(amount: str, currency: str, minor: int) -> None:
    assert to_minor(Decimal(amount), currency) == minor
    assert from_minor(minor, currency) == quantise(Decimal(amount), currency)


@given(AMOUNTS)
def test_an_amount_survives_the_way_into_minor_units_and_back(amount: Decimal) -> None:
    assert from_minor(to_minor(amount, "USD"), "USD") == amount


@given(st.integers(-(10**15), 10**15), st.lists(st.integers(0, 10**9), min_size=1, max_size=40).filter(any))
def test_parts_add_up_to_the_whole_and_stay_within_one_unit_of_their_share(total: int, weights: list[int]) -> None:
    parts = split_minor(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total * weight, sum(weights))) < 1


@given(st.integers(0, 10**6), st.lists(st.integers(0, 1000), min_size=2, max_size=9).filter(any))
def test_a_larger_weight_never_gets_less(total: int, weights: list[int]) -> None:
    parts = split_minor(total, weights)
    ordered = sorted(zip(weights, parts, strict=True))
    assert all(low[1] <= high[1] for low, high in zip(ordered, ordered[1:], strict=False) if low[0] < high[0])


@pytest.mark.parametrize("weights", [[], [0, 0], [3, -1]])
def test_weights_that_say_nothing_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="Weights must be zero or more"):
        split_minor(100, weights)


@pytest.mark.parametrize(
    ("value", "rounded"), [(Fraction(5, 2), 3), (Fraction(-5, 2), -3), (Fraction(7, 3), 2), (Fraction(0), 0)]
)
def test_ratios_round_half_away_from_zero(value: Fraction, rounded: int) -> None:
    assert round_ratio(value) == rounded


def test_currencies_are_not_added_to_one_another() -> None:
    assert Money(Decimal("1.10"), "EUR") + Money(Decimal("2.20"), "EUR") == Money(Decimal("3.30"), "EUR")
    with pytest.raises(CurrencyMismatch, match="convert one first"):
        Money(Decimal(1), "EUR") + Money(Decimal(1), "USD")


def test_a_conversion_is_not_rounded() -> None:
    assert Money(Decimal("10.01"), "EUR").converted(rate=Decimal("1.0837"), into="USD").amount == Decimal("10.847837")
