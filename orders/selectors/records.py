"""Reads of quotes, contracts, orders, invoices and what hangs on them: lists, one record, search."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.models import Account
from accounts.policies import editable_accounts
from core.kernel import formats
from core.kernel.access import SignedIn
from core.kernel.typed import ids_of_number
from core.registry import SearchHit
from core.selectors import with_tags
from orders import policies
from orders.enums import QuoteStatus
from orders.models import Contract, CreditNote, Fulfilment, Invoice, Order, OrderLine, Payment, Quote, Return
from people.models import User
from people.selectors import Standing, standing_of
from pipeline.models import Opportunity, Product

ZERO = Decimal(0)


def listed_quotes(user: SignedIn, as_of: date) -> QuerySet[Quote]:
    quotes = policies.visible_quotes(user, as_of).select_related("deal__account", "deal__owner")
    return with_tags(quotes, "quote")


def listed_contracts(user: SignedIn, as_of: date) -> QuerySet[Contract]:
    contracts = policies.visible_contracts(user, as_of).select_related("account__owner", "deal__owner")
    return with_tags(contracts, "contract")


def listed_orders(user: SignedIn, as_of: date) -> QuerySet[Order]:
    orders = policies.visible_orders(user, as_of).select_related("deal__owner", "account", "contract")
    return with_tags(orders, "order")


def listed_invoices(user: SignedIn, as_of: date) -> QuerySet[Invoice]:
    invoices = policies.visible_invoices(user, as_of).select_related("order__deal__owner", "order__account")
    return with_tags(invoices, "invoice")


def listed_payments(user: SignedIn, as_of: date) -> QuerySet[Payment]:
    return policies.visible_payments(user, as_of).select_related("invoice__order__account", "invoice__order__deal")


def listed_credit_notes(user: SignedIn, as_of: date) -> QuerySet[CreditNote]:
    notes = policies.visible_credit_notes(user, as_of)
    return notes.select_related("invoice__order__account", "invoice__order__deal", "goods")


def listed_returns(user: SignedIn, as_of: date) -> QuerySet[Return]:
    returns = policies.visible_returns(user, as_of)
    return returns.select_related("order_line__order__account", "order_line__order__deal", "order_line__product")


def listed_fulfilments(user: SignedIn, as_of: date) -> QuerySet[Fulfilment]:
    return policies.visible_fulfilments(user, as_of).select_related("order_line__order__deal", "order_line__product")


def _found[Row: (Quote, Contract, Order, Invoice, Payment, Return, Fulfilment, CreditNote)](
    rows: QuerySet[Row], pk: int, words: str
) -> Row:
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404(words)
    return found


def get_quote_for(user: SignedIn, quote_id: int, as_of: date) -> Quote:
    """Raises Http404 when there is no such quote or it isn't visible; so do the others here."""
    return _found(listed_quotes(user, as_of), quote_id, _("No such quote."))


def get_contract_for(user: SignedIn, contract_id: int, as_of: date) -> Contract:
    return _found(listed_contracts(user, as_of), contract_id, _("No such contract."))


def get_order_for(user: SignedIn, order_id: int, as_of: date) -> Order:
    return _found(listed_orders(user, as_of), order_id, _("No such order."))


def get_invoice_for(user: SignedIn, invoice_id: int, as_of: date) -> Invoice:
    return _found(listed_invoices(user, as_of), invoice_id, _("No such invoice."))


def get_payment_for(user: SignedIn, payment_id: int, as_of: date) -> Payment:
    return _found(listed_payments(user, as_of), payment_id, _("No such payment."))


def get_return_for(user: SignedIn, return_id: int, as_of: date) -> Return:
    return _found(listed_returns(user, as_of), return_id, _("No such return."))


def get_fulfilment_for(user: SignedIn, fulfilment_id: int, as_of: date) -> Fulfilment:
    return _found(listed_fulfilments(user, as_of), fulfilment_id, _("No such fulfilment."))


