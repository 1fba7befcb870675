"""Fields of the house: days and money as typed. Records by name: core.tables.choices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from core.kernel.money import minor_digits
from core.kernel.typed import NotAnAmount, decimals_of, has_too_many_decimals, meant, read_amount


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


def with_current(rows: Any, pk: Any) -> Any:
    """The rows a form offers, and the one that stands already, so that saving never drops it."""
    return rows if pk is None else rows | rows.model._default_manager.filter(pk=pk)
