"""Custom fields in forms: of a record, and the form that defines one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from core.enums import FieldType
from core.forms.fields import DateInput, MoneyField, with_current
from core.forms.versions import Form, VersionedForm
from core.kernel import formats
from core.kernel.own_fields import (
    FIRST_YEAR,
    LONG_CHARS,
    TEXT_CHARS,
    URL_CHARS,
    BadValue,
    OwnField,
    merged,
    plain,
    shown,
    stored,
    with_defaults,
)
from core.models import CustomField
from core.selectors import kinds_with_fields, own_fields_of
from core.selectors.own_fields import person_names

_YES_NO = [("", formats.NONE), ("1", _("Yes")), ("0", _("No"))]


class OwnValuesForm(VersionedForm):
    """A form over a record that has custom fields: they stand in a group of their own, and conflicts tell of each.

    The form calls add_own_fields(kind, people) at the end of its making; `changes` gives the whole column `custom`.
    """

    own: tuple[OwnField, ...] = ()

    def add_own_fields(self, record_kind: str, *, people: Any) -> None:
        """people: rows that a field of people offers (whom the person may choose)."""
        self.own = own_fields_of(record_kind)
        if not self.own:
            return
        values = self.instance.custom if self.instance.pk else with_defaults(self.own, self.instance.custom)
        for one in self.own:
            self.fields[one.name] = _form_field(one, values.get(one.key), people)
            self.fields[one.name].show_hidden_initial = True
            self.initial.setdefault(one.name, _initial(one, values.get(one.key)))
        self.style()
        self.sections = (*self.sections, (_("More"), _("Fields of your company."), tuple(one.name for one in self.own)))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self._own_values: dict[str, Any] = {}
        for one in self.own:
            if one.name in data and one.name in self.changed_data:
                self._take(one, data[one.name])
        if not self.instance.pk:
            self.instance.custom = with_defaults(self.own, {**self.instance.custom, **self._typed(data)})
        return data

    def _typed(self, data: dict[str, Any]) -> dict[str, Any]:
        """A new record holds what stands in the form, defaults that were left and those that were emptied."""
        return {one.key: None for one in self.own if data.get(one.name) in ("", None, [])} | self._own_values

    def _take(self, one: OwnField, value: Any) -> None:
        try:
            self._own_values[one.key] = stored(one, value)
        except BadValue as error:
            self.add_error(one.name, str(error))

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # -- a model form's own step
        if self.instance.pk and self._own_values:
            self.instance.custom = merged(self.instance.custom or {}, self._own_values)

    @property
    def changed_names(self) -> list[str]:
        own = {one.name for one in self.own}
        return [name for name in super().changed_names if name not in own]

    @property
    def changes(self) -> dict[str, Any]:
        return super().changes | ({"custom": self.instance.custom} if self._own_values else {})

    def _value_of(self, record: Any, name: str) -> Any:
        one = next((one for one in self.own if one.name == name), None)
        return _initial(one, (record.custom or {}).get(one.key)) if one else super()._value_of(record, name)

    def _words(self, record: Any, name: str) -> str:
        one = next((one for one in self.own if one.name == name), None)
        if one is None:
            return super()._words(record, name)
        value = (record.custom or {}).get(one.key)
        people = person_names([value]) if one.type == FieldType.PERSON else {}
        return shown(one, value, people) or formats.NONE


def _initial(one: OwnField, value: Any) -> Any:
    clean = plain(one, value)
    return {True: "1", False: "0"}[clean] if isinstance(clean, bool) else clean


def _form_field(one: OwnField, value: Any, people: Any) -> forms.Field:
    given: dict[str, Any] = {"label": one.label, "help_text": one.help_text, "required": one.is_required}
    if one.has_choices:
        held = value if isinstance(value, list) else [value]
        offered = [(choice.key, choice.label) for choice in one.choices if not choice.is_off or choice.key in held]
        if one.type == FieldType.CHOICES:
            return forms.MultipleChoiceField(choices=offered, widget=forms.CheckboxSelectMultiple, **given)
        return forms.ChoiceField(choices=[("", formats.NONE), *offered], **given)
    if one.type == FieldType.PERSON:
        return forms.ModelChoiceField(with_current(people, value), **given)
    return _plain_field(one, given)


def _plain_field(one: OwnField, given: dict[str, Any]) -> forms.Field:
    if one.type == FieldType.LONG:
        return forms.CharField(max_length=LONG_CHARS, widget=forms.Textarea(attrs={"rows": 4, "wrap": "full"}), **given)
    if one.type == FieldType.MONEY:
        return MoneyField(**given | {"min_value": None})
    if one.type == FieldType.NUMBER:
        return NumberField(**given)
    if one.type == FieldType.DATE:
        return forms.DateField(widget=DateInput({"min": f"{FIRST_YEAR}-01-01"}), **given)
    if one.type == FieldType.BOOLEAN:
        return forms.ChoiceField(choices=_YES_NO, **given)
    if one.type == FieldType.URL:
        return forms.CharField(max_length=URL_CHARS, widget=forms.TextInput(attrs={"inputmode": "url"}), **given)
    return forms.CharField(max_length=TEXT_CHARS, **given)


class NumberField(MoneyField):
    """A number as people type it ("1,234.5"), of either sign, shown with the decimals it has."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": None, "max_digits": 30} | kwargs)

    def prepare_value(self, value: Any) -> Any:
        return f"{value.normalize():,f}" if isinstance(value, Decimal) else value


