"""The form of an accounting policy."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from compensation.models import AccountingPolicy
from core.forms import ModelForm

_ACCOUNTS = ("asset", "amortisation", "expense", "liability", "impairment", "clearing")
_FIELDS = ("valid_from", "benefit_months", "renewals_commensurate", "is_expedient", "basis")
_NUMBERED = tuple(f"{name}_account" for name in _ACCOUNTS)
LONGEST_MONTHS = 480


class AccountingPolicyForm(ModelForm):
    sections = (
        (_("How costs are treated"), "", _FIELDS),
        (_("Accounts of your books"), _("Their numbers or names, as the journal gives them."), _NUMBERED),
        (_("Why"), "", ("note",)),
    )

    class Meta:
        model = AccountingPolicy
        fields = (*_FIELDS, *_NUMBERED, "note")

    def clean_valid_from(self) -> date:
        day: date = self.cleaned_data["valid_from"]
        if not 2000 <= day.year <= 2200:
            raise forms.ValidationError(_now("Enter a day between 2000 and 2200."))
        return day

    def clean_benefit_months(self) -> Any:
        months = self.cleaned_data["benefit_months"]
        if not 1 <= months <= LONGEST_MONTHS:
            raise forms.ValidationError(_now("Enter between 1 and 480 months."))
        return months
