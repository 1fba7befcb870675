"""Pay periods, pay runs, what they came to, and the ledger."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from compensation.enums import PayRunState, PeriodState, Stage
from compensation.models.credits import CreditBatch
from compensation.models.plans import Payee, Plan, PlanComponent, PlanVersion
from core.kernel.money import from_minor
from core.models import Run, Timestamped


class PayPeriod(Timestamped):
    """A month of pay: [starts_on, ends_on). Locked, its part of the ledger takes no more lines."""

    starts_on = models.DateField(_("from"), unique=True)
    ends_on = models.DateField(_("to"), help_text=_("First day of the next one."))
    pays_on = models.DateField(_("paid on"))
    state = models.CharField(_("state"), max_length=6, choices=PeriodState, default=PeriodState.OPEN)
    locked_at = models.DateTimeField(_("locked"), null=True, blank=True)
    reopened_because = models.CharField(_("reopened because"), max_length=255, blank=True)

    class Meta:
        verbose_name = _("pay period")
        ordering = ["-starts_on"]
        constraints = [
            models.CheckConstraint(name="pay_period_span", condition=Q(starts_on__lt=F("ends_on"))),
            models.CheckConstraint(name="pay_period_paid_after", condition=Q(pays_on__gte=F("starts_on"))),
        ]

    def __str__(self) -> str:
        return f"{self.starts_on:%B %Y}"

    def get_absolute_url(self) -> str:
        return reverse("compensation:period", args=[self.pk])

    @property
    def number(self) -> str:
        return f"PR-{self.starts_on:%Y-%m}"

    @property
    def is_open(self) -> bool:
        return self.state == PeriodState.OPEN


class PayRun(Timestamped):
    """One calculation of a period. Only one of a period isn't replaced; posting it appends its lines to the ledger.

    ledger_at: where the ledger stood when it was calculated: lines are what was wanted beyond it.
    """

    period = models.ForeignKey(PayPeriod, models.PROTECT, related_name="runs", verbose_name=_("pay period"))
    run = models.OneToOneField(Run, models.PROTECT, related_name="+")
    state = models.CharField(_("state"), max_length=10, choices=PayRunState, default=PayRunState.STARTED)
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("prepared by")
    )
    ledger_at = models.BigIntegerField(default=0)
    totals: Any = models.JSONField(default=dict)
    lines = models.PositiveIntegerField(_("lines"), default=0)
    payees = models.PositiveIntegerField(_("people"), default=0)
    released_at = models.DateTimeField(_("statements sent"), null=True, blank=True)
    posted_at = models.DateTimeField(_("posted"), null=True, blank=True)

    class Meta:
        verbose_name = _("pay run")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["period"],
                name="one_run_at_work",
                condition=Q(state__in=["started", "calculated", "submitted", "approved"]),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return self.period.get_absolute_url()

    @property
    def number(self) -> str:
        return f"{self.period.number}-{self.pk}"


class RunApproval(models.Model):
    """A person's yes to a run as it was calculated: gone when it is calculated again."""

    run = models.ForeignKey(PayRun, models.CASCADE, related_name="approvals")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    output_hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["run", "user"], name="one_approval_a_person")]


class RunTerms(models.Model):
    """What a run calculated a version with: quotas, people, adjustments, and as of which batch of credits."""

    run = models.ForeignKey(PayRun, models.CASCADE, related_name="terms")
    version = models.ForeignKey(PlanVersion, models.PROTECT, related_name="+")
    batch = models.ForeignKey(CreditBatch, models.PROTECT, null=True, related_name="+")
    kept: Any = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "version"], name="one_run_terms_a_version")]


class Line(models.Model):
    """What both drafts and the ledger hold: one amount of a payee. Written by COPY as numbers.

    earned_in: first day of the month it belongs to, which may lie before the period it is paid in. reached: what the
    measure had come to before it, minor units.
    """

    payee = models.ForeignKey(Payee, models.DO_NOTHING, related_name="+", db_constraint=False)
    plan = models.ForeignKey(Plan, models.DO_NOTHING, related_name="+", db_constraint=False)
    version = models.ForeignKey(PlanVersion, models.DO_NOTHING, related_name="+", db_constraint=False)
    component = models.ForeignKey(PlanComponent, models.DO_NOTHING, related_name="+", db_constraint=False)
    credit_id = models.BigIntegerField(default=0)
    stage = models.SmallIntegerField(choices=Stage)
    earned_in = models.DateField()
    amount_minor = models.BigIntegerField()
    reached_minor = models.BigIntegerField(default=0)

    class Meta:
        abstract = True


class RunLine(Line):
    """A line that a run would post."""

    run = models.ForeignKey(PayRun, models.DO_NOTHING, related_name="+", db_constraint=False)
    period = models.ForeignKey(PayPeriod, models.DO_NOTHING, related_name="+", db_constraint=False)

    class Meta:
        managed = False
        db_table = "compensation_runline"


class LedgerEntry(Line):
    """A line that was posted. Rows are only added, never changed or deleted; one partition a pay period.

    Of each payee and plan the entries of every run sum to zero: what is paid stands against what it is paid for.
    """

    period = models.ForeignKey(PayPeriod, models.DO_NOTHING, related_name="+", db_constraint=False)
    run = models.ForeignKey(PayRun, models.DO_NOTHING, related_name="+", db_constraint=False)

    class Meta:
        managed = False
        db_table = "compensation_ledgerentry"
        verbose_name = _("ledger entry")

    def __str__(self) -> str:
        return f"{self.payee_id} {self.stage_name} {self.amount_minor}"

    @property
    def stage_name(self) -> str:
        return Stage(self.stage).name.lower()

    @property
    def amount(self) -> Decimal:
        return from_minor(self.amount_minor, str(self.plan.currency_id))

    @property
    def credit_number(self) -> int | None:
        return self.credit_id if self.credit_id > 0 else None

    @property
    def adjustment_number(self) -> int | None:
        return -self.credit_id if self.credit_id < 0 else None


class PayeeResult(models.Model):
    """What a run came to for a payee under a version: totals, attainment and balances at the period's end, notes.

    lines, stages: how many lines are to be posted, and what they come to by stage. output_sum, input_sum: sums of the
    digests of all lines wanted and of the credits they come from.
    """

    run = models.ForeignKey(PayRun, models.CASCADE, related_name="results")
    version = models.ForeignKey(PlanVersion, models.PROTECT, related_name="+")
    payee = models.ForeignKey(Payee, models.PROTECT, related_name="results")
    earned_minor = models.BigIntegerField(default=0)
    paid_minor = models.BigIntegerField(default=0)
    owed_minor = models.BigIntegerField(_("draw balance"), default=0)
    held_minor = models.BigIntegerField(_("held back"), default=0)
    lines = models.PositiveIntegerField(default=0)
    stages: Any = models.JSONField(default=dict)
    output_sum = models.BigIntegerField(default=0)
    input_sum = models.BigIntegerField(default=0)
    facts: Any = models.JSONField(default=dict)
    notes: Any = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "version", "payee"], name="one_result_a_payee")]
        indexes = [models.Index(fields=["payee", "-run"])]

    def __str__(self) -> str:
        return f"{self.payee}, {self.version}"

    def get_absolute_url(self) -> str:
        """The payee's month as they are told it; the period's page where there are no pages of statements."""
        try:
            return reverse("compensation:payee_period", args=[self.payee_id, self.run.period_id])
        except NoReverseMatch:
            return self.run.get_absolute_url()
