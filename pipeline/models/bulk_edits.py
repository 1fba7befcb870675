"""Edits of many deals at once, kept so that they can be looked at and taken back."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import Run, Timestamped
from pipeline.models.deals import Opportunity


class BulkEdit(Timestamped):
    """One edit of many deals: who, when, what; its rows say what each deal was before."""

    label = models.CharField(_("what"), max_length=200)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("who")
    )
    values: Any = models.JSONField(_("values"), default=dict, blank=True)
    run = models.ForeignKey(Run, models.SET_NULL, null=True, blank=True, related_name="+")
    asked = models.PositiveIntegerField(_("deals asked for"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    refused = models.PositiveIntegerField(_("not changed"), default=0)
    kept = models.PositiveIntegerField(_("kept at undo"), default=0)
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("bulk edit")
        ordering = ["-id"]
        indexes = [models.Index(fields=["made_by", "-id"])]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        return reverse("pipeline:bulk_edit", args=[self.pk])


class BulkEditRow(models.Model):
    """What one edit did to one deal: columns before and after and the version it made, or why it was refused.

    `kept`: what an undo left as it was, because somebody changed it since.
    """

    edit = models.ForeignKey(BulkEdit, models.CASCADE, related_name="rows")
    deal = models.ForeignKey(Opportunity, models.CASCADE, related_name="bulk_edit_rows")
    before: Any = models.JSONField(default=dict)
    after: Any = models.JSONField(default=dict)
    version = models.PositiveIntegerField(null=True, blank=True)
    refusal = models.CharField(_("why not"), max_length=300, blank=True)
    kept = models.CharField(_("kept"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("row of a bulk edit")
        ordering = ["edit", "deal"]
        constraints = [
            models.UniqueConstraint(fields=["edit", "deal"], name="deal_once_an_edit"),
            models.CheckConstraint(name="edit_row_says_what", condition=~Q(version=None) | ~Q(refusal="")),
        ]
