"""Writes of orders: enter, change, cancel; what is delivered of them and what comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from core import audit
from core.kernel import formats
from core.kernel.money import quantise
from core.services import check_version, save_next
from orders.enums import OrderStatus, QuoteStatus
from orders.kernel.lines import line_amount, unit_of
from orders.models import Contract, Fulfilment, Order, OrderLine, Quote, Return
from orders.selectors.terms import unit_costs
from orders.services.errors import MOST, OrderConflict, OrderError, refuse_amount, refuse_closed, refuse_day
from orders.services.figures import refigure_orders
from orders.services.watching import saved


@transaction.atomic
def save_order(
    *, order: Order, lines: Sequence[OrderLine] | None, by: Any, on: date, version: int | None = None
) -> Order:
    """Save an order with exactly these lines (None: those that stand); each takes the cost in force on its day.

    Raises OrderError when something was delivered or invoiced and figures would change, OrderConflict, DayClosed.
    """
    is_new = order.pk is None
    if is_new:
        refuse_day(order.ordered_on, on=on, field="ordered_on")
    else:
        stands = locked_order(order.pk)
        check_version(stands, version, OrderConflict)
        _refuse_settled(order, stands, lines)
        order.version = stands.version
        refuse_day(order.ordered_on, on=on, field="ordered_on")
        refuse_closed(stands.ordered_on, field="ordered_on")
    _follow_deal(order)
    if lines is not None:
        _lay_out(order, lines)
    if is_new:
        order.save()
    else:
        save_next(order)
    if lines is not None:
        _replace(order, lines)
    return _moved(order, "order.created" if is_new else "order.changed", by, on)


def _refuse_settled(order: Order, stands: Order, lines: Sequence[OrderLine] | None) -> None:
    if stands.is_cancelled:
        raise OrderError(_("The order was cancelled: it stays as it is."))
    changes = lines is not None or (order.ordered_on, order.currency_id) != (stands.ordered_on, stands.currency_id)
    if changes and is_settled(stands):
        words = _(
            "Something was delivered or invoiced already: products, day and currency stay. Book a return instead."
        )
        raise OrderError(words)


def is_settled(order: Order) -> bool:
    """Whether something was ever delivered, returned or invoiced of an order."""
    return order.invoices.exists() or Fulfilment.objects.filter(order_line__order=order).exists()


def _follow_deal(order: Order) -> None:
    order.account_id = order.deal.account_id
    order.name = order.name or order.deal.name
    contract = order.contract
    if contract is not None and contract.deal_id != order.deal_id and contract.account_id != order.account_id:
        raise OrderError(_("The contract is of another account."), "contract")


def _lay_out(order: Order, lines: Sequence[OrderLine]) -> None:
    """Amount and cost of each line, and the order's total."""
    if not lines:
        raise OrderError(_("An order needs at least one product."))
    currency = str(order.currency_id)
    costs = unit_costs([one.product_id for one in lines if one.product_id], currency=currency, on=order.ordered_on)
    for line in lines:
        line.unit_cost = costs.get(line.product_id or 0)
        if not line.amount:
            is_small = line.quantity * line.unit_price < MOST
            line.amount = (
                line_amount(quantity=line.quantity, unit_price=line.unit_price, currency=currency) if is_small else MOST
            )
        refuse_amount(line.amount, currency, field="")
    order.total = sum((line.amount for line in lines), Decimal(0))
    refuse_amount(order.total, currency, field="")


def _replace(order: Order, lines: Sequence[OrderLine]) -> None:
    order.lines.all().delete()
    for line in lines:
        line.pk, line.order = None, order
    OrderLine.objects.bulk_create(lines)


