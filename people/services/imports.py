"""People files: who, whom they report to, which team and region, since when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from core.bulk import STAGE, LoadPlan
from core.kernel import fields as f
from core.kernel.fields import FieldSpec, KindSpec
from core.registry import ImportContext, ImportKind, ReferenceKind
from people.enums import TeamKind
from people.kernel.closure import DAWN
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
_MATCHES = {
    "external_id": ("t.external_id", "s.external_id"),
    "email": ("nullif(t.email, '')", "s.email"),
    "name": ("lower(t.name)", "lower(s.name)"),
}


def plan(context: ImportContext) -> LoadPlan:
    fields = context.fields | ({"name"} if context.fields & {"first_name", "last_name"} else set())
    key = next((name for name in SPEC.keys if name in fields), "name")
    columns = tuple(
        name for name in ("external_id", "name", "email", "hired_on", "left_on") if name in fields | {"name"}
    )
    return LoadPlan(
        model=Person,
        match=_MATCHES[key],
        columns=columns,
        extras={"title": "text", "manager": "text", "team": "text", "region": "text"},
        defaults={"email": "''"},
        prepare=_prepare,
        after=(lambda cursor: _keep_rows(cursor, context),),
    )


def _prepare(clean: dict[str, Any]) -> dict[str, Any]:
    parts = [clean.get("first_name"), clean.get("last_name")]
    name = clean.get("name") or " ".join(part for part in parts if part) or clean.get("email")
    return {**clean, "name": name}


def _keep_rows(cursor: Any, context: ImportContext) -> None:
    cursor.execute(f"SELECT id, title, manager, team, region FROM {STAGE} ORDER BY row_no")
    context.notes["people"] = cursor.fetchall()


def finish(context: ImportContext) -> None:
    """Seats, lines and teams of the people in the file. Lines start on the day asked for, else at the dawn of time."""
    rows = context.notes.get("people", [])
    since = context.since or DAWN
    seats = _seats({row[0] for row in rows} | _managers(rows, context), context, since, {r[0]: r[1] for r in rows})
    for person, _title, manager, team, region in rows:
        position = seats[person]
        boss = context.find("people", manager) if manager else None
        if boss and boss != person:
            _line(position, seats[boss], since)
        group = _team(team, region, context)
        if group:
            _placement(position, group, since)
    _place_managers(seats, since)
    rebuild_closure()


def _managers(rows: Iterable[tuple[Any, ...]], context: ImportContext) -> set[int]:
    found = {context.find("people", row[2]) for row in rows if row[2]}
    return {person for person in found if person}


def _seats(people: set[int], context: ImportContext, since: date, titles: dict[int, str | None]) -> dict[int, int]:
    have = dict(
        Occupancy.objects.filter(person_id__in=people).order_by("valid_from").values_list("person_id", "position_id")
    )
    names = dict(Person.objects.filter(pk__in=people).values_list("pk", "name"))
    made = []
    for person in sorted(people - have.keys()):
        title = titles.get(person) or f"Seat of {names[person]}"
        position = Position.objects.create(title=title, is_manager=person not in titles)
        Occupancy.objects.create(position=position, person_id=person, valid_from=since)
        have[person] = position.pk
        made.append(position.pk)
    context.created("position", made)
    return have


def _line(position: int, boss: int, since: date) -> None:
    current = ReportingLine.objects.filter(position_id=position, valid_to__isnull=True).first()
    if current and current.reports_to_id == boss:
        return
    if current and current.valid_from < since:
        current.valid_to = since
        current.save(update_fields=["valid_to"])
    elif current:
        current.delete()
    ReportingLine.objects.create(position_id=position, reports_to_id=boss, valid_from=since)
    Position.objects.filter(pk=boss, is_manager=False).update(is_manager=True)


def _team(team: str | None, region: str | None, context: ImportContext) -> int | None:
    region_id = context.find("regions", region) if region else None
    team_id = context.find("teams", team) if team else None
    if team_id and region_id:
        Team.objects.filter(pk=team_id, parent__isnull=True).update(parent_id=region_id)
    return team_id or region_id


def _placement(position: int, team: int, since: date) -> None:
    current = PositionTeam.objects.filter(position_id=position, valid_to__isnull=True).first()
    if current and current.team_id == team:
        return
    if current and current.valid_from < since:
        current.valid_to = since
        current.save(update_fields=["valid_to"])
    elif current:
        current.delete()
    PositionTeam.objects.create(position_id=position, team_id=team, valid_from=since)


def _place_managers(seats: dict[int, int], since: date) -> None:
    """A manager without a team of their own belongs to their people's team, when those have one in common."""
    for position in seats.values():
        if PositionTeam.objects.filter(position_id=position, valid_to__isnull=True).exists():
            continue
        below = ReportingLine.objects.filter(reports_to_id=position, valid_to__isnull=True).values("position_id")
        teams = set(
            PositionTeam.objects.filter(position_id__in=below, valid_to__isnull=True).values_list("team_id", flat=True)
        )
        if len(teams) == 1:
            _placement(position, teams.pop(), since)


def create_person(value: str, context: ImportContext) -> int:
    """A person that a file names and nobody knows: a name or an e-mail address, no login."""
    is_address = "@" in value
    person = Person.objects.create(name=value, email=value.lower() if is_address else "")
    return person.pk


def _names_of_people() -> Iterable[tuple[str, int]]:
    for pk, name, email, external_id in Person.objects.values_list("pk", "name", "email", "external_id").iterator():
        for label in (name, email, external_id):
            if label:
                yield label, pk


def _teams(kind: TeamKind) -> list[tuple[str, int]]:
    return list(Team.objects.filter(kind=kind).values_list("name", "pk"))


REFERENCES = (
    ReferenceKind("people", "Person", _names_of_people, create_person, "person"),
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
PEOPLE = ImportKind("people", 10, SPEC, "person", plan, icon="users", finish=finish)
