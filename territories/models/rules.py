"""Rules that say where accounts belong: sets that hold from a day, and drafts of the next one."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Deferrable, F, Q
from django.utils.translation import gettext_lazy as _

from core.models import Scenario, Timestamped, days_in_force
from territories.models.territories import Territory


class RuleSet(Timestamped):
    """Rules in their order. Without a first day it is a draft: the next one (no scenario), or a scenario's own.

    Rules of a set that held are never changed; a change is a draft that is put in force from a day.
    families_from: subsidiaries follow the top of their family from this place in the order on; none: they don't.
    """

    scenario = models.ForeignKey(Scenario, models.CASCADE, null=True, blank=True, related_name="+", editable=False)
    based_on = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+", editable=False)
    valid_from = models.DateField(_("holds from"), null=True, blank=True, editable=False)
    valid_to = models.DateField(_("holds until"), null=True, blank=True, editable=False)
    families_from = models.PositiveIntegerField(_("families together from rule"), null=True, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("set of assignment rules")
        verbose_name_plural = _("sets of assignment rules")
        ordering = [F("valid_from").desc(nulls_first=True), "-id"]
        constraints = [
            ExclusionConstraint(
                name="one_rule_set_in_force",
                expressions=[(days_in_force(), RangeOperators.OVERLAPS)],
                index_type="GIST",
                deferrable=Deferrable.IMMEDIATE,
                condition=Q(valid_from__isnull=False),
            ),
            models.CheckConstraint(
                name="rule_set_span",
                condition=Q(valid_to__isnull=True) | (Q(valid_from__isnull=False) & Q(valid_from__lt=F("valid_to"))),
            ),
            models.UniqueConstraint(
                fields=["scenario"], name="one_rule_set_a_scenario", condition=Q(scenario__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["scenario"],
                name="one_next_rule_set",
                condition=Q(scenario__isnull=True, valid_from__isnull=True),
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return str(_("Rules from %(day)s") % {"day": self.valid_from}) if self.valid_from else str(_("Draft of rules"))


class AssignmentRule(models.Model):
    """What fits all conditions goes to the territory, or is held out of all; the first rule that fits decides.

    conditions: [{"field": ..., "op": ..., "values": [...]}, ...] as territories.kernel.rules reads them.
    lineage: the same rule through copies of its set.
    """

    rule_set = models.ForeignKey(RuleSet, models.CASCADE, related_name="rules")
    order = models.PositiveIntegerField(_("place"))
    lineage = models.BigIntegerField(editable=False)
    name = models.CharField(_("name"), max_length=160)
    territory = models.ForeignKey(
        Territory, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("territory"),
        help_text=_("Empty: held out, such accounts belong to no territory."),
    )  # fmt: skip
    conditions: Any = models.JSONField(_("conditions"), default=list)
    note = models.CharField(_("note"), max_length=255, blank=True)
    is_on = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("assignment rule")
        ordering = ["rule_set", "order"]
        constraints = [
            models.UniqueConstraint(
                fields=["rule_set", "order"], name="one_rule_a_place", deferrable=Deferrable.DEFERRED
            ),
            models.UniqueConstraint(fields=["rule_set", "lineage"], name="one_rule_a_lineage"),
        ]

    def __str__(self) -> str:
        return self.name
