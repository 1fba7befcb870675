"""The company, its calendar, its rates."""

from __future__ import annotations

from contextvars import ContextVar
from copy import copy
from datetime import date, datetime, time
from decimal import Decimal

from django.db.models import QuerySet

from core.enums import RateKind
from core.kernel.access import SignedIn
from core.models import Company, FxRate, in_force_on


class MissingRate(LookupError):
    """No exchange rate for a currency on a day; names both and where to add one."""


# The company row, asked for once while a request is answered; core.middleware opens and closes it, None outside.
company_of_request: ContextVar[dict[str, Company] | None] = ContextVar("company_of_request", default=None)


def the_company() -> Company:
    """The one company; made with defaults when there is none yet. A copy: changing it changes nobody else's."""
    kept = company_of_request.get()
    if kept is None:
        return _find_company()
    if "row" not in kept:
        kept["row"] = _find_company()
    return copy(kept["row"])


def _find_company() -> Company:
    company = Company.objects.select_related("currency").filter(pk=1).first()
    return company or Company.objects.get_or_create(pk=1)[0]


def day_begins(day: date) -> datetime:
    """The first instant of a day of the company."""
    return datetime.combine(day, time.min, the_company().zone)


def day_ends(day: date) -> datetime:
    """The last instant of a day of the company."""
    return datetime.combine(day, time.max, the_company().zone)


def company_day(at: datetime) -> date:
    """The business day of an instant, in the company's time zone."""
    return at.astimezone(the_company().zone).date()


def plan_rates(*, on: date) -> dict[str, Decimal]:
    """Plan rate of every currency on a day: units of the reporting currency for one unit; the reporting one is 1."""
    found = FxRate.objects.filter(in_force_on(on), kind=RateKind.PLAN).values_list("currency_id", "rate")
    return {str(the_company().currency_id): Decimal(1)} | dict(found)


def plan_rate(*, currency: str, on: date) -> Decimal:
    """Raises MissingRate."""
    rates = plan_rates(on=on)
    if currency not in rates:
        raise MissingRate(f"There is no plan rate for {currency} on {on}. Add one under Settings, Exchange rates.")
    return rates[currency]


def rates_for(user: SignedIn) -> QuerySet[FxRate]:
    rates = FxRate.objects.select_related("currency")
    return rates if user.has_role("admin", "sales_ops") else rates.none()
