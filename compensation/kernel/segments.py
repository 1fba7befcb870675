"""Spans of days in which nothing about a person changes, from facts that are each dated by themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from compensation.kernel.inputs import Person

OFF = "-"  # the role of somebody who is known, and not on the plan
ON = "member"  # the role of somebody on a plan that knows no roles
_END = date.max


class Dated[Value](NamedTuple):
    """A value over [valid_from, valid_to); None = open."""

    valid_from: date
    valid_to: date | None
    value: Value

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day < (self.valid_to or _END)


class Pay(NamedTuple):
    """Yearly amounts, in whole units of the plan's currency."""

    ote: Fraction
    variable: Fraction


@dataclass(slots=True)
class Facts:
    """What is known of one person, each list dated by itself and without overlaps."""

    roles: list[Dated[str]] = field(default_factory=list)
    managers: list[Dated[str]] = field(default_factory=list)
    teams: list[Dated[str]] = field(default_factory=list)
    pay: list[Dated[Pay]] = field(default_factory=list)
    accepted_on: date | None = None
    left_on: date | None = None


def people_of(facts: Mapping[str, Facts]) -> list[Person]:
    """Rows for the kernel: for each person one for every span in which role, manager, team and pay stay.

    On the plan from January, a new manager from March: two rows, to March 1 and from it on.
    """
    return [row for payee, known in sorted(facts.items()) for row in _merged(_rows(payee, known))]


def _rows(payee: str, facts: Facts) -> Iterable[Person]:
    dated: list[Sequence[Dated[object]]] = [facts.roles, facts.managers, facts.teams, facts.pay]  # type: ignore[list-item]  # -- lists of different values, read only
    edges = {day for rows in dated for row in rows for day in (row.valid_from, row.valid_to or _END)}
    days = sorted(edges)
    nothing = Pay(Fraction(0), Fraction(0))
    for start, end in zip(days, days[1:], strict=False):
        pay = _on(facts.pay, start, nothing)
        yield Person(
            payee=payee,
            role=_on(facts.roles, start, OFF),
            valid_from=start,
            valid_to=None if end == _END else end,
            manager=_on(facts.managers, start, ""),
            team=_on(facts.teams, start, ""),
            ote=pay.ote,
            variable=pay.variable,
            accepted_on=facts.accepted_on,
            left_on=facts.left_on,
        )


def _on[Value](rows: Sequence[Dated[Value]], day: date, otherwise: Value) -> Value:
    return next((row.value for row in rows if row.holds_on(day)), otherwise)


def _merged(rows: Iterable[Person]) -> list[Person]:
    found: list[Person] = []
    for row in rows:
        if found and replace(found[-1], valid_from=row.valid_from, valid_to=row.valid_to) == row:
            found[-1] = replace(found[-1], valid_to=row.valid_to)
        else:
            found.append(row)
    return found
