"""People, their seats, and who reports to whom over time."""

from __future__ import annotations

from datetime import date

import pghistory
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import EffectiveDated, LiveManager, Scenario, Timestamped, ends_after_start, in_force_on, no_overlap
from people.enums import TeamKind
from people.models.user import User


class PersonQuerySet(models.QuerySet["Person"]):
    def seen_from(self, person: Person, as_of: date | models.Expression | models.Func) -> PersonQuerySet:
        """The person, and everyone whose seat of the day (or last seat, for leavers) is below theirs."""
        seats = Occupancy.objects.filter(in_force_on(as_of), person=person).values("position")
        below = ReportingClosure.objects.filter(in_force_on(as_of), ancestor__in=seats).values("descendant")
        begun = Occupancy.objects.filter(valid_from__lte=as_of)
        later = begun.filter(person=OuterRef("person"), valid_from__gt=OuterRef("valid_from"))
        latest = begun.filter(~Exists(later), position__in=below).values("person")
        return self.filter(Q(pk=person.pk) | Q(pk__in=latest))


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old))
class Person(Timestamped):
    """Someone who sells or manages; may have no login and no e-mail."""

    name = models.CharField(_("name"), max_length=200)
    email = models.EmailField(_("e-mail"), blank=True)
    external_id = models.CharField(_("external ID"), max_length=120, null=True, blank=True, unique=True)
    user = models.OneToOneField(
        User, models.SET_NULL, null=True, blank=True, related_name="person", verbose_name=_("login")
    )
    hired_on = models.DateField(_("hired"), null=True, blank=True)
    left_on = models.DateField(_("left"), null=True, blank=True, help_text=_("First day no longer employed."))

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["email"], name="person_email_once", condition=~Q(email="")),
        ]
        indexes = [GinIndex(fields=["name"], opclasses=["gin_trgm_ops"], name="person_name_trgm")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("people:person", args=[self.pk])


class Team(Timestamped):
    """A named group of seats; regions hold teams."""

    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=8, choices=TeamKind, default=TeamKind.TEAM)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("region")
    )

    class Meta:
        verbose_name = _("team")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["name", "kind"], name="team_name_once"),
            models.CheckConstraint(name="region_has_no_parent", condition=Q(kind="team") | Q(parent__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("people:team", args=[self.pk])


@pghistory.track(pghistory.UpdateEvent(row=pghistory.Old))
class Position(Timestamped):
    """A seat in the organisation; may be vacant and still hold a team, a territory and a quota."""

    title = models.CharField(_("title"), max_length=200)
    external_id = models.CharField(_("external ID"), max_length=120, null=True, blank=True, unique=True)
    is_manager = models.BooleanField(_("leads people"), default=False)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)
    scenario = models.ForeignKey(
        Scenario, models.CASCADE, null=True, blank=True, related_name="+", editable=False, verbose_name=_("planned in")
    )

    objects = LiveManager["Position"]()
    every = models.Manager["Position"]()

    class Meta:
        verbose_name = _("position")
        ordering = ["title", "id"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("people:position", args=[self.pk])


class Occupancy(EffectiveDated, Timestamped):
    """Who sits on a position, over time: one person a seat, one seat a person."""

    position = models.ForeignKey(Position, models.PROTECT, related_name="occupancies")
    person = models.ForeignKey(Person, models.PROTECT, related_name="occupancies")

    class Meta:
        verbose_name = _("occupancy")
        ordering = ["-valid_from"]
        constraints = [
            no_overlap("position", name="one_person_a_seat"),
            no_overlap("person", name="one_seat_a_person"),
            ends_after_start("occupancy_span"),
        ]


class PositionTeam(EffectiveDated, Timestamped):
    """The team a position belongs to, over time."""

    position = models.ForeignKey(Position, models.PROTECT, related_name="placements")
    team = models.ForeignKey(Team, models.PROTECT, related_name="placements")

    class Meta:
        verbose_name = _("placement")
        constraints = [no_overlap("position", name="one_team_a_seat"), ends_after_start("placement_span")]


class ReportingLine(EffectiveDated, Timestamped):
    """The position a position reports to, over time."""

    position = models.ForeignKey(Position, models.PROTECT, related_name="lines_up")
    reports_to = models.ForeignKey(Position, models.PROTECT, related_name="lines_down")

    class Meta:
        verbose_name = _("reporting line")
        constraints = [
            no_overlap("position", name="one_line_a_seat"),
            ends_after_start("reporting_line_span"),
            models.CheckConstraint(name="not_own_boss", condition=~Q(position=models.F("reports_to"))),
        ]


class ReportingClosure(EffectiveDated):
    """Every (ancestor, descendant) pair of the reporting line with the days it holds; depth 0 is the seat itself."""

    ancestor = models.ForeignKey(Position, models.CASCADE, related_name="closure_down")
    descendant = models.ForeignKey(Position, models.CASCADE, related_name="closure_up")
    depth = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            no_overlap("ancestor", "descendant", name="closure_no_overlap"),
            ends_after_start("closure_span"),
        ]
        indexes = [models.Index(fields=["descendant", "valid_from"]), models.Index(fields=["ancestor", "valid_from"])]
