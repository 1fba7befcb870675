"""What somebody handed over when they left, row by row, so that it can be taken back."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.models import Run
from people.models.person import Person


class HandOver(models.Model):
    """Records given from one person to others in one act. moves: [[part, person who took them, [ids]], ...]."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="hand_overs", verbose_name=_("person"))
    run = models.ForeignKey(Run, models.SET_NULL, null=True, related_name="+")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField(_("handed over"), db_default=Now())
    moves = models.JSONField(default=list)
    undone_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    kept = models.JSONField(default=list)

    class Meta:
        verbose_name = _("hand-over")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.person}: {self.count}"

    @property
    def count(self) -> int:
        return sum(len(ids) for _part, _to, ids in self.moves)
