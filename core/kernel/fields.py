"""What a record can be imported with: its fields, their types, and the words other systems use for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

TEXT, INTEGER, DECIMAL, MONEY, PERCENT = "text", "integer", "decimal", "money", "percent"
DATE, DATETIME, BOOLEAN, EMAIL, CHOICE, REFERENCE = "date", "datetime", "boolean", "email", "choice", "reference"
CURRENCY = "currency"


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One importable field.

    synonyms: column headers of other systems, compared without case, spaces and signs.
    reference: kind of record it names (`people`, `accounts`, `stages`); choices: stored value by accepted word.
    """

    name: str
    label: str
    type: str = TEXT
    synonyms: tuple[str, ...] = ()
    required: bool = False
    reference: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    max_length: int = 0
    vocabulary: tuple[str, ...] = ()  # well-spelled values, against which near misses are proposed
    check: Callable[[Any], Any] | None = None  # after the type: gives what is kept, raises ValueError with what to do


@dataclass(frozen=True, slots=True)
class KindSpec:
    """A kind of record: its fields in order, and the sets of fields that identify one, best first."""

    key: str
    label: str
    fields: tuple[FieldSpec, ...]
    keys: tuple[str, ...]

    def field_named(self, name: str) -> FieldSpec:
        return next(spec for spec in self.fields if spec.name == name)
