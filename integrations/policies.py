from __future__ import annotations

from core.kernel.access import SignedIn


def may_import(user: SignedIn) -> bool:
    """Sales ops and admins bring data in; everyone else works with what is there."""
    return user.has_role("sales_ops", "admin")


def may_export_all(user: SignedIn) -> bool:
    """All data leaves the house by an admin's hand only."""
    return user.has_role("admin")


def may_see_all_tokens(user: SignedIn) -> bool:
    """An admin sees whose tokens there are, and revokes them."""
    return user.has_role("admin")


def may_have_tokens(user: SignedIn) -> bool:
    """Whoever has a role may reach by the API what the pages show them."""
    return user.has_role(
        "rep", "manager", "executive", "sales_ops", "comp_admin", "finance", "planner", "marketing", "admin"
    )
