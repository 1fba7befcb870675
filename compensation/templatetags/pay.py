"""Amounts of pay: whole minor units, with the decimals of their currency."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import template

from core.kernel import formats
from core.kernel.money import from_minor

register = template.Library()


@register.filter
def minor(amount: int | None, currency: str) -> str:
    """-96000 USD -> −$960.00."""
    return formats.NONE if amount is None else formats.exact_money(from_minor(amount, currency), currency)


@register.filter
def minor_signed(amount: int, currency: str) -> str:
    """What is added or taken away, with its sign."""
    return formats.exact_money(from_minor(amount, currency), currency, plus=True)


@register.filter
def minor_or_dash(amount: int, currency: str) -> str:
    """Nothing as a dash, in tables where most cells hold nothing."""
    return minor(amount, currency) if amount else formats.NONE


@register.filter
def month(day: date) -> str:
    return f"{day:%B %Y}"


@register.simple_tag
def line_url(place: Any, line: Any) -> str:
    """Where a line of a month is told (compensation.selectors.places.Place)."""
    return str(place.line_url(line.id))
