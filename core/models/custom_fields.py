"""Fields that a company adds to its records."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Value
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.enums import FieldType
from core.models.abstract import Timestamped


def custom_values() -> models.JSONField[Any, Any]:
    """The column of a record that holds the values of its custom fields: {key: value}, nothing for an empty one."""
    return models.JSONField(_("own fields"), default=dict, blank=True, db_default=Value({}, models.JSONField()))


class CustomField(Timestamped):
    """One field that the company added to a kind of record. Its key stays, so that it can be renamed without loss.

    choices: [{"key": ..., "label": ..., "off": true where it isn't offered any more}] in order. Archived fields leave
    forms and lists; the values stay in the records.
    """

    record_kind = models.CharField(_("on"), max_length=20)
    key = models.SlugField(_("key"), max_length=40)
    label = models.CharField(_("name"), max_length=60)
    help_text = models.CharField(_("help"), max_length=200, blank=True)
    type = models.CharField(_("type"), max_length=8, choices=FieldType, default=FieldType.TEXT)
    is_required = models.BooleanField(_("required"), default=False)
    default = models.JSONField(_("default"), null=True, blank=True)
    choices = models.JSONField(_("choices"), default=list, blank=True)
    position = models.PositiveIntegerField(_("order"), default=100)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)

    class Meta:
        verbose_name = _("own field")
        ordering = ["record_kind", "position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["record_kind", "key"], name="one_field_a_key"),
            models.UniqueConstraint("record_kind", Lower("label"), name="one_field_a_label"),
        ]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        return reverse("core:custom_field", args=[self.pk])
