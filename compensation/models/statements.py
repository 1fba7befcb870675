"""What people see of their pay and say about it: statements, and disputes of their lines."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from compensation.enums import DisputeOutcome, DisputeReason, DisputeState, ManagersSee
from compensation.models.adjustments import Adjustment
from compensation.models.plans import Payee
from compensation.models.runs import PayPeriod
from core.models import Timestamped


class PaySettings(Timestamped):
    """The one row of what the company promises about pay: how soon disputes are answered, and who sees statements."""

    reply_days = models.PositiveSmallIntegerField(
        _("first reply within, business days"), default=1, validators=[MinValueValidator(1), MaxValueValidator(60)]
    )
    decide_days = models.PositiveSmallIntegerField(
        _("decision within, business days"), default=5, validators=[MinValueValidator(1), MaxValueValidator(120)]
    )
    review_days = models.PositiveSmallIntegerField(
        _("statements are reviewed within, business days"),
        default=7,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
    )
    managers_see = models.CharField(
        _("managers see statements and disputes of"), max_length=4, choices=ManagersSee, default=ManagersSee.NONE
    )

    class Meta:
        verbose_name = _("settings of pay")
        constraints = [models.CheckConstraint(name="pay_settings_are_one", condition=Q(id=1))]

    def __str__(self) -> str:
        return str(_("Settings of pay"))


class Statement(Timestamped):
    """A payee's month as they were told it: seen, acknowledged. Its figures are the ledger's, or the released run's."""

    payee = models.ForeignKey(Payee, models.PROTECT, related_name="statements")
    period = models.ForeignKey(PayPeriod, models.PROTECT, related_name="statements")
    released_at = models.DateTimeField(_("sent"))
    seen_at = models.DateTimeField(_("seen"), null=True, blank=True)
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True, blank=True)
    acknowledged_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("statement")
        ordering = ["-period__starts_on"]
        constraints = [models.UniqueConstraint(fields=["payee", "period"], name="one_statement_a_month")]

    def __str__(self) -> str:
        return f"{self.payee}, {self.period}"

    def get_absolute_url(self) -> str:
        return reverse("compensation:statement", args=[self.pk])


class Dispute(Timestamped):
    """A payee's objection to a line, or to what isn't there. The closed month stays; what follows is an adjustment.

    line_id: the line's number in its run (compensation.models.runs); 0 for a month as a whole.
    """

    payee = models.ForeignKey(Payee, models.PROTECT, related_name="disputes", verbose_name=_("person"))
    period = models.ForeignKey(PayPeriod, models.PROTECT, related_name="disputes", verbose_name=_("month"))
    line_id = models.BigIntegerField(default=0, editable=False)
    credit_id = models.BigIntegerField(default=0, editable=False)
    deal_id = models.BigIntegerField(null=True, editable=False)
    title = models.CharField(_("title"), max_length=200)
    reason = models.CharField(_("reason"), max_length=8, choices=DisputeReason, default=DisputeReason.OTHER)
    state = models.CharField(_("state"), max_length=9, choices=DisputeState, default=DisputeState.RAISED)
    outcome = models.CharField(_("outcome"), max_length=9, choices=DisputeOutcome, blank=True)
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("assignee")
    )
    replied_at = models.DateTimeField(_("first reply"), null=True, blank=True)
    due_on = models.DateField(_("decision due"))
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    adjustment = models.OneToOneField(
        Adjustment, models.PROTECT, null=True, blank=True, related_name="dispute", editable=False
    )
    plan_test = models.CharField(_("plan test"), max_length=200, blank=True, editable=False)

    class Meta:
        verbose_name = _("dispute")
        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "due_on"]), models.Index(fields=["payee", "-id"])]
        constraints = [
            models.CheckConstraint(
                name="decided_disputes_say_how",
                condition=Q(state__in=["raised", "in_review"]) | ~Q(outcome=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("compensation:dispute", args=[self.pk])

    @property
    def number(self) -> str:
        return f"D-{self.pk:04d}"

    @property
    def is_open(self) -> bool:
        return self.state != DisputeState.CLOSED


class DisputeEntry(models.Model):
    """What somebody said, or what happened (act), in a dispute's thread. is_internal: for those who keep pay alone."""

    dispute = models.ForeignKey(Dispute, models.CASCADE, related_name="entries")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    act = models.CharField(max_length=40, blank=True)
    text = models.TextField(blank=True)
    is_internal = models.BooleanField(_("internal note"), default=False)

    class Meta:
        ordering = ["at", "id"]

    @property
    def is_decision(self) -> bool:
        return self.act in (DisputeOutcome.UPHELD, DisputeOutcome.PARTLY, DisputeOutcome.REJECTED)

    @property
    def is_said(self) -> bool:
        """Whether it is somebody's words, not only something that was done."""
        return self.act in ("", "raised", "reopened") or self.is_decision
