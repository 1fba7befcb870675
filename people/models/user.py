"""Logins and what they may do. A person in sales is a row of its own (people.models.person)."""

from __future__ import annotations

from copy import copy
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import EffectiveDated, Timestamped, ends_after_start, in_force_on, no_overlap
from people.enums import SEES_ALL_SALES, Role

if TYPE_CHECKING:
    from people.models.person import Person

_TODAY = models.Func(template="CURRENT_DATE", output_field=models.DateField())


class UserAccounts(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser, Timestamped):
    """Someone who can sign in."""

    email = models.EmailField(_("e-mail"), unique=True)
    is_active = models.BooleanField(_("may sign in"), default=True)
    locale = models.CharField(_("language and formats"), max_length=10, default="en-us")
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    is_staff = False
    is_superuser = False

    objects = UserAccounts()
    person: Person

    class Meta:
        verbose_name = _("user")
        ordering = ["email"]
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_any_case")]

    def __str__(self) -> str:
        person = self.person_or_none
        return person.name if person else self.email

    def get_absolute_url(self) -> str:
        return reverse("people:user", args=[self.pk])

    @property
    def person_or_none(self) -> Person | None:
        return getattr(self, "person", None)

    @cached_property
    def roles(self) -> frozenset[str]:
        """Roles in force on the database's day, pending ones left out. Asked once for each loaded user."""
        return frozenset(self.grants.in_force_today().values_list("role", flat=True)) if self.is_active else frozenset()

    def has_role(self, *names: str) -> bool:
        return not self.roles.isdisjoint(names)

    def visible_owner_ids(self, as_of: date) -> list[int] | None:
        """Ids of people whose records this login may see by the reporting line of the day; None = everyone's.

        Asked once for each loaded user: known ids are planned better than what they come from, and needn't be found
        again by every statement of a page.
        """
        if self.has_role(*SEES_ALL_SALES):
            return None
        kept: dict[date, list[int]] = self.__dict__.setdefault("_owners", {})
        if as_of not in kept:
            kept[as_of] = self._owners_on(as_of)
        return kept[as_of]

    def _owners_on(self, as_of: date) -> list[int]:
        from people.models.person import Person

        person = self.person_or_none
        return list(Person.objects.seen_from(person, as_of).values_list("pk", flat=True).order_by()) if person else []

    def seat_id_on(self, as_of: date) -> int | None:
        """The seat from which this login sees exactly what visible_owner_ids says; None without one, or with all."""
        seats = [] if self.has_role(*SEES_ALL_SALES) else self.seat_ids_on(as_of)
        return seats[0] if seats else None

    def seat_ids_on(self, as_of: date) -> list[int]:
        """The seats that this login's person sits on, asked once for each loaded user."""
        person = self.person_or_none
        if person is None:
            return []
        kept: dict[date, list[int]] = self.__dict__.setdefault("_seats", {})
        if as_of not in kept:
            seats = person.occupancies.filter(in_force_on(as_of))
            kept[as_of] = list(seats.order_by("pk").values_list("position_id", flat=True))
        return kept[as_of]

    def teammate_ids(self, as_of: date) -> Any:
        """Logins of those who sit in the same team on a day, or above or below in the reporting line."""
        from people.models.person import Occupancy, PositionTeam, ReportingClosure

        held = Occupancy.objects.filter(in_force_on(as_of))
        seats = held.filter(person__user=self.pk).values("position")
        placed = PositionTeam.objects.filter(in_force_on(as_of))
        line = ReportingClosure.objects.filter(in_force_on(as_of))
        near = (
            models.Q(
                position__in=placed.filter(team__in=placed.filter(position__in=seats).values("team")).values("position")
            )
            | models.Q(position__in=line.filter(descendant__in=seats).values("ancestor"))
            | models.Q(position__in=line.filter(ancestor__in=seats).values("descendant"))
        )
        return User.objects.filter(person__in=held.filter(near).values("person")).values("pk")

    def shared_ids(self, kind: str, as_of: date, *, to_edit: bool = False) -> frozenset[int]:
        """Ids of a kind's records that are shared with this login's person on a day; few, asked once a loaded user."""
        kept: dict[date, list[tuple[str, int, bool]]] | None = self.__dict__.setdefault("_shares", {})
        if kept is None:
            return frozenset()
        if as_of not in kept:
            kept[as_of] = self._shares_on(as_of)
        return frozenset(pk for of, pk, may_edit in kept[as_of] if of == kind and (may_edit or not to_edit))

    def alone(self) -> User:
        """The same login without what is shared with it: what it may do in its own right."""
        other = copy(self)
        other.__dict__["_shares"] = None
        return other

    def _shares_on(self, as_of: date) -> list[tuple[str, int, bool]]:
        person = self.person_or_none
        if person is None:
            return []
        shares = person.shares.filter(in_force_on(as_of), stopped_at=None)
        return list(shares.values_list("kind", "record_id", "may_edit"))


class RoleGrants(models.QuerySet["RoleGrant"]):
    def in_force_today(self) -> Self:
        """Those that give their role now, by the database's day."""
        return self.filter(in_force_on(_TODAY), is_pending=False)


class RoleGrant(EffectiveDated, Timestamped):
    """A role held for a time. Pay roles take effect once a second person approved them."""

    user = models.ForeignKey(User, models.CASCADE, related_name="grants", verbose_name=_("user"))
    role = models.CharField(_("role"), max_length=12, choices=Role)
    granted_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    approved_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    is_pending = models.BooleanField(_("waits for a second person"), default=False)

    objects = RoleGrants.as_manager()

    class Meta:
        verbose_name = _("role grant")
        ordering = ["user", "role", "valid_from"]
        constraints = [
            no_overlap("user", "role", name="role_grant_no_overlap"),
            ends_after_start("role_grant_span"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}"

    def get_absolute_url(self) -> str:
        return reverse("people:grant", args=[self.pk])
