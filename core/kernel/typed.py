"""Amounts as people type them into a form: what they say, and what looks like a slip."""

from __future__ import annotations

import re
from decimal import Decimal

from core.kernel.money import minor_digits, quantise

_NUMBER = re.compile(r"[-\u2212]?\d*(?:\.\d*)?")
_GROUPED = re.compile(r"[-\u2212]?\d{1,3}(?:,\d{3})+(?:\.\d*)?")
_THOUSANDS_BY_DOT = re.compile(r"[-\u2212]?\d{1,3}(?:\.\d{3})+")
_DOTTED_WITH_COMMA = re.compile(r"[-\u2212]?\d{1,3}(?:\.\d{3})*,\d{1,2}")


class NotAnAmount(ValueError):
    """The text isn't an amount; `suggestion` is what it may mean, or None."""

    def __init__(self, suggestion: Decimal | None = None) -> None:
        super().__init__("not an amount")
        self.suggestion = suggestion


def read_amount(text: str) -> Decimal:
    """An amount with its decimals as typed. "$39,800.00" -> 39800.00; "39.800" -> 39.800 (three decimals).

    Currency signs and blanks are passed over. Raises NotAnAmount: "39.800,00" with 39800.00 as suggestion.
    """
    bare = re.sub(r"[\s\u00a0\u202f$€£¥₹]|(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])", "", text)
    if any(sign.isdigit() for sign in bare):
        if _NUMBER.fullmatch(bare) or _GROUPED.fullmatch(bare):
            return Decimal(bare.replace(",", "").replace("\u2212", "-"))
        if _DOTTED_WITH_COMMA.fullmatch(bare):
            raise NotAnAmount(Decimal(bare.replace(".", "").replace(",", ".").replace("\u2212", "-")))
    raise NotAnAmount


def read_number(text: str, *, most: int = 10**18 - 1) -> int | None:
    """A record's number, or a count, as it stands in an address: "4417" -> 4417; None for anything else.

    Plain digits only ("²" is a digit to Python and no number), and no more than `most`, which every column holds.
    """
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        return None
    return min(int(text), most)


def decimals_of(amount: Decimal) -> int:
    """How many decimals an amount was typed with. 39.800 -> 3; 1E+2 -> 0."""
    exponent = amount.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def meant(amount: Decimal, currency: str) -> Decimal:
    """The amount somebody meant who typed too many decimals. 39.800 USD -> 39800.00; 1.2345 USD -> 1.23."""
    if _THOUSANDS_BY_DOT.fullmatch(f"{amount:f}"):
        return quantise(Decimal(f"{amount:f}".replace(".", "")), currency)
    return quantise(amount, currency)


def has_too_many_decimals(amount: Decimal, currency: str) -> bool:
    return decimals_of(amount) > minor_digits(currency)


def ids_of_number(text: str, prefix: str) -> list[int]:
    """The id that a short number names, as a list: ids_of_number("acc-12", "ACC-") -> [12]; any other text gives none.

    Longer than what a key can hold is no number.
    """
    number = text.strip().upper()
    digits = number.removeprefix(prefix)
    is_number = number.startswith(prefix) and digits.isdecimal() and digits.isascii() and len(digits) < 19
    return [int(digits)] if is_number else []
