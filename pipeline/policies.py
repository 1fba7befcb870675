"""Who may see and change deals."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from core.kernel.access import SignedIn
from pipeline.models import Opportunity, OpportunitySplit, OpportunityTeamMember

SEES_DEALS = ("rep", "manager", "executive", "sales_ops", "finance", "comp_admin")


def visible_opportunities(user: SignedIn, as_of: date, *, with_archived: bool = False) -> QuerySet[Opportunity]:
    """Deals a person may see: by today's reporting line, as one of their team or splits, shared with them, or all.

    Unassigned ones only for those who see all. The few ids beside the line are asked first, so that the usual question
    stays a plain one.
    """
    deals = Opportunity.objects.all() if with_archived else Opportunity.objects.filter(archived_at=None)
    if not user.has_role(*SEES_DEALS):
        return deals.none()
    owners = user.visible_owner_ids(as_of)
    if owners is None:
        return deals
    return deals.filter(_of_line(owners, user.shared_ids("opportunity", as_of) | joined_ids(user)))


def has_deals_beside(user: SignedIn, as_of: date) -> bool:
    """Whether a person sees deals besides those of their line."""
    return bool(user.shared_ids("opportunity", as_of) or joined_ids(user))


def _of_line(owners: Any, beside: frozenset[int]) -> Q:
    return Q(owner__among=owners) | Q(pk__in=beside) if beside else Q(owner__among=owners)


def joined_ids(user: SignedIn) -> frozenset[int]:
    """Ids of others' deals whose team or splits name the person; asked once for each loaded user."""
    person = getattr(user, "person_or_none", None)
    if person is None:
        return frozenset()
    if "_joined" not in user.__dict__:
        parts = [
            part.objects.filter(person=person).exclude(opportunity__owner=person).values_list("opportunity_id")
            for part in (OpportunityTeamMember, OpportunitySplit)
        ]
        user.__dict__["_joined"] = frozenset(pk for (pk,) in parts[0].order_by().union(parts[1].order_by()))
    found: frozenset[int] = user.__dict__["_joined"]
    return found


def editable_opportunities(user: SignedIn, as_of: date, *, with_archived: bool = False) -> QuerySet[Opportunity]:
    """Deals a person may change: of their line, or shared with them to be changed; all for sales ops.

    Executives and finance only read; so do those whom only the team or the splits of a deal name.
    """
    deals = Opportunity.objects.all() if with_archived else Opportunity.objects.filter(archived_at=None)
    if user.has_role("sales_ops"):
        return deals
    if not user.has_role("rep", "manager"):
        return deals.none()
    owners = user.visible_owner_ids(as_of)
    shared = user.shared_ids("opportunity", as_of, to_edit=True)
    return deals if owners is None else deals.filter(_of_line(owners, shared))


def may_edit(user: SignedIn, deal: Opportunity, as_of: date) -> bool:
    """The owner's line, sales ops, and whom it is shared with to be changed."""
    return editable_opportunities(user, as_of, with_archived=True).filter(pk=deal.pk).exists()


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


def deals_with_accounts(user: SignedIn, as_of: date) -> QuerySet[Opportunity]:
    """The deals a person sees, whose accounts they see too."""
    return visible_opportunities(user, as_of).exclude(account=None)


def own_deals_with_accounts(user: SignedIn, as_of: date) -> QuerySet[Opportunity]:
    """Deals of one's own line, whose accounts one may change: a shared deal doesn't hand over its account."""
    deals = Opportunity.objects.filter(archived_at=None).exclude(account=None)
    if not user.has_role("rep", "manager", "sales_ops"):
        return deals.none()
    owners = user.visible_owner_ids(as_of)
    return deals if owners is None else deals.filter(owner__among=owners)
