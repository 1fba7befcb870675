from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    OPEN = "open", _("Open")
    WON = "won", _("Won")
    LOST = "lost", _("Lost")


class Category(models.TextChoices):
    OMITTED = "omitted", _("Omitted")
    PIPELINE = "pipeline", _("Pipeline")
    BEST_CASE = "best_case", _("Best case")
    COMMIT = "commit", _("Commit")
    CLOSED = "closed", _("Closed")


class DealType(models.TextChoices):
    NEW = "new", _("New business")
    EXPANSION = "expansion", _("Expansion")
    RENEWAL = "renewal", _("Renewal")


class SplitKind(models.TextChoices):
    REVENUE = "revenue", _("Revenue")
    OVERLAY = "overlay", _("Overlay")


class ActivityKind(models.TextChoices):
    CALL = "call", _("Call")
    EMAIL = "email", _("E-mail")
    MEETING = "meeting", _("Meeting")
    NOTE = "note", _("Note")
    TASK = "task", _("Task")


class Severity(models.TextChoices):
    HIGH = "high", _("High severity")
    MEDIUM = "medium", _("Medium severity")
    LOW = "low", _("Low severity")


class CriterionKind(models.TextChoices):
    FIELD = "field", _("A field is filled")
    CHECK = "check", _("Ticked by hand")


class DismissalEnd(models.TextChoices):
    """Why a dismissal is over."""

    FACT = "fact", _("The record changed")
    DAY = "day", _("Its day has come")
    RESOLVED = "resolved", _("The problem is gone")
    BY_HAND = "by_hand", _("Taken back")


class DigestState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")


class Weekday(models.IntegerChoices):
    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")
