from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

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
    return leads if owners is None else leads.filter(owner__in=owners)


def may_edit_leads(user: SignedIn) -> bool:
    return user.has_role("rep", "manager", "sales_ops", "marketing")


def may_see_leads(user: SignedIn) -> bool:
    return user.has_role("rep", "manager", "executive", "sales_ops", "marketing")