@transaction.atomic
def order_quote(*, quote_id: int, ordered_on: date, contract: Contract | None, by: Any, on: date) -> Order:
    """Make the order of an accepted quote: its lines at their net, to the cent. Raises OrderError, DayClosed."""
    quote = Quote.objects.select_for_update(of=("self",), no_key=True).select_related("deal").get(pk=quote_id)
    if quote.status != QuoteStatus.ACCEPTED:
        raise OrderError(_("Only an accepted quote is ordered."))
    known = Order.objects.filter(quote=quote).first()
    if known is not None:
        raise OrderError(_("%(order)s was made of this quote already.") % {"order": known.number})
    lines = [
        OrderLine(
            product_id=line.product_id,
            quantity=line.quantity,
            amount=line.net,
            unit_price=unit_of(amount=line.net, quantity=line.quantity),
        )  # fmt: skip
        for line in quote.lines.all()
    ]
    order = Order(
        name=quote.name, deal=quote.deal, quote=quote, contract=contract, ordered_on=ordered_on,
        currency_id=quote.currency_id,
    )  # fmt: skip
    return save_order(order=order, lines=lines, by=by, on=on)


@transaction.atomic
def cancel_order(*, order_id: int, cancelled_on: date, reason: str, by: Any, on: date) -> Order:
    """Cancel an order of which nothing is with the customer and nothing is invoiced. Raises OrderError, DayClosed."""
    order = locked_order(order_id)
    if order.is_cancelled:
        raise OrderError(_("The order was cancelled already."))
    if not reason.strip():
        raise OrderError(_("Say why the order was cancelled."), "reason")
    refuse_day(cancelled_on, on=on, field="cancelled_on")
    _refuse_before(cancelled_on, order, field="cancelled_on")
    if order.invoiced > 0:
        raise OrderError(_("It is invoiced: credit its invoices first."))
    out = _sum(Fulfilment, order) - _sum(Return, order)
    if out > 0:
        raise OrderError(_("Some of it was delivered: book its return first."))
    order.status, order.cancelled_on, order.reason = OrderStatus.CANCELLED, cancelled_on, reason.strip()
    save_next(order)
    return _moved(order, "order.cancelled", by, on, reason=order.reason)


def _sum(model: type[Fulfilment] | type[Return], order: Order) -> Decimal:
    rows: Any = model._default_manager.filter(order_line__order=order)
    return rows.aggregate(sum=Sum("quantity"))["sum"] or Decimal(0)


@transaction.atomic
def fulfil_order(
    *, order_id: int, quantities: Mapping[int, Decimal], fulfilled_on: date, by: Any, on: date, note: str = ""
) -> list[Fulfilment]:
    """Book what was delivered: quantity by the id of the line. Never more than ordered.

    Raises OrderError (field `line_<id>` for a quantity), DayClosed.
    """
    order = locked_order(order_id)
    _refuse_cancelled(order)
    refuse_day(fulfilled_on, on=on, field="fulfilled_on")
    _refuse_before(fulfilled_on, order, field="fulfilled_on")
    wanted = {pk: quantity for pk, quantity in quantities.items() if quantity}
    if not wanted:
        raise OrderError(_("Enter how much of a line was delivered."))
    lines = {line.pk: line for line in order.lines.annotate(done=Sum("fulfilments__quantity"))}
    made = []
    for pk, quantity in wanted.items():
        if pk not in lines:
            raise OrderError(_("The order has no such line."))
        left = lines[pk].quantity - (lines[pk].done or Decimal(0))
        if quantity <= 0 or quantity > left:
            words = _("%(left)s are still to be delivered: enter that at most.")
            raise OrderError(words % {"left": _plain(left)}, f"line_{pk}")
        made.append(Fulfilment(order_line=lines[pk], quantity=quantity, fulfilled_on=fulfilled_on, note=note))
    Fulfilment.objects.bulk_create(made)
    told = [f"{_plain(one.quantity)} x {one.order_line}" for one in made]
    _moved(order, "order.fulfilled", by, on, detail={"now": told, "on": fulfilled_on.isoformat()})
    return made


