from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from core.models import Company, FxRate


class DateInput(forms.DateInput):
    """The browser's own date field; values travel as ISO dates."""

    input_type = "date"

    def __init__(self, attrs: dict[str, str] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class StyledForm:
    """Gives every widget of a form the design's class and ties hints and errors to it."""

    fields: dict[str, forms.Field]

    def style(self) -> None:
        for field in self.fields.values():
            widget = field.widget
            if isinstance(widget, forms.CheckboxInput):
                widget.attrs.setdefault("class", "form-check-input")
            elif isinstance(widget, forms.Select):
                widget.attrs.setdefault("class", "form-select")
            else:
                widget.attrs.setdefault("class", "form-control")
            if isinstance(field, forms.DateField) and not isinstance(widget, DateInput):
                field.widget = DateInput(widget.attrs)


class Form(StyledForm, forms.Form):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # -- Django's own signature is passed through
        self.style()


class ModelForm(StyledForm, forms.ModelForm[Any]):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # -- Django's own signature is passed through
        self.style()


class CompanyForm(ModelForm):
    class Meta:
        model = Company
        fields = ("name", "currency", "time_zone", "start_month", "pattern", "named_by")

    def clean_time_zone(self) -> str:
        zone = str(self.cleaned_data["time_zone"])
        if zone not in available_timezones():
            raise forms.ValidationError(
                _("There is no time zone “%(zone)s”. Write one such as Europe/Berlin."), params={"zone": zone}
            )
        return zone


class FxRateForm(ModelForm):
    class Meta:
        model = FxRate
        fields = ("kind", "currency", "rate", "valid_from", "valid_to", "source")


class SavedViewForm(Form):
    table = forms.CharField(max_length=60)
    name = forms.CharField(max_length=60)
    query = forms.CharField(max_length=2000, required=False)
    is_shared = forms.BooleanField(required=False)
