"""What a calculation starts from: credits, quotas and people, as arrays and plain records. No order is assumed.

Amounts of credits are whole minor units of the plan's currency, or whole units where a measure counts. Credits are put
in their one order here (day, source, key, line), so the order they come in can't matter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from compensation.kernel.exact import Exact

Array = np.ndarray[Any, Any]
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


class InputError(ValueError):
    """An input that can't be calculated with: which, and how to mend it."""


@dataclass(frozen=True, slots=True)
class Texts:
    """A column of texts: codes into words."""

    codes: Array
    words: tuple[str, ...]

    @staticmethod
    def of(values: Sequence[str]) -> Texts:
        words, codes = np.unique(np.asarray(values, dtype=object).astype(str), return_inverse=True)
        return Texts(codes.astype(np.int32), tuple(words.tolist()))

    def at(self, index: Any) -> Texts:
        return Texts(self.codes[index], self.words)

    def code_of(self, word: str) -> int:
        """-2 for a word that isn't there, which no code equals."""
        try:
            return self.words.index(word)
        except ValueError:
            return -2

    def __getitem__(self, index: int) -> str:
        return self.words[int(self.codes[index])]


@dataclass(frozen=True, slots=True)
class Person:
    """A span of days in which somebody has a role, a manager, a team and a pay. Amounts a year, in whole units.

    accepted_on, left_on (the first day no longer employed): the same in all rows of a person.
    """

    payee: str
    role: str
    valid_from: date
    valid_to: date | None = None
    manager: str = ""
    team: str = ""
    ote: Fraction = Fraction(0)
    variable: Fraction = Fraction(0)
    accepted_on: date | None = None
    left_on: date | None = None


class Opening(NamedTuple):
    """What somebody brings along from before a plan: owed of draws, and pay below zero (negative), minor units."""

    payee: str
    owed: int
    below: int


class Belonging(NamedTuple):
    """What somebody belongs to over [valid_from, valid_to): a team, a territory, a position, by its name."""

    payee: str
    group: str
    valid_from: date
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Quota:
    """A target of somebody for a fiscal period, in whole units of its measure."""

    payee: str
    measure: str
    period: str
    amount: Fraction


@dataclass(frozen=True, slots=True)
class Credits:
    """Credits in their order: by payee, then day, source, key and line.

    payee: places in `payees`; on: ordinals; quota, pay: what advances attainment and what is paid on, minor units; fx:
    what a minor unit of `pay` is worth in the plan's; returns: the place of the credit that is taken back, or -1.
    texts and numbers: fields that formulas may name; a field of numbers is there as text, too. turn: their order among
    those of everybody, by day, source, key and line, which only plans with a budget for all ask for.
    """

    payees: tuple[str, ...]
    payee: Array
    on: Array
    measure: Texts
    quota: Array
    pay: Array
    fx: Exact
    keys: Array
    returns: Array
    texts: Mapping[str, Texts] = field(default_factory=dict)
    numbers: Mapping[str, Exact] = field(default_factory=dict)
    turn: Array | None = None

    def __len__(self) -> int:
        return len(self.payee)

    @property
    def turns(self) -> Array:
        """The order among all of them; by day alone where nothing else is known."""
        return ranks(self.on) if self.turn is None else self.turn


_NO_FIELDS: Mapping[str, str] = MappingProxyType({})


class Credit(NamedTuple):
    """One credit as people write it: amounts in minor units. A tuple, since there are millions of them."""

    key: str
    payee: str
    on: date
    measure: str
    quota: int
    pay: int
    source: str = ""
    line: int = 0
    fx: Fraction = Fraction(1)
    returns: str = ""
    fields: Mapping[str, str] = _NO_FIELDS


@dataclass(frozen=True, slots=True)
class Inputs:
    credits: Credits
    quotas: tuple[Quota, ...]
    people: tuple[Person, ...]
    openings: tuple[Opening, ...] = ()
    belongs: tuple[Belonging, ...] = ()


