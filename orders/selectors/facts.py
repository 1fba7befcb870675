"""Rows of money for rooms above: bookings, orders, invoices, payments and returns, by product.

A room that pays on these reads all of a span of days, then only what changed: `changed_since` gives the records of a
kind that any writer touched, `rows(kind, ids=...)` what they come to now. A record that gives no row any more was
cancelled, reversed or undone. The parts of a record add up to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from core.kernel.money import to_minor
from core.models import OutboxEvent
from core.outbox import EVERYTHING, oldest_open_xid
from orders.enums import FactKind, OrderStatus
from orders.kernel.shares import Piece, Share, shares_of
from orders.models import Invoice, Order, OrderLine, Payment, Return
from orders.selectors.terms import UnitCosts
from pipeline.enums import Status
from pipeline.models import Opportunity

# The topic of the outbox that says which records of a kind were touched. What changed of deals is pipeline's to tell:
# its rows go once it has folded them, so that bookings are read whole.
TOPICS = {
    FactKind.ORDER: "orders.order",
    FactKind.INVOICE: "orders.invoice",
    FactKind.PAYMENT: "orders.payment",
    FactKind.RETURN: "orders.return",
}


class MoneyFact(NamedTuple):
    """One product's part of a booking, order, invoice, payment or return. Returns and reversed payments are negative.

    key: the record's external ID, else its short number (INV-123). margin_minor None: the cost isn't known.
    """

    kind: str
    key: str
    record_id: int
    deal_id: int
    account_id: int | None
    product_id: int | None
    on: date
    amount_minor: int
    currency: str
    margin_minor: int | None


class Changed(NamedTuple):
    """Ids of records that were touched; is_all: not to be told one by one, read them all. position: where to go on."""

    ids: frozenset[int]
    is_all: bool
    position: int


def changed_since(kind: str, position: int) -> Changed:
    """Records of a kind touched by transactions from a position of the outbox on; ask again from the new position."""
    upto = oldest_open_xid()
    if FactKind(kind) not in TOPICS:
        return Changed(frozenset(), True, upto)
    events = OutboxEvent.objects.filter(topic=TOPICS[FactKind(kind)], xid__gte=position, xid__lt=upto)
    ids = frozenset(events.order_by().values_list("subject_id", flat=True).distinct())
    return Changed(ids - {EVERYTHING}, EVERYTHING in ids, upto)


def rows(
    kind: str, *, ids: Collection[int] | None = None, first: date | None = None, until: date | None = None
) -> Iterator[MoneyFact]:
    """Rows of a kind, of some records or of days in [first, until), in order of day and record."""
    return _READ[FactKind(kind)](_Asked(ids, first, until))


class _Asked(NamedTuple):
    ids: Collection[int] | None
    first: date | None
    until: date | None

    def of(self, found: QuerySet[Any], day: str) -> QuerySet[Any]:
        wanted = Q() if self.ids is None else Q(pk__in=list(self.ids))
        wanted &= Q(**{f"{day}__gte": self.first}) if self.first else Q()
        wanted &= Q(**{f"{day}__lt": self.until}) if self.until else Q()
        return found.filter(wanted).order_by(day, "pk")


def _bookings(asked: _Asked) -> Iterator[MoneyFact]:
    """Deals won, by the products on them; margins by the costs of the close date."""
    won = Opportunity.objects.filter(status=Status.WON, archived_at=None, closed_on__isnull=False, amount__isnull=False)
    deals = list(asked.of(won.prefetch_related("lines"), "closed_on"))
    all_costs = UnitCosts({line.product_id for deal in deals for line in deal.lines.all() if line.product_id})
    for deal in deals:
        code, lines = str(deal.currency_id), list(deal.lines.all())
        products = {line.product_id for line in lines if line.product_id}
        costs = all_costs.of(products, currency=code, on=deal.closed_on)
        pieces = [
            Piece(line.product_id, to_minor(line.amount, code), _cost(costs.get(line.product_id), line.quantity, code))
            for line in lines
        ]
        parts = shares_of(to_minor(deal.amount, code), pieces or [Piece(deal.product_id, 0)])
        key = deal.external_id or deal.number
        where = (FactKind.BOOKING, key, deal.pk, deal.pk, deal.account_id)
        yield from _facts(where, deal.closed_on, code, parts)


def _orders(asked: _Asked) -> Iterator[MoneyFact]:
    kept = Order.objects.exclude(status=OrderStatus.CANCELLED).prefetch_related("lines")
    for order in asked.of(kept, "ordered_on"):
        code = str(order.currency_id)
        parts = shares_of(to_minor(order.total, code), _pieces(order.lines.all(), code))
        where = (FactKind.ORDER, order.external_id or order.number, order.pk, order.deal_id, order.account_id)
        yield from _facts(where, order.ordered_on, code, parts)


def _invoices(asked: _Asked) -> Iterator[MoneyFact]:
    """Invoices less what was credited of them; wholly credited ones give no row."""
    issued = list(asked.of(Invoice.objects.select_related("order"), "issued_on"))
    pieces = _pieces_by_order(one.order_id for one in issued)
    for invoice in issued:
        code, order = str(invoice.currency_id), invoice.order
        minor = to_minor(invoice.amount - invoice.credited, code)
        where = (FactKind.INVOICE, invoice.external_id or invoice.number, invoice.pk, order.deal_id, order.account_id)
        if minor:
            yield from _facts(where, invoice.issued_on, code, shares_of(minor, pieces[order.pk]))


def _payments(asked: _Asked) -> Iterator[MoneyFact]:
    paid = list(asked.of(Payment.objects.select_related("invoice__order"), "paid_on"))
    pieces = _pieces_by_order(one.invoice.order_id for one in paid)
    for payment in paid:
        code, order = str(payment.currency_id), payment.invoice.order
        where = (FactKind.PAYMENT, payment.external_id or payment.number, payment.pk, order.deal_id, order.account_id)
        yield from _facts(where, payment.paid_on, code, shares_of(to_minor(payment.amount, code), pieces[order.pk]))


def _returns(asked: _Asked) -> Iterator[MoneyFact]:
    """What came back, below zero: each is of one line."""
    for goods in asked.of(Return.objects.select_related("order_line__order"), "returned_on"):
        line, order = goods.order_line, goods.order_line.order
        code = str(order.currency_id)
        parts = shares_of(-to_minor(goods.amount, code), _pieces([line], code))
        where = (FactKind.RETURN, goods.external_id or goods.number, goods.pk, order.deal_id, order.account_id)
        yield from _facts(where, goods.returned_on, code, parts)


_READ: dict[FactKind, Callable[[_Asked], Iterator[MoneyFact]]] = {
    FactKind.BOOKING: _bookings,
    FactKind.ORDER: _orders,
    FactKind.INVOICE: _invoices,
    FactKind.PAYMENT: _payments,
    FactKind.RETURN: _returns,
}


def _facts(
    where: tuple[str, str, int, int, int | None], on: date, currency: str, parts: Sequence[Share]
) -> Iterator[MoneyFact]:
    kind, key, record_id, deal_id, account_id = where
    for part in parts:
        found = (on, part.amount_minor, currency, part.margin_minor)
        yield MoneyFact(str(kind), key, record_id, deal_id, account_id, part.product_id, *found)


def _pieces_by_order(order_ids: Iterable[int]) -> dict[int, list[Piece]]:
    lines = OrderLine.objects.filter(order__in=set(order_ids)).select_related("order").order_by("pk")
    found: dict[int, list[Piece]] = defaultdict(list)
    for line in lines:
        found[line.order_id] += _pieces([line], str(line.order.currency_id))
    return found


def _pieces(lines: Iterable[OrderLine], currency: str) -> list[Piece]:
    return [
        Piece(line.product_id, to_minor(line.amount, currency), _cost(line.unit_cost, line.quantity, currency))
        for line in lines
    ]


def _cost(unit_cost: Decimal | None, quantity: Decimal, currency: str) -> int | None:
    return None if unit_cost is None else to_minor(unit_cost * quantity, currency)
