from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from core.kernel.access import SignedIn
from leads.models import Lead


def visible_leads(user: SignedIn, as_of: date, *, with_archived: bool = False) -> QuerySet[Lead]:
    """Leads of one's own line; all for marketing, ops and executives."""
    leads = Lead.objects.all() if with_archived else Lead.objects.filter(archived_at=None)
    if user.has_role("marketing"):
        return leads
    if not user.has_role("rep", "manager", "executive", "sales_ops"):
        return leads.none()
    owners = user.visible_owner_ids(as_of)
    return leads if owners is None else leads.filter(_of_line(owners, user.shared_ids("lead", as_of)))


def _of_line(owners: Any, shared: frozenset[int]) -> Q:
    return Q(owner__among=owners) | Q(pk__in=shared) if shared else Q(owner__among=owners)


def editable_leads(user: SignedIn, as_of: date, *, with_archived: bool = False) -> QuerySet[Lead]:
    """Leads a person may change: of their line, or shared to be changed; all for marketing and sales ops."""
    leads = Lead.objects.all() if with_archived else Lead.objects.filter(archived_at=None)
    if not may_edit_leads(user):
        return leads.none()
    owners = None if user.has_role("marketing") else user.visible_owner_ids(as_of)
    return leads if owners is None else leads.filter(_of_line(owners, user.shared_ids("lead", as_of, to_edit=True)))


def may_edit_lead(user: SignedIn, lead: Lead, as_of: date) -> bool:
    return editable_leads(user, as_of, with_archived=True).filter(pk=lead.pk).exists()


def may_edit_leads(user: SignedIn) -> bool:
    return user.has_role("rep", "manager", "sales_ops", "marketing")


def may_see_leads(user: SignedIn) -> bool:
    return user.has_role("rep", "manager", "executive", "sales_ops", "marketing")


def may_have_new_leads(user: SignedIn) -> bool:
    """Whoever works with leads of their own has a card of new ones on the start page."""
    return user.has_role("rep", "manager") and getattr(user, "person_or_none", None) is not None
