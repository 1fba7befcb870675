"""Seats, who sits on them, whom they report to; and the closure kept in step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import connection, transaction
from django.db.models import Q

from core import bulk
from core.kernel.effective import Span
from people.kernel.closure import Line, closure
from people.models import Occupancy, Person, Position, PositionTeam, ReportingClosure, ReportingLine, Team


class LineError(ValueError):
    """A change of a seat that can't be; the message says why, `field` names what was asked."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def seat(*, person: Person, title: str, since: date, team: Team | None = None, is_manager: bool = False) -> Position:
    """Make a position for a person and put them on it from a day."""
    position = Position.objects.create(title=title, is_manager=is_manager)
    Occupancy.objects.create(position=position, person=person, valid_from=since)
    if team is not None:
        PositionTeam.objects.create(position=position, team=team, valid_from=since)
    rebuild_closure()
    return position


@transaction.atomic
def report_to(*, position: Position, manager: Position | None, since: date) -> None:
    """From `since` the position reports to another, or to nobody. Earlier days stay as they were."""
    ReportingLine.objects.filter(position=position, valid_from__gte=since).delete()
    open_lines = ReportingLine.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=since), position=position)
    open_lines.update(valid_to=since)
    if manager is not None:
        ReportingLine.objects.create(position=position, reports_to=manager, valid_from=since)
    rebuild_closure()


@transaction.atomic
def place(*, position: Position, team: Team | None, since: date) -> None:
    """From `since` the position belongs to a team, or to none."""
    PositionTeam.objects.filter(position=position, valid_from__gte=since).delete()
    PositionTeam.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=since), position=position).update(
        valid_to=since
    )
    if team is not None:
        PositionTeam.objects.create(position=position, team=team, valid_from=since)


@transaction.atomic
def occupy(*, position: Position, person: Person, since: date) -> None:
    """From `since` the person sits on the position; both leave what they had."""
    both = Occupancy.objects.filter(Q(position=position) | Q(person=person))
    both.filter(valid_from__gte=since).delete()
    both.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=since)).update(valid_to=since)
    Occupancy.objects.create(position=position, person=person, valid_from=since)


@transaction.atomic
def vacate(*, person: Person, on: date) -> None:
    """The person's seat is empty from a day on."""
    mine = Occupancy.objects.filter(person=person)
    mine.filter(valid_from__gte=on).delete()
    mine.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=on)).update(valid_to=on)


def rebuild_closure() -> int:
    """Write the dated closure anew from the lines; returns its number of rows. Raises ReportingLoop."""
    positions = list(Position.objects.order_by("pk").values_list("pk", flat=True))
    lines = [
        Line(position, boss, Span(start, end))
        for position, boss, start, end in ReportingLine.objects.values_list(
            "position_id", "reports_to_id", "valid_from", "valid_to"
        )
    ]
    rows = [(p.ancestor, p.descendant, p.depth, p.span.start, p.span.end) for p in closure(positions, lines)]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('people.closure'))")
        ReportingClosure.objects.all().delete()
        _copy_closure(rows)
    return len(rows)


def _copy_closure(rows: Sequence[Sequence[object]]) -> None:
    columns = ["ancestor_id", "descendant_id", "depth", "valid_from", "valid_to"]
    bulk.copy_rows(table=ReportingClosure._meta.db_table, columns=columns, rows=rows)


def follow_import(kinds: frozenset[str]) -> None:
    """The closure in step with the lines that an import or its undo changed."""
    if kinds & {"position", "reporting_line"}:
        rebuild_closure()
