from __future__ import annotations

from core.views.auditing import audit_event, audit_list
from core.views.closing import closing_edit
from core.views.erasure import erasure, erasure_export, erasures
from core.views.notifications import (
    notification,
    notification_choices,
    notifications,
    notifications_read,
    notifications_unread,
)
from core.views.own_fields import (
    custom_field,
    custom_field_archive,
    custom_field_list,
    custom_field_move,
    custom_field_restore,
    tag_delete,
    tag_list,
    tag_merge,
    tag_page,
)
from core.views.panels import record_panels
from core.views.record_parts import (
    attachment,
    attachment_remove,
    attachment_restore,
    record_attachments,
    record_tag_remove,
    record_tags,
    records_untag,
    tag_options,
)
from core.views.runs import run_list, run_page, run_retry, run_stop
from core.views.saved_views import (
    columns,
    delete_view,
    density,
    save_view,
    view_edit,
    view_first,
    view_move,
    view_overwrite,
    view_restore,
)
from core.views.searching import search
from core.views.settings import company_edit, mailbox, rate_list, rate_new, settings_page

__all__ = [
    "erasure",
    "erasure_export",
    "erasures",
    "audit_event",
    "attachment",
    "attachment_remove",
    "attachment_restore",
    "audit_list",
    "closing_edit",
    "columns",
    "company_edit",
    "custom_field",
    "custom_field_archive",
    "custom_field_list",
    "custom_field_move",
    "custom_field_restore",
    "delete_view",
    "density",
    "view_edit",
    "view_first",
    "view_move",
    "view_overwrite",
    "view_restore",
    "mailbox",
    "notification",
    "notification_choices",
    "notifications",
    "notifications_read",
    "notifications_unread",
    "rate_list",
    "rate_new",
    "record_attachments",
    "record_tag_remove",
    "record_panels",
    "record_tags",
    "records_untag",
    "run_list",
    "run_page",
    "run_retry",
    "run_stop",
    "save_view",
    "search",
    "settings_page",
    "tag_delete",
    "tag_list",
    "tag_merge",
    "tag_options",
    "tag_page",
]
