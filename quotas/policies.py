from __future__ import annotations

from core.kernel.access import SignedIn


def may_set_targets(user: SignedIn) -> bool:
    return user.has_role("sales_ops", "admin")
