"""How a person keeps a list: named states of it, columns in their order, the view it opens with."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.enums import Density, Sharing
from core.models.abstract import Timestamped


class SavedView(Timestamped):
    """A named state of a list: filters, sort, columns. It holds no rows: who opens it sees what they may see."""

    table = models.CharField(max_length=60)
    name = models.CharField(_("name"), max_length=60)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    sharing = models.CharField(_("shared with"), max_length=4, choices=Sharing, default=Sharing.OWN)
    query = models.CharField(max_length=2000, blank=True)
    archived_at = models.DateTimeField(_("deleted"), null=True, blank=True)

    class Meta:
        verbose_name = _("saved view")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["table", "owner", "name"], name="saved_view_name_once", condition=Q(archived_at=None)
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_shared(self) -> bool:
        return self.sharing != Sharing.OWN


class ListChoice(models.Model):
    """What one person chose for one list; the row of the list "*" holds what is the same in all of them (density).

    columns: keys in their order, none for the list's own; view_order: ids of saved views, others come after them.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="list_choices")
    table = models.CharField(max_length=60)
    columns = models.JSONField(default=list)
    density = models.CharField(max_length=12, choices=Density, default=Density.COMFORTABLE)
    default_view = models.ForeignKey(SavedView, models.SET_NULL, null=True, blank=True, related_name="+")
    view_order = models.JSONField(default=list)

    class Meta:
        verbose_name = _("list choice")
        constraints = [models.UniqueConstraint(fields=["user", "table"], name="list_choice_once")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.table}"
