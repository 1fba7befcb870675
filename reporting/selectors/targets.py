"""Which bookings target fits a question."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from core.kernel.periods import Period
from people.models import Person
from pipeline.selectors.cube import Question
from quotas.enums import HolderKind
from quotas.selectors import target_of, targets_of

HOLDERS = {"region": HolderKind.TEAM, "team": HolderKind.TEAM, "rep": HolderKind.PERSON}


def target_for(question: Question) -> Decimal | None:
    """The company's target for all of it; a region's, team's or rep's when only that is asked for; else one's own."""
    names = dict(question.filters)
    if len(names) == 1:
        split, key = next(iter(names.items()))
        by = split.removesuffix("_id")
        return holder_targets(question, by).get(int(key)) if split.endswith("_id") and key.isdigit() else None
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
    """Targets of the holders a split names, by their id; empty where a split has no targets."""
    if by not in HOLDERS:
        return {}
    return targets_of(period=question.period, on=question.as_of, holder_kind=HOLDERS[by])


def _of_first(held: dict[int, Decimal], ids: Iterable[int]) -> Decimal | None:
    return next((held[pk] for pk in ids if pk in held), None)


def _target_of_person(question: Question, person: Person) -> Decimal | None:
    """The person's own target, else that of the seat the person sits on."""
    own = target_of(period=question.period, on=question.as_of, holder_kind=HolderKind.PERSON, holder_id=person.pk)
    if own is not None:
        return own
    held = targets_of(period=question.period, on=question.as_of, holder_kind=HolderKind.POSITION)
    seats = person.occupancies.filter(valid_to=None).values_list("position_id", flat=True)
    return _of_first(held, seats) if held else None
