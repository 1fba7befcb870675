from core.models.abstract import EffectiveDated, Timestamped, days_in_force, ends_after_start, in_force_on, no_overlap
from core.models.attachments import Attachment
from core.models.calls import KeptAnswer
from core.models.company import Company, Currency, FiscalPeriod, FxRate
from core.models.custom_fields import CustomField, custom_values
from core.models.lookups import Among
from core.models.notifications import Notification, NotificationChoice
from core.models.plans import LiveManager, PlanRow, Scenario, ScenarioChange
from core.models.tags import Tag, Tagged
from core.models.trail import AuditEvent, OutboxCursor, OutboxEvent
from core.models.views import ListChoice, SavedView
from core.models.work import Job, Run, RunLogLine

__all__ = [
    "Among",
    "Attachment",
    "AuditEvent",
    "Company",
    "Currency",
    "CustomField",
    "EffectiveDated",
    "FiscalPeriod",
    "FxRate",
    "Job",
    "ListChoice",
    "LiveManager",
    "KeptAnswer",
    "Notification",
    "NotificationChoice",
    "OutboxCursor",
    "OutboxEvent",
    "PlanRow",
    "Run",
    "RunLogLine",
    "SavedView",
    "Scenario",
    "ScenarioChange",
    "Tag",
    "Tagged",
    "Timestamped",
    "custom_values",
    "days_in_force",
    "ends_after_start",
    "in_force_on",
    "no_overlap",
]
