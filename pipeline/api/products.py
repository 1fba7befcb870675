"""Products and their list prices over the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.response import Response

from core.api.bodies import Body, bind, check
from core.api.fields import Day, Flag, Id, Instant, Money, Text
from core.api.views import Api, RecordApi
from pipeline import policies, services
from pipeline.forms import PriceForm, ProductForm
from pipeline.lists import PRODUCTS
from pipeline.selectors import catalogue


class Price(Body):
    """What a product costs in a currency from a day on; `valid_to` is the first day it no longer does."""

    currency = Text(3, source="currency_id", example="USD")
    price = Money(example="1200.00")
    valid_from = Day()
    valid_to = Day(read_only=True, allow_null=True)


class Product(Body):
    """What is sold. `prices` are those of today."""

    id = Id(read_only=True)
    name = Text(200, allow_blank=False, example="Arm 6")
    external_id = Text(120, required=False, allow_null=True, help_text="The key that imports find the product by.")
    family = Text(120, required=False)
    is_recurring = Flag(required=False)
    is_active = Flag(required=False, help_text="false: kept for old deals, not offered for new ones.")
    prices = Price(source="todays_prices", many=True, read_only=True)
    created_at = Instant(read_only=True)


PRICES = type("Prices", (serializers.Serializer,), {"items": Price(many=True)})


class ProductsApi(RecordApi):
    resource, noun, nouns = "products", "product", "products"
    table, serializer_class = PRODUCTS, Product
    refused_by = (services.CatalogueError,)

    def may_write(self, user: Any) -> bool:
        return policies.may_keep_process(user)

    def find(self, record_id: int) -> Any:
        return catalogue.get_product_for(self.request.user, record_id, self.as_of)

    def form(self, record: Any) -> ProductForm:
        return ProductForm(instance=record)

    def save(self, form: Any, record: Any, version: int | None) -> Any:
        return services.save_product(product=form.save(commit=False), by=self.request.user)


class PricesApi(Api):
    """The list prices of a product over time."""

    resource, tag = "products", "products_prices"
    bodies = {"set_price": Price}
    answers = {"prices": (200, PRICES), "set_price": (200, PRICES)}
    texts = {
        "prices": ("Get the list prices of a product over time", ""),
        "set_price": (
            "Set a list price from a day on",
            "The price before ends there; one on the very day is replaced.",
        ),
    }

    def may_read(self, user: Any) -> bool:
        return policies.may_see_products(user)

    def may_write(self, user: Any) -> bool:
        return policies.may_keep_process(user)

    def prices(self, request: Any, product_id: int) -> Response:
        self.no_parameters()
        return self._answer(catalogue.get_product_for(request.user, product_id, self.as_of))

    def set_price(self, request: Any, product_id: int) -> Response:
        self.no_parameters()
        product = catalogue.get_product_for(request.user, product_id, self.as_of)
        serializer, values = self.sent()
        price = check(bind(PriceForm(), values), serializer).save(commit=False)
        price.product = product
        services.set_price(price=price, by=request.user)
        return self._answer(product)

    def _answer(self, product: Any) -> Response:
        return Response(PRICES({"items": product.prices.order_by("currency", "-valid_from")}).data)
