"""Which bookings target fits a question."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef

from core.kernel.periods import Period
from core.models import in_force_on
from people.models import Person, PositionTeam, ReportingClosure
from pipeline.selectors.cube import Question
from quotas.enums import HolderKind
from quotas.selectors import target_of, targets_of, targets_of_holders

HOLDERS = {"region": HolderKind.TEAM, "team": HolderKind.TEAM, "rep": HolderKind.PERSON}
# Filters that leave the deals of each holder whole.
WHOLE = {
    "region": {"region_id"},
    "team": {"region_id", "team_id"},
    "rep": {"region_id", "team_id", "rep_id"},
}


def target_for(question: Question) -> Decimal | None:
    """The company's target for all of it; a region's, team's or rep's when only that is asked for; else one's own."""
    names = dict(question.filters)
    if len(names) == 1:
        split, key = next(iter(names.items()))
        by = split.removesuffix("_id")
        return holder_targets(question, by).get(int(key)) if by in HOLDERS and key.isdecimal() else None
    if names:
        return None
    if sees_all(question):
        return target_of(period=question.period, on=question.as_of)
    person = getattr(question.user, "person_or_none", None)
    return None if person is None else _target_of_person(question, person)


def sees_all(question: Question) -> bool:
    day = question.seen_on or question.as_of
    return question.user is None or question.user.visible_owner_ids(day) is None


def target_in(question: Question, period: Period) -> Decimal | None:
    """The same for another period."""
    return target_for(replace(question, period=period))


def targets_in(question: Question, periods: Sequence[Period]) -> list[Decimal | None]:
    """target_for of several periods; where that is the company's or the asker's own, in one query."""
    if question.filters:
        return [target_in(question, period) for period in periods]
    if sees_all(question):
        held = targets_of_holders({HolderKind.COMPANY: [0]}, on=question.as_of)
        return [held.of(HolderKind.COMPANY, period).get(0) for period in periods]
    person = getattr(question.user, "person_or_none", None)
    return [None] * len(periods) if person is None else _own_targets(question, person, periods)


def holder_targets(question: Question, by: str, ids: Collection[int] | None = None) -> dict[int, Decimal]:
    """Targets of the holders a split names, all or some, by their id.

    Empty where a split has no targets, and where the question cuts a holder's deals short: part of a region's bookings
    against the whole region's target would say nothing. A person's deals are seen whole or not at all.
    """
    if by not in HOLDERS or not set(question.filters) <= WHOLE[by] or (by != "rep" and not sees_all(question)):
        return {}
    return targets_of(period=question.period, on=question.as_of, holder_kind=HOLDERS[by], holder_ids=ids)


def _target_of_person(question: Question, person: Person) -> Decimal | None:
    return _own_targets(question, person, [question.period])[0]


def _own_targets(question: Question, person: Person, periods: Sequence[Period]) -> list[Decimal | None]:
    """The person's own target, else that of the seat the person sits on, else that of the team the person leads."""
    day = question.seen_on or question.as_of
    user: Any = question.user
    seats: list[int] = user.seat_ids_on(day)
    held = targets_of_holders({HolderKind.PERSON: [person.pk], HolderKind.POSITION: seats}, on=question.as_of)
    found = []
    for period in periods:
        own = held.of(HolderKind.PERSON, period).get(person.pk)
        of_seat = next(iter(held.of(HolderKind.POSITION, period).values()), None)
        found.append(own if own is not None else of_seat)
    if None in found and (team := _team_led(seats, day)) is not None:
        of_team = targets_of_holders({HolderKind.TEAM: [team]}, on=question.as_of)
        teams = [of_team.of(HolderKind.TEAM, period).get(team) for period in periods]
        found = [own if own is not None else of_it for own, of_it in zip(found, teams, strict=True)]
    return found


def _team_led(seats: list[int], day: date) -> int | None:
    """The team of a seat when all the team's seats are in its line: then the figures of the line are the team's."""
    placed = PositionTeam.objects.filter(in_force_on(day))
    line = ReportingClosure.objects.filter(in_force_on(day), ancestor__in=seats).values("descendant")
    others = placed.filter(team=OuterRef("team")).exclude(position__in=line).exclude(position__in=seats)
    teams = placed.filter(position__in=seats).annotate(has_others=Exists(others)).order_by("pk")
    team = teams.values_list("team_id", "has_others").first()
    return None if team is None or team[1] else int(team[0])
