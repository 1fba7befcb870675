"""Which column is which field: by header words, known synonyms of other systems, and the shape of the values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz

from core.kernel import fields as f
from core.kernel.fields import FieldSpec, KindSpec
from integrations.kernel import amounts, dates, words

SURE, LIKELY, LEAST = 100, 80, 70


@dataclass(frozen=True, slots=True)
class Guess:
    """One column's field ("" = do not import), how sure we are (0-100) and why."""

    column: str
    field: str
    confidence: int
    reason: str


def guess_mapping(spec: KindSpec, columns: Sequence[str], sample: Sequence[Sequence[Any]]) -> list[Guess]:
    """One guess for each column; a field is given once, to the column that fits best."""
    candidates = []
    for index, column in enumerate(columns):
        values = [row[index] for row in sample if index < len(row) and not words.is_blank(row[index])]
        for order, field in enumerate(spec.fields):
            score, reason = _fit(spec, column, field)
            if score >= LEAST and _shape_fits(field, values):
                candidates.append((-score, order, index, field.name, reason))
    taken: dict[int, Guess] = {}
    used: set[str] = set()
    for score, _order, index, field_name, reason in sorted(candidates):
        if index not in taken and field_name not in used:
            taken[index] = Guess(columns[index], field_name, -score, reason)
            used.add(field_name)
    return [taken.get(i, Guess(column, "", 0, "no field fits")) for i, column in enumerate(columns)]


def _fit(spec: KindSpec, column: str, field: FieldSpec) -> tuple[int, str]:
    header = words.squashed(column)
    names = {words.squashed(name) for name in (field.name, field.label, *field.synonyms)}
    if header in names:
        return SURE, f"“{column}” is a known name of {field.label}"
    for prefix in _prefixes(spec):
        if header.removeprefix(prefix) in names or f"{prefix}{header}" in names:
            return SURE - 5, f"“{column}” is a known name of {field.label}"
    best = max((fuzz.ratio(header, name) for name in names if len(name) > 4), default=0.0)
    if best >= 86 and len(header) > 4:
        return int(best) - 10, f"“{column}” is close to {field.label}"
    return 0, ""


def _prefixes(spec: KindSpec) -> tuple[str, ...]:
    singular = {"opportunities": ("opportunity", "deal", "opp"), "people": ("user", "sales", "employee")}
    return singular.get(spec.key, (spec.key.removesuffix("s"),))


def _shape_fits(field: FieldSpec, values: Sequence[Any]) -> bool:
    """At least half of the sample must look like the field's type; an empty column fits by its name alone."""
    if not values:
        return True
    checks = {
        f.DATE: dates.looks_like_date,
        f.DATETIME: dates.looks_like_date,
        f.MONEY: _is_number,
        f.DECIMAL: _is_number,
        f.PERCENT: _is_number,
        f.INTEGER: _is_number,
        f.EMAIL: lambda value: "@" in str(value),
    }
    check = checks.get(field.type)
    return check is None or 2 * sum(bool(check(value)) for value in values) >= len(values)


def _is_number(value: Any) -> bool:
    try:
        amounts.parse_number(value, max_decimals=9)
    except amounts.BadNumber as error:
        return bool(error.suggestion)
    return True
