"""Fields that name one of many records: a page never carries a million options."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.db.models import Model, QuerySet
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from core import registry
from core.kernel.typed import read_number
from core.registry import OptionSource


class RecordField(forms.Field):
    """One of many records, by name: the browser offers matches as one types, the server takes a name or a number.

    A page never carries a million options. `address` answers with matches; `prefix` is that of the number (ACC-12).
    """

    widget = forms.TextInput

    def __init__(self, queryset: QuerySet[Any], *, address: Any, prefix: str, noun: Any, **kwargs: Any) -> None:
        self.queryset, self.prefix, self.noun = queryset, prefix, noun
        super().__init__(**kwargs)
        self.widget.attrs.update({"class": "form-control", "autocomplete": "off", "data-options": address})

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            value = self.queryset.filter(pk=value).first()
        return self.words(value) if isinstance(value, Model) else value

    def words(self, record: Any) -> str:
        return f"{record} · {self.prefix}-{record.pk}"

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values or isinstance(value, Model):
            return value or None
        text = str(value).replace("\0", "").strip()
        numbered = re.search(rf"(?:^|\s){self.prefix}-(\d{{1,18}})$", text, re.IGNORECASE)
        if numbered or text.isdecimal():
            found = self.queryset.filter(pk=numbered[1] if numbered else text[:18]).first()
            if found or numbered:
                return found or self._refuse(text, count=0)
        named = list(self.queryset.filter(name__iexact=text)[:2])
        return named[0] if len(named) == 1 else self._refuse(text, count=len(named))

    def _refuse(self, text: str, *, count: int) -> Any:
        if count:
            words = _("Several are called “%(name)s”. Choose the one you mean from the list.")
        else:
            words = _("There is no %(noun)s “%(name)s”. Choose one from the list.")
        raise forms.ValidationError(words % {"name": text, "noun": self.noun})

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(initial) != self.to_python(data))
        except forms.ValidationError:
            return True


MANY_OPTIONS = 100


class LongChoice(RecordField):
    """A choice among many records, in place of a list of options; `null_value` is “none” where that is offered."""

    def __init__(self, field: forms.ModelChoiceField[Any], source: OptionSource) -> None:
        super().__init__(
            field.queryset,  # type: ignore[arg-type]  # -- a field that is shown has its rows
            address=reverse_lazy(source.url_name),
            prefix=source.prefix,
            noun=source.noun,
            label=field.label,
            required=field.required,
            help_text=field.help_text,
            initial=field.initial,
            disabled=field.disabled,
        )
        self.show_hidden_initial = field.show_hidden_initial
        self.null_value = getattr(field, "null_value", None) if getattr(field, "null_label", None) else None
        self.null_label = str(getattr(field, "null_label", "") or "")

    def to_python(self, value: Any) -> Any:
        is_none = self.null_value is not None and str(value).strip().casefold() in (
            str(self.null_value).casefold(),
            self.null_label.casefold(),
        )
        return self.null_value if is_none else super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        if self.null_value is not None and value == self.null_value:
            return self.null_label
        number = read_number(str(value))
        return super().prepare_value(value if number is None else number)


def shorten_choices(form: forms.BaseForm) -> None:
    """Choices among more records than a page should carry become fields that offer matches as one types."""
    sources = {source.model: source for source in registry.option_sources}
    for name, field in form.fields.items():
        if not isinstance(field, forms.ModelChoiceField) or field.queryset is None:
            continue
        source = sources.get(field.queryset.model)
        if source and field.queryset.order_by()[MANY_OPTIONS : MANY_OPTIONS + 1].exists():
            form.fields[name] = LongChoice(field, source)