def get_line_for(user: SignedIn, line_id: int, as_of: date) -> OrderLine:
    """A line of an order that the person sees. Raises Http404."""
    orders = policies.visible_orders(user, as_of).order_by().values("pk")
    line = OrderLine.objects.filter(pk=line_id, order__in=orders).select_related("order", "product").first()
    if line is None:
        raise Http404(_("No such line."))
    return line


def standing_on_quote(user: User, quote: Quote, as_of: date) -> Standing | None:
    """Whether and in whose place a person decides on a quote that waits; who asked never does."""
    parties = [quote.asked_by_id] if quote.asked_by_id else []
    return standing_of(user, as_of, may=lambda one: policies.decides_quote(one, quote, as_of), parties=parties)


def get_quote_to_decide(user: User, quote_id: int, as_of: date) -> Quote:
    """A quote one sees, or one that waits and may be decided in place of somebody away. Raises Http404."""
    seen = listed_quotes(user, as_of).filter(pk=quote_id).first()
    if seen is not None:
        return seen
    waiting = Quote.objects.select_related("deal__account", "deal__owner")
    quote = waiting.filter(pk=quote_id, status=QuoteStatus.IN_APPROVAL).first()
    if quote is None or standing_on_quote(user, quote, as_of) is None:
        raise Http404(_("No such quote."))
    return quote


def quotes_to_decide(user: User, as_of: date) -> list[tuple[Quote, Standing]]:
    """Quotes that wait for approval and may be decided by a person, oldest first."""
    waiting = Quote.objects.filter(status=QuoteStatus.IN_APPROVAL).select_related("deal", "asked_by__person")
    found = ((quote, standing_on_quote(user, quote, as_of)) for quote in waiting.order_by("asked_on", "pk"))
    return [(quote, standing) for quote, standing in found if standing is not None]


def lines_of_order(order: Order) -> list[Any]:
    """Lines with `fulfilled`, `returned` (quantities) and `cost`, `margin` (None where no cost is known)."""
    lines = list(lines_with_sums().filter(order=order))
    for line in lines:
        line.cost = None if line.unit_cost is None else line.unit_cost * line.quantity  # type: ignore[attr-defined]  # -- beside the columns
        line.margin = None if line.cost is None else line.amount - line.cost  # type: ignore[attr-defined]  # -- beside the columns
    return lines


def lines_with_sums() -> QuerySet[OrderLine]:
    """Lines of orders with how much was delivered and came back (`fulfilled`, `returned`)."""
    sums = {"fulfilled": _sum_of(Fulfilment, "quantity"), "returned": _sum_of(Return, "quantity")}
    return OrderLine.objects.select_related("product").annotate(**sums).order_by("pk")


def _sum_of(model: type[Fulfilment] | type[Return], field: str) -> Coalesce:
    rows: Any = model._default_manager.filter(order_line=OuterRef("pk")).order_by().values("order_line")
    return Coalesce(Subquery(rows.annotate(sum=Sum(field)).values("sum")), ZERO)


def lines_to_fulfil(order: Order) -> list[Any]:
    """Lines of which something is still to be delivered, each with `open_quantity`."""
    return _with_open(order, lambda line: line.quantity - line.fulfilled)


def lines_to_return(order: Order) -> list[Any]:
    """Lines of which something that was delivered is still with the customer, each with `open_quantity`."""
    return _with_open(order, lambda line: line.fulfilled - line.returned)


def _with_open(order: Order, left: Any) -> list[Any]:
    lines = lines_of_order(order)
    for line in lines:
        line.open_quantity = left(line)
    return [line for line in lines if line.open_quantity > 0]


def pieces_of(lines: Sequence[OrderLine]) -> list[tuple[int | None, Decimal, Decimal | None]]:
    """Product, amount and cost of each line."""
    return [
        (line.product_id, line.amount, None if line.unit_cost is None else line.unit_cost * line.quantity)
        for line in lines
    ]


def margin_of(lines: Sequence[Any]) -> Decimal | None:
    """The margin of an order; None where the cost of a line isn't known, or there is none."""
    margins = [line.margin for line in lines]
    return sum(margins, ZERO) if margins and None not in margins else None


