"""Reads of what is sold and how: products with prices, stages with criteria, loss reasons, competitors."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from core.kernel.access import SignedIn
from core.models import in_force_on
from pipeline.models import Competitor, ListPrice, LossReason, Product, Stage
from pipeline.policies import may_keep_process, may_see_products


def list_prices(product_ids: Iterable[int], *, currency: str, on: date) -> dict[int, Decimal]:
    """List price of each product in a currency on a day; products without one are left out."""
    found = ListPrice.objects.filter(in_force_on(on), product__in=list(product_ids), currency=currency)
    return dict(found.values_list("product_id", "price"))


def products_for(user: SignedIn, as_of: date) -> QuerySet[Product]:
    """Products with the prices of the day ready in `todays_prices`."""
    if not may_see_products(user):
        return Product.objects.none()
    prices = ListPrice.objects.filter(in_force_on(as_of)).order_by("currency")
    return Product.objects.prefetch_related(Prefetch("prices", queryset=prices, to_attr="todays_prices"))


def get_product_for(user: SignedIn, product_id: int, as_of: date) -> Product:
    """Raises Http404 when there is no such product or it isn't visible."""
    product = products_for(user, as_of).filter(pk=product_id).first()
    if product is None:
        raise Http404(_("No such product."))
    return product


def stages_for(user: SignedIn, as_of: date) -> QuerySet[Stage]:
    """Stages with their process, numbers of criteria and deals (`criteria_count`, `deal_count`)."""
    if not may_keep_process(user):
        return Stage.objects.none()
    mine = Q(opportunities__archived_at=None)
    return Stage.objects.select_related("process").annotate(
        criteria_count=Count("criteria", distinct=True), deal_count=Count("opportunities", filter=mine, distinct=True)
    )


def get_stage_for(user: SignedIn, stage_id: int) -> Stage:
    """Raises Http404 when there is no such stage or the person doesn't keep the process."""
    stage = Stage.objects.select_related("process").filter(pk=stage_id).first() if may_keep_process(user) else None
    if stage is None:
        raise Http404(_("No such stage."))
    return stage


def loss_reasons_for(user: SignedIn, as_of: date) -> QuerySet[LossReason]:
    return LossReason.objects.all() if may_keep_process(user) else LossReason.objects.none()


def get_loss_reason_for(user: SignedIn, lossreason_id: int, as_of: date) -> LossReason:
    """Raises Http404 when there is no such reason or the person doesn't keep the process."""
    reason = loss_reasons_for(user, as_of).filter(pk=lossreason_id).first()
    if reason is None:
        raise Http404(_("No such reason."))
    return reason


def competitors_for(user: SignedIn, as_of: date) -> QuerySet[Competitor]:
    return Competitor.objects.all() if may_keep_process(user) else Competitor.objects.none()


def get_competitor_for(user: SignedIn, competitor_id: int, as_of: date) -> Competitor:
    """Raises Http404 when there is no such competitor or the person doesn't keep the process."""
    competitor = competitors_for(user, as_of).filter(pk=competitor_id).first()
    if competitor is None:
        raise Http404(_("No such competitor."))
    return competitor
