"""Files of plan assignments: person, plan, role, from, to. CSV or Excel; every row that can't be is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from compensation.models import Plan
from core.tabular import TabularError, describe, rows
from people.models import Person

COLUMNS: dict[str, tuple[str, ...]] = {
    "person": ("person", "payee", "rep", "employee", "email", "e-mail", "name", "person id", "employee id"),
    "plan": ("plan", "comp plan", "compensation plan", "plan name"),
    "role": ("role", "plan role"),
    "valid_from": ("from", "valid from", "valid_from", "start", "start date", "since"),
    "valid_to": ("to", "until", "valid to", "valid_to", "end", "end date"),
}
NEEDED = ("person", "plan", "valid_from")
MOST_ROWS = 20_000


class AssignmentFileError(ValueError):
    """A file that can't be taken. problems: sentences, each with its row where it is about one."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = list(problems)


@dataclass(frozen=True, slots=True)
class WantedAssignment:
    row: int
    person: Person
    plan: Plan
    role: str
    valid_from: date
    valid_to: date | None


def read_assignments(path: Path) -> list[WantedAssignment]:
    """The rows of a file. valid_to is the first day no longer on the plan. Raises AssignmentFileError."""
    try:
        shape = describe(path)
        lines = list(rows(path, shape))
    except TabularError as error:
        raise AssignmentFileError([str(error)]) from error
    places = _places(shape.columns)
    if len(lines) > MOST_ROWS:
        raise AssignmentFileError([f"The file has {len(lines):,} rows, more than {MOST_ROWS:,}: split it."])
    people, plans = _named(Person.objects.all(), _names_of_person), _named(Plan.objects.all(), _names_of_plan)
    found, problems = [], []
    for line in lines:
        cells = {name: _cell(line.values, place) for name, place in places.items()}
        try:
            found.append(_wanted(line.number, cells, people, plans))
        except ValueError as error:
            problems.append(f"Row {line.number}: {error}")
    if problems:
        raise AssignmentFileError(problems)
    return found


def _places(columns: Sequence[str]) -> dict[str, int]:
    known = [str(name).strip().lower() for name in columns]
    found = {
        field: next(place for place, name in enumerate(known) if name in names)
        for field, names in COLUMNS.items()
        if set(names) & set(known)
    }
    missing = [field for field in NEEDED if field not in found]
    if missing:
        wanted = ", ".join(names[0] for names in COLUMNS.values())
        raise AssignmentFileError([f"The column “{COLUMNS[missing[0]][0]}” is missing. Columns: {wanted}."])
    return found


def _cell(values: Sequence[Any], place: int) -> Any:
    value = values[place] if place < len(values) else None
    return value.strip() if isinstance(value, str) else value


def _named(records: Iterable[Any], names_of: Any) -> dict[str, list[Any]]:
    """Records by each of their names in small letters; several of one name can't be told apart."""
    found: dict[str, list[Any]] = {}
    for record in records:
        for name in {str(one).lower() for one in names_of(record) if one}:
            found.setdefault(name, []).append(record)
    return found


def _names_of_person(person: Person) -> tuple[Any, ...]:
    return person.external_id, person.email, person.name, f"PER-{person.pk}"


def _names_of_plan(plan: Plan) -> tuple[Any, ...]:
    return plan.name, plan.number


def _wanted(
    row: int, cells: Mapping[str, Any], people: Mapping[str, list[Any]], plans: Mapping[str, list[Any]]
) -> WantedAssignment:
    first, last = _day(cells["valid_from"], "from"), _day(cells.get("valid_to"), "to")
    if first is None:
        raise ValueError("“from” is empty: since when is the person on the plan?")
    if last is not None and last <= first:
        raise ValueError("it ends before it begins.")
    person, plan = _one(cells["person"], people, "person"), _one(cells["plan"], plans, "plan")
    return WantedAssignment(row, person, plan, str(cells.get("role") or "")[:40], first, last)


def _one(value: Any, known: Mapping[str, list[Any]], noun: str) -> Any:
    found = known.get(str(value or "").lower(), [])
    if not found:
        raise ValueError(f"there is no {noun} “{value or ''}”.")
    if len(found) > 1:
        raise ValueError(f"there are several called “{value}”: give the e-mail address or the ID.")
    return found[0]


def _day(value: Any, name: str) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if value in (None, "") or isinstance(value, date):
        return value or None
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise ValueError(f"“{value}” in “{name}” is no day like 2027-01-31.") from error
