"""Writes of the ground floor."""

from __future__ import annotations

from core.services.closing import hold_closed_through, set_closed_through
from core.services.company import SettingsError, add_rate, change_company, lay_out_periods
from core.services.nights import open_night, run_night, start_due_nights, start_due_steps, tidy_up
from core.services.notifications import (
    ChoiceError,
    choose_channels,
    has_mail_waiting,
    mail_notifications,
    mark_read,
    mark_unread,
)
from core.services.runs import RunError, retry_run
from core.services.saved_views import delete_view, save_view

__all__ = [
    "ChoiceError",
    "RunError",
    "SettingsError",
    "add_rate",
    "change_company",
    "choose_channels",
    "delete_view",
    "has_mail_waiting",
    "hold_closed_through",
    "lay_out_periods",
    "mail_notifications",
    "mark_read",
    "mark_unread",
    "open_night",
    "retry_run",
    "run_night",
    "save_view",
    "set_closed_through",
    "start_due_nights",
    "start_due_steps",
    "tidy_up",
]
