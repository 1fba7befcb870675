"""The values of custom fields inside statements: read as their type, and how lists order them.

A key is always a bound parameter, never part of a statement's text. What doesn't fit its field counts as no value, as
it does everywhere (core.kernel.own_fields.plain), so one odd row breaks no list.
"""

from __future__ import annotations

import json
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import Case, DecimalField, F, Func, IntegerField, JSONField, TextField, Value, When
from django.db.models.functions import Cast
from django.db.models.lookups import Regex

from core.enums import FieldType
from core.kernel.own_fields import OwnField
from core.selectors.own_fields import all_person_names

_PLAIN = DecimalField()
_NUMBER = r"^-?[0-9]+(?:\.[0-9]+)?$"  # counted repeats and captures take three times as long
_TEXTS = ArrayField(TextField())


def text_of(key: str) -> Any:
    """The value of a field as text, null where there is none."""
    parts = (F("custom"), Value(key, TextField()))
    return Func(*parts, template="(%(expressions)s)", arg_joiner=" ->> ", output_field=TextField())


def number_of(key: str) -> Any:
    """The value of a field as a number, null where there is none."""
    return Case(When(Regex(text_of(key), _NUMBER), then=Cast(text_of(key), _PLAIN)))


def has_order(field: OwnField) -> bool:
    """Whether lists are sorted by a field: by all but long texts, whose pages couldn't be told apart in an address."""
    return field.type != FieldType.LONG


def order_of(field: OwnField) -> Any:
    """What a list sorted by a field is ordered by; null, and so last, where a record has no value.

    Numbers as numbers, days and texts as texts (a day is stored as 2026-11-30), no before yes, a choice by its place
    among the choices, several by the first of them, people by name.
    """
    if field.is_number:
        return number_of(field.key)
    if field.type == FieldType.CHOICE:
        return _place(field, text_of(field.key))
    if field.type == FieldType.CHOICES:
        path = Cast(Value([field.key, "0"], _TEXTS), _TEXTS)
        first = Func(F("custom"), path, template="(%(expressions)s)", arg_joiner=" #>> ", output_field=TextField())
        return _place(field, first)
    return _name_of_person(field.key) if field.type == FieldType.PERSON else text_of(field.key)


def _place(field: OwnField, key: Any) -> Any:
    keys = Cast(Value([one.key for one in field.choices], _TEXTS), _TEXTS)
    return Func(keys, key, function="array_position", output_field=IntegerField())


def _name_of_person(key: str) -> Any:
    """Names are looked up in one object of all people: a row costs no question of its own."""
    names = Cast(Value(json.dumps(all_person_names()), TextField()), JSONField())
    return Func(names, text_of(key), template="(%(expressions)s)", arg_joiner=" ->> ", output_field=TextField())
