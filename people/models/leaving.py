"""What somebody handed over when they left, row by row, so that it can be taken back."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.models import Run
from people.models.person import Person


class HandOver(models.Model):
    """Records given from one person to others in one act. moves: [[part, person who took them, [ids]], ...].

    With leaves_on it is somebody's leaving: planned, what goes to whom on that day ([[part, person], ...]); ended, what
    the act changed of their access, so that it can be put back (people.services.pictures); closed_at, when it was
    carried out.
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="hand_overs", verbose_name=_("person"))
    run = models.ForeignKey(Run, models.SET_NULL, null=True, related_name="+")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField(_("handed over"), db_default=Now())
    moves = models.JSONField(default=list)
    leaves_on = models.DateField(_("first day no longer here"), null=True, blank=True)
    planned = models.JSONField(default=list)
    ended = models.JSONField(default=dict)
    closed_at = models.DateTimeField(_("carried out"), null=True, blank=True)
    undone_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    kept = models.JSONField(default=list)

    class Meta:
        verbose_name = _("hand-over")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                name="one_leaving_at_a_time",
                condition=models.Q(leaves_on__isnull=False, undone_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.count}"

    @property
    def count(self) -> int:
        return sum(len(ids) for _part, _to, ids in self.moves)
