"""Orders, what was delivered of them and what came back."""

from __future__ import annotations

from decimal import Decimal

import pghistory
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from core.models import Currency, Timestamped, custom_values
from orders.enums import OrderStatus
from orders.models.contracts import Contract
from orders.models.quotes import Quote
from pipeline.models import Opportunity, Product


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), exclude=["updated_at", "version"])
class Order(Timestamped):
    """What a customer has ordered on a deal. Its total is the sum of its lines; its status follows fulfilment."""

    name = models.CharField(_("name"), max_length=255, blank=True, help_text=_("Blank: as the deal."))
    external_id = models.CharField(_("external ID"), max_length=120, null=True, blank=True, unique=True)
    deal = models.ForeignKey(Opportunity, models.PROTECT, related_name="orders", verbose_name=_("deal"))
    account = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="orders", verbose_name=_("account"), editable=False
    )
    contract = models.ForeignKey(
        Contract, models.PROTECT, null=True, blank=True, related_name="orders", verbose_name=_("contract")
    )
    quote = models.OneToOneField(
        Quote, models.PROTECT, null=True, blank=True, related_name="order", verbose_name=_("quote"), editable=False
    )
    ordered_on = models.DateField(_("ordered on"))
    currency = models.ForeignKey(Currency, models.PROTECT, related_name="+", verbose_name=_("currency"))
    status = models.CharField(_("status"), max_length=9, choices=OrderStatus, default=OrderStatus.OPEN, editable=False)
    total = models.DecimalField(_("total"), max_digits=18, decimal_places=4, default=Decimal(0), editable=False)
    invoiced = models.DecimalField(_("invoiced"), max_digits=18, decimal_places=4, default=Decimal(0), editable=False)
    cancelled_on = models.DateField(_("cancelled on"), null=True, blank=True, editable=False)
    reason = models.CharField(_("reason"), max_length=255, blank=True, editable=False)
    custom = custom_values()
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("order")
        ordering = ["-id"]
        constraints = [models.CheckConstraint(name="order_total_not_negative", condition=Q(total__gte=0))]
        indexes = [
            models.Index(fields=["deal", "-id"]),
            models.Index(fields=["account", "-id"]),
            models.Index(fields=["contract"]),
            models.Index(fields=["ordered_on", "id"]),
            models.Index(fields=["status"]),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}".strip()

    def get_absolute_url(self) -> str:
        return reverse("orders:order", args=[self.pk])

    @property
    def number(self) -> str:
        return f"ORD-{self.pk}"

    @property
    def owner_id(self) -> int | None:
        return self.deal.owner_id

    @property
    def is_cancelled(self) -> bool:
        return self.status == OrderStatus.CANCELLED


class OrderLine(Timestamped):
    """One product of an order, at the price agreed and the cost in force on the day of the order."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="lines")
    product = models.ForeignKey(
        Product, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("product")
    )
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=4, default=Decimal(1))
    unit_price = models.DecimalField(_("unit price"), max_digits=18, decimal_places=4)
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=4, editable=False, default=Decimal(0))
    unit_cost = models.DecimalField(
        _("unit cost"), max_digits=18, decimal_places=4, null=True, blank=True, editable=False
    )

    class Meta:
        verbose_name = _("order line")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="order_line_quantity", condition=Q(quantity__gt=0)),
            models.CheckConstraint(name="order_line_money", condition=Q(unit_price__gte=0, amount__gte=0)),
        ]

    def __str__(self) -> str:
        return str(self.product or _("Without a product"))


class Fulfilment(Timestamped):
    """So much of a line was delivered on a day. A row that takes one back is negative."""

    order_line = models.ForeignKey(OrderLine, models.PROTECT, related_name="fulfilments", verbose_name=_("line"))
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=4)
    fulfilled_on = models.DateField(_("on"))
    note = models.CharField(_("note"), max_length=255, blank=True)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversed_by")

    class Meta:
        verbose_name = _("fulfilment")
        ordering = ["fulfilled_on", "id"]
        constraints = [
            models.CheckConstraint(
                name="fulfilment_quantity",
                condition=Q(reverses=None, quantity__gt=0) | Q(reverses__isnull=False, quantity__lt=0),
            ),
        ]


class Return(Timestamped):
    """So much of a line came back on a day. A row that takes one back is negative."""

    external_id = models.CharField(_("external ID"), max_length=120, null=True, blank=True, unique=True)
    order_line = models.ForeignKey(OrderLine, models.PROTECT, related_name="returns", verbose_name=_("line"))
    returned_on = models.DateField(_("returned on"))
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=4)
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=4)
    reason = models.CharField(_("reason"), max_length=255)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversed_by")

    class Meta:
        verbose_name = _("return")
        ordering = ["-returned_on", "-id"]
        constraints = [
            models.CheckConstraint(
                name="return_quantity",
                condition=Q(reverses=None, quantity__gt=0, amount__gte=0)
                | Q(reverses__isnull=False, quantity__lt=0, amount__lte=0),
            ),
        ]
        indexes = [models.Index(fields=["returned_on", "id"])]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return f"{self.order_line.order.get_absolute_url()}#returns"

    @property
    def number(self) -> str:
        return f"RET-{self.pk}"

    @property
    def currency_id(self) -> str:
        return str(self.order_line.order.currency_id)
