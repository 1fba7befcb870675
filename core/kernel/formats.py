"""Numbers, dates and money as people read them (docs/glossary.md, "How figures are written")."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from core.kernel.money import minor_digits

MINUS = "\u2212"
NONE = "–"
SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹"}
_STEPS = ((Decimal(10) ** 9, "B"), (Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "K"))


def _sign(value: Decimal, *, plus: bool = False) -> str:
    return MINUS if value < 0 else "+" if plus and value > 0 else ""


def _symbol(currency: str) -> str:
    return SYMBOLS.get(currency, f"{currency} " if currency else "")


def compact_money(amount: Decimal | None, currency: str, *, plus: bool = False) -> str:
    """Three significant figures. 9836000 USD -> $9.84M; 906000 -> $906K; 27600 -> $27.6K; 640 -> $640."""
    if amount is None:
        return NONE
    size = abs(Decimal(amount))
    text = f"{size:,.0f}"
    for step, letter in _STEPS:
        if size >= step * Decimal("0.9995"):
            text = _three(size / step) + letter
            break
    return f"{_sign(amount, plus=plus)}{_symbol(currency)}{text}"


def _three(size: Decimal) -> str:
    places = 2 if size < 10 else 1 if size < 100 else 0
    text = f"{size.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):f}"
    return text.removesuffix(".0") if places == 1 else text


def whole_money(amount: Decimal | None, currency: str, *, plus: bool = False) -> str:
    """Exact units, no cents. 612000 USD -> $612,000."""
    if amount is None:
        return NONE
    size = abs(Decimal(amount)).quantize(Decimal(1), ROUND_HALF_UP)
    return f"{_sign(amount, plus=plus)}{_symbol(currency)}{size:,}"


def exact_money(amount: Decimal | None, currency: str) -> str:
    """With the currency's decimals. 15718.2 USD -> $15,718.20."""
    if amount is None:
        return NONE
    size = abs(Decimal(amount)).quantize(Decimal(1).scaleb(-minor_digits(currency)), ROUND_HALF_UP)
    return f"{_sign(amount)}{_symbol(currency)}{size:,}"


def percent(value: Decimal | float | None) -> str:
    """One decimal. 46.28 -> 46.3%."""
    if value is None:
        return NONE
    number = Decimal(value).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{_sign(number)}{abs(number):,}%"


def points(value: Decimal | None) -> str:
    """A change of a percentage. 1.8 -> 1.8 pts."""
    return NONE if value is None else f"{abs(Decimal(value)).quantize(Decimal('0.1'), ROUND_HALF_UP)} pts"


def ratio(value: Decimal | None) -> str:
    """Two decimals. 2.657 -> 2.66×."""
    return NONE if value is None else f"{Decimal(value).quantize(Decimal('0.01'), ROUND_HALF_UP)}×"


def whole(value: Decimal | int | None) -> str:
    if value is None:
        return NONE
    number = Decimal(value).quantize(Decimal(1), ROUND_HALF_UP)
    return f"{_sign(number)}{abs(number):,}"


def day(value: date | None, *, year_of: date | None = None) -> str:
    """Dec 19, 2026; without the year when it is the year of `year_of`."""
    if value is None:
        return NONE
    text = f"{value:%b} {value.day}"
    return text if year_of is not None and value.year == year_of.year else f"{text}, {value.year}"


def moment(value: datetime | None, zone: str) -> str:
    """Nov 20, 2026, 6:00 PM PST in the given time zone."""
    if value is None:
        return NONE
    local = value.astimezone(ZoneInfo(zone))
    hour = local.hour % 12 or 12
    return f"{day(local.date())}, {hour}:{local:%M} {'AM' if local.hour < 12 else 'PM'} {local:%Z}"


def initials(name: str) -> str:
    """Rafferty Parwani -> RP; Cher -> CH."""
    parts = [part for part in name.replace("-", " ").split() if part[:1].isalpha()]
    if not parts:
        return "?"
    return (parts[0][:2] if len(parts) == 1 else parts[0][0] + parts[-1][0]).upper()
