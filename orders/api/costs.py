"""What products cost, over the API."""

from __future__ import annotations

from typing import Any

from core.api.bodies import Body
from core.api.fields import Day, Id, Instant, Money, Text
from core.api.views import RecordApi
from core.selectors import the_company
from orders import policies, services
from orders.forms import CostForm
from orders.lists import PRODUCT_COSTS


class Cost(Body):
    """What a piece of a product costs from a day on; `valid_to` is the first day it no longer does."""

    id = Id(read_only=True)
    product_id = Id()
    product_name = Text(source="product.name", read_only=True)
    currency = Text(3, source="currency_id", required=False, example="USD")
    cost = Money(example="640.00")
    valid_from = Day()
    valid_to = Day(read_only=True, allow_null=True)
    created_at = Instant(read_only=True)


class CostsApi(RecordApi):
    """The cost before ends where a new one begins; one that begins on the very day is replaced."""

    resource, tag, noun, nouns = "costs", "product_costs", "product cost", "product costs"
    table, serializer_class = PRODUCT_COSTS, Cost

    def may_write(self, user: Any) -> bool:
        return policies.may_keep_costs(user)

    def form(self, record: Any) -> CostForm:
        return CostForm(initial={"currency": the_company().currency_id})

    def save(self, form: Any, record: Any, version: int | None) -> Any:
        return services.set_cost(cost=form.save(commit=False), by=self.request.user)
