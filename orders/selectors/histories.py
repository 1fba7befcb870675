"""What happened to quotes, contracts, orders and invoices, as sources of their timelines and of their deal's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.history import HANGING, Acts, Changes
from core.kernel.access import SignedIn
from core.selectors import own_fields_of, person_names
from orders import policies
from orders.models import Contract, Invoice, Order, Quote
from pipeline.models import Opportunity

TOLD: dict[str, tuple[str, ...]] = {
    "quote": ("status", "name", "total", "discount_pct", "valid_until", "currency", "note"),
    "contract": (
        *("status", "name", "deal", "starts_on", "ends_on", "value", "recurring_amount", "renewal_months"),
        *("notice_days", "auto_renews"),
    ),
    "order": ("status", "name", "contract", "ordered_on", "total"),
    "invoice": ("status", "paid", "credited"),
}
ACTS = {
    "quote.created": ("file-text", _("Quote made")),
    "quote.approval_asked": ("hourglass", _("Approval asked for")),
    "quote.approved": ("check", _("Quote approved")),
    "quote.approved_by_policy": ("check", _("Quote within policy")),
    "quote.sent_back": ("arrow-back-up", _("Quote given back")),
    "quote.taken_back": ("arrow-back-up", _("Quote taken back")),
    "quote.sent": ("send", _("Quote sent")),
    "quote.accepted": ("circle-check", _("Quote accepted")),
    "quote.declined": ("circle-x", _("Quote declined")),
    "quote.expired": ("clock-off", _("Quote ran out")),
    "quote.revised": ("copy", _("Revision made")),
    "contract.created": ("plus", _("Contract made")),
    "contract.signed": ("writing-sign", _("Contract signed")),
    "contract.cancelled": ("ban", _("Contract cancelled")),
    "contract.ended": ("flag", _("Contract ended")),
    "contract.went_on": ("refresh", _("Contract renewed by itself")),
    "contract.churned": ("trending-down", _("Loss booked")),
    "contract.churn_reversed": ("arrow-back-up", _("Loss taken back")),
    "contract.renewal_opened": ("refresh", _("Renewal opened")),
    "order.created": ("shopping-cart", _("Order made")),
    "order.cancelled": ("ban", _("Order cancelled")),
    "order.fulfilled": ("truck-delivery", _("Delivered")),
    "order.fulfilment_reversed": ("arrow-back-up", _("Delivery taken back")),
    "order.returned": ("truck-return", _("Returned")),
    "order.return_reversed": ("arrow-back-up", _("Return taken back")),
    "invoice.issued": ("file-invoice", _("Invoice issued")),
    "invoice.paid": ("cash", _("Payment booked")),
    "invoice.payment_reversed": ("arrow-back-up", _("Payment taken back")),
    "invoice.credited": ("receipt-refund", _("Credited")),
}
_MODELS: dict[str, Any] = {"quote": Quote, "contract": Contract, "order": Order, "invoice": Invoice}
Sources = list[Changes | Acts]


def history_of(kind: str) -> Callable[[SignedIn, Any, date], Sources]:
    """What changed on a record of a kind of this room."""

    def sources(user: SignedIn, record: Any, as_of: date) -> Sources:
        mine, on, this = _MODELS[kind].objects.filter(pk=record.pk), {kind: [record.pk]}, (kind, record.pk)
        return [
            Changes(30, "changes", mine, TOLD[kind], own=own_fields_of(kind), people=person_names),
            Acts(32, "changes", on, ACTS, this),
            Acts(33, "files", on, HANGING, this),
        ]

    return sources


def cash_history(user: SignedIn, deal: Opportunity, as_of: date) -> Sources:
    """Acts on what hangs on a deal, in the deal's timeline."""
    seen = {
        "quote": policies.visible_quotes(user, as_of).filter(deal=deal),
        "contract": policies.visible_contracts(user, as_of).filter(deal=deal),
        "order": policies.visible_orders(user, as_of).filter(deal=deal),
        "invoice": policies.visible_invoices(user, as_of).filter(order__deal=deal),
    }
    on = {kind: rows.order_by().values("pk") for kind, rows in seen.items()}
    return [Acts(40, "changes", on, ACTS, ("opportunity", deal.pk))]
