"""Deals, products and activities as the fields of their files: an export that can be imported again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import F

from accounts.models import Account
from accounts.services.imports import ACCOUNT
from core.selectors import with_tags
from core.services import OwnColumns
from people.models import Person
from people.services.imports import PREFIX as PERSON
from pipeline.enums import Status
from pipeline.models import Activity, ListPrice, Opportunity, OpportunityLine, Product

DEAL, PRODUCT, ACTIVITY = "OPP-", "PRD-", "ACT-"
_PREFIXES = {Account: ACCOUNT, Person: PERSON, Opportunity: DEAL, Product: PRODUCT, Activity: ACTIVITY}
_DEAL_FIELDS = (
    *(
        "name",
        "amount",
        "recurring_amount",
        "one_off_amount",
        "probability",
        "category",
        "type",
        "source",
        "engaged_on",
    ),
    *("created_on", "expected_close_on", "next_step", "next_step_due_on", "term_months"),
)
BLOCK = 2000


def key_of(record: Any) -> str | None:
    """What names a record in a file: its external ID, else its number. OPP-4417"""
    return (record.external_id or f"{_PREFIXES[type(record)]}{record.pk}") if record is not None else None


def deal_records() -> Iterator[dict[str, Any]]:
    """Every deal that isn't archived; the quantity is that of the main product's line."""
    quantities = dict(
        OpportunityLine.objects.filter(product=F("opportunity__product"))
        .order_by("-pk")
        .values_list("opportunity_id", "quantity")
    )
    near = ("account", "owner", "stage", "product", "loss_reason", "competitor")
    own = OwnColumns("opportunity")
    deals = Opportunity.objects.filter(archived_at=None).select_related(*near).order_by("pk")
    for deal in with_tags(deals, "opportunity").iterator(BLOCK):
        yield (
            {name: getattr(deal, name) for name in _DEAL_FIELDS}
            | {
                "external_id": key_of(deal),
                "account": key_of(deal.account),
                "owner": key_of(deal.owner),
                "stage": deal.stage.name,
                "currency": deal.currency_id,
                "won_on": deal.closed_on if deal.status == Status.WON else None,
                "lost_on": deal.closed_on if deal.status == Status.LOST else None,
                "product": key_of(deal.product),
                "quantity": quantities.get(deal.pk),
                "loss_reason": deal.loss_reason.name if deal.loss_reason else None,
                "competitor": deal.competitor.name if deal.competitor else None,
            }
            | own.of(deal)
        )


def product_records() -> Iterator[dict[str, Any]]:
    """Every product with a list price in force, one price each."""
    prices = {price.product_id: price for price in ListPrice.objects.filter(valid_to=None).order_by("-pk")}
    for product in Product.objects.order_by("pk").iterator(BLOCK):
        price = prices.get(product.pk)
        yield {
            "external_id": key_of(product),
            "name": product.name,
            "family": product.family,
            "price": price.price if price else None,
            "currency": price.currency_id if price else None,
            "is_recurring": product.is_recurring,
            "is_active": product.is_active,
        }


def activity_records() -> Iterator[dict[str, Any]]:
    """Every activity; the deal or account it is on by its key."""
    deals = {pk: key or f"{DEAL}{pk}" for pk, key in Opportunity.objects.values_list("pk", "external_id").iterator()}
    kept = Activity.objects.filter(archived_at=None).select_related("owner", "account")
    for row in kept.order_by("pk").iterator(BLOCK):
        yield {
            **{name: getattr(row, name) for name in ("kind", "title", "body", "happened_at", "due_on", "done_at")},
            "external_id": key_of(row),
            "owner": key_of(row.owner),
            "account": key_of(row.account),
            "opportunity": deals.get(row.subject_id or 0) if row.subject_kind == "opportunity" else None,
        }
