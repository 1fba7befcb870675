"""Signing in: the company's rules, who is signed in where, and who was invited."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.models import Timestamped
from people.enums import Role


class AccessRules(Timestamped):
    """The company's rules for signing in: one row."""

    second_factor_roles = models.JSONField(_("roles that need a second factor"), default=list, blank=True)
    idle_hours = models.PositiveSmallIntegerField(
        _("signed out after hours without use"), default=72, help_text=_("1 to 720.")
    )
    longest_days = models.PositiveSmallIntegerField(_("signed out after days in any case"), default=30)
    invitation_days = models.PositiveSmallIntegerField(_("an invitation holds for days"), default=7)

    class Meta:
        verbose_name = _("rules for signing in")
        constraints = [
            models.CheckConstraint(name="one_row_of_rules", condition=Q(pk=1)),
            models.CheckConstraint(
                name="rules_in_range",
                condition=Q(idle_hours__range=(1, 720), longest_days__range=(1, 365), invitation_days__range=(1, 60)),
            ),
        ]

    def __str__(self) -> str:
        return str(_("Rules for signing in"))

    @property
    def second_factor_labels(self) -> list[str]:
        return [str(Role(role).label) for role in self.second_factor_roles if role in Role.values]


class OpenSession(models.Model):
    """One browser that somebody is signed in with. Kept for a while after its end, so that people can look back."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="open_sessions")
    session_key = models.CharField(max_length=40, unique=True)
    method = models.CharField(_("signed in by"), max_length=60, blank=True)
    ip = models.GenericIPAddressField(_("address"), null=True, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(_("since"), db_default=Now())
    last_seen_at = models.DateTimeField(_("last seen"), db_default=Now())
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("session")
        ordering = ["-last_seen_at", "-id"]
        indexes = [models.Index(fields=["user"], name="session_open", condition=Q(ended_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.user}: {self.method}"


class Invitation(Timestamped):
    """A login that somebody was asked to take: its link holds once and for a time. Only a hash of the link is kept."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="invitation")
    token_hash = models.CharField(max_length=64, blank=True, db_index=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    times_sent = models.PositiveSmallIntegerField(_("times sent"), default=0)
    expires_at = models.DateTimeField(_("holds until"), null=True, blank=True)
    accepted_at = models.DateTimeField(_("taken"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("taken back"), null=True, blank=True)

    class Meta:
        verbose_name = _("invitation")
        ordering = ["-id"]

    def __str__(self) -> str:
        return str(self.user.email)