def products_offered() -> QuerySet[Product]:
    return Product.objects.filter(is_active=True)


def get_deal_to_write_on(user: SignedIn, deal_id: int, as_of: date) -> Opportunity:
    """A deal on which a person writes quotes, contracts and orders. Raises Http404."""
    deal = policies.editable_deals(user, as_of).select_related("account", "currency").filter(pk=deal_id).first()
    if deal is None:
        raise Http404(_("No such deal."))
    return deal


def contracts_of_deal(user: SignedIn, deal: Opportunity, as_of: date) -> QuerySet[Contract]:
    """Contracts an order of a deal may belong to: the deal's, and those of its account."""
    mine = Q(deal=deal) | Q(account=deal.account_id) if deal.account_id else Q(deal=deal)
    return policies.visible_contracts(user, as_of).filter(mine)


def sees_contract(user: SignedIn, contract_id: int | None, as_of: date) -> bool:
    return contract_id is not None and policies.visible_contracts(user, as_of).filter(pk=contract_id).exists()


# --- search ---


def _searched(rows: QuerySet[Any], text: str, prefix: str, *names: str) -> QuerySet[Any]:
    found = Q(pk__in=ids_of_number(text, prefix)) | Q(external_id__iexact=text)
    for name in names:
        found |= Q(**{f"{name}__icontains": text})
    return rows.filter(found)


def search_quotes(quotes: QuerySet[Quote], text: str) -> QuerySet[Quote]:
    ids = ids_of_number(text.partition(" ")[0], "QUO-")
    return _searched(quotes, text, "QUO-", "name", "deal__name") | quotes.filter(first__in=ids)


def search_contracts(contracts: QuerySet[Contract], text: str) -> QuerySet[Contract]:
    return _searched(contracts, text, "CTR-", "name", "account__name")


def search_orders(orders: QuerySet[Order], text: str) -> QuerySet[Order]:
    return _searched(orders, text, "ORD-", "name", "account__name")


def search_invoices(invoices: QuerySet[Invoice], text: str) -> QuerySet[Invoice]:
    return _searched(invoices, text, "INV-", "name", "order__account__name")


def search_payments(payments: QuerySet[Payment], text: str) -> QuerySet[Payment]:
    return _searched(payments, text, "PAY-", "reference")


def search_returns(returns: QuerySet[Return], text: str) -> QuerySet[Return]:
    return _searched(returns, text, "RET-", "reason")


def _hits(kind: str, icon: str, rows: QuerySet[Any], amount: str) -> Sequence[SearchHit]:
    return [
        SearchHit(
            *(kind, icon, row.name or row.number, f"{row.number} · {row.get_status_display()}", row.get_absolute_url()),
            right=formats.whole_money(getattr(row, amount), str(row.currency_id)),
            record_id=row.pk,
        )
        for row in rows
    ]


def quote_hits(user: SignedIn, text: str, as_of: date, limit: int) -> Sequence[SearchHit]:
    return _hits("quote", "file-text", search_quotes(listed_quotes(user, as_of), text)[:limit], "total")


def contract_hits(user: SignedIn, text: str, as_of: date, limit: int) -> Sequence[SearchHit]:
    return _hits("contract", "writing-sign", search_contracts(listed_contracts(user, as_of), text)[:limit], "value")


def order_hits(user: SignedIn, text: str, as_of: date, limit: int) -> Sequence[SearchHit]:
    return _hits("order", "shopping-cart", search_orders(listed_orders(user, as_of), text)[:limit], "total")


def invoice_hits(user: SignedIn, text: str, as_of: date, limit: int) -> Sequence[SearchHit]:
    return _hits("invoice", "receipt", search_invoices(listed_invoices(user, as_of), text)[:limit], "amount")


def accounts_to_contract(user: SignedIn, as_of: date) -> QuerySet[Account]:
    """Accounts a contract may be written for."""
    return editable_accounts(user, as_of)
