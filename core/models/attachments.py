"""Files that people put on records."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models.abstract import Timestamped


def stored_as(attachment: Any, name: str) -> str:
    """Where a file lies below MEDIA_ROOT: a random name that says nothing of the file, spread over folders."""
    key = secrets.token_hex(20)
    return f"attachments/{key[:2]}/{key}"


class Attachment(Timestamped):
    """A file on a record of any kind. Taken away is marked: the night after some weeks takes the file itself."""

    record_kind = models.CharField(max_length=20)
    record_id = models.BigIntegerField()
    name = models.CharField(_("file name"), max_length=200)
    file = models.FileField(_("file"), upload_to=stored_as, max_length=120)
    content_type = models.CharField(_("type"), max_length=100)
    size_bytes = models.BigIntegerField(_("size"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    uploaded_by_label = models.CharField(_("uploaded by"), max_length=200)
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True)

    class Meta:
        verbose_name = _("attachment")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["record_kind", "record_id", "-id"]),
            models.Index(fields=["deleted_at"], condition=Q(deleted_at__isnull=False), name="attachment_to_purge"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("core:attachment", args=[self.pk])
