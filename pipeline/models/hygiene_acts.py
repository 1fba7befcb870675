"""What people do about findings: dismiss them, ask their owners, read of them once a week."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import Timestamped
from people.models import Person
from pipeline.enums import DigestState, DismissalEnd, Weekday
from pipeline.models.activities import Activity
from pipeline.models.hygiene import Finding, HygieneRule


class Dismissal(Timestamped):
    """ "Not a problem", said of one finding and its fact. It ends when the fact changes, a day comes, or by hand."""

    finding = models.ForeignKey(Finding, models.CASCADE, related_name="dismissals", verbose_name=_("finding"))
    fact = models.JSONField(_("fact"), default=dict)
    reason = models.CharField(_("why it is not a problem"), max_length=300)
    until_on = models.DateField(_("until"), null=True, blank=True)  # the first day it counts again
    dismissed_on = models.DateField(_("dismissed"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    ended_on = models.DateField(_("ended"), null=True, blank=True)
    ended_why = models.CharField(_("why it ended"), max_length=8, choices=DismissalEnd, blank=True)

    class Meta:
        verbose_name = _("dismissal")
        constraints = [
            models.UniqueConstraint(fields=["finding"], condition=Q(ended_on=None), name="dismissed_once"),
            models.CheckConstraint(name="dismissal_has_a_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return self.reason

    def get_absolute_url(self) -> str:
        """The page of the record."""
        return self.finding.get_absolute_url()


class OwnerAsk(Timestamped):
    """One question to one owner about one check: all the records it fails on, one task, one day by which."""

    rule = models.ForeignKey(HygieneRule, models.CASCADE, related_name="asks", verbose_name=_("check"))
    owner = models.ForeignKey(Person, models.CASCADE, related_name="+", verbose_name=_("owner"))
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    asked_on = models.DateField(_("asked"))
    due_on = models.DateField(_("due"))
    times = models.PositiveSmallIntegerField(_("times asked"), default=1)
    done_on = models.DateField(_("done"), null=True, blank=True)
    task = models.OneToOneField(Activity, models.SET_NULL, null=True, blank=True, related_name="ask")

    class Meta:
        verbose_name = _("question to an owner")
        constraints = [
            models.UniqueConstraint(fields=["rule", "owner"], condition=Q(done_on=None), name="asked_once"),
        ]
        indexes = [models.Index(fields=["owner", "due_on"], condition=Q(done_on=None), name="ask_open")]

    def __str__(self) -> str:
        return f"{self.rule}: {self.owner}"

    def get_absolute_url(self) -> str:
        return reverse("pipeline:hygiene_ask", args=[self.pk])


class AskedFinding(models.Model):
    """A finding that a question is about."""

    ask = models.ForeignKey(OwnerAsk, models.CASCADE, related_name="items")
    finding = models.ForeignKey(Finding, models.CASCADE, related_name="asks")

    class Meta:
        verbose_name = _("finding asked about")
        constraints = [models.UniqueConstraint(fields=["ask", "finding"], name="asked_about_once")]


class DigestPlan(Timestamped):
    """When the weekly mail about clean data goes out, in the company's time zone. One row."""

    is_on = models.BooleanField(_("send it"), default=True)
    weekday = models.PositiveSmallIntegerField(_("on"), choices=Weekday, default=Weekday.MONDAY)
    hour = models.PositiveSmallIntegerField(_("from, o'clock"), default=7, validators=[MaxValueValidator(23)])

    class Meta:
        verbose_name = _("weekly digest")
        constraints = [models.CheckConstraint(name="digest_plan_once", condition=Q(id=1))]


class DigestMail(Timestamped):
    """The weekly mail of one login; the row makes sure that there is one. `week` is its Monday."""

    week = models.DateField(_("week"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("login"))
    state = models.CharField(_("state"), max_length=7, choices=DigestState, default=DigestState.WAITING)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("weekly digest mail")
        constraints = [models.UniqueConstraint(fields=["week", "user"], name="digest_once_a_week")]
