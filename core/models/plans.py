"""The header of a plan that doesn't hold yet: rooms point their rows to it; no effect until it is published."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.enums import ScenarioState
from core.models.abstract import Timestamped
from core.models.company import FiscalPeriod


class Scenario(Timestamped):
    """A branch of the plan: what should hold otherwise from a day on. It keeps differences, never a copy.

    undoes: the published scenario whose former facts this one brings back.
    """

    name = models.CharField(_("name"), max_length=120)
    note = models.TextField(_("what for"), blank=True)
    state = models.CharField(_("state"), max_length=9, choices=ScenarioState, default=ScenarioState.DRAFT)
    year = models.ForeignKey(FiscalPeriod, models.PROTECT, related_name="+", verbose_name=_("plan year"))
    starts_on = models.DateField(_("holds from"), help_text=_("First day of what it changes, once published."))
    based_at = models.DateTimeField(_("branched"), db_default=Now(), editable=False)
    branched_from = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="branches", verbose_name=_("copied from")
    )
    undoes = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="undone_by", editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("made by")
    )
    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("scenario")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="published_has_an_instant",
                condition=Q(published_at__isnull=True) | ~Q(state__in=("draft", "review", "approved")),
            ),
            models.CheckConstraint(
                name="scenario_undoes_another", condition=Q(undoes__isnull=True) | ~Q(undoes=F("id"))
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """Whether its rows may still be changed."""
        return self.state == ScenarioState.DRAFT


class ScenarioChange(models.Model):
    """One act of editing a scenario. Rows of rooms point to it; of a key's rows the last that wasn't undone counts."""

    scenario = models.ForeignKey(Scenario, models.CASCADE, related_name="changes")
    kind = models.CharField(_("kind"), max_length=40)
    label = models.CharField(_("what"), max_length=200)
    detail = models.JSONField(default=dict, blank=True)
    count = models.PositiveIntegerField(_("records"), default=1)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("made"), db_default=Now(), editable=False)
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("change of a scenario")
        ordering = ["-id"]
        indexes = [models.Index(fields=["scenario", "-id"], name="change_of_scenario")]

    def __str__(self) -> str:
        return self.label


class LiveManager[Row: models.Model](models.Manager[Row]):
    """Rows that hold for everybody: those a scenario would add (`scenario` is set) are reached by `every` alone."""

    def get_queryset(self) -> models.QuerySet[Row]:
        return super().get_queryset().filter(scenario__isnull=True)


class PlanRow(models.Model):
    """A fact a scenario wants otherwise. Rooms add its key, the value when edited (the base) and the wanted one."""

    scenario = models.ForeignKey(Scenario, models.CASCADE, related_name="+")
    change = models.ForeignKey(ScenarioChange, models.CASCADE, related_name="+")

    class Meta:
        abstract = True
