"""The values of custom fields inside statements: read as their type, and how lists order them.

A key is always a bound parameter, never part of a statement's text. What doesn't fit its field counts as no value, as
it does everywhere (core.kernel.own_fields.plain), so one odd row breaks no list.
"""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    BigIntegerField,
    Case,
    DecimalField,
    F,
    Func,
    IntegerField,
    OuterRef,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast
from django.db.models.lookups import Regex

from core import registry
from core.enums import FieldType
from core.kernel.own_fields import OwnField

_PLAIN = DecimalField(max_digits=30, decimal_places=10)
_NUMBER, _ID = r"^-?[0-9]{1,18}(\.[0-9]{1,10})?$", r"^[0-9]{1,18}$"
_TEXTS = ArrayField(TextField())


def text_of(key: str, *, column: Any = None) -> Any:
    """The value of a field as text, null where there is none."""
    parts = (column or F("custom"), Value(key, TextField()))
    return Func(*parts, template="(%(expressions)s)", arg_joiner=" ->> ", output_field=TextField())


def number_of(key: str) -> Any:
    """The value of a field as a number, null where there is none."""
    return _where(Regex(text_of(key), _NUMBER), Cast(text_of(key), _PLAIN))


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
    source = registry.people_sources.find("person")
    if source is None:
        return text_of(key)
    text = text_of(key, column=OuterRef("custom"))
    mine = source.model._default_manager.filter(pk=_where(Regex(text, _ID), Cast(text, BigIntegerField())))
    return Subquery(mine.order_by().values("name")[:1])


def _where(condition: Any, value: Any) -> Any:
    """A cast that is made only of what can be cast."""
    return Case(When(condition, then=value))
