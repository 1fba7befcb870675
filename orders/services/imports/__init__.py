"""What can be imported here, what it may name, what an undo takes away and what closed days keep."""

from __future__ import annotations

from core.registry import RecordModel
from orders.models import Contract, Fulfilment, Invoice, Order, OrderLine, Payment, ProductCost, Return
from orders.services.imports import contracts, invoices, orders
from orders.services.imports.columns import kept_rows

KINDS = (
    contracts.CONTRACTS,
    contracts.COSTS,
    orders.ORDERS,
    orders.RETURNS,
    invoices.INVOICES,
    invoices.PAYMENTS,
)
REFERENCES = (*contracts.REFERENCES, *orders.REFERENCES, *invoices.REFERENCES)
# What hangs on a record is undone before it.
MODELS = (
    RecordModel("payment", Payment, 69),
    RecordModel("return", Return, 68),
    RecordModel("fulfilment", Fulfilment, 67),
    RecordModel("invoice", Invoice, 66),
    RecordModel("order_line", OrderLine, 65),
    RecordModel("order", Order, 64),
    RecordModel("contract", Contract, 62),
    RecordModel("product_cost", ProductCost, 46),
)
_OF_LINE = "SELECT 1 FROM orders_order x WHERE x.id = {row}.order_id"
CLOSED = (
    kept_rows("contract", "signed_on"),
    kept_rows("order", "ordered_on"),
    kept_rows("order_line", "ordered_on", _OF_LINE),
    kept_rows("invoice", "issued_on"),
    kept_rows("payment", "paid_on"),
    kept_rows("return", "returned_on"),
    kept_rows("fulfilment", "fulfilled_on"),
)
__all__ = ["CLOSED", "KINDS", "MODELS", "REFERENCES"]
