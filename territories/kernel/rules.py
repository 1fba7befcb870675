"""Assignment rules over fields of accounts: one evaluator for a million accounts and for one.

For each value of a field there is a row of bits, one a rule: whether the rule allows the value. An account's rules are
the bits that its values have in common; the first of them, in the order of precedence, is the one that places it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

NONE = -1  # no rule
PIECE = 16_384  # accounts looked at together: their bits fit into the processor's cache
_BITS = 64
Rows = NDArray[np.uint64]
Ints = NDArray[np.int64]


class Op(StrEnum):
    """How a value is compared. Texts are compared without regard to case; who has no value meets only `empty`."""

    IS = "is"
    IS_NOT = "is_not"
    AT_LEAST = "at_least"
    BELOW = "below"
    STARTS_WITH = "starts_with"
    FROM_TO = "from_to"
    EMPTY = "empty"
    FILLED = "filled"


class RuleError(ValueError):
    """A condition that can't be read. rule: its place; field: whose value."""

    def __init__(self, rule: int, field: str, why: str) -> None:
        super().__init__(why)
        self.rule, self.field, self.why = rule, field, why


@dataclass(frozen=True, slots=True)
class Condition:
    """values: any of them for is, is_not and starts_with; one for at_least and below; first and last for from_to."""

    field: str
    op: Op
    values: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """What all its conditions fit goes to `territory`; None holds it out. No conditions: everything."""

    territory: int | None
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A field of n accounts: its distinct values (None: empty), and which of them each has, int64[n]."""

    values: Sequence[Any]
    codes: Ints


def column_of(values: Iterable[Any]) -> Column:
    """A column of plain values, in the order of their first appearance."""
    places: dict[Hashable, int] = {}
    codes = [places.setdefault(value, len(places)) for value in values]
    return Column(list(places), np.array(codes, dtype=np.int64))


@dataclass(frozen=True, slots=True)
class Outcome:
    """first: int64[n], the rule that places each account, NONE where none fits; fits: whether a rule fits anybody."""

    first: Ints
    fits: NDArray[np.bool_]

    def counts(self) -> Ints:
        """How many accounts each rule places: int64[rules]."""
        return np.bincount(self.first[self.first != NONE], minlength=self.fits.size)

    def never(self) -> list[int]:
        """Rules that fit no account."""
        return [int(one) for one in np.flatnonzero(~self.fits)]

    def shadowed(self) -> list[int]:
        """Rules that fit accounts, all of which go by an earlier rule."""
        return [int(one) for one in np.flatnonzero(self.fits & (self.counts() == 0))]

    def unmatched(self) -> Ints:
        return np.flatnonzero(self.first == NONE)


class RuleSet:
    """Rules in the order of precedence, ready to be asked. Raises RuleError, naming the rule and the field."""

    def __init__(self, rules: Sequence[Rule], fields: Mapping[str, type]) -> None:
        """fields: what accounts have, str or float by name."""
        self.rules = tuple(rules)
        self.words = max(1, -(-len(rules) // _BITS))
        found: dict[str, list[tuple[int, Condition]]] = {}
        for place, rule in enumerate(rules):
            for condition in rule.conditions:
                if condition.field not in fields:
                    raise RuleError(place, condition.field, "Accounts have no such field.")
                found.setdefault(condition.field, []).append((place, condition))
        self._fields = {name: _FieldRules(found[name], self.words, fields[name]) for name in found}

    @property
    def fields(self) -> list[str]:
        """The fields that rules ask for."""
        return list(self._fields)

    def of(self, columns: Mapping[str, Column], count: int) -> Outcome:
        """The rules of `count` accounts; columns: every field of `fields`."""
        tables = [(part.rows(columns[name].values), columns[name].codes) for name, part in self._fields.items()]
        first = np.empty(count, dtype=np.int64)
        fits = np.zeros(self.words, dtype=np.uint64)
        for start in range(0, count, PIECE):
            bits = self._common(tables, start, min(start + PIECE, count))
            fits |= np.bitwise_or.reduce(bits, axis=0)
            first[start : start + PIECE] = _first_bit(bits)
        return Outcome(first, _bools(fits)[: len(self.rules)])

    def of_one(self, values: Mapping[str, Any]) -> list[int]:
        """All rules that fit one account, the one that places it first. For explaining, and for routing a lead."""
        tables = [(part.rows([values.get(name)]), np.zeros(1, dtype=np.int64)) for name, part in self._fields.items()]
        return [int(one) for one in np.flatnonzero(_bools(self._common(tables, 0, 1)[0])[: len(self.rules)])]

    def why_not(self, rule: int, values: Mapping[str, Any]) -> list[Condition]:
        """The conditions of a rule that an account doesn't meet."""
        alone = [RuleSet([Rule(None, (one,))], dict.fromkeys([one.field], self._fields[one.field].kind))
                 for one in self.rules[rule].conditions]  # fmt: skip
        return [one for one, by_itself in zip(self.rules[rule].conditions, alone, strict=True)
                if not by_itself.of_one(values)]  # fmt: skip

    def _common(self, tables: Sequence[tuple[Rows, Ints]], start: int, past: int) -> Rows:
        bits = np.tile(_all_of(len(self.rules), self.words), (past - start, 1))
        for rows, codes in tables:
            bits &= rows[codes[start:past]]
        return bits


