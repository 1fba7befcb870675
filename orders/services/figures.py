"""Figures that follow from rows: what is paid and credited of an invoice, what an order comes to and how far it is.

One statement for each, whoever wrote the rows: a page, the API, an import or its undo.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection

from pipeline.services.hygiene import check_after_import

_INVOICES = """
UPDATE orders_invoice i SET paid = x.paid, credited = x.credited, status = x.status
FROM (
  SELECT y.*, CASE WHEN y.credited >= y.amount THEN 'credited' WHEN y.paid >= y.amount - y.credited THEN 'paid'
                   WHEN y.paid > 0 THEN 'part' ELSE 'open' END AS status
  FROM (
    SELECT v.id, v.amount,
      coalesce((SELECT sum(p.amount) FROM orders_payment p WHERE p.invoice_id = v.id), 0) AS paid,
      coalesce((SELECT sum(c.amount) FROM orders_creditnote c WHERE c.invoice_id = v.id), 0) AS credited
    FROM orders_invoice v {of_those}) y) x
WHERE i.id = x.id AND (i.paid, i.credited, i.status) IS DISTINCT FROM (x.paid, x.credited, x.status)
"""
_ORDERS = """
UPDATE orders_order o SET total = x.total, invoiced = x.invoiced, status = x.status
FROM (
  SELECT v.id, coalesce(l.total, 0) AS total,
    coalesce((SELECT sum(i.amount - i.credited) FROM orders_invoice i WHERE i.order_id = v.id), 0) AS invoiced,
    CASE WHEN v.status = 'cancelled' THEN 'cancelled' WHEN coalesce(l.done, 0) = 0 THEN 'open'
         WHEN l.left_over > 0 THEN 'part' ELSE 'fulfilled' END AS status
  FROM orders_order v LEFT JOIN (
    SELECT n.order_id, sum(n.amount) AS total, sum(coalesce(f.done, 0)) AS done,
           sum(greatest(n.quantity - coalesce(f.done, 0), 0)) AS left_over
    FROM orders_orderline n LEFT JOIN (
      SELECT order_line_id, sum(quantity) AS done FROM orders_fulfilment GROUP BY 1) f ON f.order_line_id = n.id
    GROUP BY n.order_id) l ON l.order_id = v.id) x
WHERE o.id = x.id AND (o.total, o.invoiced, o.status) IS DISTINCT FROM (x.total, x.invoiced, x.status)
"""
_ONE_ORDER = """
UPDATE orders_order o SET total = x.total, invoiced = x.invoiced, status = x.status
FROM (
  SELECT v.id, coalesce(sum(n.amount), 0) AS total,
    coalesce((SELECT sum(i.amount - i.credited) FROM orders_invoice i WHERE i.order_id = v.id), 0) AS invoiced,
    CASE WHEN v.status = 'cancelled' THEN 'cancelled' WHEN coalesce(sum(f.done), 0) = 0 THEN 'open'
         WHEN sum(greatest(n.quantity - coalesce(f.done, 0), 0)) > 0 THEN 'part' ELSE 'fulfilled' END AS status
  FROM orders_order v LEFT JOIN orders_orderline n ON n.order_id = v.id
  LEFT JOIN LATERAL (SELECT sum(quantity) AS done FROM orders_fulfilment d WHERE d.order_line_id = n.id) f ON true
  WHERE v.id = ANY(%(ids)s) GROUP BY v.id) x
WHERE o.id = x.id AND (o.total, o.invoiced, o.status) IS DISTINCT FROM (x.total, x.invoiced, x.status)
"""


def refigure_invoices(ids: Collection[int] | None = None) -> None:
    """Paid, credited and status of some invoices, or of all, from their payments and credit notes."""
    of_those = "WHERE v.id = ANY(%(ids)s)" if ids is not None else ""
    with connection.cursor() as cursor:
        cursor.execute(_INVOICES.format(of_those=of_those), {"ids": list(ids or ())})


def refigure_orders(ids: Collection[int] | None = None) -> None:
    """Total, invoiced and status of some orders, or of all, from their lines, invoices and fulfilments."""
    with connection.cursor() as cursor:
        if ids is None:
            cursor.execute(_ORDERS)
        else:
            cursor.execute(_ONE_ORDER, {"ids": list(ids)})


FOLLOWS_IMPORTS = frozenset({"order", "order_line", "fulfilment", "invoice", "payment", "return"})


def follow_import(kinds: frozenset[str]) -> None:
    """After an import, or its undo, figures follow the rows that stand now, and exceptions are looked for again."""
    if kinds & FOLLOWS_IMPORTS:
        refigure_invoices()
        refigure_orders()
    if kinds & (FOLLOWS_IMPORTS | {"contract"}):
        check_after_import(frozenset({"opportunity"}))
