from __future__ import annotations

from core.kernel.access import SignedIn


def may_manage_people(user: SignedIn) -> bool:
    """Sales ops and admins keep people, seats and lines."""
    return user.has_role("sales_ops", "admin")


def may_manage_users(user: SignedIn) -> bool:
    return user.has_role("admin")


def may_see_people(user: SignedIn) -> bool:
    """Everyone with a role in sales; each sees their own line, those who keep people see all."""
    return user.has_role("rep", "manager", "executive", "sales_ops", "admin")
