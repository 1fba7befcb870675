"""Files of orders and of returns. A row is an order with one product; orders of several are entered by hand or API."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from core.bulk import BY_EXTERNAL_ID, STAGE, LoadPlan, Refusal, touching
from core.kernel import fields as f
from core.kernel.fields import FieldSpec, KindSpec
from core.registry import ImportContext, ImportKind, ReferenceKind
from core.selectors import with_tags
from core.services import OwnColumns, own_specs, takes_own
from orders.models import Order, OrderLine, Return
from orders.services.imports.columns import ORDER, RETURN, closed_days, found, key_of, names_of
from pipeline.services.export_deals import key_of as deal_key

ORDER_FIELDS = KindSpec(
    "orders",
    "Orders",
    (
        FieldSpec("external_id", "Order ID", synonyms=("Order number", "Sales order", "ID"), max_length=120),
        FieldSpec("name", "Order name", synonyms=("Name", "Title", "Description"), max_length=255),
        FieldSpec(
            "deal",
            "Opportunity",
            f.REFERENCE,
            synonyms=("Deal", "Opportunity ID", "Deal ID"),
            reference="opportunities",
        ),
        FieldSpec("contract", "Contract", f.REFERENCE, synonyms=("Contract ID",), reference="contracts"),
        FieldSpec("ordered_on", "Ordered on", f.DATE, synonyms=("Order date", "Date", "Effective date")),
        FieldSpec("currency", "Currency", f.CURRENCY, synonyms=("Currency code",)),
        FieldSpec("amount", "Amount", f.MONEY, synonyms=("Total", "Order amount", "Net amount", "Value")),
        FieldSpec("product", "Product", f.REFERENCE, synonyms=("Product code", "SKU", "Item"), reference="products"),
        FieldSpec("quantity", "Quantity", f.DECIMAL, synonyms=("Qty", "Units")),
        FieldSpec("delivered_on", "Delivered on", f.DATE, synonyms=("Delivery date", "Shipped on", "Fulfilled on")),
        FieldSpec("cancelled_on", "Cancelled on", f.DATE, synonyms=("Cancellation date",)),
        FieldSpec("reason", "Reason", synonyms=("Cancellation reason",), max_length=255),
    ),
    keys=("external_id",),
)
_SETTLED = """EXISTS (SELECT 1 FROM orders_order t WHERE t.id = s.id AND s.total <> t.total AND (
  (SELECT count(*) FROM orders_orderline l WHERE l.order_id = t.id) <> 1
  OR EXISTS (SELECT 1 FROM orders_invoice i WHERE i.order_id = t.id)
  OR EXISTS (SELECT 1 FROM orders_fulfilment d JOIN orders_orderline l ON l.id = d.order_line_id
             WHERE l.order_id = t.id)))"""


def plan_orders(context: ImportContext) -> LoadPlan:
    fields = context.fields
    columns: set[str] = {name for name in ("external_id", "cancelled_on", "reason") if name in fields}
    columns |= {"name", "deal_id", "account_id", "ordered_on", "currency_id", "total"}
    columns |= {"contract_id"} if "contract" in fields else set()
    columns |= {"status"} if "cancelled_on" in fields else set()
    kept = sorted(columns - {"name", "reason", "contract_id"})
    words = _("It has several products, or something was delivered or invoiced: its amount stays.")
    return LoadPlan(
        model=Order,
        matches=(BY_EXTERNAL_ID,),
        columns=tuple(sorted(columns)),
        extras={"quantity": "numeric", "line_product_id": "bigint", "delivered_on": "date"},
        defaults={
            **{"name": "''", "currency_id": f"'{context.currency}'", "status": "'open'", "invoiced": "0"},
            **{"reason": "''", "version": "1"},
        },
        prepare=lambda clean: _order(clean, context),
        refusals=(
            Refusal("amount", "s.total < 0 OR s.quantity <= 0", _("Enter an amount and a quantity above 0.")),
            Refusal("amount", _SETTLED, words),
            *closed_days("orders_order", "ordered_on", kept),
        ),
        link=_follow_deals,
        after=(_lay_lines, _deliver),
    )


def _order(clean: dict[str, Any], context: ImportContext) -> dict[str, Any]:
    names = (
        ("deal", "deal_id", "opportunities"),
        ("contract", "contract_id", "contracts"),
        ("product", "line_product_id", "products"),
    )
    return {
        **clean,
        **found(context, clean, *names),
        "currency_id": clean.get("currency"),
        "total": clean.get("amount"),
        "status": "cancelled" if clean.get("cancelled_on") else None,
    }


def _follow_deals(cursor: Any) -> None:
    """A new order is with its deal's account, in its currency and by its name where the file says nothing."""
    cursor.execute(
        f"""UPDATE {STAGE} s SET account_id = o.account_id, currency_id = coalesce(s.currency_id, o.currency_id),
              name = coalesce(s.name, o.name)
            FROM pipeline_opportunity o WHERE o.id = s.deal_id AND s.new"""
    )


