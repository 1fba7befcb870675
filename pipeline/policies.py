"""Who may see and change deals."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import QuerySet

from core.kernel.access import SignedIn
from pipeline.models import Opportunity

SEES_DEALS = ("rep", "manager", "executive", "sales_ops", "finance", "comp_admin")


def visible_opportunities(user: SignedIn, as_of: date, *, with_archived: bool = False) -> QuerySet[Opportunity]:
    """Deals a person may see: by today's reporting line, or all; unassigned ones only for those who see all."""
    deals = Opportunity.objects.all() if with_archived else Opportunity.objects.filter(archived_at=None)
    if not user.has_role(*SEES_DEALS):
        return deals.none()
    owners = user.visible_owner_ids(as_of)
    if owners is None:
        return deals
    return deals.filter(owner__in=owners)


def may_edit(user: SignedIn, deal: Opportunity, as_of: date) -> bool:
    """The owner's line and sales ops change a deal; executives and finance only read."""
    if user.has_role("sales_ops"):
        return True
    if not user.has_role("rep", "manager"):
        return False
    return visible_opportunities(user, as_of, with_archived=True).filter(pk=deal.pk).exists()


def may_create(user: SignedIn) -> bool:
    return user.has_role("rep", "manager", "sales_ops")


def may_see_deals(user: SignedIn) -> bool:
    return user.has_role(*SEES_DEALS)


def may_see_products(user: SignedIn) -> bool:
    return user.has_role(*SEES_DEALS, "planner")


def may_log(user: SignedIn) -> bool:
    """Whoever works with records logs activities on those they see."""
    return user.has_role("rep", "manager", "sales_ops", "marketing")


def may_keep_process(user: SignedIn) -> bool:
    """Stages, criteria, products, prices, loss reasons and competitors are sales ops' to keep."""
    return user.has_role("sales_ops")


def accounts_of_deals(user: SignedIn, as_of: date) -> QuerySet[Any]:
    """Ids of the accounts that a person's deals are with."""
    return visible_opportunities(user, as_of).exclude(account=None).values("account")
