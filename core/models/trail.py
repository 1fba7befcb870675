"""What happened: acts of people (audit) and changes of records in order (outbox)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Cast, Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class AuditEvent(models.Model):
    """One act: who, when, which request, what, on which object, why. Before and after stand in the history tables."""

    at = models.DateTimeField(_("when"), db_default=Now())
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("who")
    )
    actor_label = models.CharField(_("who"), max_length=200, blank=True)
    request_id = models.CharField(_("request"), max_length=40, blank=True)
    act = models.CharField(_("act"), max_length=80)
    subject_kind = models.CharField(_("kind"), max_length=40, blank=True)
    subject_id = models.BigIntegerField(_("id"), null=True, blank=True)
    subject_label = models.CharField(_("what"), max_length=200, blank=True)
    reason = models.TextField(_("why"), blank=True)
    detail = models.JSONField(_("detail"), default=dict)
    context_id = models.UUIDField(null=True, blank=True)

    class Meta:
        verbose_name = _("audit event")
        ordering = ["-id"]
        indexes = [models.Index(fields=["subject_kind", "subject_id", "-id"]), models.Index(fields=["act", "-id"])]

    def __str__(self) -> str:
        return f"{self.act} {self.subject_label}"

    def get_absolute_url(self) -> str:
        return reverse("core:audit_event", args=[self.pk])


def _current_xid() -> Cast:
    xid8 = models.Func(function="pg_current_xact_id", output_field=models.TextField())
    return Cast(Cast(xid8, models.TextField()), models.BigIntegerField())


class OutboxEvent(models.Model):
    """A change to be folded or passed on, stamped with its transaction so that readers never miss a late commit."""

    xid = models.BigIntegerField(db_default=_current_xid())
    at = models.DateTimeField(db_default=Now())
    topic = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    payload = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["topic", "xid", "id"])]


class OutboxCursor(models.Model):
    """How far a consumer has read: every transaction below `xid` is taken."""

    consumer = models.CharField(max_length=80, primary_key=True)
    xid = models.BigIntegerField(default=0)
    updated_at = models.DateTimeField(db_default=Now())
