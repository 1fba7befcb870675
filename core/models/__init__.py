from core.models.abstract import EffectiveDated, Timestamped, days_in_force, ends_after_start, in_force_on, no_overlap
from core.models.calls import KeptAnswer
from core.models.company import Company, Currency, FiscalPeriod, FxRate
from core.models.notifications import Notification, NotificationChoice
from core.models.trail import AuditEvent, OutboxCursor, OutboxEvent, SavedView
from core.models.work import Job, Run, RunLogLine

__all__ = [
    "AuditEvent",
    "Company",
    "Currency",
    "EffectiveDated",
    "FiscalPeriod",
    "FxRate",
    "Job",
    "KeptAnswer",
    "Notification",
    "NotificationChoice",
    "OutboxCursor",
    "OutboxEvent",
    "Run",
    "RunLogLine",
    "SavedView",
    "Timestamped",
    "days_in_force",
    "ends_after_start",
    "in_force_on",
    "no_overlap",
]
