"""Forms around plans: a new one, who is on it, decisions with a reason."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from compensation.forms.documents import DocumentForm
from compensation.kernel.patterns import PATTERNS, pattern_of
from core.forms import Form
from core.forms.fields import DateInput
from people.enums import Role
from people.models import Person, Team


class PatternForm(Form):
    """A plan from a pattern: its name, currency and first day."""

    name = forms.CharField(label=_("Name"), max_length=200, required=False, help_text=_("Blank: as the pattern says."))
    currency = forms.CharField(label=_("Currency"), max_length=3, min_length=3)
    valid_from = forms.DateField(label=_("Valid from"), widget=DateInput())

    def definition(self, pattern: str) -> dict[str, Any]:
        data = self.cleaned_data
        made = pattern_of(pattern, currency=data["currency"].upper(), first=data["valid_from"])
        return made | {"plan": data["name"].strip() or made["plan"]}


class NewPlanForm(DocumentForm):
    """A plan from a file or from pasted text."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].widget.attrs["rows"] = 12


PATTERN_KEYS = frozenset(one.key for one in PATTERNS)


class _SpanForm(Form):
    """A plan role and days; checks their order."""

    role = forms.CharField(label=_("Plan role"), max_length=40, required=False)
    valid_from = forms.DateField(label=_("From"), widget=DateInput())
    valid_to = forms.DateField(
        label=_("Until"), widget=DateInput(), required=False, help_text=_("First day no longer on the plan.")
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("valid_from"), data.get("valid_to")
        if first and last and last <= first:
            self.add_error("valid_to", _("Enter a day after the first one."))
        return data


class AssignForm(_SpanForm):
    person = forms.ModelChoiceField(label=_("Person"), queryset=Person.objects.order_by("name"))
    field_order = ("person", "role", "valid_from", "valid_to")


class AssignManyForm(_SpanForm):
    """Everybody who holds a seat on the first day, of a team or with a role."""

    team = forms.ModelChoiceField(
        label=_("Region or team"), queryset=Team.objects.order_by("name"), required=False, empty_label=_("Any")
    )
    login_role = forms.ChoiceField(label=_("Role"), choices=[("", _("Any")), *Role.choices], required=False)
    field_order = ("team", "login_role", "role", "valid_from", "valid_to")

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not data.get("team") and not data.get("login_role"):
            self.add_error("team", _("Choose a team or a role: not everybody is put on a plan at once."))
        return data


class EndForm(Form):
    valid_to = forms.DateField(label=_("First day no longer on the plan"), widget=DateInput())


class ReasonForm(Form):
    reason = forms.CharField(label=_("Reason"), max_length=255, widget=forms.Textarea(attrs={"rows": 2}))


class DecideForm(Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=255,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Wanted when it is given back."),
    )
