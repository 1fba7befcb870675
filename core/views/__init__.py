from __future__ import annotations

from core.views.closing import closing_edit
from core.views.notifications import (
    notification,
    notification_choices,
    notifications,
    notifications_read,
    notifications_unread,
)
from core.views.runs import run_list, run_page, run_retry, run_stop
from core.views.saved_views import columns, delete_view, save_view
from core.views.searching import search
from core.views.settings import audit_list, company_edit, mailbox, rate_list, rate_new, settings_page

__all__ = [
    "audit_list",
    "closing_edit",
    "columns",
    "company_edit",
    "delete_view",
    "mailbox",
    "notification",
    "notification_choices",
    "notifications",
    "notifications_read",
    "notifications_unread",
    "rate_list",
    "rate_new",
    "run_list",
    "run_page",
    "run_retry",
    "run_stop",
    "save_view",
    "search",
    "settings_page",
]
