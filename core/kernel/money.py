"""Exact money: minor units, rounding in one place, parts that add up to the whole.

Amounts are Decimal at the edges and integer minor units inside kernels; never float.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

# ISO 4217 currencies whose minor unit isn't 1/100.
_DIGITS: Mapping[str, int] = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "XAF"), 0),
    **dict.fromkeys(("VUV", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies were added or compared."""


def minor_digits(currency: str) -> int:
    """Number of decimals of a currency's minor unit: USD 2, JPY 0, KWD 3."""
    return _DIGITS.get(currency, 2)


def quantise(amount: Decimal, currency: str) -> Decimal:
    """Round an amount to the currency's minor unit, half away from zero. 10.005 USD -> 10.01."""
    return amount.quantize(Decimal(1).scaleb(-minor_digits(currency)), rounding=ROUND_HALF_UP)


def to_minor(amount: Decimal, currency: str) -> int:
    """Amount in whole minor units. 12.34 USD -> 1234; 12 JPY -> 12."""
    return int(quantise(amount, currency).scaleb(minor_digits(currency)))


def from_minor(minor: int, currency: str) -> Decimal:
    """Minor units back to an amount. 1234 USD -> 12.34."""
    return Decimal(minor).scaleb(-minor_digits(currency))


def round_ratio(value: Fraction) -> int:
    """Round an exact ratio to an integer, half away from zero. 5/2 -> 3, -5/2 -> -3."""
    quotient, rest = divmod(abs(value.numerator), value.denominator)
    rounded = quotient + (2 * rest >= value.denominator)
    return rounded if value >= 0 else -rounded


def split_minor(total: int, weights: Sequence[int | Fraction]) -> list[int]:
    """Split minor units by weights so that the parts add up to the total (largest remainder).

    Ties go to the earlier part. 100 by (1, 1, 1) -> [34, 33, 33].
    Raises ValueError when no weight is positive or one is negative.
    """
    common = math.lcm(*(weight.denominator for weight in weights))
    whole_weights = [weight.numerator * (common // weight.denominator) for weight in weights]
    whole = sum(whole_weights)
    if not whole_weights or min(whole_weights) < 0 or whole == 0:
        raise ValueError("Weights must be zero or more and not all zero.")
    shares = [divmod(abs(total) * weight, whole) for weight in whole_weights]
    parts = [quotient for quotient, _rest in shares]
    by_remainder = sorted(range(len(parts)), key=lambda i: (-shares[i][1], i))
    for index in by_remainder[: abs(total) - sum(parts)]:
        parts[index] += 1
    return parts if total >= 0 else [-part for part in parts]


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount of one currency."""

    amount: Decimal
    currency: str

    def __add__(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} can't be added; convert one first.")
        return Money(self.amount + other.amount, self.currency)

    def converted(self, *, rate: Decimal, into: str) -> Money:
        """Unrounded conversion: amount x rate (units of `into` for one unit of this currency)."""
        return Money(self.amount * rate, into)

    @property
    def minor(self) -> int:
        return to_minor(self.amount, self.currency)
