from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from core.models import Timestamped
from people.models import Person
from pipeline.enums import ActivityKind


class Activity(Timestamped):
    """A call, e-mail, meeting, note or task on any kind of record. Subject kinds come from the registry."""

    kind = models.CharField(_("kind"), max_length=8, choices=ActivityKind)
    external_id = models.CharField(_("external ID"), max_length=120, null=True, blank=True, unique=True)
    subject_kind = models.CharField(_("on"), max_length=20, blank=True)
    subject_id = models.BigIntegerField(_("record"), null=True, blank=True)
    account = models.ForeignKey(
        Account, models.CASCADE, null=True, blank=True, related_name="activities", verbose_name=_("account")
    )
    owner = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="activities", verbose_name=_("owner")
    )
    title = models.CharField(_("what"), max_length=255)
    body = models.TextField(_("notes"), blank=True)
    happened_at = models.DateTimeField(_("when"), null=True, blank=True)
    due_on = models.DateField(_("due"), null=True, blank=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    minutes = models.PositiveIntegerField(_("minutes"), null=True, blank=True)
    extra = models.JSONField(_("other fields"), default=dict, blank=True)
    archived_at = models.DateTimeField(_("deleted"), null=True, blank=True)

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        ordering = ["-happened_at", "-id"]
        indexes = [
            models.Index(fields=["subject_kind", "subject_id", "-happened_at"]),
            models.Index(fields=["account", "-happened_at"]),
            models.Index(fields=["owner", "due_on"], condition=Q(done_at__isnull=True), name="activity_todo"),
            models.Index(fields=["owner", "-happened_at"], name="activity_of_owner"),
            # The list of all: `told_at` of selectors.activities.
            models.Index(Coalesce("happened_at", "created_at"), F("id"), name="activity_told"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("pipeline:activity", args=[self.pk])
