from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import Timestamped
from people.models import Person
from quotas.enums import Measure, ReliefWay
from territories.models import Transition


class Relief(Timestamped):
    """What of somebody's quota went with an account that moved, from which day, and how it was worked out.

    percent: of way SHARE, the part of what is left of each period. figures: what it came from. rows: what was written,
    by period: the amount before and after, and the target's number.
    """

    transition = models.ForeignKey(Transition, models.PROTECT, null=True, related_name="reliefs")  # none once undone
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("who had it"))
    account_name = models.CharField(_("account"), max_length=200)
    way = models.CharField(_("how"), max_length=6, choices=ReliefWay, default=ReliefWay.SHARE)
    measure = models.CharField(_("measure"), max_length=10, choices=Measure, default=Measure.BOOKINGS)
    since = models.DateField(_("from"))
    percent = models.DecimalField(_("share, %"), max_digits=7, decimal_places=4, null=True, blank=True)
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=4, null=True, blank=True)
    figures: Any = models.JSONField(default=dict)
    rows: Any = models.JSONField(default=list)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    undone_on = models.DateField(_("undone from"), null=True, blank=True)

    class Meta:
        verbose_name = _("quota relief")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["transition"], name="one_relief_a_transition", condition=Q(undone_on__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.account_name}"
