"""What records carry beyond their own fields: custom fields, tags, and the key they have in another system."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.api.fields import MOST_ID, Schema, Strict, Text
from core.enums import FieldType
from core.kernel.own_fields import LONG_CHARS, PREFIX, OwnField, plain
from core.kernel.tag_words import LONGEST, BadTag, distinct, tag_name
from core.selectors import own_fields_of
from core.selectors.own_values import has_order
from core.services import FieldError, clean_values

NAME = "custom"
_DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,6})?")
_VALUE: Schema = {
    "anyOf": [
        {"type": "string", "maxLength": LONG_CHARS},
        {"type": "boolean"},
        {"type": "integer", "minimum": 1, "maximum": MOST_ID},
        {"type": "array", "items": {"type": "string"}},
        {"type": "null"},
    ]
}
CUSTOM_HELP = (
    "The company's own fields by key, null where empty; a change sends only those it changes, null empties. Texts and "
    "web addresses are texts; numbers and amounts exact decimals as texts (12.5); days texts (2026-09-30); yes or no a "
    "boolean; a choice its key; several choices a list of keys; a person the number of the person."
)
FILTERS_HELP = (
    "Custom fields are filtered as `custom.<key>`, where the list's page has a filter for them: texts that contain, a "
    "choice's key, `true` or `false`, a person's number (each of the last three also `null`: empty); numbers and "
    "amounts by `custom.<key>_min` and `custom.<key>_max`, days by `custom.<key>_after` and `custom.<key>_before`. "
    "All but long texts also sort: `sort=custom.<key>`, `sort=-custom.<key>`."
)


class Custom(Strict):
    """The custom fields of a kind of record: {key: value}. What is read in are values as they are stored."""

    def __init__(self, record_kind: str) -> None:
        self.record_kind = record_kind
        super().__init__(required=False, help_text=CUSTOM_HELP)
        self.shape = {"type": "object", "additionalProperties": _VALUE}

    def read(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, Mapping):
            self.refuse(_("This must be an object with named values."))
        known = {one.key: one for one in own_fields_of(self.record_kind)}
        values: dict[str, Any] = {}
        errors: dict[str, list[str]] = {}
        for key, value in data.items():
            try:
                _check_form(known.get(key), value)
                values |= clean_values(record_kind=self.record_kind, given={key: value})
            except FieldError as error:
                errors[key] = [str(error)]
        if errors:
            raise serializers.ValidationError(errors)
        return values

    def to_representation(self, value: Any) -> dict[str, Any]:
        kept: Mapping[str, Any] = value or {}
        return {one.key: _shown(one, kept.get(one.key)) for one in own_fields_of(self.record_kind)}


def _shown(field: OwnField, value: Any) -> Any:
    """A stored value as it is answered; None for one that doesn't fit its field."""
    clean = plain(field, value)
    return clean if clean is None or field.type in (FieldType.CHOICES, FieldType.PERSON) else value


def _check_form(field: OwnField | None, value: Any) -> None:
    """Refuse a value in another JSON form than its type has. Raises FieldError."""
    if field is None or value is None:
        return
    words: dict[str, Any] = {
        FieldType.BOOLEAN: _("This must be true or false."),
        FieldType.CHOICES: _("This must be a list of keys."),
        FieldType.PERSON: _("This must be the number of a person."),
        FieldType.NUMBER: _("Write the number as a text, such as “39800.00”."),
        FieldType.MONEY: _("Write the number as a text, such as “39800.00”."),
    }
    if not _is_of_form(field, value):
        raise FieldError(str(words.get(field.type, _("This must be a text."))), field.key)


def _is_of_form(field: OwnField, value: Any) -> bool:
    if field.type == FieldType.BOOLEAN:
        return isinstance(value, bool)
    if field.type == FieldType.CHOICES:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if field.type == FieldType.PERSON:
        return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST_ID
    is_text = isinstance(value, str)
    return is_text and (not field.is_number or value == "" or _DECIMAL.fullmatch(value) is not None)


