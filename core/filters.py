"""Filters that every list of records with tags and custom fields has; a filter set mixes OwnFilters in."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, DateFromToRangeFilter, FilterSet
from django_filters.filters import Filter, RangeFilter
from django_filters.widgets import DateRangeWidget, RangeWidget

from core import registry
from core.enums import FieldType
from core.kernel.own_fields import OwnField
from core.models import Tagged
from core.selectors import own_fields_of
from core.selectors.own_fields import all_person_names
from core.selectors.own_values import number_of, text_of

_INPUT = {"class": "form-control"}


def filters_of(record_kind: str) -> list[registry.ListFilter]:
    """What higher rooms add to the filters of a kind of record."""
    return [entry for entry in registry.list_filters if entry.record_kind == record_kind]


class OwnFilters(FilterSet):
    """Adds a filter for tags, those of higher rooms, and one for each custom field of `record_kind`, by its type.

    Texts contain, choices and yes or no equal (both by the GIN index of the column), numbers and days lie in a range.
    """

    record_kind = ""
    kept: frozenset[str] | None = None  # names of the filters to build; None: all

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, make in self._own().items():
            if self.kept is None or name in self.kept:
                self._add(name, make())

    @classmethod
    def own_names(cls) -> list[str]:
        """Names of the filters that are added, in their order."""
        own = (field.name for field in own_fields_of(cls.record_kind))
        return ["external_id", *(entry.name for entry in filters_of(cls.record_kind)), "tag", *own]

    def _own(self) -> dict[str, Callable[[], Filter]]:
        made: dict[str, Callable[[], Filter]] = {
            "external_id": lambda: CharFilter(label=_("External ID"), widget=forms.TextInput(_INPUT)),
            "tag": lambda: CharFilter(method=self._by_tag, label=_("Tag"), widget=_tag_input()),
        }
        made |= {
            entry.name: partial(entry.make, method=self._narrowed_by(entry)) for entry in filters_of(self.record_kind)
        }
        made |= {field.name: partial(_filter_of, field) for field in own_fields_of(self.record_kind)}
        return {name: made[name] for name in self.own_names()}

    def _narrowed_by(self, entry: registry.ListFilter) -> Callable[[Any, str, Any], Any]:
        return lambda rows, name, value: entry.narrow(rows, getattr(self.request, "user", None), value)

    def _add(self, name: str, made: Filter) -> None:
        made.parent, made.model = self, self._meta.model
        made.field_name = made.field_name or name
        self.filters[name] = made

    def _by_tag(self, rows: Any, name: str, value: str) -> Any:
        """Records with a tag; with several ("a, b") those that have each."""
        for part in [one.strip() for one in value.replace(";", ",").split(",") if one.strip()][:10]:
            mine = Tagged.objects.filter(record_kind=self.record_kind, record_id=OuterRef("pk"), tag__name__iexact=part)
            rows = rows.filter(Exists(mine))
        return rows


def _tag_input() -> forms.TextInput:
    return forms.TextInput({**_INPUT, "autocomplete": "off", "data-options": reverse_lazy("core:tag_options")})


def _filter_of(field: OwnField) -> Filter:
    given: dict[str, Any] = {"label": field.label, "field_name": "custom"}
    if field.type in (FieldType.CHOICE, FieldType.CHOICES):
        choices = [(one.key, one.label) for one in field.choices]
        return ChoiceFilter(choices=choices, method=_Holds(field), null_label=_("Empty"), **given)
    if field.type == FieldType.BOOLEAN:
        return ChoiceFilter(
            choices=[("1", _("Yes")), ("0", _("No"))], method=_Holds(field), null_label=_("Empty"), **given
        )
    if field.type == FieldType.PERSON:
        names = sorted(all_person_names().items(), key=lambda pair: pair[1].casefold())
        choices = [(str(pk), name) for pk, name in names]
        return ChoiceFilter(choices=choices, method=_Holds(field), null_label=_("Nobody"), **given)
    if field.is_number:
        return RangeFilter(method=_Between(field), widget=RangeWidget(_INPUT), **given)
    if field.type == FieldType.DATE:
        return DateFromToRangeFilter(method=_Between(field), widget=DateRangeWidget(_INPUT | {"type": "date"}), **given)
    return CharFilter(method=_Contains(field), **given)


class _OfField:
    def __init__(self, field: OwnField) -> None:
        self.field = field

    @property
    def text(self) -> Any:
        return text_of(self.field.key)


class _Holds(_OfField):
    """The value is this one, or this one is among the values; "null": there is none."""

    def __call__(self, rows: Any, name: str, value: str) -> Any:
        if value == "null":
            return rows.exclude(custom__has_key=self.field.key)
        asked: Any = value
        if self.field.type == FieldType.BOOLEAN:
            asked = value == "1"
        elif self.field.type == FieldType.CHOICES:
            asked = [value]
        elif self.field.type == FieldType.PERSON:
            asked = int(value)
        return rows.filter(custom__contains={self.field.key: asked})


class _Contains(_OfField):
    def __call__(self, rows: Any, name: str, value: str) -> Any:
        return rows.alias(**{self.field.name: self.text}).filter(**{f"{self.field.name}__icontains": value})


class _Between(_OfField):
    """From and to, both in; one side may be open. Days compare as text: ISO."""

    def __call__(self, rows: Any, name: str, value: slice) -> Any:
        low, high, name = value.start, value.stop, self.field.name  # `name` is the column of all custom fields
        if self.field.is_number:
            rows = rows.filter(custom__has_key=self.field.key).alias(**{name: number_of(self.field.key)})
        else:
            low, high = (one.date().isoformat() if one is not None else None for one in (low, high))
            rows = rows.alias(**{name: self.text})
        wanted = Q() if low is None else Q(**{f"{name}__gte": low})
        return rows.filter(wanted if high is None else wanted & Q(**{f"{name}__lte": high}))
