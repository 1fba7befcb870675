"""What people add to pay: adjustments, milestones and scores, credits that wait; each with a second person's yes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from compensation.enums import AdjustmentState, PayEventKind, PayEventState
from compensation.models.plans import Payee, Plan
from compensation.models.runs import PayPeriod
from core.kernel.money import from_minor
from core.models import Timestamped


def _person() -> Any:
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False)


class Adjustment(Timestamped):
    """An amount added to, or taken from, what a payee earned in a month. It is posted by the run after its approval."""

    payee = models.ForeignKey(Payee, models.PROTECT, related_name="adjustments", verbose_name=_("person"))
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="+", verbose_name=_("plan"))
    earned_in = models.DateField(_("month"), help_text=_("First day of the month it belongs to."))
    amount_minor = models.BigIntegerField(_("amount"))
    reason = models.CharField(_("reason"), max_length=255)
    state = models.CharField(_("state"), max_length=8, choices=AdjustmentState, default=AdjustmentState.PROPOSED)
    proposed_by = _person()
    decided_by = _person()
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("adjustment")
        ordering = ["-id"]
        constraints = [models.CheckConstraint(name="adjustment_of_something", condition=~Q(amount_minor=0))]
        indexes = [models.Index(fields=["plan", "state", "earned_in"])]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"ADJ-{self.pk}"

    @property
    def amount(self) -> Decimal:
        return from_minor(self.amount_minor, str(self.plan.currency_id))

    @property
    def person_id(self) -> int | None:
        return self.payee.person_id

    def get_absolute_url(self) -> str:
        return reverse("compensation:adjustment", args=[self.pk])


class PayEvent(Timestamped):
    """A milestone reached or a goal scored by a person: pays once somebody else approved it."""

    kind = models.CharField(_("kind"), max_length=9, choices=PayEventKind)
    payee = models.ForeignKey(Payee, models.PROTECT, related_name="events", verbose_name=_("person"))
    external_id = models.CharField(_("external ID"), max_length=120, null=True, blank=True, unique=True)
    name = models.CharField(_("what"), max_length=120, help_text=_("The milestone's or the goal's name in the plan."))
    on = models.DateField(_("on"))
    amount = models.DecimalField(
        _("number or amount"), max_digits=18, decimal_places=4, default=1, help_text=_("A score of 85% is 0.85.")
    )
    note = models.CharField(_("note"), max_length=255, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=PayEventState, default=PayEventState.PROPOSED)
    entered_by = _person()
    decided_by = _person()
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("milestone or score")
        ordering = ["-on", "-id"]
        indexes = [models.Index(fields=["state", "on"])]

    def __str__(self) -> str:
        return f"{self.name} ({self.on})"

    @property
    def number(self) -> str:
        return f"EVT-{self.pk}"

    @property
    def person_id(self) -> int | None:
        return self.payee.person_id

    def get_absolute_url(self) -> str:
        return reverse("compensation:pay_event", args=[self.pk])


class CreditHold(Timestamped):
    """A credit that isn't made while something is cleared up: by the event it comes from, for one payee or all."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="+")
    payee = models.ForeignKey(Payee, models.PROTECT, null=True, blank=True, related_name="+")
    event_kind = models.CharField(max_length=20)
    event_id = models.BigIntegerField()
    reason = models.CharField(_("reason"), max_length=255)
    held_by = _person()
    released_by = _person()
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("held credit")
        indexes = [models.Index(fields=["plan", "event_kind", "event_id"])]

    def __str__(self) -> str:
        return f"{self.event_kind} {self.event_id}"

    def get_absolute_url(self) -> str:
        return reverse("compensation:credit_hold", args=[self.pk])

    @property
    def number(self) -> str:
        return f"HLD-{self.pk}"


class ExceptionMark(Timestamped):
    """A run's exception that somebody looked at and confirmed: it doesn't come again for the same amount."""

    period = models.ForeignKey(PayPeriod, models.CASCADE, related_name="marks")
    payee = models.ForeignKey(Payee, models.CASCADE, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=160, blank=True)
    amount_minor = models.BigIntegerField(default=0)
    reason = models.CharField(_("reason"), max_length=255)
    marked_by = _person()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["period", "payee", "kind", "key"], name="one_mark_an_exception", nulls_distinct=False
            )
        ]
