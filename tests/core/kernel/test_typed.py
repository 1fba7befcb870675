from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kernel.typed import NotAnAmount, decimals_of, has_too_many_decimals, meant, read_amount, read_number


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("39,800.00", "39800.00"),
        ("$39,800", "39800"),
        ("USD 1,234.5", "1234.5"),
        ("39 800", "39800"),
        ("39.800", "39.800"),
        ("-12.50", "-12.50"),
        ("\u221212.50", "-12.50"),
        (".5", "0.5"),
    ],
)
def test_amounts_as_people_type_them(text: str, amount: str) -> None:
    assert str(read_amount(text)) == amount


@pytest.mark.parametrize("text", ["", "abc", "-", "1,23", "12,3456", "1.2.3", "--1", "1e5", "NaN"])
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(NotAnAmount) as caught:
        read_amount(text)
    assert caught.value.suggestion is None or text == "1,23"


def test_a_decimal_comma_is_understood_and_asked_back() -> None:
    with pytest.raises(NotAnAmount) as caught:
        read_amount("39.800,50")
    assert caught.value.suggestion == Decimal("39800.50")


def test_too_many_decimals_suggest_what_was_meant() -> None:
    assert has_too_many_decimals(Decimal("39.800"), "USD")
    assert meant(Decimal("39.800"), "USD") == Decimal("39800.00")
    assert meant(Decimal("1.234567"), "USD") == Decimal("1.23")
    assert meant(Decimal("1234.567"), "USD") == Decimal("1234.57")
    assert not has_too_many_decimals(Decimal("1.234"), "KWD")
    assert has_too_many_decimals(Decimal("1.5"), "JPY")


@given(st.decimals(min_value=0, max_value=10**12, places=2))
def test_what_a_form_shows_is_read_back_unchanged(amount: Decimal) -> None:
    assert read_amount(f"{amount:,.2f}") == amount
    assert decimals_of(amount) == 2


@pytest.mark.parametrize("text", ["", "-1", "1.5", "²", "１", "9" * 19, "9" * 5000, "0x10", " 1", "1e5"])
def test_what_is_no_number(text: str) -> None:
    assert read_number(text) is None


def test_numbers_as_they_stand_in_an_address() -> None:
    assert [read_number("4417"), read_number("9" * 18), read_number("999", most=50)] == [4417, 10**18 - 1, 50]