class _FieldRules:
    """What the rules ask of one field: by value, by interval of numbers or of texts."""

    def __init__(self, conditions: Sequence[tuple[int, Condition]], words: int, kind: type) -> None:
        self.words, self.kind = words, kind
        self.asked = sorted({place for place, _condition in conditions})
        self.conditions = [(place, condition.op, _read(place, condition, kind)) for place, condition in conditions]
        self.edges = sorted({edge for _place, op, values in self.conditions for edge in _edges(op, values)})
        self.named = {value for _place, op, values in self.conditions if op in (Op.IS, Op.IS_NOT) for value in values}

    def rows(self, values: Sequence[Any]) -> Rows:
        """Bits of the rules that allow each value: uint64[values, words]. What behaves alike is worked out once."""
        kept: dict[Any, int] = {}
        rows: list[Rows] = []
        codes = np.empty(len(values), dtype=np.int64)
        for place, value in enumerate(values):
            known = _known(value, self.kind)
            like = self._like(known)
            if like not in kept:
                kept[like] = len(rows)
                rows.append(self._bits(known))
            codes[place] = kept[like]
        return np.array(rows, dtype=np.uint64).reshape(len(rows), self.words)[codes]

    def _like(self, value: Any) -> tuple[Any, ...]:
        """Values of which every condition says the same."""
        if value is None:
            return (None,)
        return (bisect_right(self.edges, value), value if value in self.named else None)

    def _bits(self, value: Any) -> Rows:
        allowed = dict.fromkeys(self.asked, True)
        for place, op, values in self.conditions:
            allowed[place] = allowed[place] and _meets(op, values, value)
        bits = _all_of(self.words * _BITS, self.words)
        for place, is_allowed in allowed.items():
            if not is_allowed:
                bits[place // _BITS] &= ~(np.uint64(1) << np.uint64(place % _BITS))
        return bits


def _known(value: Any, kind: type) -> Any:
    """A value as it is compared; None for an empty one."""
    if value is None or value == "":
        return None
    return float(value) if kind is float else str(value).casefold()


def _read(place: int, condition: Condition, kind: type) -> tuple[Any, ...]:
    op, field = condition.op, condition.field
    counts = {Op.EMPTY: (0, 0), Op.FILLED: (0, 0), Op.AT_LEAST: (1, 1), Op.BELOW: (1, 1), Op.FROM_TO: (2, 2)}
    least, most = counts.get(op, (1, len(condition.values)))
    if not least <= len(condition.values) <= max(most, least):
        raise RuleError(place, field, f"It takes {least} values." if least != 1 else "It takes a value.")
    if kind is float and op == Op.STARTS_WITH:
        raise RuleError(place, field, "A number doesn't start with a text.")
    try:
        values = tuple(_known(value, kind) for value in condition.values)
    except (TypeError, ValueError):
        raise RuleError(place, field, "This isn't a number.") from None
    if None in values or any(value != value for value in values):
        raise RuleError(place, field, "A value is empty; ask whether the field is.")
    if op == Op.FROM_TO and values[0] > values[1]:
        raise RuleError(place, field, "It ends before it begins.")
    return values


def _edges(op: Op, values: tuple[Any, ...]) -> list[Any]:
    """Where the answer changes, as first values of what follows."""
    if op in (Op.AT_LEAST, Op.BELOW):
        return [values[0]]
    if op == Op.FROM_TO:
        return [values[0], _after(values[1])]
    return [edge for value in values for edge in (value, _past(value))] if op == Op.STARTS_WITH else []


def _past(prefix: str) -> str:
    return prefix + chr(0x10FFFF)


def _after(last: Any) -> Any:
    """The first value beyond: of texts, beyond all that begin like the last (94 to 95 takes in 95814)."""
    return _past(last) if isinstance(last, str) else np.nextafter(last, np.inf)


def _meets(op: Op, values: tuple[Any, ...], value: Any) -> bool:
    if value is None or op in (Op.EMPTY, Op.FILLED):
        return (value is None) == (op == Op.EMPTY)
    match op:
        case Op.IS:
            return value in values
        case Op.IS_NOT:
            return value not in values
        case Op.AT_LEAST:
            return bool(value >= values[0])
        case Op.BELOW:
            return bool(value < values[0])
        case Op.FROM_TO:
            return bool(values[0] <= value < _after(values[1]))
        case _:
            return value.startswith(values)


def _all_of(count: int, words: int) -> Rows:
    """Bits of the first `count` rules."""
    found = np.zeros(words, dtype=np.uint64)
    found[: count // _BITS] = np.uint64(2**_BITS - 1)
    if count % _BITS:
        found[count // _BITS] = np.uint64((1 << count % _BITS) - 1)
    return found


def _bools(words: Rows) -> NDArray[np.bool_]:
    return np.unpackbits(words.view(np.uint8), bitorder="little").astype(bool)


def _first_bit(bits: Rows) -> Ints:
    """The lowest bit of each row, NONE where there is none: int64[rows]."""
    has = bits != 0
    word = has.argmax(axis=1)
    lowest = np.take_along_axis(bits, word[:, None], axis=1)[:, 0]
    alone = lowest & (~lowest + np.uint64(1))
    place = np.zeros(alone.size, dtype=np.int64)
    some = alone != 0
    place[some] = np.frexp(alone[some].astype(np.float64))[1] - 1  # powers of two are exact
    return np.where(some, word * _BITS + place, NONE).astype(np.int64)


def with_families(first: Ints, tops: Ints, order: int) -> tuple[Ints, NDArray[np.bool_]]:
    """Subsidiaries follow the top of their family where no rule before `order` places them.

    first: int64[n] of Outcome; tops: int64[n], the topmost account of each one's family (itself without one).
    Gives the rule of each account, and whether it follows its family.
    """
    follows = (tops != np.arange(tops.size)) & ((first == NONE) | (first >= order))
    return np.where(follows, first[tops], first), follows


def territories_of(rules: Sequence[Rule], first: Ints, *, none: int = 0) -> Ints:
    """The territory of each account by its rule, int64[n]; `none` for those held out and those no rule fits."""
    given = np.array([*(rule.territory or none for rule in rules), none], dtype=np.int64)
    return given[first]
