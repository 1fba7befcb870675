from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Measure(models.TextChoices):
    BOOKINGS = "bookings", _("Bookings")
    REVENUE = "revenue", _("Revenue")
    UNITS = "units", _("Units")
    NEW_LOGOS = "new_logos", _("New logos")
    MARGIN = "margin", _("Margin")


COUNTED = (Measure.UNITS, Measure.NEW_LOGOS)  # no money


class HolderKind(models.TextChoices):
    COMPANY = "company", _("Company")
    TEAM = "team", _("Region or team")
    POSITION = "position", _("Position")
    PERSON = "person", _("Person")


class ReliefWay(models.TextChoices):
    """How much of a quota goes with an account that moved."""

    SHARE = "share", _("By the account’s share of what was won in the twelve months before")
    AMOUNT = "amount", _("By a fixed amount")
    NONE = "none", _("Not at all")
