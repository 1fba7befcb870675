"""What a line of a quote comes to, and how deep its discount is."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from core.kernel.money import quantise

WHOLE = Decimal(100)
_PLACES = Decimal("0.0001")


def net_amount(*, quantity: Decimal, list_price: Decimal, discount_pct: Decimal, currency: str) -> Decimal:
    """Quantity x list price less the discount, rounded once. 3 x 99.99 USD less 10 % -> 269.97."""
    return quantise(quantity * list_price * (WHOLE - discount_pct) / WHOLE, currency)


def line_amount(*, quantity: Decimal, unit_price: Decimal, currency: str) -> Decimal:
    """Quantity x unit price, rounded once. 3 x 0.335 USD -> 1.01 (1.005 rounds away from zero)."""
    return quantise(quantity * unit_price, currency)


def unit_of(*, amount: Decimal, quantity: Decimal) -> Decimal:
    """The price of one piece to four places. 100.00 for 3 -> 33.3333."""
    return (amount / quantity).quantize(_PLACES, rounding=ROUND_HALF_UP)


def deepest(discounts: Iterable[Decimal]) -> Decimal:
    """The deepest discount of a quote in percent; 0 where there is no line. (5, 12.5, 0) -> 12.5."""
    return max(discounts, default=Decimal(0))
