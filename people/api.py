"""People over the API: whom a login sees, with today's seat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework.response import Response

from core.api.bodies import Body
from core.api.fields import Day, Flag, Id, Instant, Money, Text
from core.api.views import RecordApi
from core.selectors import the_company
from people import policies, selectors, services
from people.forms import PayForm
from people.lists import PAY, PEOPLE


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


class Pay(Body):
    """What a person earns a year on target from a day on, and how much of it is variable.

    `valid_to` is the first day it no longer holds.
    """

    id = Id(read_only=True)
    person_id = Id()
    person_name = Text(source="person.name", read_only=True)
    ote = Money(example="180000.00")
    variable = Money(example="72000.00")
    currency = Text(3, source="currency_id", required=False, example="USD")
    valid_from = Day()
    valid_to = Day(read_only=True, allow_null=True)
    external_id = Text(read_only=True, allow_null=True)
    created_at = Instant(read_only=True)


class PayEnd(Body):
    on = Day(help_text="The first day without this pay.")


class PayApi(RecordApi):
    """The pay before ends where a new one begins; one that begins on the very day is replaced."""

    resource, tag, noun, nouns = "pay", "person_pay", "pay of a person", "pay of people"
    table, serializer_class = PAY, Pay
    bodies = {"end": PayEnd}
    answers = {"end": (204, None)}
    texts = {"end": ("End pay on a day", "For somebody who has none afterwards. Ended on its first day it never held.")}
    refused_by = (services.PayError,)

    def may_write(self, user: Any) -> bool:
        return policies.may_set_pay(user)

    def form(self, record: Any) -> PayForm:
        people = selectors.people_for(self.request.user, self.as_of)
        return PayForm(people=people, initial={"currency": the_company().currency_id})

    def save(self, form: Any, record: Any, version: int | None) -> Any:
        return services.set_pay(pay=form.save(commit=False), by=self.request.user)

    def end(self, request: Any, **kwargs: Any) -> Response:
        self.no_parameters()
        row = self.find(self.record_id)
        serializer, values = self.sent()
        try:
            services.end_pay(pay=row, on=values["on"], by=request.user)
        except services.PayError as error:
            raise self.refused(error, serializer, row) from error
        return Response(status=204)


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
