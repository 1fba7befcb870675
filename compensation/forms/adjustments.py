"""Forms of pay: reasons, adjustments, milestones and scores."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from compensation.models import Adjustment, PayEvent, Plan
from compensation.selectors.pay_lists import payees_by_name, plans_with_people
from core.forms import Form, ModelForm, MoneyField, check_money
from core.kernel.money import to_minor

MOST = Decimal(10) ** 13


class ReasonForm(Form):
    reason = forms.CharField(label=_("Reason"), max_length=255)


class AboutForm(ReasonForm):
    """Why an exception is right; others of its kind may be taken together with it."""

    def __init__(self, *args: Any, others: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if others:
            words = ngettext_lazy("Also the %(n)d other of this kind", "Also the %(n)d others of this kind", "n")
            self.fields["alike"] = forms.BooleanField(label=words % {"n": others}, required=False)


class FirstDayForm(Form):
    """From which day on there are pay periods."""

    first = forms.DateField(label=_("From the month of"))

    def clean_first(self) -> date:
        return _in_our_time(self.cleaned_data["first"])


def _in_our_time(day: date) -> date:
    if not 2000 <= day.year <= 2200:
        raise forms.ValidationError(_now("Enter a day between 2000 and 2200."))
    return day


class _PayeeField(forms.CharField):
    """A payee by the person's name or number; the browser offers people as one types."""

    def __init__(self) -> None:
        super().__init__(label=_("Person"), max_length=200)
        self.widget.attrs.update({"autocomplete": "off", "data-options": reverse_lazy("people:person_options")})

    def clean(self, value: Any) -> Any:
        text = super().clean(value).replace("\0", "")
        found = payees_by_name(text)
        if len(found) == 1:
            return found[0]
        told = _now("Several people are called so. Choose the one you mean from the list.") if found else _now(
            "Nobody of this name is on a plan. Choose somebody who is, or put them on one first."
        )  # fmt: skip
        raise forms.ValidationError(told)


class AdjustmentForm(Form):
    """What is owed to somebody, or taken back, for a month."""

    payee = _PayeeField()
    plan = forms.ModelChoiceField(queryset=Plan.objects.none(), label=_("Plan"))
    month = forms.DateField(label=_("Month"), help_text=_("Any day of the month that it belongs to."))
    amount = MoneyField(
        label=_("Amount"), required=True, min_value=-MOST, max_value=MOST,
        help_text=_("In the plan's currency. With a minus it is taken back."),
    )  # fmt: skip
    reason = forms.CharField(label=_("Reason"), max_length=255, help_text=_("It stands on the person's statement."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["plan"].queryset = plans_with_people()  # type: ignore[attr-defined]  # -- a model choice field

    def clean_month(self) -> date:
        return _in_our_time(self.cleaned_data["month"]).replace(day=1)

    def clean_amount(self) -> Decimal:
        amount: Decimal = self.cleaned_data["amount"]
        if not amount:
            raise forms.ValidationError(_now("An adjustment is of some amount, to pay or to take back."))
        return amount

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        plan = data.get("plan")
        if plan is not None:
            check_money(self, data, currency=str(plan.currency_id), names=("amount",))
        return data

    def adjustment(self) -> Adjustment:
        data = self.cleaned_data
        minor = to_minor(data["amount"], str(data["plan"].currency_id))
        given = {"payee": data["payee"], "plan": data["plan"], "earned_in": data["month"], "reason": data["reason"]}
        return Adjustment(amount_minor=minor, **given)


class PayEventForm(ModelForm):
    who = _PayeeField()
    field_order = ("kind", "who")

    class Meta:
        model = PayEvent
        fields = ("kind", "name", "on", "amount", "note")

    def clean_on(self) -> date:
        return _in_our_time(self.cleaned_data["on"])

    def event(self) -> PayEvent:
        event: PayEvent = self.save(commit=False)
        event.payee = self.cleaned_data["who"]
        return event