def gather(
    credits: Sequence[Credit],
    quotas: Sequence[Quota],
    people: Sequence[Person],
    openings: Sequence[Opening] = (),
    belongs: Sequence[Belonging] = (),
) -> Inputs:
    """Arrays from records. Raises InputError for a key that comes twice, or a return of what isn't there."""
    payees = tuple(sorted({one.payee for one in credits} | {one.payee for one in people}))
    place = {payee: number for number, payee in enumerate(payees)}
    ordered = sorted(credits, key=lambda one: (place[one.payee], one.on, one.source, one.key, one.line, one.measure))
    _refuse_twice(ordered)
    rows = {(one.payee, one.key): number for number, one in reversed(list(enumerate(ordered)))}
    names = sorted({name for one in ordered for name in one.fields})
    found = Credits(
        payees=payees,
        payee=np.array([place[one.payee] for one in ordered], dtype=np.int64),
        on=np.array([one.on.toordinal() for one in ordered], dtype=np.int64),
        measure=Texts.of([one.measure for one in ordered]),
        quota=_whole([one.quota for one in ordered]),
        pay=_whole([one.pay for one in ordered]),
        fx=Exact.of([one.fx for one in ordered]) if ordered else Exact.same(1, 0),
        keys=np.array([one.key for one in ordered], dtype=object),
        returns=np.array([_returned(one, rows) for one in ordered], dtype=np.int64),
        texts={name: Texts.of([one.fields.get(name, "") for one in ordered]) for name in names},
        numbers=number_fields({name: [one.fields.get(name, "") for one in ordered] for name in names}),
        turn=_turns(ordered),
    )
    targets = tuple(sorted(quotas, key=lambda one: (one.payee, one.measure, one.period)))
    held = tuple(sorted(belongs, key=lambda one: (one.payee, one.group, one.valid_from)))
    return Inputs(found, targets, _in_order(people), tuple(sorted(openings)), held)


def _turns(ordered: Sequence[Credit]) -> Array:
    told = [(one.on, one.source, one.key, one.line, one.measure, one.payee) for one in ordered]
    by_turn = sorted(range(len(ordered)), key=told.__getitem__)
    found = np.empty(len(ordered), dtype=np.int64)
    found[by_turn] = np.arange(len(ordered))
    return found


def ranks(*keys: Array) -> Array:
    """Places by the first key, then the next ones, then as they stand. ranks([3, 1, 3]) -> [1, 0, 2]."""
    order = np.lexsort((np.arange(len(keys[0])), *reversed(keys)))
    found = np.empty(len(order), dtype=np.int64)
    found[order] = np.arange(len(order))
    return found


def _in_order(people: Sequence[Person]) -> tuple[Person, ...]:
    ordered = sorted(people, key=lambda one: (one.payee, one.valid_from))
    for one, after in zip(ordered, ordered[1:], strict=False):
        if one.payee == after.payee and (one.valid_to is None or one.valid_to > after.valid_from):
            raise InputError(f"{one.payee} has two rows for {after.valid_from}: end the first one before that day.")
    return tuple(ordered)


def _refuse_twice(ordered: Sequence[Credit]) -> None:
    seen = set()
    for one in ordered:
        identity = (one.payee, one.source, one.key, one.line, one.measure)
        if identity in seen:
            raise InputError(
                f"The credit {one.key} comes twice for {one.payee}: give each a key, or a line, of its own."
            )
        seen.add(identity)


def _returned(one: Credit, rows: Mapping[tuple[str, str], int]) -> int:
    if not one.returns:
        return -1
    place = rows.get((one.payee, one.returns))
    if place is None:
        raise InputError(f"The credit {one.key} takes back {one.returns}, which {one.payee} doesn't have.")
    return place


def _whole(values: Sequence[int]) -> Array:
    found = np.array(values, dtype=object)
    return found.astype(np.int64) if all(abs(value) < 2**62 for value in values) else found


def number_fields(fields: Mapping[str, Sequence[str]]) -> dict[str, Exact]:
    """Fields of which every value is a plain number, or empty."""
    found = {}
    for name, values in fields.items():
        if all(not value or _NUMBER.fullmatch(value) for value in values):
            found[name] = Exact.of([Fraction(value or 0) for value in values])
    return found
