"""Numbers, dates and money as people read them (docs/glossary.md, "How figures are written").

Rounding here is for the eye only: nothing that is rounded here is ever added.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from core.kernel.money import minor_digits

MINUS = "\u2212"
NONE = "–"
SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹"}
_STEPS = ((Decimal(10) ** 9, "B"), (Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "K"))
Number = Decimal | int | float


def _rounded(value: Number, places: int) -> Decimal:
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _sign(value: Number, *, plus: bool = False) -> str:
    return MINUS if value < 0 else "+" if plus and value > 0 else ""


def _symbol(currency: str) -> str:
    return SYMBOLS.get(currency, f"{currency} " if currency else "")


def compact(value: Number) -> str:
    """Size in thousands with at most one decimal, in millions with two; without sign.

    9836000 -> 9.84M; 21250000 -> 21.25M; 27600 -> 27.6K; 906400 -> 906K; 640 -> 640.
    """
    size = abs(Decimal(str(value)))
    for step, letter in _STEPS:
        if size >= step * Decimal("0.9995"):
            return (_of_thousands(size / step) if letter == "K" else f"{_rounded(size / step, 2):,}") + letter
    return f"{_rounded(size, 0):,}"


def _of_thousands(size: Decimal) -> str:
    return f"{_rounded(size, 1 if _rounded(size, 1) < 100 else 0):f}".removesuffix(".0")


def compact_money(amount: Number | None, currency: str, *, plus: bool = False) -> str:
    """For tiles and charts. 9836000 USD -> $9.84M; 906000 -> $906K."""
    if amount is None:
        return NONE
    text = compact(amount)
    return f"{'' if text == '0' else _sign(amount, plus=plus)}{_symbol(currency)}{text}"


def whole_money(amount: Number | None, currency: str, *, plus: bool = False) -> str:
    """For tables of deals and quota: exact units, no cents. 612000 USD -> $612,000."""
    if amount is None:
        return NONE
    size = _rounded(amount, 0)
    return f"{_sign(size, plus=plus)}{_symbol(currency)}{abs(size):,}"


def exact_money(amount: Number | None, currency: str, *, plus: bool = False) -> str:
    """For commission, orders, forms: with the currency's decimals. 15718.2 USD -> $15,718.20."""
    if amount is None:
        return NONE
    size = _rounded(amount, minor_digits(currency))
    return f"{_sign(size, plus=plus)}{_symbol(currency)}{abs(size):,}"


def percent(value: Number | None, *, plus: bool = False) -> str:
    """One decimal. 46.28 -> 46.3%."""
    if value is None:
        return NONE
    number = _rounded(value, 1)
    return f"{_sign(number, plus=plus)}{abs(number):,}%"


def rate(value: Number | None) -> str:
    """A rate as the plan writes it. 8 -> 8%; 12.50 -> 12.5%."""
    return NONE if value is None else f"{_sign(value)}{abs(Decimal(str(value))).normalize():f}%"


def points(value: Number | None, *, plus: bool = False) -> str:
    """The size of a change of a percentage; `plus` writes its sign. 1.8 -> 1.8 pts; -0.2 with plus -> −0.2 pts."""
    if value is None:
        return NONE
    number = _rounded(value, 1)
    return f"{_sign(number, plus=True) if plus else ''}{abs(number)} pts"


def ratio(value: Number | None) -> str:
    """Two decimals. 2.657 -> 2.66×."""
    if value is None:
        return NONE
    number = _rounded(value, 2)
    return f"{_sign(number)}{abs(number):,}×"


def index(value: Number | None) -> str:
    """Two decimals, no unit. 0.786 -> 0.79."""
    return ratio(value).removesuffix("×")


def whole(value: Number | None, *, plus: bool = False) -> str:
    """52438 -> 52,438; with plus +52,438."""
    if value is None:
        return NONE
    number = _rounded(value, 0)
    return f"{_sign(number, plus=plus)}{abs(number):,}"


def day(value: date | None, *, year_of: date | None = None, within: tuple[date, date] | None = None) -> str:
    """Dec 19, 2026; without the year when it is the calendar year of `year_of`, or inside `within` (half-open)."""
    if value is None:
        return NONE
    text = f"{value:%b} {value.day}"
    known = year_of is not None and value.year == year_of.year
    if within is not None:
        known = within[0] <= (value.date() if isinstance(value, datetime) else value) < within[1]
    return text if known else f"{text}, {value.year}"


def day_range(first: date, last: date) -> str:
    """Both days are in. Oct 1 – Dec 31, 2026; Nov 1, 2026 – Jan 31, 2027; Oct 5, 2026."""
    if first == last:
        return day(first)
    return f"{day(first, year_of=last)} – {day(last)}"


def clock(value: datetime) -> str:
    """6:00 PM."""
    return f"{value.hour % 12 or 12}:{value:%M} {'AM' if value.hour < 12 else 'PM'}"


def moment(value: datetime | None, zone: str) -> str:
    """Nov 20, 2026, 6:00 PM PST in the given time zone."""
    if value is None:
        return NONE
    local = value.astimezone(ZoneInfo(zone))
    return f"{day(local.date())}, {clock(local)} {local:%Z}"


def initials(name: str) -> str:
    """Rafferty Parwani -> RP; Cher -> CH."""
    parts = [part for part in name.replace("-", " ").split() if part[:1].isalpha()]
    if not parts:
        return "?"
    return (parts[0][:2] if len(parts) == 1 else parts[0][0] + parts[-1][0]).upper()


def duration(seconds: float) -> str:
    """0.4 -> under 1 s; 12 -> 12 s; 75 -> 1 min 15 s; 3720 -> 62 min 0 s."""
    whole_seconds = int(seconds)
    if whole_seconds < 1:
        return "under 1 s"
    minutes, rest = divmod(whole_seconds, 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def act_words(code: str) -> str:
    """The code of an act as words. deal.buying_group_set -> Deal: buying group set."""
    of, _dot, what = code.replace("_", " ").partition(".")
    return f"{of.capitalize()}: {what.replace('.', ', ')}" if what else of.capitalize()


def told(value: object) -> str:
    """What was written down about an act, as text. ["Ann", "Bo"] -> Ann, Bo; [] or None -> –; {"a": 1} -> a: 1."""
    if isinstance(value, dict):
        return ", ".join(f"{name}: {told(one)}" for name, one in value.items()) or NONE
    if isinstance(value, list | tuple):
        return ", ".join(told(one) for one in value) or NONE
    return NONE if value is None or value == "" else str(value)
