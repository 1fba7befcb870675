"""Quotes and their lines. A sent quote stands as it is; what changes is a revision of it."""

from __future__ import annotations

from decimal import Decimal

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import Currency, Timestamped, custom_values
from orders.enums import QuoteStatus
from pipeline.models import Opportunity, Product


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), exclude=["updated_at", "version"])
class Quote(Timestamped):
    """What is offered on a deal until a day. A revision goes by the number of the quote it revises, `first`."""

    name = models.CharField(_("name"), max_length=255, blank=True, help_text=_("Blank: as the deal."))
    external_id = models.CharField(_("external ID"), max_length=120, null=True, blank=True, unique=True)
    deal = models.ForeignKey(Opportunity, models.PROTECT, related_name="quotes", verbose_name=_("deal"))
    first = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="revisions", editable=False)
    revision = models.PositiveSmallIntegerField(_("revision"), default=1, editable=False)
    status = models.CharField(
        _("status"), max_length=12, choices=QuoteStatus, default=QuoteStatus.DRAFT, editable=False
    )
    currency = models.ForeignKey(Currency, models.PROTECT, related_name="+", verbose_name=_("currency"))
    valid_until = models.DateField(_("valid until"))
    total = models.DecimalField(_("total"), max_digits=18, decimal_places=4, default=Decimal(0), editable=False)
    discount_pct = models.DecimalField(
        _("deepest discount, %"), max_digits=7, decimal_places=4, default=Decimal(0), editable=False
    )
    note = models.TextField(_("note to the customer"), blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    asked_on = models.DateField(_("approval asked on"), null=True, blank=True, editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    approved_on = models.DateField(_("approved on"), null=True, blank=True, editable=False)
    sent_on = models.DateField(_("sent on"), null=True, blank=True, editable=False)
    decided_on = models.DateField(_("decided on"), null=True, blank=True, editable=False)
    reason = models.CharField(_("reason"), max_length=255, blank=True, editable=False)
    custom = custom_values()
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("quote")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["first", "revision"], name="one_quote_a_revision"),
            models.CheckConstraint(name="quote_total_not_negative", condition=Q(total__gte=0)),
            models.CheckConstraint(name="quote_revises", condition=Q(first=None, revision=1) | Q(first__isnull=False)),
        ]
        indexes = [models.Index(fields=["deal", "-id"]), models.Index(fields=["status", "valid_until"])]

    def __str__(self) -> str:
        return f"{self.number} {self.name}".strip()

    def get_absolute_url(self) -> str:
        return reverse("orders:quote", args=[self.pk])

    @property
    def number(self) -> str:
        return f"QUO-{self.first_id or self.pk}" + (f" v{self.revision}" if self.revision > 1 else "")

    @property
    def is_draft(self) -> bool:
        return self.status == QuoteStatus.DRAFT

    @property
    def owner_id(self) -> int | None:
        return self.deal.owner_id


class QuoteLine(Timestamped):
    """One product of a quote; net is quantity x list price less the discount, rounded once."""

    quote = models.ForeignKey(Quote, models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, models.PROTECT, related_name="+", verbose_name=_("product"))
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=4, default=Decimal(1))
    list_price = models.DecimalField(_("list price"), max_digits=18, decimal_places=4)
    discount_pct = models.DecimalField(_("discount, %"), max_digits=7, decimal_places=4, default=Decimal(0))
    net = models.DecimalField(_("net"), max_digits=18, decimal_places=4, editable=False, default=Decimal(0))

    class Meta:
        verbose_name = _("quote line")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="quote_line_quantity", condition=Q(quantity__gt=0)),
            models.CheckConstraint(name="quote_line_discount", condition=Q(discount_pct__gte=0, discount_pct__lte=100)),
            models.CheckConstraint(name="quote_line_prices", condition=Q(list_price__gte=0, net__gte=0)),
        ]
