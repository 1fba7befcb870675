"""People over the API: whom a login sees, with today's seat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.api.bodies import Body
from core.api.fields import Day, Flag, Id, Text
from core.api.views import RecordApi
from people.lists import PEOPLE


class Seat(Body):
    """Where a person sits today: the position, its team, whom it reports to."""

    position_id = Id(read_only=True)
    title = Text(read_only=True, example="Rep West")
    is_manager = Flag(read_only=True)
    team_id = Id(read_only=True, allow_null=True)
    team_name = Text(read_only=True, allow_null=True)
    region_id = Id(read_only=True, allow_null=True)
    region_name = Text(read_only=True, allow_null=True)
    manager_id = Id(read_only=True, allow_null=True)
    manager_name = Text(read_only=True, allow_null=True)


class Person(Body):
    """Someone in sales. `seat` is today's, null without one."""

    id = Id(read_only=True)
    name = Text(read_only=True, example="Ana Alves")
    email = Text(read_only=True)
    external_id = Text(read_only=True, allow_null=True)
    hired_on = Day(read_only=True, allow_null=True)
    left_on = Day(read_only=True, allow_null=True)
    seat = Seat(read_only=True, allow_null=True)


class PeopleApi(RecordApi):
    resource, noun, nouns = "people", "person", "people"
    table, serializer_class = PEOPLE, Person

    def prepared(self, rows: Sequence[Any]) -> Sequence[Any]:
        for person in rows:
            person.seat = _seat_of(person)
        return rows


def _seat_of(person: Any) -> dict[str, Any] | None:
    """Today's seat from what the list has loaded already."""
    seat = next(iter(person.today_seats), None)
    if seat is None:
        return None
    line = next(iter(seat.position.today_lines), None)
    holder = next(iter(line.reports_to.occupancies.all()), None) if line else None
    placed = next(iter(seat.position.today_placements), None)
    team = placed.team if placed else None
    region = team if team and team.kind == "region" else team.parent if team else None
    own = team if team and team.kind == "team" else None
    return {
        "position_id": seat.position_id,
        "title": seat.position.title,
        "is_manager": seat.position.is_manager,
        "team_id": own.pk if own else None,
        "team_name": own.name if own else None,
        "region_id": region.pk if region else None,
        "region_name": region.name if region else None,
        "manager_id": holder.person_id if holder else None,
        "manager_name": holder.person.name if holder else None,
    }
