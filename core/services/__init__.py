"""Writes of the ground floor."""

from __future__ import annotations

from core.services.attachments import AttachmentError, attach, purge_attachments, remove_attachment, restore_attachment
from core.services.closing import hold_closed_through, set_closed_through, why_closed
from core.services.company import SettingsError, add_rate, change_company, lay_out_periods
from core.services.copies import rename, replacer, rows_with
from core.services.erasure import ErasureError, erase_personal_data
from core.services.nights import open_night, run_night, start_due_nights, start_due_steps, tidy_up
from core.services.notifications import (
    ChoiceError,
    choose_channels,
    has_mail_waiting,
    mail_notifications,
    mark_read,
    mark_unread,
)
from core.services.own_fields import (
    FieldError,
    Wanted,
    archive_field,
    change_field,
    clean_values,
    define_field,
    move_field,
    restore_field,
)
from core.services.own_values import OwnColumns, own_specs, takes_own
from core.services.runs import RunError, retry_run
from core.services.saved_views import (
    ViewError,
    change_view,
    choose_columns,
    choose_density,
    choose_first_view,
    delete_view,
    order_views,
    overwrite_view,
    restore_view,
    save_view,
)
from core.services.tags import (
    TagError,
    add_tags,
    change_tag,
    delete_tag,
    forget_tags,
    merge_tags,
    remove_tag,
    set_tags,
    tag_records,
    untag_records,
)
from core.services.versions import Shelf, check_version, conflict_words, save_next, save_version

__all__ = [
    "Shelf",
    "check_version",
    "conflict_words",
    "save_next",
    "save_version",
    "rename",
    "replacer",
    "rows_with",
    "ErasureError",
    "erase_personal_data",
    "AttachmentError",
    "ChoiceError",
    "FieldError",
    "OwnColumns",
    "RunError",
    "SettingsError",
    "ViewError",
    "change_view",
    "choose_columns",
    "choose_density",
    "choose_first_view",
    "order_views",
    "overwrite_view",
    "restore_view",
    "TagError",
    "Wanted",
    "add_rate",
    "add_tags",
    "archive_field",
    "attach",
    "change_company",
    "change_field",
    "change_tag",
    "choose_channels",
    "clean_values",
    "define_field",
    "delete_tag",
    "delete_view",
    "forget_tags",
    "has_mail_waiting",
    "hold_closed_through",
    "lay_out_periods",
    "mail_notifications",
    "mark_read",
    "mark_unread",
    "merge_tags",
    "move_field",
    "open_night",
    "own_specs",
    "purge_attachments",
    "remove_attachment",
    "remove_tag",
    "restore_attachment",
    "restore_field",
    "retry_run",
    "run_night",
    "save_view",
    "set_closed_through",
    "set_tags",
    "start_due_nights",
    "start_due_steps",
    "tag_records",
    "takes_own",
    "tidy_up",
    "untag_records",
    "why_closed",
]
