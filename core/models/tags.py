"""Tags: short words of the company's own on records of any kind."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower, Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.enums import Tone
from core.models.abstract import Timestamped


class Tag(Timestamped):
    """A word that records are marked with: "Reference". One spelling, whatever its case."""

    name = models.CharField(_("name"), max_length=80)
    tone = models.CharField(_("colour"), max_length=4, choices=Tone, default=Tone.NONE, blank=True)

    class Meta:
        verbose_name = _("tag")
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(Lower("name"), name="one_tag_a_name")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("core:tag", args=[self.pk])


class Tagged(models.Model):
    """One tag on one record; the kind is a key of core.registry.record_kinds."""

    tag = models.ForeignKey(Tag, models.CASCADE, related_name="uses")
    record_kind = models.CharField(max_length=20)
    record_id = models.BigIntegerField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("tag of a record")
        constraints = [models.UniqueConstraint(fields=["record_kind", "record_id", "tag"], name="one_tag_a_record")]
        indexes = [models.Index(fields=["tag", "record_kind", "record_id"])]
