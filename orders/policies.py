"""Who may see and write what lies between a quote and its payment. Sight follows the deal, else the account."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from accounts.policies import editable_accounts, visible_accounts
from core.kernel.access import SignedIn
from core.models import in_force_on
from orders.models import Contract, CreditNote, DiscountPolicy, Fulfilment, Invoice, Order, Payment, Quote, Return
from pipeline.models import Opportunity
from pipeline.policies import editable_opportunities, may_create, may_see_deals, visible_opportunities

KEEPS_BOOKS = ("sales_ops", "finance")
SEES_COSTS = ("manager", "executive", "sales_ops", "finance")
APPROVES = ("manager", "executive", "sales_ops")
ALL = Decimal(100)


def may_see_orders(user: SignedIn) -> bool:
    """Whoever sees deals sees what became of them."""
    return may_see_deals(user)


def may_write(user: SignedIn) -> bool:
    """Quotes, contracts and orders are written by those who work with deals: on deals they may change."""
    return may_create(user)


def may_keep_books(user: SignedIn) -> bool:
    """Fulfilments, invoices, payments, returns, credit notes and churn are sales ops' and finance's to write."""
    return user.has_role(*KEEPS_BOOKS)


def may_see_costs(user: SignedIn) -> bool:
    """Costs and margins: those who lead and those who keep the books, not every rep."""
    return user.has_role(*SEES_COSTS)


def may_keep_costs(user: SignedIn) -> bool:
    return user.has_role(*KEEPS_BOOKS)


def may_keep_policies(user: SignedIn) -> bool:
    """How deep discounts may be, and the numbers this room works with."""
    return user.has_role("sales_ops")


def _deals(user: SignedIn, as_of: date) -> QuerySet[Opportunity] | None:
    """Deals a person sees, archived ones too; None: all of them."""
    if user.visible_owner_ids(as_of) is None:
        return None
    return visible_opportunities(user, as_of, with_archived=True)


def _seen(rows: QuerySet[Any], user: SignedIn, as_of: date, deal: str, kind: str = "") -> QuerySet[Any]:
    """Rows whose deal the person sees, and those of a kind that are shared with them."""
    if not may_see_orders(user):
        return rows.none()
    deals = _deals(user, as_of)
    if deals is None:
        return rows
    seen = Q(**{f"{deal}__in": deals.order_by().values("pk")})
    shared = user.shared_ids(kind, as_of) if kind else frozenset()
    return rows.filter(seen | Q(pk__in=shared) if shared else seen)


def visible_quotes(user: SignedIn, as_of: date, *, with_archived: bool = False) -> QuerySet[Quote]:
    return _seen(Quote.objects.all(), user, as_of, "deal", "quote")


def visible_orders(user: SignedIn, as_of: date, *, with_archived: bool = False) -> QuerySet[Order]:
    return _seen(Order.objects.all(), user, as_of, "deal", "order")


def visible_invoices(user: SignedIn, as_of: date, *, with_archived: bool = False) -> QuerySet[Invoice]:
    return _seen(Invoice.objects.all(), user, as_of, "order__deal", "invoice")


def visible_payments(user: SignedIn, as_of: date) -> QuerySet[Payment]:
    return _seen(Payment.objects.all(), user, as_of, "invoice__order__deal")


def visible_credit_notes(user: SignedIn, as_of: date) -> QuerySet[CreditNote]:
    return _seen(CreditNote.objects.all(), user, as_of, "invoice__order__deal")


def visible_returns(user: SignedIn, as_of: date) -> QuerySet[Return]:
    return _seen(Return.objects.all(), user, as_of, "order_line__order__deal")


def visible_fulfilments(user: SignedIn, as_of: date) -> QuerySet[Fulfilment]:
    return _seen(Fulfilment.objects.all(), user, as_of, "order_line__order__deal")


def visible_contracts(user: SignedIn, as_of: date, *, with_archived: bool = False) -> QuerySet[Contract]:
    """By the deal; a contract without one by its account."""
    contracts = Contract.objects.all()
    if not may_see_orders(user):
        return contracts.none()
    deals = _deals(user, as_of)
    if deals is None:
        return contracts
    accounts = visible_accounts(user, as_of, with_archived=True).order_by().values("pk")
    mine = Q(deal__in=deals.order_by().values("pk")) | Q(deal=None, account__in=accounts)
    shared = user.shared_ids("contract", as_of)
    return contracts.filter(mine | Q(pk__in=shared) if shared else mine)


def editable_deals(user: SignedIn, as_of: date) -> QuerySet[Opportunity]:
    """Deals on which a person may write quotes, contracts and orders."""
    return editable_opportunities(user, as_of)


def editable_quotes(user: SignedIn, as_of: date, *, with_archived: bool = False) -> QuerySet[Quote]:
    deals = editable_opportunities(user, as_of, with_archived=True)
    return Quote.objects.filter(deal__in=deals.order_by().values("pk"))


def editable_orders(user: SignedIn, as_of: date, *, with_archived: bool = False) -> QuerySet[Order]:
    deals = editable_opportunities(user, as_of, with_archived=True)
    return Order.objects.filter(deal__in=deals.order_by().values("pk"))


def editable_contracts(user: SignedIn, as_of: date, *, with_archived: bool = False) -> QuerySet[Contract]:
    deals = editable_opportunities(user, as_of, with_archived=True).order_by().values("pk")
    accounts = editable_accounts(user, as_of, with_archived=True).order_by().values("pk")
    return Contract.objects.filter(Q(deal__in=deals) | Q(deal=None, account__in=accounts))


def bookable_invoices(user: SignedIn, as_of: date, *, with_archived: bool = False) -> QuerySet[Invoice]:
    """Invoices a person may write payments and credit notes on."""
    return Invoice.objects.all() if may_keep_books(user) else Invoice.objects.none()


def may_edit_quote(user: SignedIn, quote: Quote, as_of: date) -> bool:
    return editable_quotes(user, as_of).filter(pk=quote.pk).exists()


def may_edit_order(user: SignedIn, order: Order, as_of: date) -> bool:
    return editable_orders(user, as_of).filter(pk=order.pk).exists()


def may_edit_contract(user: SignedIn, contract: Contract, as_of: date) -> bool:
    return editable_contracts(user, as_of).filter(pk=contract.pk).exists()


def discount_limit(user: SignedIn, as_of: date) -> Decimal:
    """The deepest discount in percent a person gives without approval: the best of their roles; 0 without a row."""
    rows = DiscountPolicy.objects.filter(in_force_on(as_of)).values_list("role", "max_discount_pct")
    return max((limit for role, limit in rows if user.has_role(role)), default=Decimal(0))


def approval_limit(user: SignedIn, as_of: date) -> Decimal | None:
    """The deepest discount a person approves for others; None: none at all.

    Executives and sales ops approve any, managers what their own policy allows.
    """
    if user.has_role("executive", "sales_ops"):
        return ALL
    return discount_limit(user, as_of) if user.has_role("manager") else None


def decides_quote(user: SignedIn, quote: Quote, as_of: date) -> bool:
    """Whether a person decides on a quote in their own right: sees its deal, and may approve so deep a discount."""
    limit = approval_limit(user, as_of)
    if limit is None or quote.discount_pct > limit:
        return False
    return visible_quotes(user, as_of).filter(pk=quote.pk).exists()
