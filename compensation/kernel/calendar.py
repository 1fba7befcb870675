"""Business days: Monday to Friday. Holidays of a company aren't known here."""

from __future__ import annotations

from datetime import date, timedelta

_SATURDAY = 5


def business_days_after(day: date, count: int) -> date:
    """The day so many business days after another. Friday and 1 -> Monday; Saturday and 1 -> Monday."""
    found = day
    while count > 0:
        found += timedelta(days=1)
        count -= found.weekday() < _SATURDAY
    return found


def business_days_between(first: date, last: date) -> int:
    """Business days after the one up to and with the other; 0 where it isn't later. Friday to Monday -> 1."""
    days = max((last - first).days, 0)
    return sum((first + timedelta(days=one)).weekday() < _SATURDAY for one in range(1, days + 1))
