"""Plans, their versions, who is on them, and under which name pay is kept."""

from __future__ import annotations

import json
from typing import Any

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from compensation.enums import VersionState
from core.models import Currency, EffectiveDated, Timestamped, ends_after_start, no_overlap
from people.models import Person


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), exclude=["updated_at"])
class Plan(Timestamped):
    """A compensation plan through its versions. Its currency stays: what was earned under it is kept in it."""

    name = models.CharField(_("name"), max_length=200, unique=True)
    currency = models.ForeignKey(Currency, models.PROTECT, related_name="+", verbose_name=_("currency"))
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("compensation plan")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("compensation:plan", args=[self.pk])

    @property
    def number(self) -> str:
        return f"PLAN-{self.pk}"


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), exclude=["updated_at", "replay"])
class PlanVersion(Timestamped):
    """What a plan says from a day on (docs/plan-format.md). A published definition is never changed.

    plan_hash: of the definition as it is saved. acknowledged: warnings of the linter that somebody accepted, with why.
    tested_hash: of the definition whose cases all passed; replayed_hash: of the one that was replayed. written: the
    definition as JSON text, since the database keeps no order of keys: clauses are told in the order they were written.
    """

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="versions", verbose_name=_("plan"))
    number = models.PositiveSmallIntegerField(_("version"))
    state = models.CharField(_("state"), max_length=9, choices=VersionState, default=VersionState.DRAFT)
    definition: Any = models.JSONField(_("definition"), default=dict)
    written = models.TextField(blank=True, editable=False)
    plan_hash = models.CharField(_("hash"), max_length=64, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    note = models.CharField(_("what changes"), max_length=255, blank=True)
    acknowledged: Any = models.JSONField(default=list)
    tested_hash = models.CharField(max_length=64, blank=True)
    replayed_hash = models.CharField(max_length=64, blank=True)
    replay: Any = models.JSONField(default=dict)
    edited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    submitted_at = models.DateTimeField(_("handed in"), null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided"), null=True)
    reason = models.CharField(_("reason"), max_length=255, blank=True)
    edits = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("plan version")
        ordering = ["plan", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="plan_version_number"),
            models.UniqueConstraint(
                fields=["plan"], name="one_plan_version_at_work", condition=Q(state__in=["draft", "submitted"])
            ),
            no_overlap("plan", name="one_version_in_force", condition=Q(state="published")),
            ends_after_start("plan_version_span"),
        ]

    def __str__(self) -> str:
        return f"{self.plan.name} v{self.number}"

    def get_absolute_url(self) -> str:
        return reverse("compensation:version", args=[self.pk])

    @property
    def is_draft(self) -> bool:
        return self.state == VersionState.DRAFT

    @property
    def document(self) -> Any:
        """The definition in the order it was written in."""
        return json.loads(self.written) if self.written else self.definition


class PlanComponent(models.Model):
    """The number of a component of a plan in tables of lines; the empty key stands for the plan's own steps."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="components")
    key = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "key"], name="component_once_a_plan")]

    def __str__(self) -> str:
        return self.key


class Payee(models.Model):
    """Under what name pay is kept: pseudonymous, so that a person's data can be erased and the ledger stays.

    digest: of the code; part of what output hashes are made of.
    """

    code = models.CharField(_("payee"), max_length=20, unique=True)
    person = models.OneToOneField(
        Person, models.SET_NULL, null=True, blank=True, related_name="payee", verbose_name=_("person")
    )
    digest = models.BigIntegerField()

    class Meta:
        verbose_name = _("payee")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.person.name if self.person else self.code


class Assignment(EffectiveDated, Timestamped):
    """Who is on a plan, in which plan role, over time."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="assignments", verbose_name=_("plan"))
    payee = models.ForeignKey(Payee, models.PROTECT, related_name="assignments", verbose_name=_("person"))
    role = models.CharField(_("plan role"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("plan assignment")
        ordering = ["plan", "payee", "-valid_from"]
        constraints = [no_overlap("plan", "payee", name="once_on_a_plan"), ends_after_start("assignment_span")]
        indexes = [models.Index(fields=["payee", "valid_from"])]


class Acceptance(Timestamped):
    """A plan letter sent to a person: what it said, and when they accepted it."""

    version = models.ForeignKey(PlanVersion, models.PROTECT, related_name="letters", verbose_name=_("plan version"))
    payee = models.ForeignKey(Payee, models.PROTECT, related_name="letters", verbose_name=_("person"))
    sent_on = models.DateField(_("sent"))
    accepted_on = models.DateField(_("accepted"), null=True, blank=True)
    terms: Any = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("plan letter")
        constraints = [
            models.UniqueConstraint(fields=["version", "payee"], name="one_letter_a_version"),
            models.CheckConstraint(
                name="accepted_after_sent", condition=Q(accepted_on=None) | Q(accepted_on__gte=F("sent_on"))
            ),
        ]
