"""The lists of deals and products."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from core.tables import BulkAction, Column, Table
from pipeline.enums import Status
from pipeline.filters import OpportunityFilter
from pipeline.models import Opportunity, Product
from pipeline.policies import may_create, may_see_deals, may_see_products
from pipeline.selectors.deals import deals_for, search_deals

_TONES = {Status.WON: "good", Status.LOST: "", Status.OPEN: "acc"}


def _close(deal: Opportunity) -> Any:
    return deal.expected_close_on if deal.is_open else deal.closed_on


OPPORTUNITIES = Table(
    key="opportunities",
    title=_("Opportunities"),
    rows=deals_for,
    may_see=may_see_deals,
    search=search_deals,
    filterset=OpportunityFilter,
    default_sort="-amount",
    bulk=lambda user: [BulkAction("archive", _("Archive"), "archive")] if may_create(user) else [],
    columns=(
        Column("name", _("Opportunity"), lambda d: d.name, sort="name", is_link=True, sub=lambda d: d.number),
        Column("account", _("Account"), lambda d: d.account.name if d.account else None, hide_sm=True),
        Column("owner", _("Owner"), lambda d: d.owner.name if d.owner else None, hide_sm=True),
        Column("stage", _("Stage"), lambda d: d.stage.name, kind="tag", tone=lambda d: _TONES[Status(d.status)]),
        Column("category", _("Forecast"), lambda d: d.get_category_display(), hide_sm=True),
        Column("product", _("Product"), lambda d: d.product.name if d.product else None, hide_sm=True, is_hidden=True),
        Column("type", _("Type"), lambda d: d.get_type_display(), is_hidden=True),
        Column("next_step", _("Next step"), lambda d: d.next_step, is_hidden=True),
        Column("close", _("Close"), _close, kind="date", sort="expected_close_on"),
        Column("closed_on", _("Closed on"), lambda d: d.closed_on, kind="date", sort="closed_on", is_hidden=True),
        Column("created", _("Created"), lambda d: d.created_on, kind="date", sort="created_on", is_hidden=True),
        Column("pushed", _("Pushed"), lambda d: d.pushed_count, kind="number", sort="pushed_count", is_hidden=True),
        Column("external_id", _("External ID"), lambda d: d.external_id, is_hidden=True),
        Column("currency", _("Currency"), lambda d: d.currency_id, is_hidden=True),
        Column("amount", _("Amount"), lambda d: d.amount, kind="money", sort="amount"),
    ),
    presets=((_("Open"), "status=open"), (_("Won"), "status=won"), (_("Lost"), "status=lost")),
    empty_title=_("No deal yet"),
    empty_reason=_("Import an export of your CRM, or add the first deal by hand."),
)
PRODUCTS = Table(
    key="products",
    title=_("Products"),
    rows=lambda user, as_of: Product.objects.prefetch_related("prices"),
    may_see=may_see_products,
    search=lambda rows, text: rows.filter(name__icontains=text),
    default_sort="name",
    columns=(
        Column("name", _("Product"), lambda p: p.name, sort="name"),
        Column("family", _("Family"), lambda p: p.family, sort="family"),
        Column("code", _("Code"), lambda p: p.external_id, hide_sm=True),
        Column(
            "price",
            _("List price"),
            lambda p: next((price.price for price in p.prices.all() if price.valid_to is None), None),
            kind="money",
            currency=lambda p: next((price.currency_id for price in p.prices.all() if price.valid_to is None), "USD"),
        ),
    ),
    empty_title=_("No product yet"),
    empty_reason=_("Import a price list, or add products with the deals that name them."),
)
