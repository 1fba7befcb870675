"""Who may see territories and who keeps them."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from accounts.policies import visible_accounts
from core.kernel.access import SignedIn
from territories.models import AccountTerritory, Territory, TerritoryAssignment, Transition

SEES_TERRITORIES = ("rep", "manager", "executive", "sales_ops", "finance", "comp_admin", "planner")


def may_see_territories(user: SignedIn) -> bool:
    """Everyone in sales sees the whole tree and who covers what."""
    return user.has_role(*SEES_TERRITORIES)


def may_keep_territories(user: SignedIn) -> bool:
    """Sales ops keeps the tree, who covers what, and which account belongs where."""
    return user.has_role("sales_ops")


def visible_territories(user: SignedIn, as_of: date, *, with_archived: bool = False) -> QuerySet[Territory]:
    territories = Territory.objects.all() if with_archived else Territory.objects.filter(archived_at=None)
    return territories if may_see_territories(user) else territories.none()


def visible_coverage(user: SignedIn) -> QuerySet[TerritoryAssignment]:
    rows = TerritoryAssignment.objects.all()
    return rows if may_see_territories(user) else rows.none()


def visible_placements(user: SignedIn, as_of: date) -> QuerySet[AccountTerritory]:
    """Where accounts belong: of those the person sees, archived ones too."""
    rows = AccountTerritory.objects.all()
    if not may_see_territories(user):
        return rows.none()
    accounts = visible_accounts(user, as_of, with_archived=True)
    return rows.filter(account__in=accounts.order_by().values("pk"))


def visible_transitions(user: SignedIn, as_of: date) -> QuerySet[Transition]:
    """Who keeps a share of which account: of those the person sees."""
    rows = Transition.objects.all()
    if not may_see_territories(user):
        return rows.none()
    return rows.filter(account__in=visible_accounts(user, as_of, with_archived=True).order_by().values("pk"))
