"""What a version of a plan is laid over."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from compensation.enums import SimulatedOver
from core.forms import Form

QUARTERS = [(1, _("this quarter")), (2, _("two quarters")), (3, _("three quarters")), (4, _("four quarters"))]


class SimulationForm(Form):
    over = forms.ChoiceField(label=_("Over"), choices=SimulatedOver)
    quarters = forms.TypedChoiceField(
        label=_("Open deals that close in"), coerce=int, choices=QUARTERS, required=False, empty_value="1"
    )

    def clean_quarters(self) -> int:
        return int(self.cleaned_data["quarters"])
