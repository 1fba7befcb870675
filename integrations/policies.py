from __future__ import annotations

from core import registry
from core.kernel.access import SignedIn
from core.registry import ImportKind


def may_import(user: SignedIn) -> bool:
    """Whoever brings in files of any kind; everyone else works with what is there."""
    return bool(import_kinds_for(user))


def may_import_kind(user: SignedIn, kind: ImportKind) -> bool:
    """Sales ops and admins bring data in; a kind behind a wall only those whom it names."""
    return user.has_role("sales_ops", "admin") if kind.may_import is None else kind.may_import(user)


def import_kinds_for(user: SignedIn) -> list[ImportKind]:
    return [kind for kind in registry.import_kinds if may_import_kind(user, kind)]


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
