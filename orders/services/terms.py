"""Writes of what the company decides: costs of products, discount policies, settings of this room."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q

from core import audit
from orders.models import DiscountPolicy, OrderSettings, ProductCost


@transaction.atomic
def set_cost(*, cost: ProductCost, by: Any) -> ProductCost:
    """From a day a product costs this; the cost before ends there, one on the very day is replaced.

    Orders of before keep the cost they were counted with.
    """
    same = ProductCost.objects.select_for_update().filter(product=cost.product, currency=cost.currency)
    cost.valid_to = _make_room(same, cost.valid_from)
    cost.save()
    detail = {"cost": str(cost.cost), "currency": str(cost.currency_id), "from": cost.valid_from.isoformat()}
    audit.record(act="product_cost.set", actor=by, subject=cost, detail=detail)
    return cost


@transaction.atomic
def set_discount_policy(*, policy: DiscountPolicy, by: Any) -> DiscountPolicy:
    """From a day people of a role give discounts up to this without approval; the policy before ends there."""
    same = DiscountPolicy.objects.select_for_update().filter(role=policy.role)
    policy.valid_to = _make_room(same, policy.valid_from)
    policy.save()
    detail = {"role": policy.role, "percent": str(policy.max_discount_pct), "from": policy.valid_from.isoformat()}
    audit.record(act="discount_policy.set", actor=by, subject=policy, detail=detail)
    return policy


def _make_room(same: Any, since: date) -> date | None:
    """End what holds on the day, drop what begins on it; gives the first day of what comes later."""
    list(same.values_list("pk"))  # locked, in one order
    same.filter(valid_from=since).delete()
    same.filter(Q(valid_to=None) | Q(valid_to__gt=since), valid_from__lt=since).update(valid_to=since)
    later = same.filter(valid_from__gt=since).order_by("valid_from").first()
    return later.valid_from if later else None


@transaction.atomic
def save_settings(*, settings: OrderSettings, by: Any) -> OrderSettings:
    settings.save()
    numbers = ("renewal_lead_days", "order_within_days", "due_days")
    detail = {name: getattr(settings, name) for name in numbers}
    audit.record(act="orders.settings_changed", actor=by, subject=settings, detail=detail)
    return settings
