"""The lists of people, positions and users."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.tables import Column, Table
from people.models import Person
from people.policies import may_manage_people, may_manage_users, may_see_people
from people.selectors import people_with_seats, positions_for, users_for


def _seat(person: Person) -> Any:
    return next(iter(person.today_seats), None)  # type: ignore[attr-defined]  # -- a prefetch


def _placement(person: Person) -> Any:
    seat = _seat(person)
    return next(iter(seat.position.today_placements), None) if seat else None


def _team(person: Person) -> str | None:
    placement = _placement(person)
    return placement.team.name if placement and placement.team.kind == "team" else None


def _region(person: Person) -> str | None:
    placement = _placement(person)
    if placement is None:
        return None
    team = placement.team
    return team.name if team.kind == "region" else team.parent.name if team.parent else None


def _boss(person: Person) -> str | None:
    seat = _seat(person)
    line = next(iter(seat.position.today_lines), None) if seat else None
    holder = next(iter(line.reports_to.occupancies.all()), None) if line else None
    return holder.person.name if holder else None


PEOPLE = Table(
    key="people",
    title=_("People"),
    rows=people_with_seats,
    may_see=may_see_people,
    search=lambda rows, text: rows.filter(Q(name__icontains=text) | Q(email__icontains=text)),
    default_sort="name",
    columns=(
        Column("name", _("Name"), lambda p: p.name, sort="name", is_link=True),
        Column("title", _("Position"), lambda p: _seat(p).position.title if _seat(p) else None, hide_sm=True),
        Column("manager", _("Reports to"), _boss),
        Column("team", _("Team"), _team, hide_sm=True),
        Column("region", _("Region"), _region),
        Column("email", _("E-mail"), lambda p: p.email, hide_sm=True),
        Column("left", _("Left"), lambda p: p.left_on, kind="date", is_hidden=True),
    ),
    empty_title=_("Nobody yet"),
    empty_reason=_("Import your sales team: names, managers and regions are enough."),
)
POSITIONS = Table(
    key="positions",
    title=_("Positions"),
    rows=lambda user, as_of: positions_for(user),
    may_see=may_manage_people,
    default_sort="title",
    columns=(
        Column("title", _("Position"), lambda p: p.title, sort="title", is_link=True),
        Column("leads", _("Leads people"), lambda p: _("Yes") if p.is_manager else None),
    ),
    empty_title=_("No position yet"),
    empty_reason=_("Positions are made with the people you import, or by hand."),
)
USERS = Table(
    key="users",
    title=_("Users and roles"),
    rows=lambda user, as_of: users_for(user),
    may_see=may_manage_users,
    default_sort="email",
    columns=(
        Column("email", _("E-mail"), lambda u: u.email, sort="email", is_link=True),
        Column("person", _("Person"), lambda u: u.person_or_none and u.person.name),
        Column(
            "roles",
            _("Roles"),
            lambda u: ", ".join(str(g.get_role_display()) for g in u.grants.all() if not g.valid_to),
        ),
        Column("active", _("May sign in"), lambda u: _("Yes") if u.is_active else _("No")),
    ),
    empty_title=_("No user yet"),
    empty_reason=_("Add the first user."),
)
