from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core import registry
from core.forms import DateInput, Form
from core.kernel.access import SignedIn
from integrations.enums import ProposalAction
from integrations.models import ImportFile
from integrations.policies import import_kinds_for

ORDERS = [("dmy", "DD/MM/YYYY"), ("mdy", "MM/DD/YYYY")]


class UploadForm(Form):
    kind = forms.ChoiceField(label=_("What is in the file"))
    file = forms.FileField(
        label=_("File"), help_text=_("CSV or Excel, also zipped; at most 1 GB and about a million rows.")
    )

    def __init__(self, *args: Any, user: SignedIn, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(k.key, k.spec.label) for k in import_kinds_for(user)]  # type: ignore[attr-defined]  # -- a choice field


class MappingForm(Form):
    """One choice for each column of the file, the order of its dates, and how the whole file is read."""

    convert_thousands = forms.BooleanField(
        label=_("A dot before three digits is for thousands: 39.800 is 39,800"), required=False
    )
    since = forms.DateField(
        label=_("First day of reporting lines, teams and owners"),
        required=False,
        widget=DateInput,
        help_text=_(
            "Empty: from the beginning for what is new, so that earlier deals roll up; from today for changes."
        ),
    )

    def __init__(self, import_file: ImportFile, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.columns: list[str] = import_file.shape["columns"]
        spec = registry.import_kinds[import_file.kind].spec
        fields = [("", _("Do not import")), *((field.name, field.label) for field in spec.fields)]
        for index in range(len(self.columns)):
            self.fields[f"column-{index}"] = forms.ChoiceField(choices=fields, required=False)
            self.fields[f"order-{index}"] = forms.ChoiceField(choices=[("", ""), *ORDERS], required=False)

    def values(self) -> dict[str, Any]:
        """What services.change_mapping takes."""
        clean = self.cleaned_data
        return {
            "mapping": {name: clean[f"column-{i}"] for i, name in enumerate(self.columns)},
            "orders": {name: clean[f"order-{i}"] for i, name in enumerate(self.columns) if clean[f"order-{i}"]},
            "convert_thousands": clean["convert_thousands"],
            "since": clean["since"],
        }


class DecisionForm(Form):
    action = forms.ChoiceField(choices=ProposalAction.choices)
    target = forms.CharField(max_length=500, required=False)


class FixForm(Form):
    field = forms.CharField(max_length=60)
    value = forms.CharField(max_length=500, strip=False)
    target = forms.CharField(max_length=500, required=False)


class TokenForm(Form):
    """What a token is for, how long it lives, and what it may be used for."""

    name = forms.CharField(label=_("What is it for"), max_length=80, help_text=_("Such as “Data warehouse, nightly”."))
    days = forms.TypedChoiceField(
        label=_("Lives"),
        choices=[(30, _("30 days")), (90, _("90 days")), (180, _("180 days")), (365, _("A year"))],
        coerce=int,
        initial=90,
    )
    scopes = forms.MultipleChoiceField(
        label=_("May be used for"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Never for more than you may do yourself. Whoever may change may read."),
        error_messages={"required": _("Choose at least one scope.")},
    )

    def __init__(self, *args: Any, scopes: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = list(scopes)  # type: ignore[attr-defined]  # -- a choice field
