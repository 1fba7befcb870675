"""The tree of territories, which seats hold them and which accounts belong to them, over time."""

from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from core.models import EffectiveDated, Timestamped, ends_after_start, no_overlap
from people.models import Person, Position
from pipeline.models import Stage
from territories.enums import CoveragePart, TerritoryKind, TransitionScope


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), exclude=["updated_at", "version"])
class Territory(Timestamped):
    """A part of the market that a seat can hold; it may lie within a larger one."""

    name = models.CharField(_("name"), max_length=160)
    external_id = models.CharField(_("external ID"), max_length=120, null=True, blank=True, unique=True)
    kind = models.CharField(_("kind"), max_length=9, choices=TerritoryKind, default=TerritoryKind.GEOGRAPHY)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("within")
    )
    description = models.CharField(_("description"), max_length=255, blank=True)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("territory")
        verbose_name_plural = _("territories")
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                name="territory_not_in_itself", condition=Q(parent__isnull=True) | ~Q(parent=F("id"))
            ),
        ]
        indexes = [models.Index(Lower("name"), name="territory_name_lower")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("territories:territory", args=[self.pk])

    @property
    def number(self) -> str:
        return f"TER-{self.pk}"


class TerritoryAssignment(EffectiveDated, Timestamped):
    """The seat that has a part in a territory, over time. Whoever sits on the seat covers it; it may be vacant."""

    territory = models.ForeignKey(Territory, models.PROTECT, related_name="assignments", verbose_name=_("territory"))
    part = models.CharField(_("part"), max_length=7, choices=CoveragePart, default=CoveragePart.OWNER)
    position = models.ForeignKey(Position, models.PROTECT, related_name="territories", verbose_name=_("position"))

    class Meta:
        verbose_name = _("coverage")
        verbose_name_plural = _("coverage")
        ordering = ["territory", "part", "-valid_from"]
        constraints = [
            no_overlap("territory", "part", name="one_seat_a_part"),
            ends_after_start("territory_assignment_span"),
        ]

    def __str__(self) -> str:
        return f"{self.territory}: {self.position}"

    def get_absolute_url(self) -> str:
        return self.territory.get_absolute_url()


class AccountTerritory(EffectiveDated, Timestamped):
    """The territory an account belongs to, over time: one at a time."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="territories", verbose_name=_("account"))
    territory = models.ForeignKey(Territory, models.PROTECT, related_name="accounts", verbose_name=_("territory"))

    class Meta:
        verbose_name = _("account of a territory")
        verbose_name_plural = _("accounts of territories")
        ordering = ["account", "-valid_from"]
        constraints = [
            no_overlap("account", name="one_territory_an_account"),
            ends_after_start("account_territory_span"),
        ]
        # The constraint's index is of a kind that finds many accounts slowly.
        indexes = [
            models.Index(fields=["account", "valid_from"], name="account_territory_since"),
            models.Index(fields=["territory", "valid_from"], name="territory_accounts_since"),
        ]

    def __str__(self) -> str:
        return f"{self.account}: {self.territory}"

    def get_absolute_url(self) -> str:
        return self.territory.get_absolute_url()


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
