"""Seats as people change them: make one, move it from a day, empty it. Each act is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core import audit
from people.kernel.closure import ReportingLoop
from people.models import Occupancy, Person, Position, Team
from people.services.lines import LineError, occupy, place, rebuild_closure, report_to


@transaction.atomic
def save_position(*, position: Position, by: Any) -> Position:
    """Save a new or changed position."""
    is_new = position.pk is None
    position.save()
    audit.record(act="position.created" if is_new else "position.changed", actor=by, subject=position)
    return position


@transaction.atomic
def move_seat(*, position: Position, since: date, changes: Mapping[str, Any], by: Any) -> None:
    """From a day on: who holds the seat (`holder`), whom it reports to (`reports_to`), its team (`team`).

    What isn't in `changes` stays as it is; None means nobody or none. Days before `since` stay as they were; a later
    change of the same kind is replaced. Raises LineError for a loop and for somebody who has left.
    """
    if "holder" in changes:
        _hold(position, changes["holder"], since)
    if "reports_to" in changes:
        _report(position, changes["reports_to"], since)
    if "team" in changes:
        place(position=position, team=changes["team"], since=since)
    told = {name: str(value or "") for name, value in changes.items()}
    audit.record(act="seat.moved", actor=by, subject=position, detail={"from": since.isoformat(), **told})


def _hold(position: Position, person: Person | None, since: date) -> None:
    if person is None:
        mine = Occupancy.objects.filter(position=position)
        mine.filter(valid_from__gte=since).delete()
        mine.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=since)).update(valid_to=since)
    elif person.left_on and person.left_on <= since:
        raise LineError(_("%(name)s has left by then.") % {"name": person.name}, "holder")
    else:
        occupy(position=position, person=person, since=since)


def _report(position: Position, manager: Position | None, since: date) -> None:
    if manager is not None and manager.pk == position.pk:
        raise LineError(_("A position can't report to itself."), "reports_to")
    try:
        with transaction.atomic():
            report_to(position=position, manager=manager, since=since)
    except ReportingLoop as error:
        words = _("%(name)s reports to this position itself, on some of these days.")
        raise LineError(words % {"name": manager}, "reports_to") from error


@transaction.atomic
def save_team(*, team: Team, by: Any) -> Team:
    """Save a new or changed region or team."""
    is_new = team.pk is None
    team.save()
    audit.record(act="team.created" if is_new else "team.changed", actor=by, subject=team)
    return team


@transaction.atomic
def give_seat(
    *, person: Person, since: date, position: Position | None, title: str, is_manager: bool,
    reports_to: Position | None, team: Team | None, by: Any,
) -> Position:  # fmt: skip
    """Put a person on a vacant position, or on a new one called `title`, from a day; boss and team where given.

    Raises LineError for a loop and for somebody who has left.
    """
    seat = position or save_position(position=Position(title=title, is_manager=is_manager), by=by)
    given = {"reports_to": reports_to, "team": team}
    changes = {"holder": person, **{name: value for name, value in given.items() if value or position is None}}
    move_seat(position=seat, since=since, changes=changes, by=by)
    rebuild_closure()
    return seat