@transaction.atomic
def reverse_fulfilment(*, fulfilment: Fulfilment, by: Any, on: date, reason: str = "") -> Fulfilment:
    """Take a delivery back that was booked by mistake, by a row against it. Raises OrderError, DayClosed."""
    line = fulfilment.order_line
    order = locked_order(line.order_id)
    if fulfilment.reverses_id is not None or Fulfilment.objects.filter(reverses=fulfilment).exists():
        raise OrderError(_("This was taken back already."))
    refuse_closed(on)
    done = line.fulfilments.aggregate(sum=Sum("quantity"))["sum"] or Decimal(0)
    back = line.returns.aggregate(sum=Sum("quantity"))["sum"] or Decimal(0)
    if done - fulfilment.quantity < back:
        raise OrderError(_("Some of it was returned: take the return back first."))
    made = Fulfilment.objects.create(
        order_line=line, quantity=-fulfilment.quantity, fulfilled_on=on, note=reason[:255], reverses=fulfilment
    )
    _moved(order, "order.fulfilment_reversed", by, on, reason=reason)
    return made


@transaction.atomic
def book_return(*, goods: Return, by: Any, on: date) -> Return:
    """Book what came back of a delivered line; without an amount it is that part of the line's amount.

    Raises OrderError for more than is with the customer, in pieces or in money; DayClosed.
    """
    order = locked_order(goods.order_line.order_id)
    _refuse_cancelled(order)
    refuse_day(goods.returned_on, on=on, field="returned_on")
    _refuse_before(goods.returned_on, order, field="returned_on")
    line = order.lines.get(pk=goods.order_line_id)
    done = line.fulfilments.aggregate(sum=Sum("quantity"))["sum"] or Decimal(0)
    back = line.returns.aggregate(pieces=Sum("quantity"), money=Sum("amount"))
    left = done - (back["pieces"] or Decimal(0))
    if goods.quantity <= 0 or goods.quantity > left:
        words = _("%(left)s of it are with the customer: no more can come back.")
        raise OrderError(words % {"left": _plain(left)}, "quantity")
    worth = line.amount - (back["money"] or Decimal(0))
    currency = str(order.currency_id)
    if goods.amount is None:
        goods.amount = min(worth, quantise(line.amount * goods.quantity / line.quantity, currency))
    refuse_amount(goods.amount, currency, field="amount")
    if goods.amount > worth:
        words = _("The line is worth %(worth)s after earlier returns: enter that at most.")
        raise OrderError(words % {"worth": formats.exact_money(worth, currency)}, "amount")
    goods.save()
    detail = {"on": goods.returned_on.isoformat(), "now": [f"{_plain(goods.quantity)} x {line}"]}
    _moved(order, "order.returned", by, on, reason=goods.reason, detail=detail)
    return goods


@transaction.atomic
def reverse_return(*, goods: Return, by: Any, on: date, reason: str = "") -> Return:
    """Take a return back that was booked by mistake, by a row against it. Raises OrderError, DayClosed."""
    order = locked_order(goods.order_line.order_id)
    if goods.reverses_id is not None or Return.objects.filter(reverses=goods).exists():
        raise OrderError(_("This was taken back already."))
    if goods.credit_notes.exists():
        raise OrderError(_("It was credited: it stays."))
    refuse_closed(on)
    made = Return.objects.create(
        order_line=goods.order_line, returned_on=on, quantity=-goods.quantity, amount=-goods.amount,
        reason=(reason or goods.reason)[:255], reverses=goods,
    )  # fmt: skip
    _moved(order, "order.return_reversed", by, on, reason=reason)
    return made


def locked_order(order_id: int) -> Order:
    """The order, locked until the end of the transaction, so that of two who write on it the second sees the first."""
    return Order.objects.select_for_update(of=("self",), no_key=True).select_related("deal").get(pk=order_id)


def _refuse_cancelled(order: Order) -> None:
    if order.is_cancelled:
        raise OrderError(_("The order was cancelled: nothing more is booked on it."))


def _refuse_before(day: date, order: Order, *, field: str) -> None:
    if day < order.ordered_on:
        words = _("It was ordered on %(day)s: choose that day or a later one.")
        raise OrderError(words % {"day": formats.day(order.ordered_on)}, field)


def _moved(
    order: Order, act: str, by: Any, on: date, *, reason: str = "", detail: Mapping[str, Any] | None = None
) -> Order:
    refigure_orders([order.pk])
    audit.record(act=act, actor=by, subject=order, reason=reason, detail=dict(detail or {}))
    saved(order.deal_id, on)
    return order


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