class ChoiceRow(Form):
    """One choice of a field; the key of one that stands travels with it, so that renaming keeps what was chosen."""

    key = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    label = forms.CharField(label=_("Choice"), max_length=80, required=False)
    is_off = forms.BooleanField(label=_("Not offered any more"), required=False)


def choice_rows(data: Any, row: CustomField | None, *, empty: int) -> BaseFormSet[ChoiceRow]:
    """The choices of a field in order, and some empty rows."""
    standing = row.choices if row else []
    initial = [{"key": one["key"], "label": one["label"], "is_off": one.get("off", False)} for one in standing]
    rows: BaseFormSet[ChoiceRow] = formset_factory(ChoiceRow, extra=empty, max_num=300)(
        data, initial=initial, prefix="c"
    )
    return rows


class CustomFieldForm(Form):
    """Define or change a field. Kind and type are chosen once."""

    record_kind = forms.ChoiceField(label=_("On"))
    type = forms.ChoiceField(label=_("Type"), choices=FieldType.choices, help_text=_("Stays: values depend on it."))
    label = forms.CharField(label=_("Name"), max_length=60, help_text=_("What people read, and the column of a file."))
    help_text = forms.CharField(label=_("Help"), max_length=200, required=False, help_text=_("Stands below the field."))
    is_required = forms.BooleanField(
        label=_("Has to be filled in"),
        required=False,
        help_text=_("Asked when somebody saves the record. Imports may leave it out."),
    )
    default = forms.CharField(
        label=_("Default"),
        required=False,
        max_length=255,
        help_text=_("What a new record begins with. A choice by its words, a day as 2026-11-30, yes or no."),
    )

    def __init__(self, *args: Any, row: CustomField | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row = row
        self.fields["record_kind"].choices = [(kind.key, kind.label_plural) for kind in kinds_with_fields()]  # type: ignore[attr-defined]  # -- a choice field
        if row is not None:
            del self.fields["record_kind"], self.fields["type"]
        self.style()

    def clean_default(self) -> Any:
        """Numbers as typed; the rest is checked by the service against the choices."""
        text = self.cleaned_data["default"].strip()
        kind = self.row.type if self.row else self.cleaned_data.get("type")
        if text and kind == FieldType.PERSON:
            raise forms.ValidationError(_now("A field of people has no default."))
        return NumberField().clean(text) if text and kind in (FieldType.NUMBER, FieldType.MONEY) else text
