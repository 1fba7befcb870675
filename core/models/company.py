from __future__ import annotations

from zoneinfo import ZoneInfo

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.enums import RateKind, YearName, YearPattern
from core.kernel.periods import FiscalCalendar
from core.models.abstract import EffectiveDated, Timestamped, ends_after_start, no_overlap


class Company(Timestamped):
    """The one company of this installation: its name, currency, clock and fiscal year."""

    name = models.CharField(_("name"), max_length=200, default="My company")
    currency = models.ForeignKey("core.Currency", models.PROTECT, verbose_name=_("reporting currency"), default="USD")
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    start_month = models.PositiveSmallIntegerField(
        _("fiscal year starts in month"), default=1, validators=[MinValueValidator(1), MaxValueValidator(12)]
    )
    pattern = models.CharField(_("months"), max_length=8, choices=YearPattern, default=YearPattern.CALENDAR)
    named_by = models.CharField(_("year is named by"), max_length=5, choices=YearName, default=YearName.END)
    is_demo = models.BooleanField(default=False, editable=False)
    closed_through = models.DateField(
        _("closed through"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("The last day whose figures stand: what was closed until then isn't changed any more."),
    )

    class Meta:
        verbose_name = _("company")
        constraints = [models.CheckConstraint(name="company_is_one", condition=Q(id=1))]

    def __str__(self) -> str:
        return self.name

    @property
    def calendar(self) -> FiscalCalendar:
        return FiscalCalendar(start_month=self.start_month, pattern=self.pattern, named_by=self.named_by)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class FiscalPeriod(models.Model):
    """A year, quarter or month of the company's calendar, kept so that facts can point to it."""

    key = models.CharField(_("key"), max_length=10, unique=True)
    kind = models.CharField(_("kind"), max_length=8)
    label = models.CharField(_("label"), max_length=20)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("first day after"))

    class Meta:
        verbose_name = _("fiscal period")
        ordering = ["starts_on", "-ends_on"]
        constraints = [
            models.CheckConstraint(name="period_has_days", condition=Q(starts_on__lt=models.F("ends_on"))),
        ]

    def __str__(self) -> str:
        return self.label


class Currency(models.Model):
    code = models.CharField(_("ISO code"), max_length=3, primary_key=True)
    name = models.CharField(_("name"), max_length=60)
    minor_digits = models.PositiveSmallIntegerField(_("decimals"), default=2)
    is_active = models.BooleanField(_("offered in forms"), default=False)

    class Meta:
        verbose_name = _("currency")
        verbose_name_plural = _("currencies")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class FxRate(EffectiveDated, Timestamped):
    """Units of the reporting currency for one unit of `currency`, for a span of days."""

    kind = models.CharField(_("kind"), max_length=6, choices=RateKind, default=RateKind.PLAN)
    currency = models.ForeignKey(Currency, models.PROTECT, verbose_name=_("currency"), related_name="rates")
    rate = models.DecimalField(_("rate"), max_digits=20, decimal_places=10)
    source = models.CharField(_("source"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("exchange rate")
        ordering = ["currency", "-valid_from"]
        constraints = [
            no_overlap("kind", "currency", name="fx_rate_no_overlap"),
            ends_after_start("fx_rate_span"),
            models.CheckConstraint(name="fx_rate_positive", condition=Q(rate__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.currency_id} {self.rate} ({self.get_kind_display()}, {self.valid_from})"
