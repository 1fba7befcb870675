"""The tree of territories, which seats hold them and which accounts belong to them, over time."""

from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from core.models import EffectiveDated, LiveManager, Scenario, Timestamped, ends_after_start, no_overlap
from people.models import Position
from territories.enums import CoveragePart, PlacedBy, TerritoryKind


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
    scenario = models.ForeignKey(
        Scenario, models.CASCADE, null=True, blank=True, related_name="+", editable=False, verbose_name=_("planned in")
    )

    objects = LiveManager["Territory"]()
    every = models.Manager["Territory"]()

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
    """The territory an account belongs to, over time: one at a time.

    placed_by: rules place anew what rules placed; what a hand, a file or a plan placed stays until somebody says so.
    rule: the lineage of the rule that placed it.
    """

    account = models.ForeignKey(Account, models.CASCADE, related_name="territories", verbose_name=_("account"))
    territory = models.ForeignKey(Territory, models.PROTECT, related_name="accounts", verbose_name=_("territory"))
    placed_by = models.CharField(
        _("placed by"),
        max_length=4,
        choices=PlacedBy,
        default=PlacedBy.HAND,
        db_default=PlacedBy.FILE,  # rows of a file come by COPY and don't say
        editable=False,
    )
    rule = models.BigIntegerField(_("rule"), null=True, blank=True, editable=False)

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
