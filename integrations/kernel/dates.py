"""Dates as other systems write them: the order of a column is decided by all its values, never cell by cell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

MONTHS = {
    name[:3]: number
    for number, name in enumerate(
        ("january february march april may june july august september october november december").split(), start=1
    )
}
_NUMERIC = re.compile(r"^(\d{1,4})[/.\- ](\d{1,2})[/.\- ](\d{1,4})(?:[Tt ,]+(.+))?$")
_DOTTED = re.compile(r"^\d{1,2}\.\d{1,2}\.\d{2,4}\b")
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_DAY_FIRST = re.compile(
    r"^(?:[a-z]{3,9},? )?(\d{1,2})(?:st|nd|rd|th)?[ \-/.]([a-z]{3,9})\.?,?[ \-/.](\d{2,4})(?:,? .*)?$"
)
_MONTH_FIRST = re.compile(r"^(?:[a-z]{3,9},? )?([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})(?:,? .*)?$")
_SERIAL = re.compile(r"^\d{5}(?:\.\d+)?$")
_EPOCH = date(1899, 12, 30)
NAMES = {"dmy": "DD/MM/YYYY", "mdy": "MM/DD/YYYY", "ymd": "YYYY-MM-DD"}
_MONTH_NAMES = "January February March April May June July August September October November December".split()


class BadDate(ValueError):
    """A cell that is no date in the column's order; the message says how to write it."""


@dataclass(frozen=True, slots=True)
class DateOrder:
    """How a column writes dates. `is_certain` is False when no value decides between day first and month first."""

    order: str = "ymd"
    is_certain: bool = True


def order_of(values: Iterable[str]) -> DateOrder:
    """The order in which a column writes day and month. ["4/12/2026", "19/12/2026"] -> dmy, certain."""
    day_first = month_first = numeric = 0
    for value in values:
        found = _NUMERIC.match(value.strip())
        if not found or len(found[1]) == 4:
            continue
        numeric += 1
        first, second = int(found[1]), int(found[2])
        day_first += first > 12 >= second
        month_first += second > 12 >= first
    if not numeric:
        return DateOrder("ymd")
    if day_first == month_first:
        return DateOrder("mdy", is_certain=False)
    return DateOrder("dmy" if day_first > month_first else "mdy")


def orders_of(columns: Mapping[str, Sequence[str]]) -> dict[str, DateOrder]:
    """The order of each column of a file. One that doesn't decide is written as the columns that do, where they agree.

    {"created": ["01.02.2021"], "closed": ["15.04.2021"]} -> dmy for both. Dots between numbers mean day first anywhere.
    """
    own = {name: order_of(values) for name, values in columns.items()}
    decided = {order.order for order in own.values() if order.is_certain and order.order != "ymd"}
    of_file = decided.pop() if len(decided) == 1 else ""
    return {
        name: order if order.is_certain else _of_others(columns[name], of_file) or order for name, order in own.items()
    }


def _of_others(values: Sequence[str], of_file: str) -> DateOrder | None:
    if of_file:
        return DateOrder(of_file)
    numeric = [value for value in values if _NUMERIC.match(value.strip())]
    return DateOrder("dmy") if all(_DOTTED.match(value.strip()) for value in numeric) else None


def looks_like_date(value: object) -> bool:
    if isinstance(value, date):
        return True
    if not isinstance(value, str) or not value:
        return False
    text = value.strip().lower()
    if _NUMERIC.match(text):
        return True
    return bool(_DAY_FIRST.match(text) or _MONTH_FIRST.match(text))


def parse_date(value: object, order: str) -> date:
    """A cell as a date. ("19/12/2026", "dmy") -> Dec 19, 2026. Raises BadDate ("November has 30 days.")."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = str(value).strip()
    if found := _NUMERIC.match(text):
        return _from_numbers(found, order)
    if found := _COMPACT.match(text):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    lower = text.lower()
    if found := _DAY_FIRST.match(lower):
        return _named(year=found[3], month=found[2], day=found[1], order=order)
    if found := _MONTH_FIRST.match(lower):
        return _named(year=found[3], month=found[1], day=found[2], order=order)
    if _SERIAL.match(text):
        return _EPOCH + timedelta(days=int(float(text)))
    raise BadDate(f"Enter a date as {NAMES[order]}.")


def _from_numbers(found: re.Match[str], order: str) -> date:
    first, second, third = found[1], found[2], found[3]
    if len(first) == 4:
        return _day(int(first), int(second), int(third))
    year = _year(third)
    day, month = (int(first), int(second)) if order == "dmy" else (int(second), int(first))
    if month > 12 and day <= 12:
        raise BadDate(f"There is no month {month}. Enter a date as {NAMES[order]}.")
    return _day(year, month, day)


def _named(*, year: str, month: str, day: str, order: str) -> date:
    number = MONTHS.get(month[:3])
    if number is None:
        raise BadDate(f"“{month}” is no month. Enter a date as {NAMES[order]}.")
    return _day(_year(year), number, int(day))


def _year(text: str) -> int:
    year = int(text)
    if len(text) > 2:
        return year
    return 2000 + year if year < 70 else 1900 + year


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        if 1 <= month <= 12 and 1 <= year <= 9999 and day > 28:
            last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
            raise BadDate(f"{_MONTH_NAMES[month - 1]} has {last} days.") from error
        raise BadDate("There is no such day. Check day, month and year.") from error
