"""Forms of pay."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import Form, ModelForm, MoneyField, check_money, with_current
from core.models import Currency
from people.models import PayRules, PersonPay

LAST_YEAR = 2200  # later days are slips of the keyboard


class PayForm(ModelForm):
    """Pay from a day; of the person of a page, or of one that a call names among `people`."""

    ote = MoneyField(label=_("On-target earnings"), required=True, help_text=_("A year, everything together."))
    variable = MoneyField(label=_("Variable pay"), required=True, help_text=_("The part of it that plans pay."))

    class Meta:
        model = PersonPay
        fields = ("person", "valid_from", "ote", "variable", "currency")
        help_texts = {"valid_from": _("The pay before ends on this day; pay that was set to begin on it is replaced.")}

    def __init__(self, *args: Any, people: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if people is None:
            del self.fields["person"]
        else:
            self.fields["person"].queryset = people  # type: ignore[attr-defined]  # -- a model choice field
        offered = with_current(Currency.objects.filter(is_active=True), self.initial.get("currency"))
        self.fields["currency"].queryset = offered  # type: ignore[attr-defined]  # -- a model choice field

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        check_money(self, data, currency=str(data.get("currency") or ""), names=("ote", "variable"))
        ote, variable = data.get("ote"), data.get("variable")
        if ote is not None and variable is not None and variable > ote:
            self.add_error("variable", _("Variable pay is a part of on-target earnings and can't be more. Check both."))
        _check_year(self, data, "valid_from")
        return data


class EndPayForm(Form):
    on = forms.DateField(label=_("First day without this pay"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        _check_year(self, data, "on")
        return data


class PayRulesForm(ModelForm):
    class Meta:
        model = PayRules
        fields = ("managers_see_pay",)
        help_texts = {
            "managers_see_pay": _(
                "On-target earnings and pay mix of everyone who sits below them today; never of those above. "
                "Everyone sees their own; comp admins and finance see all."
            )
        }


def _check_year(form: forms.BaseForm, data: dict[str, Any], name: str) -> None:
    day = data.get(name)
    if isinstance(day, date) and not 1900 <= day.year <= LAST_YEAR:
        form.add_error(name, _("Enter a day between 1900 and 2200."))
