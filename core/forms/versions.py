"""Styled forms with groups, and edits that lose nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.http import QueryDict

from core.forms.fields import DateInput, MoneyField
from core.kernel import formats


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that stand together under a heading."""

    title: Any
    note: Any
    fields: Sequence[BoundField]


class StyledForm:
    """Gives every widget of a form the design's class, and its fields in groups.

    sections: (title, note, names). Without any, all fields stand in one group.
    """

    fields: dict[str, forms.Field]
    sections: Sequence[tuple[Any, Any, Sequence[str]]] = ()

    def style(self) -> None:
        for field in self.fields.values():
            if isinstance(field, forms.DateField) and not isinstance(field.widget, DateInput):
                field.widget = DateInput(field.widget.attrs)
            widget = field.widget
            if isinstance(widget, forms.CheckboxInput | forms.CheckboxSelectMultiple | forms.RadioSelect):
                widget.attrs.setdefault("class", "form-check-input")
            elif isinstance(widget, forms.Select):
                widget.attrs.setdefault("class", "form-select")
            else:
                widget.attrs.setdefault("class", "form-control")
            _blank_choice(field)

    @property
    def groups(self) -> list[Group]:
        every = {field.name: field for field in self.visible_fields()}  # type: ignore[attr-defined]  # -- a form's own
        grouped = [
            Group(title, note, [every[name] for name in names if name in every])
            for title, note, names in self.sections or (("", "", list(every)),)
        ]
        return [group for group in grouped if group.fields]


def _blank_choice(field: forms.Field) -> None:
    """An empty choice reads as a dash, not as an order to select."""
    if isinstance(field, forms.ModelChoiceField):
        if field.empty_label is not None:
            field.empty_label = formats.NONE
    elif isinstance(field, forms.ChoiceField) and isinstance(field.choices, list):
        field.choices = [(key, label if key != "" else formats.NONE) for key, label in field.choices]


class Form(StyledForm, forms.Form):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # -- Django's own signature is passed through
        self.style()


class ModelForm(StyledForm, forms.ModelForm[Any]):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # -- Django's own signature is passed through
        self.style()


class VersionedForm(ModelForm):
    """A form over a record with a version. The page carries what the person saw, so that two can edit one record.

    `changed_data` is what this person changed against what they saw, whatever stands in the database by now.
    """

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.show_hidden_initial = name != "version"
        if self.instance.pk:
            self.initial["version"] = self.instance.version

    @property
    def changed_names(self) -> list[str]:
        return [name for name in self.changed_data if name != "version"]

    @property
    def changes(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.changed_names}

    def show_beside(self, theirs: Any) -> list[tuple[str, str]]:
        """Put both people's changes into the form; gives (field name, their value) where both changed the same field.

        Fields this person left alone take the newer value; fields both changed keep this person's, theirs stand beside.
        Sending the form again saves it over `theirs`.
        """
        data = QueryDict("", mutable=True)
        data.update(self.data)
        clashes: list[tuple[str, str]] = []
        for name in self.fields:
            if not self.fields[name].show_hidden_initial:
                continue
            bound = self[name]
            field, seen = bound.field, data.get(bound.html_initial_name, "")
            now = field.prepare_value(self._value_of(theirs, name))
            now = "" if now is None else now.isoformat() if hasattr(now, "isoformat") else str(now)
            if now != seen and name in self.changed_data and now != data.get(bound.html_name, ""):
                clashes.append((name, self._words(theirs, name)))
            elif name not in self.changed_data:
                data[bound.html_name] = now
            data[bound.html_initial_name] = now
        data[self.add_prefix("version")] = str(theirs.version)
        self.data = data
        return clashes

    def _value_of(self, record: Any, name: str) -> Any:
        return record._meta.get_field(name).value_from_object(record)

    def _words(self, record: Any, name: str) -> str:
        shown = getattr(record, f"get_{name}_display", None)
        value = shown() if shown else getattr(record, name)
        if isinstance(self.fields[name], MoneyField):
            value = self.fields[name].prepare_value(value)
        elif isinstance(self.fields[name], forms.DateField):
            value = formats.day(value)
        return formats.NONE if value in (None, "") else str(value)
