"""Orders, deliveries and returns over the API."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, prefetch_related_objects
from rest_framework.response import Response

from core.api.bodies import Body, bind, check
from core.api.fields import Choice, Day, Id, Instant, Money, Number, Text, Whole
from core.api.own import Custom, ExternalId, Tags
from core.api.problems import Invalid
from orders import policies, services
from orders.api.parts import BookedApi, DayAndWhy, OwnActing, Why
from orders.enums import OrderStatus
from orders.forms import OrderForm, OrderLineForm, ReturnForm
from orders.lists import FULFILMENTS, ORDERS, RETURNS
from orders.models import Order as OrderRow
from orders.models import OrderLine as LineRow
from orders.selectors import records

MOST_LINES = 200
LEAST = Decimal("0.0001")


class OrderLine(Body):
    """One product of an order. `unit_cost` is told to those who see costs; null where nobody knows it."""

    id = Id(read_only=True)
    product_id = Id(allow_null=True)
    product_name = Text(source="product.name", read_only=True, allow_null=True)
    quantity = Number(14, 4, least=LEAST, example="3")
    unit_price = Money(currency="order.currency_id", example="1200.00")
    amount = Money(read_only=True, currency="order.currency_id")
    unit_cost = Money(read_only=True, allow_null=True, currency="order.currency_id")
    fulfilled = Number(14, 4, read_only=True)
    returned = Number(14, 4, read_only=True)


class Order(Body):
    """What a customer ordered on a deal. Once something is delivered or invoiced its products stay."""

    id = Id(read_only=True)
    number = Text(read_only=True, example="ORD-31")
    external_id = ExternalId()
    name = Text(255, required=False)
    deal_id = Id(help_text="Stays as it was made with.")
    deal_name = Text(source="deal.name", read_only=True)
    account_id = Id(read_only=True, allow_null=True)
    contract_id = Id(required=False, allow_null=True)
    quote_id = Id(read_only=True, allow_null=True)
    status = Choice(OrderStatus.choices, read_only=True)
    ordered_on = Day()
    currency = Text(3, source="currency_id", required=False, example="USD")
    lines = OrderLine(many=True, max_length=MOST_LINES)
    total = Money(read_only=True)
    invoiced = Money(read_only=True)
    cancelled_on = Day(read_only=True, allow_null=True)
    reason = Text(read_only=True)
    tags = Tags()
    custom = Custom("order")
    created_at = Instant(read_only=True)
    updated_at = Instant(read_only=True)
    version = Whole(1, read_only=True)


_STEP = "`If-Match` is heeded where it is sent; what the order's state doesn't allow is answered with 409."


class OrdersApi(OwnActing):
    resource, tag, noun, nouns = "orders", "orders_orders", "order", "orders"
    table, serializer_class = ORDERS, Order
    bodies = {"cancel": DayAndWhy}
    tagged = OwnActing.tagged | {"cancel"}
    texts = OwnActing.texts | {"cancel": ("Cancel an order", _STEP)}

    def prepared(self, rows: Sequence[Any]) -> Sequence[Any]:
        prefetch_related_objects(list(rows), Prefetch("lines", queryset=records.lines_with_sums()))
        if not policies.may_see_costs(self.request.user):
            for line in (line for row in rows for line in row.lines.all()):
                line.unit_cost = None
        return rows

    def check_may_change(self, record: Any) -> None:
        if not policies.may_edit_order(self.request.user, record, self.as_of):
            raise PermissionDenied

    def written(self, serializer: Any, values: dict[str, Any], record: Any) -> Any:
        user = self.request.user
        if record is None:
            deal = self.given(values, "deal_id", lambda pk: records.get_deal_to_write_on(user, pk, self.as_of))
            self.order = OrderRow(deal=deal, currency_id=deal.currency_id)
        else:
            self.fixed(values, record, "deal_id")
            self.order = record
        currency = str(values.get("currency_id", self.order.currency_id))
        self.wanted = self.lines(serializer, OrderLineForm, values.pop("lines", None), currency)
        return super().written(serializer, values, record)

    def form(self, record: Any) -> OrderForm:
        contracts = records.contracts_of_deal(self.request.user, self.order.deal, self.as_of)
        return OrderForm(instance=self.order, contracts=contracts, people=self.people)

    def save(self, form: Any, record: Any, version: int | None) -> Any:
        given = {"by": self.request.user, "on": self.as_of, "version": version}
        return services.save_order(order=form.instance, lines=self.wanted, **given)

    def cancel(self, request: Any, **kwargs: Any) -> Response:
        by, on = request.user, self.as_of
        return self.acted(
            lambda one, given: services.cancel_order(
                order_id=one.pk, cancelled_on=given["on"], reason=given["reason"], by=by, on=on
            )
        )


class Fulfilment(Body):
    """So much of a line of an order was delivered. A row that takes one back is negative (`reverses_id`)."""

    id = Id(read_only=True)
    order_id = Id(source="order_line.order_id", read_only=True)
    order_line_id = Id()
    product_name = Text(source="order_line.product.name", read_only=True, allow_null=True)
    quantity = Number(14, 4, example="3")
    fulfilled_on = Day()
    note = Text(255, required=False)
    reverses_id = Id(read_only=True, allow_null=True)
    created_at = Instant(read_only=True)


class FulfilmentsApi(BookedApi):
    resource, tag, noun, nouns = "orders", "orders_fulfilments", "fulfilment", "fulfilments"
    table, serializer_class = FULFILMENTS, Fulfilment
    bodies = {"reverse": Why}
    tagged = BookedApi.tagged | {"reverse"}
    texts = {"reverse": ("Take a fulfilment back by a row against it", "")}

    def written(self, serializer: Any, values: dict[str, Any], record: Any) -> Any:
        line = self.given(values, "order_line_id", self._line)
        try:
            made = services.fulfil_order(
                order_id=line.order_id,
                quantities={line.pk: values["quantity"]},
                fulfilled_on=values["fulfilled_on"],
                note=values.get("note", ""),
                by=self.request.user,
                on=self.as_of,
            )
        except services.OrderError as error:
            field = "quantity" if error.field.startswith("line_") else error.field
            raise Invalid.of_fields({field: [str(error)]}) from error
        return made[0]

    def _line(self, pk: int) -> LineRow:
        return records.get_line_for(self.request.user, pk, self.as_of)

    def reverse(self, request: Any, **kwargs: Any) -> Response:
        by, on = request.user, self.as_of
        return self.acted(
            lambda one, given: services.reverse_fulfilment(fulfilment=one, by=by, on=on, reason=given["reason"])
        )


class Return(Body):
    """So much of a line came back. Without an amount it is that part of the line's."""

    id = Id(read_only=True)
    number = Text(read_only=True, example="RET-3")
    external_id = Text(read_only=True, allow_null=True)
    order_id = Id(source="order_line.order_id", read_only=True)
    order_line_id = Id()
    product_name = Text(source="order_line.product.name", read_only=True, allow_null=True)
    returned_on = Day()
    quantity = Number(14, 4, example="1")
    currency = Text(source="currency_id", read_only=True)
    amount = Money(required=False, allow_null=True)
    reason = Text(255, allow_blank=False)
    reverses_id = Id(read_only=True, allow_null=True)
    created_at = Instant(read_only=True)


class ReturnsApi(BookedApi):
    resource, tag, noun, nouns = "orders", "orders_returns", "return", "returns"
    table, serializer_class = RETURNS, Return
    bodies = {"reverse": Why}
    tagged = BookedApi.tagged | {"reverse"}
    texts = {"reverse": ("Take a return back by a row against it", "")}

    def written(self, serializer: Any, values: dict[str, Any], record: Any) -> Any:
        line = self.given(values, "order_line_id", lambda pk: records.get_line_for(self.request.user, pk, self.as_of))
        form = ReturnForm(lines=LineRow.objects.filter(pk=line.pk), currency=str(line.order.currency_id))
        check(bind(form, {**values, "order_line": line.pk}), serializer)
        return self._saved(form, serializer, record)

    def save(self, form: Any, record: Any, version: int | None) -> Any:
        return services.book_return(goods=form.save(commit=False), by=self.request.user, on=self.as_of)

    def reverse(self, request: Any, **kwargs: Any) -> Response:
        by, on = request.user, self.as_of
        return self.acted(lambda one, given: services.reverse_return(goods=one, by=by, on=on, reason=given["reason"]))
