"""What who had an account keeps of its credit after it moved."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from core.models import Timestamped
from people.models import Person
from pipeline.models import Stage
from territories.enums import TransitionScope


class Transition(Timestamped):
    """What who had an account keeps of its credit after it moved: of which deals, how much, from which days on."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="transitions", verbose_name=_("account"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="transitions", verbose_name=_("who had it"))
    moved_on = models.DateField(_("moved on"), help_text=_("First day of who has it now."))
    scope = models.CharField(
        _("keeps a share of"), max_length=10, choices=TransitionScope, default=TransitionScope.OPEN_DEALS
    )
    min_stage = models.ForeignKey(
        Stage, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("that had come to")
    )
    min_amount = models.DecimalField(_("of at least"), max_digits=18, decimal_places=4, null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=255, blank=True)

    class Meta:
        verbose_name = _("transition")
        verbose_name_plural = _("transitions")
        ordering = ["account", "moved_on"]
        constraints = [models.UniqueConstraint(fields=["account", "moved_on"], name="one_transition_a_move")]

    def __str__(self) -> str:
        return f"{self.account}: {self.person}"

    def get_absolute_url(self) -> str:
        return reverse("territories:transition", args=[self.pk])


class TransitionShare(models.Model):
    """How much is kept from a day on, until the next share's."""

    transition = models.ForeignKey(Transition, models.CASCADE, related_name="shares")
    since = models.DateField(_("from"))
    percent = models.DecimalField(_("share, %"), max_digits=5, decimal_places=2)

    class Meta:
        ordering = ["transition", "since"]
        constraints = [
            models.UniqueConstraint(fields=["transition", "since"], name="one_share_a_day"),
            models.CheckConstraint(name="share_of_a_whole", condition=Q(percent__gte=0, percent__lte=100)),
        ]

    def __str__(self) -> str:
        return f"{self.percent} % from {self.since}"
