"""People files: who, whom they report to, which team and region, since when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from django.db import connection

from core.bulk import (
    BY_EXTERNAL_ID,
    STAGE,
    FactPlan,
    LoadPlan,
    LoadRefused,
    Match,
    Refusal,
    copy_rows,
    hold,
    touch,
    touching,
)
from core.kernel import fields as f
from core.kernel.fields import FieldSpec, KindSpec
from core.registry import ImportContext, ImportKind, ReferenceKind
from people.enums import TeamKind
from people.kernel.closure import DAWN, ReportingLoop
from people.models import Occupancy, Person, Position, PositionTeam, ReportingLine, Team
from people.services.lines import rebuild_closure

SPEC = KindSpec(
    "people",
    "People",
    (
        FieldSpec(
            "external_id", "Person ID", synonyms=("User ID", "Employee ID", "Owner ID", "ID", "Id"), max_length=120
        ),
        FieldSpec(
            "name",
            "Name",
            synonyms=(
                "Sales agent",
                "Full name",
                "Sales rep",
                "Rep",
                "Owner",
                "User",
                "Employee",
                "Salesperson",
                "Display name",
            ),
            max_length=200,
        ),
        FieldSpec("first_name", "First name", synonyms=("Given name",), max_length=100),
        FieldSpec("last_name", "Last name", synonyms=("Surname", "Family name"), max_length=100),
        FieldSpec(
            "email", "E-mail", f.EMAIL, synonyms=("Email", "Email address", "Work email", "User email", "Username")
        ),
        FieldSpec("title", "Title", synonyms=("Job title", "Role", "Position", "User role"), max_length=200),
        FieldSpec(
            "manager",
            "Manager",
            f.REFERENCE,
            synonyms=("Manager name", "Reports to", "Supervisor", "Team lead", "Manager email", "Sales manager"),
            reference="people",
        ),
        FieldSpec(
            "team", "Team", f.REFERENCE, synonyms=("Sales team", "Team name", "Group", "Department"), reference="teams"
        ),
        FieldSpec(
            "region",
            "Region",
            f.REFERENCE,
            synonyms=("Regional office", "Office", "Sales region", "Area", "Territory"),
            reference="regions",
        ),
        FieldSpec("hired_on", "Hired", f.DATE, synonyms=("Hire date", "Start date", "Joined", "Date hired")),
        FieldSpec("left_on", "Left", f.DATE, synonyms=("End date", "Termination date", "Left date")),
    ),
    keys=("external_id", "email", "name"),
)
_OWN_NAME = "t.external_id IS NULL OR s.external_id IS NULL OR s.external_id LIKE 'row:%'"
_SAME_EMAIL = f"""s.email IS NOT NULL AND (
  EXISTS (SELECT 1 FROM {STAGE} o WHERE o.email = s.email AND o.row_no > s.row_no)
  OR EXISTS (SELECT 1 FROM people_person t WHERE lower(t.email) = s.email AND t.id IS DISTINCT FROM s.id))"""
PREFIX, SEAT = "PER-", "POS-"
LINES = FactPlan(ReportingLine, "reporting_line", "position_id", "reports_to_id")
PLACEMENTS = FactPlan(PositionTeam, "placement", "position_id", "team_id")


def plan(context: ImportContext) -> LoadPlan:
    fields = context.fields | ({"name"} if context.fields & {"first_name", "last_name"} else set())
    columns = tuple(
        name for name in ("external_id", "name", "email", "hired_on", "left_on") if name in fields | {"name"}
    )
    return LoadPlan(
        model=Person,
        matches=_matches(fields),
        columns=columns,
        extras={"title": "text", "manager": "text", "team": "text", "region": "text"},
        defaults={"email": "''"},
        prepare=_prepare,
        refusals=(Refusal("email", _SAME_EMAIL, "Another person has the same e-mail address."),)
        if "email" in fields
        else (),
        after=(lambda cursor: _keep_rows(cursor, context),),
    )


def _matches(fields: frozenset[str] | set[str]) -> tuple[Match, ...]:
    found = [BY_EXTERNAL_ID] if "external_id" in fields else []
    if "email" in fields:
        found.append(Match("lower(nullif(t.email, ''))", "s.email", _OWN_NAME))
    no_address = " AND (t.email = '' OR s.email IS NULL)" if "email" in fields else ""
    return (*found, Match("lower(t.name)", "lower(s.name)", f"({_OWN_NAME}){no_address}"))


def _prepare(clean: dict[str, Any]) -> dict[str, Any]:
    parts = [clean.get("first_name"), clean.get("last_name")]
    name = clean.get("name") or " ".join(part for part in parts if part) or clean.get("email")
    return {**clean, "name": name}


def _keep_rows(cursor: Any, context: ImportContext) -> None:
    """What the rows say about seats; people who had none and about whom nothing is said get none."""
    cursor.execute(
        f"""SELECT id, title, manager, team, region FROM {STAGE}
            WHERE new OR coalesce(title, manager, team, region) IS NOT NULL ORDER BY row_no"""
    )
    context.notes["people"] = cursor.fetchall()


def finish(context: ImportContext) -> None:
    """Seats, lines and teams of the people in the file. Raises LoadRefused for a circle of managers.

    Without a day asked for, what is new holds from the beginning and what changes holds from today.
    """
    rows = context.notes.get("people", [])
    bosses = {row[0]: boss for row in rows if row[2] and (boss := context.find("people", row[2])) and boss != row[0]}
    titles = {row[0]: row[1] for row in rows if row[1]}
    seats = _seats({row[0] for row in rows} | set(bosses.values()), set(bosses.values()), context, titles)
    days = (context.since, context.today, DAWN)
    _hold(LINES, {seats[person]: seats[boss] for person, boss in bosses.items()}, days)
    groups = {seats[row[0]]: group for row in rows if (group := _team(row[3], row[4], context))}
    _hold(PLACEMENTS, groups, days)
    _hold(PLACEMENTS, _common_teams(set(seats.values())), days)
    try:
        rebuild_closure()
    except ReportingLoop as error:
        seat = Position.objects.get(pk=error.position)
        raise LoadRefused(f"“{seat}” would report to itself through its own managers. Mend the column.") from error


def _hold(plan: FactPlan, wanted: dict[int, int], days: tuple[date | None, date, date]) -> None:
    hold(plan, wanted.items(), since=days[0], today=days[1], dawn=days[2])


def _seats(people: set[int], bosses: set[int], context: ImportContext, titles: dict[int, str]) -> dict[int, int]:
    """The seat of each person, made where there is none; titles of the file are given to them."""
    have = dict(
        Occupancy.objects.filter(person_id__in=people).order_by("valid_from").values_list("person_id", "position_id")
    )
    names = dict(Person.objects.filter(pk__in=people).values_list("pk", "name"))
    since = context.since or DAWN
    missing = sorted(people - have.keys())
    made = Position.objects.bulk_create(
        Position(title=titles.get(person) or f"Seat of {names[person]}"[:200]) for person in missing
    )
    sat = Occupancy.objects.bulk_create(
        Occupancy(position=position, person_id=person, valid_from=since)
        for person, position in zip(missing, made, strict=True)
    )
    touch("position", [position.pk for position in made])
    touch("occupancy", [row.pk for row in sat])
    have |= {person: position.pk for person, position in zip(missing, made, strict=True)}
    _change_positions([(have[p], titles.get(p), p in bosses) for p in sorted(people)])
    return have


def _change_positions(rows: Iterable[tuple[int, str | None, bool]]) -> None:
    """Titles as in the file, and the mark of those who lead people."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE so_seats (id bigint, title text, leads boolean) ON COMMIT DROP")
        copy_rows(table="so_seats", columns=["id", "title", "leads"], rows=rows)
        cursor.execute(
            touching(
                "position",
                "updated",
                """UPDATE people_position t SET title = coalesce(s.title, t.title), is_manager = t.is_manager OR s.leads
                   FROM so_seats s WHERE s.id = t.id
                     AND (t.title, t.is_manager) IS DISTINCT FROM (coalesce(s.title, t.title), t.is_manager OR s.leads)
                   RETURNING t.id, jsonb_build_object('title', old.title, 'is_manager', old.is_manager) AS before,
                     old.xmin::text::bigint AS stamp""",
            )
        )
        cursor.execute("DROP TABLE so_seats")


