"""What goes in and out: serializers that refuse what they don't know, and hand their values to a room's form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Model
from django.http import QueryDict
from django.utils.translation import gettext as _
from rest_framework import serializers

from core.api.fields import Anything, Id, Text, Whole
from core.api.problems import Invalid
from core.forms import RecordField
from core.kernel.own_fields import PREFIX


class Body(serializers.Serializer):
    """A JSON object with exactly these fields. Fields that are read only may be sent back as they are, not changed."""

    default_error_messages = {"invalid": _("This must be an object with named values.")}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            raise serializers.ValidationError({"non_field_errors": [self.error_messages["invalid"]]})
        errors = {str(name): [_("There is no such field.")] for name in data if name not in self.fields}
        fixed = [name for name in data if name in self.fields and self.fields[name].read_only]
        shown = self.to_representation(self.instance) if fixed and self.instance is not None else {}
        errors |= {
            name: [_("This can't be set here.")] for name in fixed if name not in shown or shown[name] != data[name]
        }
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({**error.detail, **errors}) from error
        if errors:
            raise serializers.ValidationError(errors)
        return values


class Nothing(Body):
    """An act that needs no words: send an empty object or no body."""


class ErrorOut(serializers.Serializer):
    """One thing that is wrong: where it stands in the body (`pointer`, RFC 6901) or which `parameter`, and why."""

    pointer = Text(required=False)
    parameter = Text(required=False)
    message = Text()


class ClashOut(serializers.Serializer):
    """A field that both changed: your value and the one that stands now."""

    field = Text()
    yours = Anything(allow_null=True)
    theirs = Anything(allow_null=True)


class ProblemOut(serializers.Serializer):
    """What went wrong (RFC 9457). `title` says what, `detail` what to do, `request_id` names it in the log."""

    type = Text(example="urn:salesops:problem:invalid")
    title = Text(example="The request can't be read as it is")
    status = Whole(400, 599, example=400)
    detail = Text(required=False, example="Choose why the deal was lost.")
    request_id = Text(required=False, example="5f0c2b7be1a94d0aa1b2")
    errors = ErrorOut(many=True, required=False)
    clashes = ClashOut(many=True, required=False)
    current = Anything({"type": "object"}, required=False)
    etag = Text(required=False)
    scope = Text(required=False)
    retry_after = Whole(0, 86400, required=False)
    unmet = serializers.ListField(child=Text(), required=False)


def bind(form: Any, values: Mapping[str, Any]) -> Any:
    """Fill a room's unbound form with the values of a call, as its page would be filled: what isn't given stays.

    Names of records lose their `_id` (owner_id -> owner). A VersionedForm knows its changes afterwards.
    """
    given = {_form_name(form, name): value for name, value in values.items()}
    data = QueryDict("", mutable=True)
    for name, field in form.fields.items():
        before = _typed(field, form.get_initial_for_field(field, name))
        data.setlist(form.add_prefix(name), _typed(field, given[name]) if name in given else before)
        if field.show_hidden_initial:
            data.setlist(form.add_initial_prefix(name), before)
        if isinstance(field, forms.ModelChoiceField):
            words = _("There is none with this number, or you may not choose it.")
            field.error_messages = {**field.error_messages, "invalid_choice": words}
    form.data, form.is_bound = data, True
    return form


def _form_name(form: Any, name: str) -> str:
    short = name.removesuffix("_id")
    return name if name in form.fields or short not in form.fields else short


def _typed(field: forms.Field, value: Any) -> list[str]:
    """A value as it is typed into a field: one text, or one for each choice of a field with several."""
    many = value if isinstance(value, list) else [] if isinstance(field, forms.MultipleChoiceField) else [value]
    return [_text(field, one) for one in many]


def _text(field: forms.Field, value: Any) -> str:
    value = value.pk if isinstance(value, Model) else value
    if value is None:
        return ""
    if isinstance(field, RecordField) and isinstance(value, int):
        return f"{field.prefix}-{value}"
    if isinstance(value, bool):
        return "True" if value else ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def check(form: Any, serializer: Any) -> Any:
    """The form, when its values hold together. Raises Invalid with the names that the API uses."""
    if form.is_valid():
        return form
    raise Invalid.of_fields({api_name(name, serializer): texts for name, texts in form.errors.items()})


def api_name(name: str, serializer: Any) -> str:
    """A form's field as the API calls it: owner -> owner_id, own_size -> custom/size."""
    known = serializer.fields
    if name.startswith(PREFIX):
        return f"custom/{name.removeprefix(PREFIX)}"
    return "" if name == "__all__" else f"{name}_id" if name not in known and f"{name}_id" in known else name


class Named(serializers.Serializer):
    """A record by number and name."""

    id = Id()
    name = Text()
