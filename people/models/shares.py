"""Records shared with somebody outside their line, and approvals handed over for an absence. Both for a time."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models import EffectiveDated, Timestamped, ends_after_start, no_overlap
from people.models.person import Person


class RecordShare(EffectiveDated, Timestamped):
    """One record, shown to one person for a time. A stopped share stays as it was agreed, with when it was stopped."""

    kind = models.CharField(_("kind"), max_length=40)
    record_id = models.BigIntegerField(_("record"))
    person = models.ForeignKey(Person, models.CASCADE, related_name="shares", verbose_name=_("shared with"))
    may_edit = models.BooleanField(_("may change it"), default=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("shared by")
    )
    reason = models.CharField(_("why"), max_length=255, blank=True)
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True)

    class Meta:
        verbose_name = _("share")
        ordering = ["-valid_from", "-id"]
        constraints = [
            no_overlap("kind", "record_id", "person", name="share_once", condition=Q(stopped_at__isnull=True)),
            ends_after_start("share_span"),
        ]
        indexes = [
            models.Index(fields=["person", "kind"], name="share_of_person", condition=Q(stopped_at__isnull=True)),
            models.Index(fields=["kind", "record_id"], name="share_of_record"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.record_id}: {self.person}"


class Delegation(EffectiveDated, Timestamped):
    """Who decides what waits for somebody while they are away. Opens no rows; always has an end."""

    from_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="delegations_given", verbose_name=_("away")
    )
    to_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="delegations_taken", verbose_name=_("decides instead")
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("set up by")
    )
    reason = models.CharField(_("why"), max_length=255, blank=True)
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True)

    class Meta:
        verbose_name = _("delegation")
        ordering = ["-valid_from", "-id"]
        constraints = [
            no_overlap("from_user", name="one_delegate_at_a_time", condition=Q(stopped_at__isnull=True)),
            ends_after_start("delegation_span"),
            models.CheckConstraint(name="delegation_ends", condition=Q(valid_to__isnull=False)),
            models.CheckConstraint(name="delegate_is_another", condition=~Q(from_user=F("to_user"))),
        ]

    def __str__(self) -> str:
        return f"{self.from_user} -> {self.to_user}"
