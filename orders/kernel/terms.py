"""Months of a contract, and when its renewal has to be begun."""

from __future__ import annotations

import calendar
from datetime import date, timedelta


def months_after(day: date, months: int) -> date:
    """The same day so many months later; the last day of a shorter month. Jan 31 + 1 month -> Feb 28."""
    place = day.year * 12 + day.month - 1 + months
    year, month = divmod(place, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def renewal_opens_on(*, ends_on: date, lead_days: int, notice_days: int) -> date:
    """The day a renewal is begun: lead_days before the end, and early enough that notice can still be given.

    Ends Dec 31 (first day after), 90 days ahead, 120 days of notice -> Sep 2.
    """
    return ends_on - timedelta(days=max(lead_days, notice_days))
