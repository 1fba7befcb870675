"""From quote to cash, of a deal or of an account: how far it is, with days and amounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, DecimalField, F, Max, Q, QuerySet, Sum, Value, When
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Account
from core.kernel import formats
from core.kernel.access import SignedIn
from orders import policies
from orders.models import Contract, Fulfilment, Invoice, Order, OrderLine, Payment, Quote, Return
from pipeline.models import Opportunity

_CELLS = ("step", "code", "sum", "last", "many")
_MONEY = DecimalField(max_digits=38, decimal_places=10)


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


@dataclass(frozen=True, slots=True)
class _Books:
    """What was written on a deal or an account, as far as a person sees it."""

    quotes: QuerySet[Quote]
    contracts: QuerySet[Contract]
    orders: QuerySet[Order]
    fulfilments: QuerySet[Fulfilment]
    invoices: QuerySet[Invoice]
    payments: QuerySet[Payment]
    returns: QuerySet[Return]


@dataclass(frozen=True, slots=True)
class _Sum:
    """Rows of one step in one currency: what they come to, the last day, how many; of a margin: of unknown cost."""

    currency: str
    amount: Decimal | None
    last_on: date | None
    many: int


def steps_of_deal(user: SignedIn, deal: Opportunity, as_of: date) -> list[Step]:
    """The deal is one the person sees: so is all that became of it."""
    books = _Books(
        Quote.objects.filter(deal=deal),
        Contract.objects.filter(deal=deal),
        Order.objects.filter(deal=deal),
        Fulfilment.objects.filter(order_line__order__deal=deal),
        Invoice.objects.filter(order__deal=deal),
        Payment.objects.filter(invoice__order__deal=deal),
        Return.objects.filter(order_line__order__deal=deal),
    )
    return _steps(user, books, f"?deal={deal.pk}", returns=f"{reverse('orders:returns')}?deal={deal.pk}")


def steps_of_account(user: SignedIn, account: Account, as_of: date) -> list[Step]:
    books = _Books(
        policies.visible_quotes(user, as_of).filter(deal__account=account),
        policies.visible_contracts(user, as_of).filter(account=account),
        policies.visible_orders(user, as_of).filter(account=account),
        policies.visible_fulfilments(user, as_of).filter(order_line__order__account=account),
        policies.visible_invoices(user, as_of).filter(order__account=account),
        policies.visible_payments(user, as_of).filter(invoice__order__account=account),
        policies.visible_returns(user, as_of).filter(order_line__order__account=account),
    )
    return _steps(user, books, f"?account={account.pk}", returns="")


def _steps(user: SignedIn, books: _Books, query: str, *, returns: str) -> list[Step]:
    sums = _sums(books, with_margin=policies.may_see_costs(user))
    orders, invoices = f"{reverse('orders:orders')}{query}", f"{reverse('orders:invoices')}{query}"
    return [
        _of_quotes(books.quotes, query),
        _of_contracts(books.contracts, query),
        _summed(_("Order"), sums["order"], orders),
        _summed(_("Delivered"), sums["delivered"], orders),
        _summed(_("Invoiced"), sums["invoiced"], invoices),
        _summed(_("Paid"), sums["paid"], f"{reverse('orders:payments')}{query}"),
        _summed(_("Returned"), sums["returned"], returns),
        *([_margin(sums["margin"])] if "margin" in sums else []),
    ]


def _sums(books: _Books, *, with_margin: bool) -> dict[str, list[_Sum]]:
    """Sums of every step by currency, by one statement: a deal page has no time for seven."""
    orders = books.orders.exclude(status="cancelled")
    worth = F("quantity") / F("order_line__quantity") * F("order_line__amount")
    code = "order_line__order__currency"
    parts = {
        "order": _by_currency(orders, "total", "ordered_on", "currency"),
        "delivered": _by_currency(books.fulfilments, worth, "fulfilled_on", code),
        "invoiced": _by_currency(books.invoices, F("amount") - F("credited"), "issued_on", "currency"),
        "paid": _by_currency(books.payments, "amount", "paid_on", "currency"),
        "returned": _by_currency(books.returns, "amount", "returned_on", code),
    }
    if with_margin:
        lines = OrderLine.objects.filter(order__in=orders.order_by().values("pk"))
        gain = F("amount") - F("unit_cost") * F("quantity")  # null where the cost is, which no sum counts
        unknown = Count("pk", filter=Q(unit_cost=None))
        parts["margin"] = _by_currency(lines, gain, "order__ordered_on", "order__currency", unknown)
    told = [rows.annotate(step=Value(step)).values_list(*_CELLS) for step, rows in parts.items()]
    found: dict[str, list[_Sum]] = {step: [] for step in parts}
    for step, *cells in told[0].union(*told[1:], all=True).order_by("step", "code"):
        found[step].append(_Sum(*cells))
    return found


def _by_currency(rows: QuerySet[Any], amount: Any, day: str, currency: str, many: Any = None) -> QuerySet[Any, Any]:
    by = rows.order_by().values(code=F(currency))
    return by.annotate(sum=Sum(amount, output_field=_MONEY), last=Max(day), many=many or Count("pk"))


def _margin(sums: list[_Sum]) -> Step:
    """The margin of the orders: of lines whose cost is known; how many aren't is told."""
    unknown = sum(one.many for one in sums)
    note = ngettext("without %(n)s line of unknown cost", "without %(n)s lines of unknown cost", unknown)
    told = note % {"n": formats.whole(unknown)} if unknown else ""
    return Step(_("Margin"), told, _in_words(sums), _last(sums), "")


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
    """The contract signed last, also one that has ended; before any is signed, the newest draft."""
    url = f"{reverse('orders:contracts')}{query}"
    held = Case(When(status__in=["signed", "ended"], then="signed_on"))
    last = contracts.annotate(held=held).order_by(F("held").desc(nulls_last=True), "-pk").first()
    if last is None:
        return Step(_("Contract"), "", "", None, url)
    amount = formats.exact_money(last.value, str(last.currency_id))
    note = f"{last.number}, {last.get_status_display().lower()}"
    return Step(_("Contract"), note, amount, last.signed_on or last.starts_on, last.get_absolute_url())


def _summed(label: str, sums: list[_Sum], url: str) -> Step:
    many = sum(one.many for one in sums)
    return Step(label, formats.whole(many) if many else "", _in_words(sums), _last(sums), url if many else "")


def _last(sums: list[_Sum]) -> date | None:
    return max((one.last_on for one in sums if one.last_on), default=None)


def _in_words(sums: list[_Sum]) -> str:
    return ", ".join(formats.exact_money(one.amount, one.currency) for one in sums if one.amount is not None)
