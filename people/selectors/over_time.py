"""Who reported to whom and sat in which team, for many people over time, in one statement each."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from django.db import connection


class Held(NamedTuple):
    """What holds of a person over [valid_from, valid_to): the other person's, or the team's, id."""

    person_id: int
    valid_from: date
    valid_to: date | None
    other_id: int


_DAYS = "daterange({0}.valid_from, {0}.valid_to)"
_MANAGERS = f"""
SELECT person, lower(days), upper(days), boss FROM (
  SELECT seat.person_id AS person, boss.person_id AS boss,
         {_DAYS.format("seat")} * {_DAYS.format("up")} * {_DAYS.format("boss")} AS days
  FROM people_occupancy seat
  JOIN people_reportingline up ON up.position_id = seat.position_id
  JOIN people_occupancy boss ON boss.position_id = up.reports_to_id
  WHERE %(all)s OR seat.person_id = ANY(%(people)s)) AS held
WHERE NOT isempty(days) ORDER BY 1, 2
"""
_TEAMS = f"""
SELECT person, lower(days), upper(days), team FROM (
  SELECT seat.person_id AS person, placed.team_id AS team,
         {_DAYS.format("seat")} * {_DAYS.format("placed")} AS days
  FROM people_occupancy seat JOIN people_positionteam placed ON placed.position_id = seat.position_id
  WHERE %(all)s OR seat.person_id = ANY(%(people)s)) AS held
WHERE NOT isempty(days) ORDER BY 1, 2
"""


def managers_over_time(person_ids: Collection[int] | None = None) -> list[Held]:
    """Spans of days with the person who held the seat above; none for days on which that seat was vacant."""
    return _held(_MANAGERS, person_ids)


def teams_over_time(person_ids: Collection[int] | None = None) -> list[Held]:
    return _held(_TEAMS, person_ids)


def _held(statement: str, person_ids: Collection[int] | None) -> list[Held]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"all": person_ids is None, "people": list(person_ids or ())})
        return [Held(*row) for row in cursor.fetchall()]
