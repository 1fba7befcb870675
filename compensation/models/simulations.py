"""What a version of a plan would cost: kept as it was asked for, with what it came to."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from compensation.enums import SimulatedOver
from compensation.models.plans import PlanVersion
from core.models import Run, Timestamped


class Simulation(Timestamped):
    """A version beside the one in force, over [first, last]; what is told begins at told_from.

    plan_hash: of the version as it was. result: amounts by payee and month for each variant and side, minor units of
    the plan's currency; empty until the run is done.
    """

    version = models.ForeignKey(PlanVersion, models.CASCADE, related_name="simulations")
    base = models.ForeignKey(PlanVersion, models.CASCADE, null=True, blank=True, related_name="+")
    run = models.OneToOneField(Run, models.PROTECT, related_name="+")
    over = models.CharField(_("over"), max_length=6, choices=SimulatedOver)
    first = models.DateField(_("from"))
    told_from = models.DateField(_("told from"))
    last = models.DateField(_("until"))
    plan_hash = models.CharField(max_length=64, blank=True)
    result: Any = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("simulation")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="simulation_span", condition=Q(first__lte=F("told_from"), told_from__lte=F("last"))
            )
        ]

    def __str__(self) -> str:
        return f"{self.version}, {self.get_over_display()}"

    def get_absolute_url(self) -> str:
        return f"{reverse('compensation:version_simulation', args=[self.version_id])}?over={self.over}"

    @property
    def is_of_now(self) -> bool:
        """Whether the version still is as it was simulated."""
        return self.plan_hash == self.version.plan_hash
