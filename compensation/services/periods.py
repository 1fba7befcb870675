"""Pay periods: months of pay, opened ahead, locked in their order."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction

from compensation.models import PayPeriod
from core.selectors import the_company

PAYS_AFTER_DAYS = 30


@transaction.atomic
def open_periods(*, first: date, last: date) -> list[PayPeriod]:
    """The pay periods of every fiscal month from one day's to another's, where missing; in order."""
    calendar = the_company().calendar
    found, month = [], calendar.month_of(first)
    while month.start <= last:
        pays_on = month.end + timedelta(days=PAYS_AFTER_DAYS - 1)
        given = {"ends_on": month.end, "pays_on": pays_on}
        found.append(PayPeriod.objects.get_or_create(starts_on=month.start, defaults=given)[0])
        month = calendar.month_of(month.end)
    return found
