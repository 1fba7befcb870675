"""Who may see the dashboard. What it adds up is cut to the deals a person may see (pipeline.policies)."""

from __future__ import annotations

from core.kernel.access import SignedIn

SEES_FIGURES = ("rep", "manager", "executive", "sales_ops", "finance")


def may_see_dashboard(user: SignedIn) -> bool:
    return user.has_role(*SEES_FIGURES)