_COST = """(SELECT c.cost FROM orders_productcost c WHERE c.product_id = s.line_product_id
  AND c.currency_id = r.currency_id AND c.valid_from <= r.ordered_on
  AND (c.valid_to IS NULL OR c.valid_to > r.ordered_on))"""
_NOTED = "RETURNING id, NULL::jsonb AS before, NULL::bigint AS stamp"


def _lay_lines(cursor: Any) -> None:
    """The one line of a new order; of one that stands it follows the amount of the file."""
    pieces = "coalesce(nullif(s.quantity, 0), 1)"
    cursor.execute(
        touching(
            "order_line",
            "created",
            f"""INSERT INTO orders_orderline (order_id, product_id, quantity, unit_price, amount, unit_cost)
                SELECT r.id, s.line_product_id, {pieces}, round(r.total / {pieces}, 4), r.total, {_COST}
                FROM {STAGE} s JOIN orders_order r USING (id) WHERE s.new {_NOTED}""",
        )
    )
    cursor.execute(
        touching(
            "order_line",
            "updated",
            f"""UPDATE orders_orderline l SET amount = s.total, quantity = coalesce(nullif(s.quantity, 0), l.quantity),
                  unit_price = round(s.total / coalesce(nullif(s.quantity, 0), l.quantity), 4)
                FROM {STAGE} s WHERE l.order_id = s.id AND NOT s.new AND s.total <> l.amount
                  AND (SELECT count(*) FROM orders_orderline x WHERE x.order_id = s.id) = 1
                RETURNING l.id, jsonb_build_object('amount', old.amount, 'quantity', old.quantity,
                  'unit_price', old.unit_price) AS before, old.xmin::text::bigint AS stamp""",
        )
    )


def _deliver(cursor: Any) -> None:
    """A new order with a day of delivery was delivered whole on it."""
    cursor.execute(
        touching(
            "fulfilment",
            "created",
            f"""INSERT INTO orders_fulfilment (order_line_id, quantity, fulfilled_on, note)
                SELECT l.id, l.quantity, greatest(s.delivered_on, r.ordered_on), '' FROM {STAGE} s
                JOIN orders_order r USING (id) JOIN orders_orderline l ON l.order_id = r.id
                WHERE s.new AND s.delivered_on IS NOT NULL AND r.status <> 'cancelled' {_NOTED}""",
        )
    )


def order_records() -> Iterator[dict[str, Any]]:
    """Every order; the product where it has one alone, the day of delivery where all of it is delivered."""
    own = OwnColumns("order")
    rows = Order.objects.select_related("deal", "contract").prefetch_related("lines__product")
    rows = rows.annotate(delivered_on=Max("lines__fulfilments__fulfilled_on"))
    for row in with_tags(rows.order_by("pk"), "order").iterator(chunk_size=2000):
        lines = list(row.lines.all())
        line = lines[0] if len(lines) == 1 else None
        yield (
            {name: getattr(row, name) for name in ("name", "ordered_on", "cancelled_on")}
            | {
                "external_id": key_of(row),
                "deal": deal_key(row.deal),
                "contract": key_of(row.contract),
                "currency": row.currency_id,
                "amount": row.total,
                "product": deal_key(line.product) if line else None,
                "quantity": line.quantity if line else None,
                "delivered_on": row.delivered_on if row.status == "fulfilled" else None,
                "reason": row.reason or None,
            }
            | own.of(row)
        )


