"""The lists of this room."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import DateField, Value
from django.utils.translation import gettext_lazy as _

from core.tables import BulkAction, Column, Table, tag_action
from orders import policies
from orders.filters import (
    ContractFilter,
    CostFilter,
    CreditNoteFilter,
    ExceptionFilter,
    FulfilmentFilter,
    InvoiceFilter,
    OrderFilter,
    PaymentFilter,
    QuoteFilter,
    ReturnFilter,
)
from orders.selectors import exceptions, records, terms
from pipeline.selectors.hygiene import reason_of

QUOTE_TONES = {"in_approval": "warn", "approved": "acc", "sent": "acc", "accepted": "good", "declined": "bad"}
QUOTE_ICONS = {
    **{"draft": "pencil", "in_approval": "hourglass", "approved": "check", "sent": "send"},
    **{"accepted": "circle-check", "declined": "circle-x", "expired": "clock-off"},
}
CONTRACT_TONES = {"signed": "good", "cancelled": "bad"}
CONTRACT_ICONS = {"draft": "pencil", "signed": "writing-sign", "ended": "flag", "cancelled": "ban"}
ORDER_TONES = {"part": "warn", "fulfilled": "good"}
ORDER_ICONS = {"open": "progress", "part": "truck-delivery", "fulfilled": "circle-check", "cancelled": "ban"}
INVOICE_TONES = {"part": "warn", "paid": "good"}
INVOICE_ICONS = {"open": "progress", "part": "cash", "paid": "circle-check", "credited": "receipt-refund"}
SEVERITY_TONES = {"high": "bad", "medium": "warn"}


def _status(tones: Mapping[str, str], icons: Mapping[str, str]) -> Column:
    return Column(
        "status",
        _("Status"),
        lambda row: row.get_status_display(),
        kind="tag",
        tone=lambda row: tones.get(row.status, ""),
        icon=lambda row: icons[row.status],
    )


def _tagging(user: Any) -> list[BulkAction]:
    return [tag_action()] if policies.may_write(user) else []


def _external() -> Column:
    return Column("external_id", _("External ID"), lambda row: row.external_id, is_hidden=True)


def _name(record: Any) -> Any:
    return record.name if record is not None else None


def _number(prefix: str, pk: int | None) -> str | None:
    return f"{prefix}-{pk}" if pk else None


QUOTES = Table(
    key="quotes",
    title=_("Quotes"),
    rows=records.listed_quotes,
    may_see=policies.may_see_orders,
    search=records.search_quotes,
    filterset=QuoteFilter,
    record_kind="quote",
    bulk=_tagging,
    columns=(
        Column("name", _("Quote"), lambda q: q.name or q.number, sort="name", is_link=True, sub=lambda q: q.number),
        Column("deal", _("Deal"), lambda q: q.deal.name, sort="deal__name", hide_sm=True),
        Column("account", _("Account"), lambda q: _name(q.deal.account), hide_sm=True),
        _status(QUOTE_TONES, QUOTE_ICONS),
        Column("owner", _("Owner"), lambda q: _name(q.deal.owner), hide_sm=True),
        Column("valid_until", _("Valid until"), lambda q: q.valid_until, kind="date", sort="valid_until", hide_sm=True),
        Column("sent", _("Sent"), lambda q: q.sent_on, kind="date", sort="sent_on", is_hidden=True),
        Column("discount", _("Discount"), lambda q: q.discount_pct, kind="percent", sort="discount_pct", hide_sm=True),
        _external(),
        Column("currency", _("Currency"), lambda q: q.currency_id, is_hidden=True),
        Column("total", _("Total"), lambda q: q.total, kind="exact", sort="total"),
    ),
    presets=(
        (_("In approval"), "status=in_approval"),
        (_("Sent"), "status=sent"),
        (_("Accepted"), "status=accepted"),
    ),
    empty_title=_("No quote yet"),
    empty_reason=_("A quote is made on the page of its deal."),
)

CONTRACTS = Table(
    key="contracts",
    title=_("Contracts"),
    rows=records.listed_contracts,
    may_see=policies.may_see_orders,
    search=records.search_contracts,
    filterset=ContractFilter,
    record_kind="contract",
    bulk=_tagging,
    columns=(
        Column("name", _("Contract"), lambda c: c.name, sort="name", is_link=True, sub=lambda c: c.number),
        Column("account", _("Account"), lambda c: c.account.name, sort="account__name", hide_sm=True),
        _status(CONTRACT_TONES, CONTRACT_ICONS),
        Column("signed", _("Signed"), lambda c: c.signed_on, kind="date", sort="signed_on", hide_sm=True),
        Column("starts", _("Starts"), lambda c: c.starts_on, kind="date", sort="starts_on", hide_sm=True),
        Column("ends", _("Last day"), lambda c: c.last_day, kind="date", sort="ends_on"),
        Column("auto", _("Renews by itself"), lambda c: _("Yes") if c.auto_renews else None, is_hidden=True),
        Column("renewal", _("Renewal deal"), lambda c: _number("OPP", c.renewal_deal_id), hide_sm=True),
        Column("deal", _("Deal"), lambda c: _name(c.deal), is_hidden=True),
        _external(),
        Column("currency", _("Currency"), lambda c: c.currency_id, is_hidden=True),
        Column(
            "recurring", _("A year"), lambda c: c.recurring_amount, kind="exact", sort="recurring_amount", hide_sm=True
        ),
        Column("value", _("Value"), lambda c: c.value, kind="exact", sort="value"),
    ),
    presets=(
        (_("Signed"), "status=signed"),
        (_("Drafts"), "status=draft"),
        (_("Being renewed"), "status=signed&renewal=1"),
    ),
    empty_title=_("No contract yet"),
    empty_reason=_("Enter what customers sign, or import contracts: renewals are opened from them."),
)

ORDERS = Table(
    key="orders",
    title=_("Orders"),
    rows=records.listed_orders,
    may_see=policies.may_see_orders,
    search=records.search_orders,
    filterset=OrderFilter,
    record_kind="order",
    bulk=_tagging,
    columns=(
        Column("name", _("Order"), lambda o: o.name or o.number, sort="name", is_link=True, sub=lambda o: o.number),
        Column("account", _("Account"), lambda o: _name(o.account), sort="account__name", hide_sm=True),
        Column("deal", _("Deal"), lambda o: o.deal.name, is_hidden=True),
        Column("contract", _("Contract"), lambda o: _number("CON", o.contract_id), is_hidden=True),
        _status(ORDER_TONES, ORDER_ICONS),
        Column("owner", _("Owner"), lambda o: _name(o.deal.owner), hide_sm=True),
        Column("ordered", _("Ordered"), lambda o: o.ordered_on, kind="date", sort="ordered_on"),
        _external(),
        Column("currency", _("Currency"), lambda o: o.currency_id, is_hidden=True),
        Column("invoiced", _("Invoiced"), lambda o: o.invoiced, kind="exact", sort="invoiced", hide_sm=True),
        Column("total", _("Total"), lambda o: o.total, kind="exact", sort="total"),
    ),
    presets=(
        (_("To deliver"), "status=open"),
        (_("Part fulfilled"), "status=part"),
        (_("Not invoiced"), "invoiced=no"),
        (_("Without a contract"), "agreed=0"),
    ),
    empty_title=_("No order yet"),
    empty_reason=_("Orders are made from an accepted quote, on the page of a deal, or imported."),
)

INVOICES = Table(
    key="invoices",
    title=_("Invoices"),
    rows=records.listed_invoices,
    may_see=policies.may_see_orders,
    search=records.search_invoices,
    filterset=InvoiceFilter,
    record_kind="invoice",
    bulk=_tagging,
    columns=(
        Column("name", _("Invoice"), lambda i: i.name or i.number, sort="name", is_link=True, sub=lambda i: i.number),
        Column("account", _("Account"), lambda i: _name(i.order.account), sort="order__account__name", hide_sm=True),
        Column("order", _("Order"), lambda i: i.order.number, is_hidden=True),
        _status(INVOICE_TONES, INVOICE_ICONS),
        Column("issued", _("Issued"), lambda i: i.issued_on, kind="date", sort="issued_on", hide_sm=True),
        Column("due", _("Due"), lambda i: i.due_on, kind="date", sort="due_on"),
        _external(),
        Column("currency", _("Currency"), lambda i: i.currency_id, is_hidden=True),
        Column("amount", _("Amount"), lambda i: i.amount, kind="exact", sort="amount", hide_sm=True),
        Column("credited", _("Credited"), lambda i: i.credited, kind="exact", sort="credited", is_hidden=True),
        Column("paid", _("Paid"), lambda i: i.paid, kind="exact", sort="paid", is_hidden=True),
        Column("outstanding", _("Outstanding"), lambda i: i.outstanding, kind="exact"),
    ),
    presets=((_("Owed"), "unpaid=1"), (_("Part paid"), "status=part"), (_("Paid"), "status=paid")),
    empty_title=_("No invoice yet"),
    empty_reason=_("Invoices are issued on the page of an order, or imported from the books."),
)

PAYMENTS = Table(
    key="payments",
    title=_("Payments"),
    rows=records.listed_payments,
    may_see=policies.may_see_orders,
    search=records.search_payments,
    filterset=PaymentFilter,
    columns=(
        Column("number", _("Payment"), lambda p: p.number, is_link=True, sub=lambda p: p.reference),
        Column("invoice", _("Invoice"), lambda p: p.invoice.number),
        Column("account", _("Account"), lambda p: _name(p.invoice.order.account), hide_sm=True),
        Column("paid", _("Paid on"), lambda p: p.paid_on, kind="date", sort="paid_on"),
        _external(),
        Column("currency", _("Currency"), lambda p: p.currency_id, is_hidden=True),
        Column("amount", _("Amount"), lambda p: p.amount, kind="exact", sort="amount"),
    ),
    empty_title=_("No payment yet"),
    empty_reason=_("Payments are booked on the page of an invoice, or imported from the bank."),
)

RETURNS = Table(
    key="returns",
    title=_("Returns"),
    rows=records.listed_returns,
    may_see=policies.may_see_orders,
    search=records.search_returns,
    filterset=ReturnFilter,
    columns=(
        Column("number", _("Return"), lambda r: r.number, is_link=True, sub=lambda r: r.reason),
        Column("order", _("Order"), lambda r: r.order_line.order.number),
        Column("account", _("Account"), lambda r: _name(r.order_line.order.account), hide_sm=True),
        Column("product", _("Product"), lambda r: _name(r.order_line.product)),
        Column("returned", _("Returned on"), lambda r: r.returned_on, kind="date", sort="returned_on"),
        Column("quantity", _("Quantity"), lambda r: r.quantity, kind="plain", hide_sm=True),
        _external(),
        Column("amount", _("Amount"), lambda r: r.amount, kind="exact", sort="amount"),
    ),
    empty_title=_("Nothing came back"),
    empty_reason=_("Returns are booked on the page of an order."),
)

CREDIT_NOTES = Table(
    key="credit_notes",
    title=_("Credit notes"),
    rows=records.listed_credit_notes,
    may_see=policies.may_see_orders,
    filterset=CreditNoteFilter,
    columns=(
        Column("number", _("Credit note"), lambda c: c.number, is_link=True, sub=lambda c: c.reason),
        Column("invoice", _("Invoice"), lambda c: c.invoice.number),
        Column("account", _("Account"), lambda c: _name(c.invoice.order.account), hide_sm=True),
        Column("credited", _("Credited on"), lambda c: c.credited_on, kind="date", sort="credited_on"),
        Column("amount", _("Amount"), lambda c: c.amount, kind="exact", sort="amount"),
    ),
    empty_title=_("No credit note yet"),
    empty_reason=_("Credit notes are written on the page of an invoice."),
)

FULFILMENTS = Table(
    key="fulfilments",
    title=_("Fulfilments"),
    rows=records.listed_fulfilments,
    may_see=policies.may_see_orders,
    filterset=FulfilmentFilter,
    columns=(
        Column("order", _("Order"), lambda f: f.order_line.order.number),
        Column("product", _("Product"), lambda f: _name(f.order_line.product)),
        Column("fulfilled", _("Fulfilled on"), lambda f: f.fulfilled_on, kind="date", sort="fulfilled_on"),
        Column("note", _("Note"), lambda f: f.note, hide_sm=True),
        Column("quantity", _("Quantity"), lambda f: f.quantity, kind="plain"),
    ),
    empty_title=_("Nothing was delivered yet"),
    empty_reason=_("Deliveries are booked on the page of an order."),
)

PRODUCT_COSTS = Table(
    key="product_costs",
    title=_("Product costs"),
    rows=terms.costs_for,
    may_see=policies.may_see_costs,
    search=lambda rows, text: rows.filter(product__name__icontains=text),
    filterset=CostFilter,
    default_sort="-from",
    columns=(
        Column("product", _("Product"), lambda c: c.product.name, sort="product__name", is_link=True),
        Column("from", _("From"), lambda c: c.valid_from, kind="date", sort="valid_from"),
        Column("to", _("First day after"), lambda c: c.valid_to, kind="date", sort="valid_to", hide_sm=True),
        _external(),
        Column("currency", _("Currency"), lambda c: c.currency_id, is_hidden=True),
        Column("cost", _("Unit cost"), lambda c: c.cost, kind="exact", sort="cost"),
    ),
    empty_title=_("No cost yet"),
    empty_reason=_(
        "Margins are counted with the cost in force on the day of an order. Set the first, or import costs."
    ),
)

DISCOUNT_POLICIES = Table(
    key="discount_policies",
    title=_("Discounts without approval"),
    rows=terms.discount_policies_for,
    may_see=policies.may_keep_policies,
    default_sort="-from",
    columns=(
        Column("role", _("Role"), lambda p: p.get_role_display(), sort="role"),
        Column("from", _("From"), lambda p: p.valid_from, kind="date", sort="valid_from"),
        Column("to", _("First day after"), lambda p: p.valid_to, kind="date", sort="valid_to", hide_sm=True),
        Column("most", _("Highest discount"), lambda p: p.max_discount_pct, kind="percent", sort="max_discount_pct"),
    ),
    empty_title=_("Every discount needs approval"),
    empty_reason=_("Say how deep a discount people of a role may give by themselves."),
)

EXCEPTIONS = Table(
    key="order_exceptions",
    title=_("Exceptions"),
    rows=lambda user, as_of: exceptions.exceptions_for(user, as_of).annotate(checked_as_of=Value(as_of, DateField())),
    may_see=policies.may_see_orders,
    filterset=ExceptionFilter,
    columns=(
        Column("deal", _("Deal"), lambda f: f.deal_name or f"#{f.subject_id}", is_link=True),
        Column("what", _("What"), lambda f: reason_of(f, f.checked_as_of)),
        Column(
            "severity",
            _("Severity"),
            lambda f: f.rule.get_severity_display(),
            kind="tag",
            tone=lambda f: SEVERITY_TONES.get(f.rule.severity, ""),
            hide_sm=True,
        ),
        Column("owner", _("Owner"), lambda f: _name(f.owner), hide_sm=True),
        Column("since", _("Since"), exceptions.since_of, kind="date"),
        Column(
            "amount",
            _("Amount"),
            lambda f: exceptions.money_of(f)[0],
            kind="exact",
            currency=lambda f: exceptions.money_of(f)[1],
        ),
    ),
    presets=(
        (_("Overdue invoices"), "check=cash_invoice_overdue"),
        (_("Not invoiced"), "check=cash_not_invoiced"),
        (_("Unapproved discounts"), "check=cash_discount_unapproved"),
    ),
    empty_title=_("Nothing is out of order"),
    empty_reason=_("Every deal you see passed the last check of its quotes, orders and invoices."),
)
