"""Which bookings target fits a question."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from core.kernel.periods import Period
from core.models import in_force_on
from people.models import Person, PositionTeam, ReportingClosure
from pipeline.selectors.cube import Question
from quotas.enums import HolderKind
from quotas.selectors import target_of, targets_of

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
        return holder_targets(question, by).get(int(key)) if by in HOLDERS and key.isdigit() else None
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


def holder_targets(question: Question, by: str) -> dict[int, Decimal]:
    """Targets of the holders a split names, by their id.

    Empty where a split has no targets, and where the question cuts a holder's deals short: part of a region's bookings
    against the whole region's target would say nothing. A person's deals are seen whole or not at all.
    """
    if by not in HOLDERS or not set(question.filters) <= WHOLE[by] or (by != "rep" and not sees_all(question)):
        return {}
    return targets_of(period=question.period, on=question.as_of, holder_kind=HOLDERS[by])


def _of_first(held: dict[int, Decimal], ids: Iterable[int]) -> Decimal | None:
    return next((held[pk] for pk in ids if pk in held), None)


def _target_of_person(question: Question, person: Person) -> Decimal | None:
    """The person's own target, else that of the seat the person sits on, else that of the team the person leads."""
    day = question.seen_on or question.as_of
    own = target_of(period=question.period, on=question.as_of, holder_kind=HolderKind.PERSON, holder_id=person.pk)
    if own is not None:
        return own
    held = targets_of(period=question.period, on=question.as_of, holder_kind=HolderKind.POSITION)
    seats = person.occupancies.filter(in_force_on(day)).values_list("position_id", flat=True)
    of_seat = _of_first(held, seats) if held else None
    return of_seat if of_seat is not None else _target_of_team(question, list(seats), day)


def _target_of_team(question: Question, seats: list[int], day: date) -> Decimal | None:
    """The target of the seat's team when all its seats are in the seat's line: then the figures are the team's."""
    team = PositionTeam.objects.filter(in_force_on(day), position__in=seats).values_list("team_id", flat=True).first()
    if team is None:
        return None
    line = ReportingClosure.objects.filter(in_force_on(day), ancestor__in=seats).values("descendant")
    others = PositionTeam.objects.filter(in_force_on(day), team=team).exclude(position__in=line)
    if others.exclude(position__in=seats).exists():
        return None
    return target_of(period=question.period, on=question.as_of, holder_kind=HolderKind.TEAM, holder_id=team)
