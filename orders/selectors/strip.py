"""From quote to cash, of a deal or of an account: how far it is, with days and amounts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Account
from core.kernel import formats
from core.kernel.access import SignedIn
from orders import policies
from orders.models import Contract, Order, OrderLine, Quote
from pipeline.models import Opportunity


@dataclass(frozen=True, slots=True)
class Step:
    """One step on the way: how many, what they come to by currency, the last day, and where they are listed."""

    label: str
    note: str
    amount: str
    last_on: date | None
    url: str

    @property
    def is_reached(self) -> bool:
        return self.last_on is not None


def steps_of_deal(user: SignedIn, deal: Opportunity, as_of: date) -> list[Step]:
    return _steps(user, as_of, "deal", deal.pk)


def steps_of_account(user: SignedIn, account: Account, as_of: date) -> list[Step]:
    return _steps(user, as_of, "account", account.pk)


def _steps(user: SignedIn, as_of: date, of: str, pk: int) -> list[Step]:
    is_deal = of == "deal"
    orders = policies.visible_orders(user, as_of).filter(**{of: pk}).exclude(status="cancelled")
    quotes = policies.visible_quotes(user, as_of).filter(**{"deal" if is_deal else "deal__account": pk})
    contracts = policies.visible_contracts(user, as_of).filter(**{of: pk})
    invoices = policies.visible_invoices(user, as_of).filter(**{f"order__{of}": pk})
    payments = policies.visible_payments(user, as_of).filter(**{f"invoice__order__{of}": pk})
    done = policies.visible_fulfilments(user, as_of).filter(**{f"order_line__order__{of}": pk})
    back = policies.visible_returns(user, as_of).filter(**{f"order_line__order__{of}": pk})
    worth = F("quantity") / F("order_line__quantity") * F("order_line__amount")
    code, query = "order_line__order__currency", f"?{of}={pk}"
    returned = f"{reverse('orders:returns')}{query}" if is_deal else ""
    return [
        _of_quotes(quotes, query),
        _of_contracts(contracts, query),
        _summed(_("Order"), orders, "total", "ordered_on", "currency", f"{reverse('orders:orders')}{query}"),
        _summed(_("Delivered"), done, worth, "fulfilled_on", code, f"{reverse('orders:orders')}{query}"),
        _summed(
            _("Invoiced"), invoices, F("amount") - F("credited"), "issued_on", "currency",
            f"{reverse('orders:invoices')}{query}",
        ),
        _summed(_("Paid"), payments, "amount", "paid_on", "currency", f"{reverse('orders:payments')}{query}"),
        _summed(_("Returned"), back, "amount", "returned_on", code, returned),
        *([_margin(orders)] if policies.may_see_costs(user) else []),
    ]  # fmt: skip


def _margin(orders: QuerySet[Order]) -> Step:
    """The margin of the orders: of lines whose cost is known; how many aren't is told."""
    lines = OrderLine.objects.filter(order__in=orders.order_by().values("pk"))
    gain = F("amount") - F("unit_cost") * F("quantity")  # null where the cost is, which no sum counts
    sums = (
        lines.order_by()
        .values(code=F("order__currency"))
        .annotate(gain=Sum(gain), last=Max("order__ordered_on"), unknown=Count("pk", filter=Q(unit_cost=None)))
    )
    found = list(sums.order_by("code"))
    unknown = sum(one["unknown"] for one in found)
    note = ngettext("without %(n)s line of unknown cost", "without %(n)s lines of unknown cost", unknown)
    return Step(
        _("Margin"),
        note % {"n": formats.whole(unknown)} if unknown else "",
        _in_words((one["gain"], one["code"]) for one in found),
        max((one["last"] for one in found), default=None),
        "",
    )


def _of_quotes(quotes: QuerySet[Quote], query: str) -> Step:
    """The newest quote: its state is what counts, older ones are its past."""
    url = f"{reverse('orders:quotes')}{query}"
    last = quotes.order_by("-pk").first()
    if last is None:
        return Step(_("Quote"), "", "", None, url)
    day = last.decided_on or last.sent_on or last.approved_on or last.asked_on or last.created_at.date()
    amount = formats.exact_money(last.total, str(last.currency_id))
    return Step(_("Quote"), f"{last.number}, {last.get_status_display().lower()}", amount, day, last.get_absolute_url())


def _of_contracts(contracts: QuerySet[Contract], query: str) -> Step:
    url = f"{reverse('orders:contracts')}{query}"
    held = contracts.filter(Q(status="signed") | Q(status="ended"))
    last = held.order_by("-signed_on", "-pk").first() or contracts.order_by("-pk").first()
    if last is None:
        return Step(_("Contract"), "", "", None, url)
    amount = formats.exact_money(last.value, str(last.currency_id))
    note = f"{last.number}, {last.get_status_display().lower()}"
    return Step(_("Contract"), note, amount, last.signed_on or last.starts_on, last.get_absolute_url())


def _summed(label: str, rows: QuerySet[Any], amount: Any, day: str, currency: str, url: str) -> Step:
    sums = rows.order_by().values(code=F(currency)).annotate(sum=Sum(amount), last=Max(day), many=Count("pk"))
    found = list(sums.order_by("code"))
    many = sum(one["many"] for one in found)
    return Step(
        label,
        formats.whole(many) if many else "",
        _in_words((one["sum"], one["code"]) for one in found),
        max((one["last"] for one in found), default=None),
        url if many else "",
    )


def _in_words(sums: Iterable[tuple[Decimal | None, str]]) -> str:
    return ", ".join(formats.exact_money(amount, code) for amount, code in sums if amount is not None)
