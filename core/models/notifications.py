"""What a person is told: notifications, and how they want to hear of each kind."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.enums import Channel, MailState


class Notification(models.Model):
    """One thing one person is told. The text may name the subject: it is shown only while the person sees that record.

    Two unread ones with the same dedupe key are one.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications")
    kind = models.CharField(_("kind"), max_length=40)
    title = models.CharField(_("what"), max_length=200)
    detail = models.CharField(_("detail"), max_length=300, blank=True)
    url = models.CharField(max_length=300, blank=True)
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_id = models.BigIntegerField(null=True, blank=True)
    dedupe_key = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(_("when"), db_default=Now(), editable=False)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    mail_state = models.CharField(max_length=8, choices=MailState, default=MailState.NOT_ASKED, blank=True)

    class Meta:
        verbose_name = _("notification")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "dedupe_key"],
                name="notification_unread_once",
                condition=Q(read_at=None) & ~Q(dedupe_key=""),
            )
        ]
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"]),
            models.Index(fields=["user"], name="notification_unread", condition=Q(read_at=None)),
            models.Index(fields=["id"], name="notification_to_mail", condition=Q(mail_state="waiting")),
        ]

    def __str__(self) -> str:
        return self.title


class NotificationChoice(models.Model):
    """How a person hears of one kind; without a row it is the kind's own default."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notification_choices")
    kind = models.CharField(_("kind"), max_length=40)
    channel = models.CharField(_("how"), max_length=4, choices=Channel)

    class Meta:
        verbose_name = _("notification choice")
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="notification_choice_once")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.get_channel_display()}"
