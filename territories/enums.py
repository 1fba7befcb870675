from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class TerritoryKind(models.TextChoices):
    GEOGRAPHY = "geography", _("Geography")
    INDUSTRY = "industry", _("Industry")
    NAMED = "named", _("Named accounts")
    OVERLAY = "overlay", _("Product overlay")
    CHANNEL = "channel", _("Channel")


class CoveragePart(models.TextChoices):
    """The part a seat has in a territory: one holder of each at a time."""

    OWNER = "owner", _("Owner")
    OVERLAY = "overlay", _("Overlay")
    SUPPORT = "support", _("Support")
