"""Steps that staff the demo company: the sales line, who came and went, and everybody's login."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import partial

from integrations.demo import records
from integrations.demo.files import import_rows
from integrations.demo.making import Making, Step
from integrations.demo.organisation import Holding, Seat
from people.enums import Role
from people.models import Occupancy, Person, Position, Team
from people.services import create_user, leave, occupy, place, report_to, save_person, vacate


def people(making: Making) -> Iterator[Step]:
    """The line on its first day, hand-overs, people hired since, moves between teams, logins.

    Hand-overs come before those hired: whom they report to is the seat where their manager sits in the end.
    """
    story = making.story
    yield "people", partial(_import, making, "people.csv", records.first_people(story), story.organisation.dawn)
    yield "hand-overs", partial(hand_over, making)
    for day, rows in records.new_seats(story).items():
        yield f"people hired on {day}", partial(_import, making, f"people_hired_{day}.csv", rows, day)
    yield "moves between teams", partial(move_teams, making)
    yield "logins", partial(open_logins, making)


def _import(making: Making, name: str, rows: Iterable[records.Row], since: date) -> None:
    import_rows(kind="people", name=name, rows=rows, by=making.ops, today=making.today, since=since)


def _seats(making: Making) -> Iterator[Seat]:
    yield from making.story.organisation.managers.values()
    yield from making.story.organisation.reps
    yield from making.story.organisation.support


def hand_over(making: Making) -> None:
    """Whoever leaves a seat leaves it on the day, whoever follows sits down on theirs; then who left the company."""
    ends = [(h.end, 0, seat, h) for seat in _seats(making) for h in seat.holdings if h.end]
    starts = [(h.start, 1, seat, h) for seat in _seats(making) for h in seat.holdings[1:]]
    positions = {id(seat): position_of(seat) for _day, _kind, seat, _holding in (*ends, *starts)}
    for day, is_start, seat, holding in sorted([*ends, *starts], key=lambda event: event[:2]):
        if is_start:
            occupy(position=positions[id(seat)], person=_person(making, holding), since=day)
        else:
            vacate(person=_person(making, holding), on=day)
    for name, left_on in making.story.organisation.left_on().items():
        leave(person=Person.objects.get(external_id=records.person_code(name)), on=left_on, by=making.ops)


def position_of(seat: Seat) -> Position:
    """The position that a seat of the story became."""
    code = records.person_code(seat.holdings[0].name)
    sat = Occupancy.objects.filter(person__external_id=code).select_related("position").order_by("valid_from")
    return sat[0].position


def _person(making: Making, holding: Holding) -> Person:
    """The person of a holding, new where they come from outside."""
    code = records.person_code(holding.name)
    known = Person.objects.filter(external_id=code).first()
    fresh = Person(name=holding.name, external_id=code, email=records.email_of(holding.name), hired_on=holding.start)
    return known or save_person(person=fresh, by=making.ops)


def move_teams(making: Making) -> None:
    """Some seats change team and manager with a new quarter."""
    managers = making.story.organisation.managers
    for seat in _seats(making):
        if seat.moved_to:
            team, since = seat.moved_to
            position = position_of(seat)
            place(position=position, team=Team.objects.get(name=team, kind="team"), since=since)
            report_to(position=position, manager=position_of(managers[team]), since=since)


def open_logins(making: Making) -> None:
    """Everyone who sits on a seat can be signed in; without a password until they ask for one."""
    today = making.today
    for seat in _seats(making):
        name = seat.holder_on(today)
        person = Person.objects.filter(external_id=records.person_code(name)).first() if name else None
        if person is not None and person.user_id is None:
            role = Role.MANAGER if seat.is_manager else Role.REP
            create_user(email=person.email, password=None, roles=(role,), by=None, on=today, person=person)
