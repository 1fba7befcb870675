"""Forms of the settings pages and of lists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from core.enums import Channel, Sharing
from core.forms.versions import Form, ModelForm
from core.kernel import formats
from core.kernel.periods import Period
from core.models import Company, FxRate

MONTHS = (
    _("January"), _("February"), _("March"), _("April"), _("May"), _("June"), _("July"), _("August"), _("September"),
    _("October"), _("November"), _("December"),
)  # fmt: skip


def zone_choices() -> list[tuple[str, str]]:
    return [(zone, zone.replace("_", " ")) for zone in sorted(available_timezones()) if "/" in zone or zone == "UTC"]


class CompanyForm(ModelForm):
    time_zone = forms.ChoiceField(
        choices=zone_choices, label=_("Time zone"), help_text=_("Business days, periods and the night follow it.")
    )
    start_month = forms.TypedChoiceField(
        choices=list(enumerate(MONTHS, start=1)), coerce=int, label=_("Fiscal year starts in")
    )

    sections = (
        (_("Company"), "", ("name", "currency", "time_zone")),
        (
            _("Fiscal calendar"),
            _("How years are cut into quarters and months."),
            ("start_month", "pattern", "named_by"),
        ),
    )

    class Meta:
        model = Company
        fields = ("name", "currency", "time_zone", "start_month", "pattern", "named_by")
        help_texts = {
            "currency": _("Figures are shown in it. Fixed once there are records with amounts."),
            "pattern": _("Calendar months, or quarters of 13 weeks cut into months of whole weeks."),
            "named_by": _("Which calendar year gives a fiscal year its number."),
        }


class FxRateForm(ModelForm):
    class Meta:
        model = FxRate
        fields = ("currency", "rate", "kind", "valid_from", "source")
        help_texts = {
            "rate": _("Units of the reporting currency for one unit of this one."),
            "kind": _("Plan rates count pipeline, bookings and attainment; the others pay."),
            "valid_from": _("The rate before ends on this day."),
            "source": _("Where it comes from, such as a bank or the budget."),
        }

    def __init__(self, *args: Any, reporting: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        currencies = self.fields["currency"]
        currencies.queryset = currencies.queryset.exclude(pk=reporting)  # type: ignore[attr-defined]  # -- a model choice field

    def clean_rate(self) -> Any:
        rate = self.cleaned_data["rate"]
        if rate <= 0:
            raise forms.ValidationError(_("Enter more than 0."))
        return rate


class SavedViewForm(Form):
    table = forms.CharField(max_length=60)
    name = forms.CharField(max_length=60)
    query = forms.CharField(max_length=2000, required=False)
    sharing = forms.ChoiceField(choices=Sharing.choices, required=False)

    def clean_sharing(self) -> str:
        return str(self.cleaned_data["sharing"] or Sharing.OWN)


class ViewForm(Form):
    """The name of a saved view and who sees it."""

    name = forms.CharField(max_length=60)
    sharing = forms.ChoiceField(choices=Sharing.choices)


class ChannelsForm(Form):
    """How a person wants to hear of each kind; channels: pairs of kind and what holds now."""

    def __init__(self, *args: Any, channels: Sequence[tuple[Any, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind, channel in channels:
            self.fields[kind.key] = forms.ChoiceField(
                choices=Channel.choices, initial=channel, label=kind.label, widget=forms.RadioSelect
            )

    def channels(self) -> dict[str, str]:
        return dict(self.cleaned_data)


class ClosingForm(Form):
    """Through which month the books are closed; months: those that are over, the newest first."""

    closed_through = forms.TypedChoiceField(
        label=_("Closed through"),
        coerce=date.fromisoformat,
        empty_value=None,
        required=False,
        help_text=_("What was won or lost until then isn't changed any more, by hand, in bulk or by an import."),
    )
    reason = forms.CharField(
        label=_("Why closed days are opened again"),
        max_length=255,
        required=False,
        help_text=_("Needed when an earlier month, or none, is chosen. Kept with your name."),
    )

    def __init__(self, *args: Any, months: Sequence[Period], closed: date | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        days = [(month.last_day.isoformat(), f"{formats.day(month.last_day)} ({month.label})") for month in months]
        self.fields["closed_through"].choices = [("", _("Nothing is closed")), *days]  # type: ignore[attr-defined]  # -- a choice field
        self.initial["closed_through"] = closed.isoformat() if closed else ""


class ErasureForm(Form):
    """The reason of an erasure, and whether words that people wrote go too."""

    reason = forms.CharField(
        label=_("Why"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Who asked, and when. Don't write the name: this stays in the audit."),
    )  # fmt: skip
    with_text = forms.BooleanField(
        label=_("Also what people wrote about them: calls, mails, notes, tasks"), required=False, initial=True
    )
