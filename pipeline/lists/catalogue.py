"""The lists of products, stages, loss reasons and competitors."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from core.kernel import formats
from core.tables import Column, Table
from pipeline.enums import Status
from pipeline.filters import ProductFilter
from pipeline.lists.marks import ICONS_OF, TONES
from pipeline.models import Product
from pipeline.policies import may_keep_process, may_see_products
from pipeline.selectors.catalogue import competitors_for, loss_reasons_for, products_for, stages_for


def _price(product: Product) -> Any:
    return next((price.price for price in product.todays_prices), None)  # type: ignore[attr-defined]  # -- a prefetch


def _price_currency(product: Product) -> str:
    return next((str(price.currency_id) for price in product.todays_prices), "")  # type: ignore[attr-defined]  # -- a prefetch


def _other_prices(product: Product) -> str:
    others = product.todays_prices[1:]  # type: ignore[attr-defined]  # -- a prefetch
    return ", ".join(formats.exact_money(price.price, str(price.currency_id)) for price in others)


PRODUCTS = Table(
    key="products",
    title=_("Products"),
    rows=products_for,
    may_see=may_see_products,
    filterset=ProductFilter,
    search=lambda rows, text: rows.filter(name__icontains=text),
    default_sort="name",
    columns=(
        Column("name", _("Product"), lambda p: p.name, sort="name", is_link=True),
        Column("family", _("Family"), lambda p: p.family, sort="family"),
        Column("code", _("Code"), lambda p: p.external_id, hide_sm=True),
        Column("recurring", _("Recurring"), lambda p: _("Yes") if p.is_recurring else None, hide_sm=True),
        Column("active", _("Offered"), lambda p: _("Yes") if p.is_active else _("No"), hide_sm=True),
        Column("currency", _("Currency"), _price_currency, is_hidden=True),
        Column("price", _("List price"), _price, kind="exact", currency=_price_currency, sub=_other_prices),
    ),
    empty_title=_("No product yet"),
    empty_reason=_("Import a price list, or add the first product by hand."),
)

STAGES = Table(
    key="stages",
    title=_("Stages"),
    rows=stages_for,
    may_see=may_keep_process,
    default_sort="position",
    columns=(
        Column("position", _("Order"), lambda s: s.position, kind="number", sort="position"),
        Column("name", _("Stage"), lambda s: s.name, sort="name", is_link=True, sub=lambda s: s.process.name),
        Column(
            "status",
            _("Status"),
            lambda s: s.get_status_display(),
            kind="tag",
            tone=lambda s: TONES[Status(s.status)],
            icon=lambda s: ICONS_OF[Status(s.status)],
        ),
        Column("category", _("Forecast"), lambda s: s.get_category_display(), hide_sm=True),
        Column("criteria", _("Exit criteria"), lambda s: s.criteria_count, kind="number", hide_sm=True),
        Column("deals", _("Deals"), lambda s: s.deal_count, kind="number", hide_sm=True),
        Column("active", _("Offered"), lambda s: _("Yes") if s.is_active else _("No"), hide_sm=True),
        Column("probability", _("Probability"), lambda s: s.probability, kind="percent", sort="probability"),
    ),
    empty_title=_("No stage yet"),
    empty_reason=_("Deals need at least an open stage, one for won and one for lost."),
)

LOSS_REASONS = Table(
    key="loss_reasons",
    title=_("Loss reasons"),
    rows=loss_reasons_for,
    may_see=may_keep_process,
    default_sort="name",
    columns=(
        Column("name", _("Reason"), lambda r: r.name, sort="name", is_link=True),
        Column("active", _("Offered"), lambda r: _("Yes") if r.is_active else _("No")),
    ),
    empty_title=_("No loss reason yet"),
    empty_reason=_("A lost deal needs a reason. Add the handful that you want to count."),
)

COMPETITORS = Table(
    key="competitors",
    title=_("Competitors"),
    rows=competitors_for,
    may_see=may_keep_process,
    default_sort="name",
    columns=(Column("name", _("Competitor"), lambda c: c.name, sort="name", is_link=True),),
    empty_title=_("No competitor yet"),
    empty_reason=_("Add the companies your deals are won from and lost to."),
)