def _team(team: str | None, region: str | None, context: ImportContext) -> int | None:
    region_id = context.find("regions", region) if region else None
    team_id = context.find("teams", team) if team else None
    known: set[tuple[int, int]] = context.notes.setdefault("teams in regions", set())
    if team_id and region_id and (team_id, region_id) not in known:
        known.add((team_id, region_id))
        _put_into_region(team_id, region_id)
    return team_id or region_id


def _put_into_region(team: int, region: int) -> None:
    """A team without a region belongs to the one its people's rows name."""
    with connection.cursor() as cursor:
        cursor.execute(
            touching(
                "team",
                "updated",
                """UPDATE people_team t SET parent_id = %s WHERE t.id = %s AND t.parent_id IS NULL
                   RETURNING t.id, jsonb_build_object('parent_id', NULL) AS before, old.xmin::text::bigint AS stamp""",
            ),
            [region, team],
        )


def _common_teams(positions: set[int]) -> dict[int, int]:
    """A manager without a team of their own belongs to their people's team, when those have one in common."""
    placed = set(
        PositionTeam.objects.filter(position__in=positions, valid_to=None).values_list("position_id", flat=True)
    )
    below = ReportingLine.objects.filter(reports_to__in=positions - placed, valid_to=None)
    teams: dict[int, set[int]] = {}
    for boss, team in below.filter(position__placements__valid_to=None).values_list(
        "reports_to_id", "position__placements__team_id"
    ):
        if team:
            teams.setdefault(boss, set()).add(team)
    return {boss: found.pop() for boss, found in teams.items() if len(found) == 1}