RETURN_FIELDS = KindSpec(
    "returns",
    "Returns",
    (
        FieldSpec("external_id", "Return ID", synonyms=("RMA", "Return number", "ID"), max_length=120),
        FieldSpec(
            "order", "Order", f.REFERENCE, synonyms=("Order ID", "Order number"), required=True, reference="orders"
        ),
        FieldSpec("product", "Product", f.REFERENCE, synonyms=("Product code", "SKU", "Item"), reference="products"),
        FieldSpec("returned_on", "Returned on", f.DATE, synonyms=("Return date", "Date"), required=True),
        FieldSpec("quantity", "Quantity", f.DECIMAL, synonyms=("Qty", "Units"), required=True),
        FieldSpec("amount", "Amount", f.MONEY, synonyms=("Value", "Total")),
        FieldSpec("reason", "Reason", synonyms=("Return reason",), max_length=255),
    ),
    keys=("external_id",),
)
_TOO_MANY = f"""s.row_no IN (
  SELECT x.row_no FROM (
    SELECT o.row_no, o.order_line_id, sum(o.quantity) OVER (PARTITION BY o.order_line_id ORDER BY o.row_no) AS running
    FROM {STAGE} o) x
  LEFT JOIN (SELECT d.order_line_id, sum(d.quantity) AS done FROM orders_fulfilment d
             GROUP BY 1) y USING (order_line_id)
  LEFT JOIN (SELECT b.order_line_id, sum(b.quantity) AS back FROM orders_return b
             WHERE NOT EXISTS (SELECT 1 FROM {STAGE} o WHERE o.id = b.id) GROUP BY 1) z USING (order_line_id)
  WHERE x.running > coalesce(y.done, 0) - coalesce(z.back, 0))"""


class _Lines:
    """Lines by order and product, and the only line of an order that has one; read once a file."""

    @cached_property
    def known(self) -> dict[tuple[int, int | None], int | None]:
        found: dict[tuple[int, int | None], int | None] = {}
        for pk, order, product in OrderLine.objects.order_by("pk").values_list("pk", "order_id", "product_id"):
            found.setdefault((order, product), pk)
            found[order, None] = None if (order, None) in found else pk
        return found

    def of(self, order: int | None, product: int | None) -> int | None:
        return self.known.get((order, product)) if order else None


def plan_returns(context: ImportContext) -> LoadPlan:
    lines = _Lines()

    def prepare(clean: dict[str, Any]) -> dict[str, Any]:
        ids = found(context, clean, ("order", "order_id", "orders"), ("product", "product_id", "products"))
        return {**clean, "order_line_id": lines.of(ids["order_id"], ids["product_id"])}

    columns = ("amount", "order_line_id", "quantity", "reason", "returned_on")
    worth = "(SELECT round(l.amount * s.quantity / l.quantity, 2) FROM orders_orderline l WHERE l.id = s.order_line_id)"
    return LoadPlan(
        model=Return,
        matches=(BY_EXTERNAL_ID,),
        columns=columns,
        defaults={"amount": worth, "reason": "''"},
        prepare=prepare,
        refusals=(
            Refusal("quantity", "s.quantity <= 0 OR s.amount < 0", _("Enter a quantity above 0.")),
            Refusal("quantity", _TOO_MANY, _("More would come back than was delivered.")),
            *closed_days("orders_return", "returned_on", columns),
        ),
    )


def return_records() -> Iterator[dict[str, Any]]:
    """Every return that stands; those taken back are left out with what took them back."""
    rows = Return.objects.filter(reverses=None, reversed_by=None)
    for row in rows.select_related("order_line__order", "order_line__product").order_by("pk").iterator(2000):
        yield {name: getattr(row, name) for name in ("returned_on", "quantity", "amount")} | {
            "external_id": key_of(row),
            "order": key_of(row.order_line.order),
            "product": deal_key(row.order_line.product),
            "reason": row.reason or None,
        }


ORDERS = ImportKind(
    *("orders", 82, ORDER_FIELDS, "order", takes_own("order", plan_orders), order_records, ORDER),
    icon="shopping-cart",
    more_fields=lambda: own_specs("order"),
)
RETURNS = ImportKind(
    *("returns", 88, RETURN_FIELDS, "return", plan_returns, return_records, RETURN), icon="truck-return"
)
REFERENCES = (ReferenceKind("orders", "Order", names_of(Order, ORDER), None, "order"),)
