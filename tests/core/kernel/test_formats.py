"""Figures as people read them."""

from datetime import date
from decimal import Decimal

import pytest

from core.kernel import formats


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (9_836_000, "9.84M"),
        (21_250_000, "21.25M"),
        (906_400, "906K"),
        (99_960, "100K"),
        (27_600, "27.6K"),
        (27_000, "27K"),
        (999_600, "1.00M"),
        (640, "640"),
        (0, "0"),
        (1_234_567_890, "1.23B"),
    ],
)
def test_compact_is_short_and_says_enough(value: int, text: str) -> None:
    assert formats.compact(value) == text


def test_negative_money_has_a_minus_sign_and_never_brackets() -> None:
    assert formats.exact_money(Decimal("-960"), "USD") == "−$960.00"
    assert formats.whole_money(Decimal("52438"), "USD", plus=True) == "+$52,438"
    assert formats.whole_money(Decimal("-0.2"), "USD") == "$0"
    assert formats.compact_money(Decimal("0.1"), "USD", plus=True) == "$0"


def test_currencies_show_their_sign_or_code_and_decimals() -> None:
    assert formats.exact_money(Decimal("1234.5"), "EUR") == "€1,234.50"
    assert formats.exact_money(Decimal("1234.5"), "JPY") == "¥1,235"
    assert formats.exact_money(Decimal("1.5"), "CHF") == "CHF 1.50"


@pytest.mark.parametrize(
    "write", [formats.percent, formats.points, formats.ratio, formats.whole, formats.rate, formats.day]
)
def test_nothing_known_is_a_dash(write) -> None:
    assert write(None) == "–"


def test_percentages_points_ratios() -> None:
    assert formats.percent(Decimal("46.28")) == "46.3%"
    assert formats.points(Decimal("-0.21"), plus=True) == "−0.2 pts"
    assert formats.ratio(Decimal("2.657")) == "2.66×"
    assert formats.rate(Decimal("12.50")) == "12.5%"


def test_days_leave_out_the_year_inside_the_fiscal_year() -> None:
    year = (date(2026, 2, 1), date(2027, 2, 1))
    assert formats.day(date(2027, 1, 31), within=year) == "Jan 31"
    assert formats.day(date(2027, 2, 1), within=year) == "Feb 1, 2027"
    assert formats.day_range(date(2026, 10, 1), date(2026, 12, 31)) == "Oct 1 – Dec 31, 2026"


@pytest.mark.parametrize(
    ("name", "letters"), [("Rafferty Parwani", "RP"), ("Cher", "CH"), ("Jean-Luc de la Tour", "JT"), ("1 2", "?")]
)
def test_initials(name: str, letters: str) -> None:
    assert formats.initials(name) == letters


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (["Ann (Champion)", "Bo"], "Ann (Champion), Bo"),
        ([], "–"),
        (None, "–"),
        ({"now": ["Ann"], "rows": 0}, "now: Ann, rows: 0"),
        ("as it is", "as it is"),
    ],
)
def test_what_was_written_down_of_an_act_reads_as_text(value: object, text: str) -> None:
    assert formats.told(value) == text
