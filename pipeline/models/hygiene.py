"""Clean data: rules as data, what they found, and the score over time."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core import registry
from core.models import Run, Timestamped
from people.models import Person, Team
from pipeline.enums import Severity
from pipeline.models.deals import Opportunity


class HygieneRule(Timestamped):
    """A check over one kind of record. `params` are the numbers an ops manager may change."""

    key = models.CharField(max_length=40, unique=True)
    label = models.CharField(_("check"), max_length=120)
    subject_kind = models.CharField(_("on"), max_length=20, default="opportunity")
    severity = models.CharField(_("severity"), max_length=6, choices=Severity)
    params = models.JSONField(_("numbers"), default=dict, blank=True)
    owner_action = models.CharField(_("what the owner does"), max_length=200)
    is_active = models.BooleanField(_("on"), default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("hygiene rule")
        ordering = ["position", "key"]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        return reverse("pipeline:hygiene_rule", args=[self.pk])


class Finding(models.Model):
    """A rule that fails on a record since a day; resolved once it no longer does."""

    rule = models.ForeignKey(HygieneRule, models.CASCADE, related_name="findings", verbose_name=_("check"))
    subject_kind = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    owner = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("owner"))
    found_on = models.DateField(_("since"))
    resolved_on = models.DateField(_("resolved"), null=True, blank=True)
    at_stake_minor = models.BigIntegerField(_("at stake"), null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    fact = models.JSONField(_("fact"), default=dict)
    run = models.ForeignKey(Run, models.SET_NULL, null=True, blank=True, related_name="+")
    is_dismissed = models.BooleanField(_("dismissed"), default=False, db_default=False)  # a dismissal is in force

    class Meta:
        verbose_name = _("finding")
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "subject_kind", "subject_id"],
                condition=Q(resolved_on__isnull=True),
                name="finding_open_once",
            )
        ]
        indexes = [
            models.Index(fields=["subject_kind", "subject_id"], condition=Q(resolved_on=None), name="finding_open"),
            models.Index(fields=["owner"], condition=Q(resolved_on=None), name="finding_owner"),
            models.Index(fields=["resolved_on"], condition=Q(resolved_on__isnull=False), name="finding_resolved"),
        ]

    def __str__(self) -> str:
        return f"{self.rule}: {self.subject_kind} {self.subject_id}"

    def get_absolute_url(self) -> str:
        """The record's own page."""
        return reverse(registry.record_kinds[self.subject_kind].url_name, args=[self.subject_id])


class DealScore(models.Model):
    """An open deal that fails a check today: its score, and what ranks it. A deal without a row has 100."""

    deal = models.OneToOneField(Opportunity, models.CASCADE, related_name="hygiene", verbose_name=_("deal"))
    owner = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    score = models.PositiveSmallIntegerField(_("score"))
    weight = models.PositiveSmallIntegerField(_("weight of what fails"))
    high = models.PositiveSmallIntegerField(_("high severity findings"))
    at_stake_minor = models.BigIntegerField(_("at stake"), null=True, blank=True)
    risk = models.BigIntegerField(_("money and severity"))  # (at stake + 1) x weight: the order of "worst first"

    class Meta:
        verbose_name = _("deal score")
        indexes = [
            models.Index(fields=["-risk", "-id"], name="deal_score_risk"),
            models.Index(fields=["owner", "-risk"], name="deal_score_owner"),
        ]


class HygieneScore(models.Model):
    """The score of a night: of the company, a region, a team, a person (0: of none). 100 = all clean.

    Covers open deals. points: the sum of the deals' scores, so that scores of groups add up exactly.
    """

    day = models.DateField()
    scope_kind = models.CharField(max_length=10)  # company, region, team, person
    scope_id = models.BigIntegerField(default=0)
    score = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    points = models.BigIntegerField(default=0)
    records = models.PositiveIntegerField()
    failing = models.PositiveIntegerField()
    high = models.PositiveIntegerField(default=0)
    at_stake_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "scope_kind", "scope_id"], name="score_once_a_night")]
        indexes = [models.Index(fields=["scope_kind", "scope_id", "-day"], name="score_trend")]


class HygieneCount(models.Model):
    """What one check found on the deals of one person (0: of nobody), or of the company, as of the last scores.

    A dashboard reads it: counting hundreds of thousands of findings for every page would take too long.
    """

    rule = models.ForeignKey(HygieneRule, models.CASCADE, related_name="+")
    scope_kind = models.CharField(max_length=10)  # company, person
    scope_id = models.BigIntegerField(default=0)
    findings = models.PositiveIntegerField()
    at_stake_minor = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope_kind", "scope_id", "rule"], name="hygiene_count_once")]


class HygieneStandard(Timestamped):
    """The score a team is expected to keep; the row without a team holds for everyone else."""

    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("team"))
    score = models.PositiveSmallIntegerField(_("expected score"))

    class Meta:
        verbose_name = _("hygiene standard")
        constraints = [
            models.UniqueConstraint(fields=["team"], name="standard_once_a_team", nulls_distinct=False),
            models.CheckConstraint(name="standard_within", condition=Q(score__lte=100)),
        ]
