"""Numbers and money as other systems write them, exact: `$22,700.00`, `22.700,00 €`, `1 234,56`, `(1,200)`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

SYMBOLS = {
    "$": "USD",
    "US$": "USD",
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "C$": "CAD",
    "A$": "AUD",
    "zł": "PLN",
}
DOLLARS = {"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "TWD"}
_SYMBOL = re.compile(r"^(?:[A-Z]{3}|[A-Z]{0,2}[$€£¥₹]|zł)$")
_PARTS = re.compile(r"^(?P<before>[^\d(\-+.,]*)(?P<number>[\d.,' \u00a0\u202f]+)(?P<scale>[KkMmBb]?)(?P<after>[^\d]*)$")
_PLAIN = re.compile(r"^-?\d{1,15}(?:\.\d{1,2})?$", re.ASCII)
_SCALES = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9}
_AMBIGUOUS = re.compile(r"^\d{1,3}[.,]\d{3}$")


class BadNumber(ValueError):
    """A cell that is no number; `suggestion` is what was probably meant."""

    def __init__(self, message: str, suggestion: str = "") -> None:
        super().__init__(message)
        self.suggestion = suggestion


def decimal_mark_of(values: Iterable[str]) -> str:
    """The decimal mark of a column: "." or ",". Decided by values that leave no doubt; "." when none does."""
    comma = point = 0
    for value in values:
        text = re.sub(r"[^\d.,]", "", value)
        last_comma, last_point = text.rfind(","), text.rfind(".")
        if last_comma >= 0 and last_point >= 0:
            comma += last_comma > last_point
            point += last_point > last_comma
        elif last_comma >= 0 and len(text) - last_comma - 1 != 3:
            comma += text.count(",") == 1
        elif last_point >= 0 and len(text) - last_point - 1 != 3:
            point += text.count(".") == 1
        elif text.count(".") > 1:
            comma += 1
        elif text.count(",") > 1:
            point += 1
    return "," if comma > point else "."


def currency_of(value: str, home: str = "") -> str:
    """The ISO code written beside an amount, or "". "22.700,00 €" -> EUR. A bare $ is the home currency's own."""
    found = _PARTS.match(value.strip().lstrip("(-+").strip())
    if not found:
        return ""
    for part in (found["before"].strip(), found["after"].strip().rstrip(")").strip()):
        if part == "$" and home in DOLLARS:
            return home
        if part and _SYMBOL.match(part):
            return SYMBOLS.get(part, part if len(part) == 3 and part.isalpha() else "")
    return ""


def parse_number(value: object, decimal_mark: str = ".", *, max_decimals: int = 2) -> Decimal:
    """A cell as an exact number. ("$22,700.00", ".") -> 22700.00. Raises BadNumber, maybe with a suggestion."""
    if isinstance(value, bool):
        raise BadNumber("Enter a number.")
    if isinstance(value, (int, Decimal)):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(repr(value))
    text = str(value).strip()
    if _is_plain(text, decimal_mark):
        return Decimal(text)
    negative = text.startswith(("-", "\u2212", "(")) or text.endswith("-")
    body = text.strip("()").strip("-\u2212+ ")
    found = _PARTS.match(body)
    if not found or not _is_unit(found["before"]) or not _is_unit(found["after"]):
        if found and found["before"].strip().endswith("-"):
            return -parse_number(found["number"], decimal_mark, max_decimals=max_decimals)
        raise BadNumber("Enter a number, for example 22700.00.")
    number = _digits(found["number"].strip(), decimal_mark, max_decimals)
    number *= _SCALES[found["scale"].lower()]
    return -number if negative else number


def _is_plain(text: str, decimal_mark: str) -> bool:
    """The usual case, quickly: 22700 or 22700.5 or -22700.50, which nobody can take for anything else."""
    return bool(_PLAIN.match(text)) and (decimal_mark == "." or "." not in text)


def _is_unit(text: str) -> bool:
    clean = text.strip().strip("()-").strip()
    return clean in ("", "%") or bool(_SYMBOL.match(clean)) or clean.lower() in ("usd", "eur", "gbp")


def _digits(text: str, mark: str, max_decimals: int) -> Decimal:
    group = "." if mark == "," else ","
    if text.count(".") > 1 and text.count(",") > 1:
        raise BadNumber("Enter a number, for example 22700.00.")
    plain = re.sub(r"[' \u00a0\u202f]", "", text)
    if mark == "." and plain.count(".") == 1 and _AMBIGUOUS.match(plain) and max_decimals < 3 and plain[0] != "0":
        meant = plain.replace(".", ",") + ".00"
        raise BadNumber(f"Amount has 3 decimals. Did you mean {meant}?", plain.replace(".", ""))
    if plain.count(mark) > 1:
        other = _digits(plain, group, max_decimals)  # the other mark must be the decimal one
        raise BadNumber(f"Amount has {plain.count(mark)} decimal marks. Did you mean {other:,.2f}?", str(other))
    try:
        return Decimal(plain.replace(group, "").replace(mark, "."))
    except InvalidOperation as error:
        raise BadNumber("Enter a number, for example 22700.00.") from error
