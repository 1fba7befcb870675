"""The company's settings: its calendar and its exchange rates."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core import audit, registry
from core.models import Company, Currency, FiscalPeriod, FxRate
from core.selectors import company_of_request, the_company


class SettingsError(ValueError):
    """A setting that can't be; the message says why and what to do, `field` names the field it belongs to."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def change_company(*, company: Company, by: Any) -> Company:
    """Save the company's settings and lay out its fiscal periods anew.

    Raises SettingsError when the reporting currency would change under records that hold amounts.
    """
    before = Company.objects.filter(pk=1).values_list("currency_id", flat=True).first()
    if before and before != company.currency_id and _has_amounts():
        words = _("The reporting currency stays %(currency)s: there are records with amounts already.")
        raise SettingsError(words % {"currency": before}, "currency")
    company.pk = 1
    company.save()
    (company_of_request.get() or {}).clear()
    lay_out_periods(company=company)
    Currency.objects.filter(pk=company.currency_id).update(is_active=True)
    audit.record(act="company.changed", actor=by, subject=company)
    return company


def _has_amounts() -> bool:
    """Whether any room holds a record with a currency."""
    models = [entry.model for entry in registry.record_models]
    kept = [model for model in models if any(field.name == "currency" for field in model._meta.fields)]
    return any(model._default_manager.exists() for model in kept)


def lay_out_periods(*, company: Company, first: int = 2010, last: int = 2040) -> None:
    """One row for each year, quarter and month of the calendar; rows that targets point to keep their key."""
    calendar = company.calendar
    rows = []
    for year in range(first, last + 1):
        whole = calendar.period(str(year))
        for period in (whole, *calendar.quarters_of(whole), *calendar.months_of(whole)):
            rows.append(
                FiscalPeriod(
                    key=period.key, kind=period.kind, label=period.label, starts_on=period.start, ends_on=period.end
                )
            )
    told = ["kind", "label", "starts_on", "ends_on"]
    FiscalPeriod.objects.bulk_create(rows, update_conflicts=True, unique_fields=["key"], update_fields=told)


@transaction.atomic
def add_rate(*, rate: FxRate, by: Any) -> FxRate:
    """From a day one unit of a currency is worth this much; the rate before ends there, one of the day is replaced.

    A rate that begins later stays, and ends the new one on its first day. Raises SettingsError for the reporting
    currency itself.
    """
    if rate.currency_id == the_company().currency_id:
        raise SettingsError(_("This is the reporting currency: its rate is always 1."), "currency")
    same = FxRate.objects.select_for_update().filter(kind=rate.kind, currency=rate.currency)
    same.filter(valid_from=rate.valid_from).delete()
    holding = Q(valid_to=None) | Q(valid_to__gt=rate.valid_from)
    same.filter(holding, valid_from__lt=rate.valid_from).update(valid_to=rate.valid_from)
    later = same.filter(valid_from__gt=rate.valid_from).order_by("valid_from").first()
    rate.valid_to = later.valid_from if later else None
    rate.save()
    Currency.objects.filter(pk=rate.currency_id).update(is_active=True)
    audit.record(act="rate.added", actor=by, subject=rate)
    return rate
