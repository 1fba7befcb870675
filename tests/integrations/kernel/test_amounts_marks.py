"""Decimal marks of other countries, where the column was read with the wrong one."""

from decimal import Decimal

import pytest

from integrations.kernel.amounts import BadNumber, parse_number


def test_a_number_of_the_other_mark_is_suggested() -> None:
    with pytest.raises(BadNumber, match=r"Did you mean 1,234,500\.50\?") as refused:
        parse_number("1.234.500,50", ".")
    assert refused.value.suggestion == "1234500.50"
    assert parse_number("1.234.500,50", ",") == Decimal("1234500.50")


@pytest.mark.parametrize("text", ["1.2.3,4,5", "1,2,3.4.5", "..,,", ",", "."])
def test_marks_without_sense_are_no_number(text: str) -> None:
    for mark in ".,":
        with pytest.raises(BadNumber):
            parse_number(text, mark)
