"""Fingerprints of a plan, of what a calculation starts from and of what comes out of it.

A run keeps all three, wherever and however it ran: the same plan and inputs must give the same output. They don't
depend on the order in which records were loaded, nor in what batches, nor on how numbers are kept (machine words or
Python's integers).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from compensation.kernel.exact import Exact, narrow, wide
from compensation.kernel.inputs import Credits, Inputs, Person, Texts

Array = np.ndarray[Any, Any]
_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def canonical_json(value: Any) -> str:
    """One text for equal data: keys sorted, no spaces, dates and exact numbers as people write them."""
    return _JSON.encode(_plain(value))


def plan_hash(definition: Mapping[str, Any]) -> str:
    """SHA-256 of a plan file's contents; the order of keys, which a database may change, doesn't count."""
    return _sha256(canonical_json(definition))


def input_hash(inputs: Inputs) -> str:
    """SHA-256 of credits in their one order, quotas, people and what they brought along."""
    found = hashlib.sha256()
    for name, column in _columns(inputs.credits):
        found.update(f"\n{name}:{len(column)}:".encode())
        found.update(column)
    quotas = sorted([one.payee, one.measure, one.period, str(one.amount)] for one in inputs.quotas)
    people = sorted(_person(one) for one in inputs.people)
    belongs = sorted(canonical_json(one) for one in inputs.belongs)
    found.update(canonical_json([quotas, people, list(map(list, inputs.openings)), belongs]).encode())
    return found.hexdigest()


def output_hash(rows: Iterable[Mapping[str, Any] | Sequence[Any]]) -> str:
    """SHA-256 of lines as they are told (rows.out_rows, or tuples): payees and credits by name, never by place.

    Rows are taken as a bag: the same ones in another order are the same, and a row that comes twice counts twice.
    """
    told = sorted(canonical_json(row) for row in rows)
    found = hashlib.sha256()
    for row in told:
        found.update(row.encode())
        found.update(b"\n")
    return found.hexdigest()


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Mapping():
            return {str(key): _plain(part) for key, part in value.items()}
        case date():
            return value.isoformat()
        case Fraction() | Decimal():
            return str(value)
        case np.integer():
            return int(value)
    return [_plain(part) for part in value]


def _person(one: Person) -> list[str]:
    days = [one.valid_from, one.valid_to, one.accepted_on]
    told = [day.isoformat() if day else "" for day in days]
    return [one.payee, told[0], told[1], one.role, one.manager, one.team, str(one.ote), str(one.variable), told[2]]


def _columns(credits: Credits) -> Iterable[tuple[str, bytes]]:
    """Every column as bytes that only depend on what it says."""
    yield "payees", canonical_json(credits.payees).encode()
    for name, numbers in (("payee", credits.payee), ("on", credits.on), ("returns", credits.returns)):
        yield name, _numbers(numbers)
    yield "measure", _texts(credits.measure)
    yield "quota", _numbers(credits.quota)
    yield "pay", _numbers(credits.pay)
    yield "fx", _fractions(credits.fx)
    yield "keys", canonical_json(credits.keys.tolist()).encode()
    for name in sorted(credits.texts):
        yield f"text {name}", _texts(credits.texts[name])
    for name in sorted(credits.numbers):
        yield f"number {name}", _fractions(credits.numbers[name])


def _numbers(numbers: Array) -> bytes:
    """Whole numbers as 8 bytes each while all of them fit, else written out."""
    fitting = narrow(numbers)
    if fitting.dtype == object:
        return canonical_json(fitting.tolist()).encode()
    return np.ascontiguousarray(fitting, dtype="<i8").tobytes()


def _fractions(values: Exact) -> bytes:
    """In lowest terms: 2/4 and 1/2 are the same."""
    num, den = narrow(values.num), narrow(np.broadcast_to(values.den, values.num.shape))
    if num.dtype == object or den.dtype == object:
        reduced = values.reduced()
        num, den = wide(reduced.num), wide(np.broadcast_to(reduced.den, reduced.num.shape))
    else:
        common = np.maximum(np.gcd(num, den), 1)
        num, den = num // common, den // common
    return _numbers(num) + b"/" + _numbers(den)


def _texts(column: Texts) -> bytes:
    """Words that are used, in order, and which of them each row has."""
    used, codes = np.unique(column.codes, return_inverse=True)
    words = [column.words[code] for code in used.tolist()]
    order = sorted(range(len(words)), key=words.__getitem__)
    rank = np.zeros(len(words), dtype=np.int64)
    rank[order] = np.arange(len(words))
    return canonical_json(sorted(words)).encode() + _numbers(rank[codes] if len(words) else codes)
