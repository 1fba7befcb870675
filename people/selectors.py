"""Reads of people, seats, teams and logins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404

from core.kernel.access import SignedIn
from core.models import in_force_on
from core.registry import SearchHit
from people.models import Occupancy, Person, Position, PositionTeam, ReportingLine, Team, User
from people.policies import may_manage_people, may_manage_users


def find_user(email: str) -> User | None:
    return User.objects.filter(email__iexact=email.strip(), is_active=True).first()


def people_for(user: SignedIn, as_of: date) -> QuerySet[Person]:
    """People whose records a person may see; all for those who keep people."""
    owners = None if may_manage_people(user) else user.visible_owner_ids(as_of)
    people = Person.objects.select_related("user")
    return people if owners is None else people.filter(pk__in=owners)


def people_with_seats(user: SignedIn, as_of: date) -> QuerySet[Person]:
    """People with today's seat, team and boss ready, in a fixed number of queries."""
    lines = ReportingLine.objects.filter(in_force_on(as_of)).prefetch_related(_seats(as_of, "reports_to__occupancies"))
    placements = PositionTeam.objects.filter(in_force_on(as_of)).select_related("team__parent")
    seats = (
        Occupancy.objects.filter(in_force_on(as_of))
        .select_related("position")
        .prefetch_related(
            Prefetch("position__lines_up", queryset=lines, to_attr="today_lines"),
            Prefetch("position__placements", queryset=placements, to_attr="today_placements"),
        )
    )
    return people_for(user, as_of).prefetch_related(Prefetch("occupancies", queryset=seats, to_attr="today_seats"))


def _seats(as_of: date, path: str) -> Any:
    return Prefetch(path, queryset=Occupancy.objects.filter(in_force_on(as_of)).select_related("person"))


def get_person_for(user: SignedIn, person_id: int, as_of: date) -> Person:
    person = people_for(user, as_of).filter(pk=person_id).first()
    if person is None:
        raise Http404("No such person.")
    return person


def get_position_for(user: SignedIn, position_id: int) -> Position:
    position = Position.objects.filter(pk=position_id).first() if may_manage_people(user) else None
    if position is None:
        raise Http404("No such position.")
    return position


def positions_for(user: SignedIn) -> QuerySet[Position]:
    positions = Position.objects.filter(archived_at=None)
    return positions if may_manage_people(user) else positions.none()


def users_for(user: SignedIn) -> QuerySet[User]:
    users = User.objects.select_related("person").prefetch_related("grants")
    return users if may_manage_users(user) else users.none()


def get_user_for(user: SignedIn, user_id: int) -> User:
    found = users_for(user).filter(pk=user_id).first()
    if found is None:
        raise Http404("No such user.")
    return found


def regions() -> QuerySet[Team]:
    return Team.objects.filter(kind="region").order_by("name")


def person_hits(user: SignedIn, text: str, as_of: date, limit: int) -> Sequence[SearchHit]:
    found = people_for(user, as_of).filter(Q(name__icontains=text) | Q(email__icontains=text))[:limit]
    return [SearchHit("person", "user-circle", p.name, p.email, p.get_absolute_url()) for p in found]