def create_person(value: str, context: ImportContext) -> int:
    """A person that a file names and nobody knows: a name or an e-mail address, no login."""
    is_address = "@" in value
    person = Person.objects.create(name=value, email=value.lower() if is_address else "")
    return person.pk


def names_of_people() -> Iterable[tuple[str, int]]:
    """What a cell may say for a person: the name, the e-mail, the external ID, else the number."""
    for pk, name, email, external_id in Person.objects.values_list("pk", "name", "email", "external_id").iterator():
        yield name, pk
        if email:
            yield email, pk
        yield external_id or f"{PREFIX}{pk}", pk


def records() -> Iterator[dict[str, Any]]:
    """Every person with the seat, line and team in force now."""
    seats = {o.person_id: o.position for o in Occupancy.objects.filter(valid_to=None).select_related("position")}
    sitting = {position.pk: person for person, position in seats.items()}
    lines = ReportingLine.objects.filter(valid_to=None).values_list("position_id", "reports_to_id")
    bosses = {position: sitting.get(boss) for position, boss in lines}
    teams = {
        place.position_id: place.team
        for place in PositionTeam.objects.filter(valid_to=None).select_related("team__parent")
    }
    keys = {pk: external_id or f"{PREFIX}{pk}" for pk, external_id in Person.objects.values_list("pk", "external_id")}
    for person in Person.objects.order_by("pk").iterator():
        seat = seats.get(person.pk)
        team = teams.get(seat.pk) if seat else None
        region = team if team and team.kind == TeamKind.REGION else team.parent if team else None
        yield {
            "external_id": keys[person.pk],
            "name": person.name,
            "email": person.email,
            "title": seat.title if seat else None,
            "manager": keys.get(bosses.get(seat.pk) or 0) if seat else None,
            "team": team.name if team and team.kind == TeamKind.TEAM else None,
            "region": region.name if region else None,
            "hired_on": person.hired_on,
            "left_on": person.left_on,
        }


def _names_of_seats() -> Iterable[tuple[str, int]]:
    """A title tells a seat where no other has it; the number and the external ID always do."""
    rows = list(Position.objects.filter(archived_at=None).values_list("pk", "title", "external_id"))
    times = Counter(title.casefold() for _pk, title, _external_id in rows)
    for pk, title, external_id in rows:
        if times[title.casefold()] == 1:
            yield title, pk
        yield f"{SEAT}{pk}", pk
        if external_id:
            yield external_id, pk


def _teams(kind: TeamKind) -> list[tuple[str, int]]:
    return list(Team.objects.filter(kind=kind).values_list("name", "pk"))


REFERENCES = (
    ReferenceKind("people", "Person", names_of_people, create_person, "person"),
    ReferenceKind("positions", "Position", _names_of_seats, None, "position"),
    ReferenceKind(
        "teams", "Team", lambda: _teams(TeamKind.TEAM), lambda value, _c: Team.objects.create(name=value).pk, "team"
    ),
    ReferenceKind(
        "regions",
        "Region",
        lambda: _teams(TeamKind.REGION),
        lambda value, _c: Team.objects.create(name=value, kind=TeamKind.REGION).pk,
        "team",
    ),
)
PEOPLE = ImportKind("people", 10, SPEC, "person", plan, records, PREFIX, icon="users", finish=finish)
