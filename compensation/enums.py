"""Choices of this room. Stages are numbers in the database: tables that kernels write hold nothing but numbers."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class VersionState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Waits for approval")
    PUBLISHED = "published", _("Published")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class PeriodState(models.TextChoices):
    OPEN = "open", _("Open")
    LOCKED = "locked", _("Locked")


class PayRunState(models.TextChoices):
    STARTED = "started", _("Being calculated")
    CALCULATED = "calculated", _("Calculated")
    SUBMITTED = "submitted", _("Waits for approval")
    APPROVED = "approved", _("Approved")
    POSTED = "posted", _("Posted")
    REPLACED = "replaced", _("Replaced")


class Stage(models.IntegerChoices):
    """What a line is. Of each payee all lines of a pay period sum to zero: what is paid stands against the rest."""

    EARNED = 1, _("Earned")
    DEFERRED = 2, _("Deferred")
    DUE = 3, _("Instalment due")
    HELD = 4, _("Held back")
    RELEASED = 5, _("Released")
    DRAW = 6, _("Draw")
    RECOVERED = 7, _("Draw recovered")
    OVER_CAP = 8, _("Above the cap on pay")
    WAITING = 9, _("Waits for acceptance")
    CARRIED = 10, _("Carried forward")
    ADJUSTED = 11, _("Adjustment")
    PAID = 12, _("Paid")


class ResultNote(models.TextChoices):
    """What the kernel tells of a payee besides amounts."""

    NO_QUOTA = "no_quota", _("No quota")
    DIVISION_BY_ZERO = "division_by_zero", _("Division by zero")