class Tags(Strict):
    """The names of a record's tags, in order of the alphabet; a write gives all of them."""

    shape: Schema = {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": LONGEST}}

    def __init__(self) -> None:
        words = "All tags of the record: what isn't named comes off. New words become tags; at most 50."
        super().__init__(source="tag_names", required=False, help_text=words)

    def read(self, data: Any) -> list[str]:
        if not isinstance(data, list):
            self.refuse(_("This must be a list of texts."))
        names: list[str] = []
        errors: dict[str, list[str]] = {}
        for place, name in enumerate(data):
            try:
                names.append(tag_name(name) if isinstance(name, str) else self.refuse(_("This must be a text.")))
            except (BadTag, serializers.ValidationError) as error:
                errors[str(place)] = list(getattr(error, "detail", [str(error)]))
        if errors:
            raise serializers.ValidationError(errors)
        return distinct(names)

    def to_representation(self, value: Any) -> list[str]:
        return [str(name) for name in value]


class ExternalId(Text):
    """The key of a record in another system. It is given once, and stays."""

    def __init__(self) -> None:
        words = "The key in another system, which imports find the record by. It is given once, and stays."
        super().__init__(120, allow_blank=False, required=False, allow_null=True, help_text=words)

    def read(self, data: Any) -> str:
        return super().read(data).strip()


def spread(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of a call with each custom field under the name that forms know it by: own_<key>."""
    own = {f"{PREFIX}{key}": _typed(value) for key, value in values.get(NAME, {}).items()}
    return {name: value for name, value in values.items() if name != NAME} | own


def _typed(value: Any) -> Any:
    """A stored value as a form's field takes it."""
    return {True: "1", False: "0"}[value] if isinstance(value, bool) else value


def own_parameters(record_kind: str) -> dict[str, Schema]:
    """The filters of the custom fields that there are today: name -> schema."""
    found: dict[str, Schema] = {}
    for one in own_fields_of(record_kind):
        for ending, schema in _filters_of(one):
            found[f"{NAME}.{one.key}{ending}"] = schema
    return found


def _filters_of(field: OwnField) -> list[tuple[str, Schema]]:
    null: Schema = {"type": "string", "enum": ["null"]}
    if field.has_choices:
        return [("", {"type": "string", "enum": [*(one.key for one in field.choices), "null"]})]
    if field.type == FieldType.BOOLEAN:
        return [("", {"type": "string", "enum": ["true", "false", "null"]})]
    if field.type == FieldType.PERSON:
        return [("", {"anyOf": [{"type": "integer", "minimum": 1, "maximum": MOST_ID}, null]})]
    if field.is_number:
        return [("_min", {"type": "number"}), ("_max", {"type": "number"})]
    if field.type == FieldType.DATE:
        day: Schema = {"type": "string", "format": "date"}
        return [("_after", day), ("_before", day)]
    return [("", {"type": "string", "maxLength": 200})]


def as_on_page(query: Any, record_kind: str) -> QueryDict:
    """The parameters of a list as its page's filters know them: custom.size=large is own_size=large there."""
    flags = {f"{NAME}.{one.key}" for one in own_fields_of(record_kind) if one.type == FieldType.BOOLEAN}
    asked = QueryDict("", mutable=True)
    for name, value in query.items():
        text = {"true": "1", "false": "0"}.get(value, value) if name in flags else value
        asked[_on_page(name)] = _on_page(text) if name == "sort" else text
    return asked


def _on_page(name: str) -> str:
    """custom.size -> own_size, -custom.size -> -own_size."""
    sign, bare = ("-", name[1:]) if name.startswith("-") else ("", name)
    return f"{sign}{PREFIX}{bare.removeprefix(f'{NAME}.')}" if bare.startswith(f"{NAME}.") else name


def own_sorts(record_kind: str) -> list[str]:
    """Orders by the custom fields that there are today."""
    keys = [one.key for one in own_fields_of(record_kind) if has_order(one)]
    return [f"{sign}{NAME}.{key}" for key in keys for sign in ("", "-")]


def as_called(name: str, query: Any) -> str:
    """A page's filter as the call named it: own_audit -> custom.audit_after."""
    if not name.startswith(PREFIX):
        return name
    mine = f"{NAME}.{name.removeprefix(PREFIX)}"
    return next((one for one in query if one == mine or one.startswith(f"{mine}_")), mine)
