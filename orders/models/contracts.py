"""Contracts, and what of them was lost."""

from __future__ import annotations

from datetime import date

import pghistory
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from core.kernel.effective import last_day_of
from core.models import Currency, Timestamped, custom_values
from orders.enums import ContractStatus
from pipeline.models import Opportunity


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), exclude=["updated_at", "version"])
class Contract(Timestamped):
    """What a customer has signed, over [starts_on, ends_on); no end: until somebody ends it."""

    name = models.CharField(_("name"), max_length=255)
    external_id = models.CharField(_("external ID"), max_length=120, null=True, blank=True, unique=True)
    account = models.ForeignKey(Account, models.PROTECT, related_name="contracts", verbose_name=_("account"))
    deal = models.ForeignKey(
        Opportunity, models.PROTECT, null=True, blank=True, related_name="contracts", verbose_name=_("deal")
    )
    status = models.CharField(
        _("status"), max_length=9, choices=ContractStatus, default=ContractStatus.DRAFT, editable=False
    )
    signed_on = models.DateField(_("signed on"), null=True, blank=True)
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("first day after"), null=True, blank=True)
    currency = models.ForeignKey(Currency, models.PROTECT, related_name="+", verbose_name=_("currency"))
    value = models.DecimalField(_("value"), max_digits=18, decimal_places=4)
    recurring_amount = models.DecimalField(
        _("recurring, a year"), max_digits=18, decimal_places=4, null=True, blank=True
    )
    renewal_months = models.PositiveSmallIntegerField(_("renews for, months"), default=12)
    notice_days = models.PositiveSmallIntegerField(_("notice, days"), default=30)
    auto_renews = models.BooleanField(_("renews by itself"), default=False)
    cancelled_on = models.DateField(_("cancelled on"), null=True, blank=True, editable=False)
    reason = models.CharField(_("reason"), max_length=255, blank=True, editable=False)
    renewal_deal = models.OneToOneField(
        Opportunity, models.PROTECT, null=True, blank=True, related_name="renews", editable=False
    )
    custom = custom_values()
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("contract")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="contract_span", condition=Q(ends_on__isnull=True) | Q(starts_on__lt=F("ends_on"))
            ),
            models.CheckConstraint(
                name="contract_money",
                condition=Q(value__gte=0) & (Q(recurring_amount=None) | Q(recurring_amount__gte=0)),
            ),
            models.CheckConstraint(
                name="contract_signed", condition=~Q(status__in=["signed", "ended"]) | Q(signed_on__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-id"]),
            models.Index(fields=["deal"]),
            models.Index(fields=["status", "ends_on"]),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("orders:contract", args=[self.pk])

    @property
    def number(self) -> str:
        return f"CTR-{self.pk}"

    @property
    def last_day(self) -> date | None:
        """The last day it holds, as people read it."""
        return last_day_of(self.ends_on)

    @property
    def owner_id(self) -> int | None:
        return self.deal.owner_id if self.deal else self.account.owner_id


class Churn(Timestamped):
    """A dated loss: so much a year of a contract is gone from a day on. A row that takes one back is negative."""

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="churns", verbose_name=_("contract"))
    lost_on = models.DateField(_("from"))
    amount = models.DecimalField(_("lost, a year"), max_digits=18, decimal_places=4)
    reason = models.CharField(_("reason"), max_length=255)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversed_by")

    class Meta:
        verbose_name = _("churn")
        ordering = ["-lost_on", "-id"]
        constraints = [
            models.CheckConstraint(
                name="churn_amount", condition=Q(reverses=None, amount__gt=0) | Q(reverses__isnull=False, amount__lt=0)
            ),
        ]
        indexes = [models.Index(fields=["lost_on"])]
