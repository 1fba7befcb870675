from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Deferrable, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import Currency, EffectiveDated, FiscalPeriod, Timestamped, days_in_force, ends_after_start
from quotas.enums import HolderKind, Measure


class Target(EffectiveDated, Timestamped):
    """What a holder owes for a measure in a period. A changed target ends the old row and begins a new one."""

    measure = models.CharField(_("measure"), max_length=10, choices=Measure, default=Measure.BOOKINGS)
    period = models.ForeignKey(FiscalPeriod, models.PROTECT, related_name="+", verbose_name=_("period"))
    holder_kind = models.CharField(_("holder"), max_length=8, choices=HolderKind, default=HolderKind.COMPANY)
    holder_id = models.BigIntegerField(_("holder"), default=0, help_text=_("0 for the company."))
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=4)
    currency = models.ForeignKey(Currency, models.PROTECT, null=True, blank=True, verbose_name=_("currency"))

    class Meta:
        verbose_name = _("target")
        ordering = ["period", "holder_kind", "holder_id"]
        # The constraint's index is of a kind that finds many holders slowly.
        indexes = [models.Index(fields=["holder_kind", "holder_id", "period"], name="target_holder")]
        constraints = [
            ExclusionConstraint(
                name="one_target_in_force",
                expressions=[
                    ("measure", RangeOperators.EQUAL),
                    ("period", RangeOperators.EQUAL),
                    ("holder_kind", RangeOperators.EQUAL),
                    ("holder_id", RangeOperators.EQUAL),
                    (days_in_force(), RangeOperators.OVERLAPS),
                ],
                index_type="GIST",
                deferrable=Deferrable.IMMEDIATE,
            ),
            ends_after_start("target_span"),
            models.CheckConstraint(name="target_not_negative", condition=Q(amount__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.get_measure_display()} {self.period}: {self.amount}"

    def get_absolute_url(self) -> str:
        return reverse("quotas:target", args=[self.pk])
