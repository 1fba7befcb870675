"""Who may see the dashboard. What it adds up is cut to the deals a person may see (pipeline.policies)."""

from __future__ import annotations

from core.kernel.access import SignedIn

SEES_FIGURES = ("rep", "manager", "executive", "sales_ops", "finance")


HAS_TODAY = ("rep", "manager", "sales_ops")


def may_see_today(user: SignedIn) -> bool:
    """Whoever works with deals starts with what is to be done; executives and finance start with the figures."""
    return user.has_role(*HAS_TODAY)


def may_see_dashboard(user: SignedIn) -> bool:
    return user.has_role(*SEES_FIGURES)
