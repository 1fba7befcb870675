"""The address of the dashboard as clean values. What can't be read falls back to the usual, with a word about it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.kernel.periods import ALL, FiscalCalendar, Period, UnknownPeriod
from reporting.selectors import BY
from reporting.selectors.questions import LAST_YEAR, NOTHING, PREVIOUS

COMPARE = [(PREVIOUS, _("Previous period")), (LAST_YEAR, _("Same period last year")), (NOTHING, _("Nothing"))]
YEARS = range(1910, 2190)  # with room for the periods before and after


class DashboardForm(forms.Form):
    """calendar reads the period key. usable() gives what is valid, whatever else isn't."""

    period = forms.CharField(required=False, max_length=10)
    compare = forms.ChoiceField(required=False, choices=COMPARE)
    by = forms.ChoiceField(required=False, choices=[(by, by) for by in BY])
    since = forms.DateField(required=False, error_messages={"invalid": _("Write the day as 2026-09-30.")})
    region = forms.IntegerField(required=False, min_value=1, max_value=2**62)
    team = forms.IntegerField(required=False, min_value=1, max_value=2**62)
    product = forms.IntegerField(required=False, min_value=1, max_value=2**62)
    segment = forms.CharField(required=False, max_length=80)

    def __init__(self, data: Any, *, calendar: FiscalCalendar) -> None:
        super().__init__(data)
        self.calendar = calendar

    def clean_period(self) -> str:
        key: str = self.cleaned_data["period"]
        if key and key != ALL:
            try:
                self._known(key)
            except (UnknownPeriod, ValueError) as error:
                raise forms.ValidationError(_("Write a period as 2017, 2017-Q3, 2017-10 or all.")) from error
        return key

    def _known(self, key: str) -> Period:
        if int(key[:4]) not in YEARS:
            raise UnknownPeriod(key)
        return self.calendar.period(key)

    def usable(self) -> dict[str, str]:
        self.is_valid()
        return {name: str(value) for name, value in self.cleaned_data.items() if value not in (None, "")}


class NextStepForm(forms.Form):
    """The next step of a deal and its day, with the version that was looked at."""

    next_step = forms.CharField(
        max_length=255, label=_("Next step"), error_messages={"required": _("Say what is next.")}
    )
    next_step_due_on = forms.DateField(required=False, label=_("Due"))
    version = forms.IntegerField(required=False, min_value=1)


class CloseDateForm(forms.Form):
    """When a deal is expected to close, with the version that was looked at."""

    expected_close_on = forms.DateField(label=_("Expected close date"), error_messages={"required": _("Choose a day.")})
    version = forms.IntegerField(required=False, min_value=1)


class FixForm(forms.Form):
    """A finding to be mended: the next step where it asks for one, and the version that was looked at."""

    next_step = forms.CharField(required=False, max_length=255, label=_("Next step"))
    version = forms.IntegerField(required=False, min_value=1)


class SnoozeForm(forms.Form):
    """The day a task is put off to."""

    until = forms.DateField(label=_("Until"), error_messages={"required": _("Choose a day.")})
