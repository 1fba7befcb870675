"""Reads of what the company decides: costs in force, discount policies, settings."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet

from core.kernel.access import SignedIn
from core.models import in_force_on
from core.selectors import plan_rates
from orders.models import DiscountPolicy, OrderSettings, ProductCost
from orders.policies import may_keep_policies, may_see_costs

_PLACES = Decimal("0.0001")


def order_settings() -> OrderSettings:
    """The one row of settings; its defaults where nobody has set any yet."""
    return OrderSettings.objects.filter(pk=1).first() or OrderSettings(pk=1)


def unit_costs(product_ids: Collection[int], *, currency: str, on: date) -> dict[int, Decimal]:
    """Unit cost of each product on a day in a currency; products without one are left out.

    A cost in another currency is converted at the plan rates of the day, where both have one.
    """
    found = ProductCost.objects.filter(in_force_on(on), product__in=list(product_ids))
    costs = {(product, code): cost for product, code, cost in found.values_list("product_id", "currency_id", "cost")}
    mine = {product: cost for (product, code), cost in costs.items() if code == currency}
    others = {(product, code): cost for (product, code), cost in costs.items() if product not in mine}
    return mine | (_converted(others, currency, on) if others else {})


def _converted(costs: dict[tuple[int, str], Decimal], currency: str, on: date) -> dict[int, Decimal]:
    rates = plan_rates(on=on)
    if currency not in rates:
        return {}
    into = rates[currency]
    return {
        product: (cost * rates[code] / into).quantize(_PLACES)
        for (product, code), cost in sorted(costs.items())
        if code in rates
    }


def costs_for(user: SignedIn, as_of: date) -> QuerySet[ProductCost]:
    """Costs of products over time, for those who see costs."""
    costs = ProductCost.objects.select_related("product")
    return costs if may_see_costs(user) else costs.none()


def discount_policies_for(user: SignedIn, as_of: date) -> QuerySet[DiscountPolicy]:
    policies = DiscountPolicy.objects.all()
    return policies if may_keep_policies(user) else policies.none()
