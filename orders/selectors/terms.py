"""Reads of what the company decides: costs in force, discount policies, settings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q, QuerySet

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
    return UnitCosts(product_ids, among=in_force_on(on)).of(product_ids, currency=currency, on=on)


class UnitCosts:
    """unit_costs of many days and currencies: costs of some products are read once, plan rates once a day."""

    def __init__(self, product_ids: Collection[int], *, among: Q | None = None) -> None:
        rows = ProductCost.objects.filter(among or Q(), product__in=list(product_ids)).order_by("pk")
        names = ("product_id", "currency_id", "cost", "valid_from", "valid_to")
        self.costs: dict[int, list[_Cost]] = defaultdict(list)
        for product, *rest in rows.values_list(*names):
            self.costs[product].append(_Cost(*rest))
        self.rates: dict[date, Mapping[str, Decimal]] = {}

    def of(self, product_ids: Collection[int], *, currency: str, on: date) -> dict[int, Decimal]:
        found = {}
        for product in product_ids:
            held = {one.currency: one.cost for one in self.costs.get(product, ()) if one.holds(on)}
            cost = held[currency] if currency in held else self._converted(held, currency, on)
            if cost is not None:
                found[product] = cost
        return found

    def _converted(self, held: Mapping[str, Decimal], currency: str, on: date) -> Decimal | None:
        """By the last of the currencies that have a rate."""
        if not held:
            return None
        if on not in self.rates:
            self.rates[on] = plan_rates(on=on)
        rates = self.rates[on]
        known = [code for code in sorted(held) if code in rates]
        if currency not in rates or not known:
            return None
        return (held[known[-1]] * rates[known[-1]] / rates[currency]).quantize(_PLACES)


class _Cost(NamedTuple):
    currency: str
    cost: Decimal
    valid_from: date
    valid_to: date | None

    def holds(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


def costs_for(user: SignedIn, as_of: date) -> QuerySet[ProductCost]:
    """Costs of products over time, for those who see costs."""
    costs = ProductCost.objects.select_related("product")
    return costs if may_see_costs(user) else costs.none()


def discount_policies_for(user: SignedIn, as_of: date) -> QuerySet[DiscountPolicy]:
    policies = DiscountPolicy.objects.all()
    return policies if may_keep_policies(user) else policies.none()
