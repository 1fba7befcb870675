"""The values of fields that a company adds to its records: how each type is stored, read back and written for people.

Stored as JSON that is equal exactly when the values are: decimals as plain text ("12.5"), days as ISO, choices by key.
An empty value isn't stored at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from core.kernel import formats

PREFIX = "own_"  # what the fields are called in forms, filters and columns: own_<key>
TEXT_CHARS, LONG_CHARS, URL_CHARS = 255, 10_000, 500
DIGITS, DECIMALS, MONEY_DECIMALS = 18, 6, 4
FIRST_YEAR, LAST_YEAR = 1900, 2199
SEPARATOR = ";"
_HOST = r"[^\s/@:<>\"'\\?#.]+(\.[^\s/@:<>\"'\\?#.]+)+"
_URL = re.compile(rf"https?://{_HOST}(:\d{{1,5}})?([/?#][^\s<>\"'\\]*)?", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


class BadValue(ValueError):
    """A value that the field can't hold; the message says what to write."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values of a choice; one that is off isn't offered any more, but stays where it was chosen."""

    key: str
    label: str
    is_off: bool = False


@dataclass(frozen=True, slots=True)
class OwnField:
    """What a custom field is. type: text, long, number, money, date, boolean, choice, choices, person, url."""

    record_kind: str
    key: str
    label: str
    type: str
    help_text: str = ""
    is_required: bool = False
    default: Any = None
    choices: tuple[Choice, ...] = ()

    @property
    def name(self) -> str:
        return PREFIX + self.key

    @property
    def has_choices(self) -> bool:
        return self.type in ("choice", "choices")

    @property
    def is_number(self) -> bool:
        return self.type in ("number", "money")

    def label_of(self, key: Any) -> str:
        return next((one.label for one in self.choices if one.key == key), str(key))


def stored(field: OwnField, value: Any) -> Any:
    """The JSON for a clean value (text, Decimal, date, bool, choice keys, id of a person); None for an empty one.

    Raises BadValue.
    """
    if value is None or value == "" or value == [] or value == ():
        return None
    return _STORED[field.type](field, value)


def _text(field: OwnField, value: Any) -> str | None:
    text = " ".join(_CONTROL.sub("", str(value).replace("\t", " ").replace("\n", " ")).split())
    return _at_most(text, TEXT_CHARS)


def _long(field: OwnField, value: Any) -> str | None:
    lines = str(value).replace("\r\n", "\n").replace("\r", "\n")
    return _at_most(_CONTROL.sub("", lines).strip(), LONG_CHARS)


def _at_most(text: str, most: int) -> str | None:
    if len(text) > most:
        raise BadValue(f"Write at most {most:,} characters; these are {len(text):,}.")
    return text or None


def _decimal(field: OwnField, value: Any) -> str:
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value).strip())
    except InvalidOperation as error:
        raise BadValue("Write a number such as 1234.5.") from error
    if not number.is_finite():
        raise BadValue("Write a number such as 1234.5.")
    plain = number.normalize()
    places = MONEY_DECIMALS if field.type == "money" else DECIMALS
    if -int(plain.as_tuple().exponent) > places:
        raise BadValue(f"Write at most {places} decimals.")
    if plain.adjusted() >= DIGITS - places:
        raise BadValue(f"Write a number below {10 ** (DIGITS - places):,}.")
    return f"{plain:f}" if plain else "0"


def _day(field: OwnField, value: Any) -> str:
    try:
        day = value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError as error:
        raise BadValue("Write a day as 2026-11-30.") from error
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise BadValue(f"Write a day between {FIRST_YEAR} and {LAST_YEAR}.")
    return f"{day.year:04}-{day.month:02}-{day.day:02}"


def _boolean(field: OwnField, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    known = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    if (text := str(value).strip().lower()) not in known:
        raise BadValue("Write yes or no.")
    return known[text]


def _choice(field: OwnField, value: Any) -> str:
    """By key, or by its words in any case."""
    text = str(value).strip()
    for one in field.choices:
        if text == one.key or text.casefold() == one.label.casefold():
            return one.key
    offered = ", ".join(one.label for one in field.choices if not one.is_off)
    raise BadValue(f"“{text[:60]}” is none of: {offered}.")


def _choices(field: OwnField, value: Any) -> list[str] | None:
    """In the order of the field, each once, whatever order they came in."""
    parts = value.split(SEPARATOR) if isinstance(value, str) else value
    chosen = {_choice(field, part) for part in parts if str(part).strip()}
    return [one.key for one in field.choices if one.key in chosen] or None


def _person(field: OwnField, value: Any) -> int:
    pk = value if isinstance(value, int) else getattr(value, "pk", None)
    if not isinstance(pk, int):
        raise BadValue("Choose a person from the list.")
    return pk


def _url(field: OwnField, value: Any) -> str:
    text = _CONTROL.sub("", str(value)).strip()
    text = text if "://" in text else f"https://{text}"
    if len(text) > URL_CHARS:
        raise BadValue(f"Write at most {URL_CHARS} characters.")
    if not _URL.fullmatch(text):
        raise BadValue("Write a web address such as https://example.com/page.")
    return text


_STORED = {
    "text": _text, "long": _long, "number": _decimal, "money": _decimal, "date": _day, "boolean": _boolean,
    "choice": _choice, "choices": _choices, "person": _person, "url": _url,
}  # fmt: skip


def plain(field: OwnField, value: Any) -> Any:
    """The clean value behind stored JSON: Decimal, date, bool, text, choice key or keys, id. None where it is empty.

    What doesn't fit the field (its type can't change, but data may come from outside) reads as None, not as an error.
    """
    if value is None:
        return None
    try:
        if field.is_number:
            return Decimal(str(value))
        if field.type == "date":
            return date.fromisoformat(str(value))
        if field.type == "choices":
            return [str(key) for key in value]
        if field.type == "person":
            return int(value)
    except (ValueError, TypeError, InvalidOperation):
        return None
    return value


def exported(field: OwnField, value: Any, people: Mapping[int, str]) -> Any:
    """A stored value as a file holds it: importing it changes nothing. people: id -> an unmistakable name."""
    clean = plain(field, value)
    if clean is None:
        return None
    if field.type == "choice":
        return field.label_of(clean)
    if field.type == "choices":
        return f"{SEPARATOR} ".join(field.label_of(key) for key in clean)
    return people.get(clean) if field.type == "person" else clean


def shown(field: OwnField, value: Any, people: Mapping[int, str], *, currency: str = "") -> str:
    """A stored value as people read it; "" where there is none."""
    clean = plain(field, value)
    if clean is None:
        return ""
    if field.type == "money":
        return formats.exact_money(clean, currency)
    if field.type == "number":
        return f"{clean.normalize():,f}"
    if field.type == "date":
        return formats.day(clean)
    if field.type == "boolean":
        return "Yes" if clean else "No"
    if field.type == "choices":
        return ", ".join(field.label_of(key) for key in clean)
    if field.type == "choice":
        return field.label_of(clean)
    return people.get(clean, "") if field.type == "person" else str(clean)


def merged(before: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a record after a change; a None takes its key away."""
    after = {**before, **changes}
    return {key: value for key, value in after.items() if value is not None}


def with_defaults(fields: tuple[OwnField, ...], given: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a new record: what was given, and the default of every field that wasn't."""
    start = {field.key: field.default for field in fields if field.default is not None}
    return merged(start, given)
