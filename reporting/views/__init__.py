from __future__ import annotations

from reporting.views.dashboards import breakdown, changes, dashboard_page, export
from reporting.views.today import (
    close_date,
    deal_back,
    fix_deal,
    health,
    home,
    next_step,
    task_done,
    task_due,
    task_snooze,
    team,
    today,
)

__all__ = [
    "breakdown",
    "changes",
    "close_date",
    "dashboard_page",
    "export",
    "deal_back",
    "fix_deal",
    "health",
    "home",
    "next_step",
    "task_done",
    "task_due",
    "task_snooze",
    "team",
    "today",
]
