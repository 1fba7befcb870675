from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class TerritoryKind(models.TextChoices):
    GEOGRAPHY = "geography", _("Geography")
    INDUSTRY = "industry", _("Industry")
    NAMED = "named", _("Named accounts")
    OVERLAY = "overlay", _("Product overlay")
    CHANNEL = "channel", _("Channel")


class TransitionScope(models.TextChoices):
    """What who had an account keeps a share of."""

    OPEN_DEALS = "open_deals", _("Deals that were open then")
    ALL = "all", _("Everything sold to it")


class CoveragePart(models.TextChoices):
    """The part a seat has in a territory: one holder of each at a time."""

    OWNER = "owner", _("Owner")
    OVERLAY = "overlay", _("Overlay")
    SUPPORT = "support", _("Support")


class PlacedBy(models.TextChoices):
    """What put an account into its territory."""

    HAND = "hand", _("By hand")
    FILE = "file", _("By a file")
    RULE = "rule", _("By a rule")
    PLAN = "plan", _("By a published plan")
