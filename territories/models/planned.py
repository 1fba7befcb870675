"""What a scenario wants otherwise: where accounts belong and which seats hold territories."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from core.models import PlanRow
from people.models import Position
from territories.enums import CoveragePart
from territories.models.territories import Territory


class PlannedPlacement(PlanRow):
    """Where an account should belong. was: where it belonged when it was moved in the scenario (the base)."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", verbose_name=_("account"))
    was = models.ForeignKey(Territory, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("from"))
    territory = models.ForeignKey(
        Territory, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("to")
    )

    class Meta:
        verbose_name = _("planned account of a territory")
        ordering = ["id"]
        indexes = [models.Index(fields=["scenario", "account", "id"], name="placement_of_scenario")]

    def __str__(self) -> str:
        return f"{self.account}: {self.was} → {self.territory}"


class PlannedCoverage(PlanRow):
    """Which seat should have a part in a territory (none: nobody). was: which had it in the base."""

    territory = models.ForeignKey(Territory, models.CASCADE, related_name="+", verbose_name=_("territory"))
    part = models.CharField(_("part"), max_length=7, choices=CoveragePart, default=CoveragePart.OWNER)
    was = models.ForeignKey(Position, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("from"))
    position = models.ForeignKey(
        Position, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("to")
    )

    class Meta:
        verbose_name = _("planned coverage")
        ordering = ["id"]
        indexes = [models.Index(fields=["scenario", "territory", "part", "id"], name="coverage_of_scenario")]

    def __str__(self) -> str:
        return f"{self.territory}: {self.was} → {self.position}"
