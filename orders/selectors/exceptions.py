"""What is out of order between a quote and its payment, per deal: checks of clean data, and their list.

Each fact says since when, how much and of what record; it only changes when the deal's records do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from core.kernel import formats
from core.kernel.access import SignedIn
from core.registry import HygieneCheck
from orders.selectors.terms import order_settings
from pipeline.models import Finding, Opportunity
from pipeline.selectors.checks import DealFailing, Predicate
from pipeline.selectors.hygiene import reason_of, standing_for

Fact = Mapping[str, Any]
PREFIX = "cash_"
_FACT = "jsonb_build_object('since', {day}, 'amount', ({amount})::text, 'currency', {currency}, 'on', {name})"


def _first(rows: str, day: str, amount: str, currency: str, name: str) -> str:
    """The fact of the oldest of some rows (aliases inside `rows`), with the sum of all of them."""
    cells = _FACT.format(day=f"min({day})", amount=f"sum({amount})", currency=f"min({currency})", name=f"min({name})")
    return f"(SELECT {cells} FROM {rows})"


def _rows_failing(
    rows: str, day: str, amount: str, currency: str, name: str, *, only: str = "true", table: str = "orders_order"
) -> DealFailing:
    """Deals of which some row of this room stands out; `rows` names the deal as o.id, `only` asks the deal first.

    Where there is no row at all nothing is looked for deal by deal.
    """
    fact = _first(rows, day, amount, currency, name)
    condition = f"EXISTS (SELECT 1 FROM {table}) AND {only} AND EXISTS (SELECT 1 FROM {rows})"
    return DealFailing("all", lambda numbers: Predicate(condition, fact))


_OF_ORDERS = "orders_order r WHERE r.deal_id = o.id AND r.status <> 'cancelled'"
_OF_INVOICES = """orders_invoice i JOIN orders_order r ON r.id = i.order_id
  WHERE r.deal_id = o.id AND i.status IN ('open', 'part')"""
# A quote that went out with a discount nobody approved: imported, or its policy was meant for another role.
_UNAPPROVED = """orders_quote q WHERE q.deal_id = o.id AND q.status IN ('sent', 'accepted') AND q.discount_pct > 0
  AND (q.approved_by_id IS NULL OR q.approved_by_id = q.asked_by_id AND q.discount_pct > coalesce((
    SELECT max(p.max_discount_pct) FROM orders_discountpolicy p JOIN people_rolegrant g ON g.role = p.role
      AND g.user_id = q.asked_by_id AND NOT g.is_pending
    WHERE p.valid_from <= q.approved_on AND (p.valid_to IS NULL OR p.valid_to > q.approved_on)
      AND g.valid_from <= q.approved_on AND (g.valid_to IS NULL OR g.valid_to > q.approved_on)), 0))"""
# Delivered, and more than was invoiced: by the value of what is with the customer.
_DELIVERED = """(
  SELECT r.id, r.currency_id, f.since, f.worth - r.invoiced AS open FROM orders_order r, LATERAL (
    SELECT min(d.fulfilled_on) AS since,
           sum(round(n.amount * d.quantity / n.quantity, 2)) - coalesce(sum(b.worth), 0) AS worth
    FROM orders_orderline n
    JOIN LATERAL (SELECT min(y.fulfilled_on) AS fulfilled_on, sum(y.quantity) AS quantity
                  FROM orders_fulfilment y WHERE y.order_line_id = n.id) d ON d.quantity > 0
    LEFT JOIN LATERAL (SELECT sum(z.amount) AS worth FROM orders_return z WHERE z.order_line_id = n.id) b ON true
    WHERE n.order_id = r.id) f
  WHERE r.deal_id = o.id AND r.status <> 'cancelled' AND f.worth > r.invoiced) x"""


def _won_without_order() -> DealFailing:
    """Won deals whose order is late, since this company enters orders at all."""
    day = "o.closed_on + %(within)s"
    fact = _FACT.format(day=day, amount="o.amount", currency="o.currency_id", name="NULL")
    condition = f"""o.status = 'won' AND {day} < %(on)s
      AND o.closed_on >= (SELECT min(e.ordered_on) FROM orders_order e)
      AND NOT EXISTS (SELECT 1 FROM {_OF_ORDERS})"""
    return DealFailing(
        "closed", lambda numbers: Predicate(condition, fact, {"within": order_settings().order_within_days})
    )


def _words(text: Any) -> Callable[[Fact, date], str]:
    """“Invoice overdue: INV-12, $1,000.00 since Jun 3, 2026”."""

    def say(fact: Fact, as_of: date) -> str:
        parts = [str(fact["on"])] if fact.get("on") else []
        if fact.get("amount"):
            parts.append(formats.exact_money(Decimal(str(fact["amount"])), str(fact.get("currency") or "")))
        told = f"{text}: {', '.join(parts)}" if parts else str(text)
        return _now("%(what)s since %(day)s") % {"what": told, "day": formats.day(_day(fact))}

    return say


def _day(fact: Fact) -> date | None:
    return date.fromisoformat(fact["since"]) if fact.get("since") else None


def _check(key: str, order: int, label: Any, severity: str, action: Any, failing: DealFailing) -> HygieneCheck:
    return HygieneCheck(f"{PREFIX}{key}", order, label, "opportunity", severity, action, failing, _words(label))


CHECKS = (
    _check(
        *("order_without_contract", 410, _("Order without a contract"), "medium"),
        _("Enter the contract, or name it on the order"),
        _rows_failing(
            f"{_OF_ORDERS} AND r.contract_id IS NULL", "r.ordered_on", "r.total", "r.currency_id", "'ORD-' || r.id"
        ),
    ),
    _check(
        *("discount_unapproved", 420, _("Discount above policy without approval"), "high"),
        _("Have the discount approved, or revise the quote"),
        _rows_failing(
            *(_UNAPPROVED, "q.sent_on", "q.total", "q.currency_id", "'QUO-' || coalesce(q.first_id, q.id)"),
            table="orders_quote",
        ),
    ),
    _check(
        *("invoice_overdue", 430, _("Invoice overdue"), "high"),
        _("Ask the customer when it will be paid"),
        _rows_failing(
            f"{_OF_INVOICES} AND i.due_on < %(on)s",
            "i.due_on",
            "i.amount - i.credited - i.paid",
            "i.currency_id",
            "'INV-' || i.id",
        ),
    ),
    _check(
        *("order_not_won", 440, _("Order of a deal that isn't won"), "high"),
        _("Move the deal to won, or cancel the order"),
        _rows_failing(
            *(_OF_ORDERS, "r.ordered_on", "r.total", "r.currency_id", "'ORD-' || r.id"), only="o.status <> 'won'"
        ),
    ),
    _check(
        *("won_without_order", 450, _("Won without an order"), "medium"),
        _("Enter the order, or find out what it waits for"),
        _won_without_order(),
    ),
    _check(
        *("overinvoiced", 460, _("Invoiced more than ordered"), "high"),
        _("Credit what is too much, or enter the order it belongs to"),
        _rows_failing(
            f"{_OF_ORDERS} AND r.invoiced > r.total",
            "r.ordered_on",
            "r.invoiced - r.total",
            "r.currency_id",
            "'ORD-' || r.id",
        ),
    ),
    _check(
        *("not_invoiced", 470, _("Delivered, not invoiced"), "medium"),
        _("Issue the invoice"),
        _rows_failing(_DELIVERED, "x.since", "x.open", "x.currency_id", "'ORD-' || x.id"),
    ),
)


@dataclass(frozen=True, slots=True)
class Exceptional:
    """One exception of a deal: its words, since when, and the money it is about."""

    label: str
    words: str
    severity: str
    act: str


def exceptions_for(user: SignedIn, as_of: date) -> QuerySet[Finding]:
    """Exceptions on deals the person may see, with the name of the deal (`deal_name`)."""
    found = standing_for(user, as_of, kinds=["opportunity"]).filter(rule__key__startswith=PREFIX)
    name = Opportunity.objects.filter(pk=OuterRef("subject_id")).values("name")[:1]
    return found.select_related("rule", "owner").annotate(deal_name=Subquery(name))


def exceptions_on(user: SignedIn, deal_ids: Any, as_of: date) -> list[Exceptional]:
    """Exceptions of some deals, as the last check or save found them."""
    rows = exceptions_for(user, as_of).filter(subject_id__in=deal_ids).order_by("rule__position", "pk")
    acts = {check.key: str(check.owner_action) for check in CHECKS}
    told = ((row.rule.label, reason_of(row, as_of), row.rule.severity, acts.get(row.rule.key, "")) for row in rows)
    return [Exceptional(*one) for one in told]


def since_of(finding: Finding) -> date | None:
    return _day(finding.fact)


def money_of(finding: Finding) -> tuple[Decimal | None, str]:
    """The money an exception is about, and its currency."""
    amount = finding.fact.get("amount")
    return (Decimal(str(amount)) if amount is not None else None), str(finding.fact.get("currency") or "")
