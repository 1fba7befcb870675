"""What the company decides: how deep a discount may be, what products cost, how far ahead renewals begin."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import Currency, EffectiveDated, Timestamped, ends_after_start, no_overlap
from people.enums import Role
from pipeline.models import Product


class OrderSettings(Timestamped):
    """The one row of numbers this room works with."""

    renewal_lead_days = models.PositiveSmallIntegerField(
        _("renewals begin, days before the end"), default=90, validators=[MinValueValidator(1), MaxValueValidator(730)]
    )
    order_within_days = models.PositiveSmallIntegerField(
        _("a deal won has its order within, days"), default=14, validators=[MaxValueValidator(730)]
    )
    due_days = models.PositiveSmallIntegerField(
        _("invoices are due after, days"), default=30, validators=[MaxValueValidator(730)]
    )

    class Meta:
        verbose_name = _("settings of orders")
        constraints = [models.CheckConstraint(name="order_settings_are_one", condition=Q(id=1))]

    def __str__(self) -> str:
        return str(_("Settings of orders"))


class DiscountPolicy(EffectiveDated, Timestamped):
    """The deepest discount that people of a role give without approval, for a span of days."""

    role = models.CharField(_("role"), max_length=20, choices=Role)
    max_discount_pct = models.DecimalField(
        _("highest discount, %"),
        max_digits=7,
        decimal_places=4,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )

    class Meta:
        verbose_name = _("discount policy")
        verbose_name_plural = _("discount policies")
        ordering = ["role", "-valid_from"]
        constraints = [
            no_overlap("role", name="one_discount_policy"),
            ends_after_start("discount_policy_span"),
            models.CheckConstraint(
                name="discount_policy_percent", condition=Q(max_discount_pct__gte=0, max_discount_pct__lte=100)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()}: {self.max_discount_pct.normalize():f} %"

    def get_absolute_url(self) -> str:
        return reverse("orders:discount_policies")


class ProductCost(EffectiveDated, Timestamped):
    """What a piece of a product costs the company in a currency, over time: what margins are counted with."""

    external_id = models.CharField(_("external ID"), max_length=120, null=True, blank=True, unique=True)
    product = models.ForeignKey(Product, models.CASCADE, related_name="costs", verbose_name=_("product"))
    currency = models.ForeignKey(Currency, models.PROTECT, related_name="+", verbose_name=_("currency"))
    cost = models.DecimalField(_("unit cost"), max_digits=18, decimal_places=4)

    class Meta:
        verbose_name = _("product cost")
        ordering = ["product", "currency", "-valid_from"]
        constraints = [
            no_overlap("product", "currency", name="one_product_cost"),
            ends_after_start("product_cost_span"),
            models.CheckConstraint(name="product_cost_not_negative", condition=Q(cost__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.product}: {self.cost.normalize():f} {self.currency_id}"

    def get_absolute_url(self) -> str:
        return reverse("orders:product_costs")
