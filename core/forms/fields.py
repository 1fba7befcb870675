"""Fields of the house: days, money as typed, records by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Model, QuerySet
from django.urls import reverse_lazy
from django.utils.text import capfirst
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from core import registry
from core.kernel.money import minor_digits
from core.kernel.typed import NotAnAmount, decimals_of, has_too_many_decimals, meant, read_amount
from core.registry import OptionSource


class DateInput(forms.DateInput):
    """The browser's own date field; values travel as ISO dates."""

    input_type = "date"

    def __init__(self, attrs: dict[str, str] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class MoneyField(forms.DecimalField):
    """An amount as people type it: "39,800.00", "$39,800". Its currency is checked by the form (check_money)."""

    widget = forms.TextInput
    currency = ""

    def __init__(self, **kwargs: Any) -> None:
        given: dict[str, Any] = {"max_digits": 18, "min_value": Decimal(0), "required": False} | kwargs
        super().__init__(**given)
        self.widget.attrs.update({"inputmode": "decimal", "class": "form-control input-money", "autocomplete": "off"})

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        try:
            return value if isinstance(value, Decimal) else read_amount(str(value))
        except NotAnAmount as error:
            if error.suggestion is None:
                raise forms.ValidationError(_("Enter an amount such as 39,800.00.")) from error
            asked = {"amount": f"{error.suggestion:,.2f}"}
            raise forms.ValidationError(_("Write decimals with a point. Did you mean %(amount)s?") % asked) from error

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, Decimal):
            return value
        places = max(minor_digits(self.currency), decimals_of(value.normalize()))
        return f"{value:,.{places}f}"

    def validate(self, value: Any) -> None:
        forms.Field.validate(self, value)


def check_money(form: forms.BaseForm, data: Mapping[str, Any], *, currency: str, names: Iterable[str]) -> None:
    """Refuse amounts with more decimals than the currency has. An amount nobody touched stays as it was stored."""
    for name in names:
        amount = data.get(name)
        if name not in form.changed_data or not isinstance(amount, Decimal):
            continue
        if has_too_many_decimals(amount, currency):
            asked = f"{meant(amount, currency):,.{minor_digits(currency)}f}"
            words = {"field": capfirst(str(form.fields[name].label)), "count": decimals_of(amount), "amount": asked}
            form.add_error(name, _now("%(field)s has %(count)s decimals. Did you mean %(amount)s?") % words)


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
        text = str(value).strip()
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
        return super().prepare_value(int(value) if str(value).isdecimal() else value)


def shorten_choices(form: forms.BaseForm) -> None:
    """Choices among more records than a page should carry become fields that offer matches as one types."""
    sources = {source.model: source for source in registry.option_sources}
    for name, field in form.fields.items():
        if not isinstance(field, forms.ModelChoiceField) or field.queryset is None:
            continue
        source = sources.get(field.queryset.model)
        if source and field.queryset.order_by()[MANY_OPTIONS : MANY_OPTIONS + 1].exists():
            form.fields[name] = LongChoice(field, source)


def with_current(rows: Any, pk: Any) -> Any:
    """The rows a form offers, and the one that stands already, so that saving never drops it."""
    return rows if pk is None else rows | rows.model._default_manager.filter(pk=pk)
