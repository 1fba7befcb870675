from __future__ import annotations

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from core.forms import Form
from people.enums import Role
from people.models import Person, Position, Team


class UserForm(Form):
    email = forms.EmailField(label=_("E-mail"))
    password = forms.CharField(
        label=_("First password"), required=False, widget=forms.PasswordInput(render_value=False),
        help_text=_("Blank: the person sets one through “Forgot the password?”."),
    )  # fmt: skip
    person = forms.ModelChoiceField(Person.objects.filter(user=None), label=_("Person"), required=False)
    roles = forms.MultipleChoiceField(
        choices=Role.choices, label=_("Roles"), widget=forms.CheckboxSelectMultiple, required=False
    )

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        if password:
            validate_password(password)
        return password


class RolesForm(Form):
    roles = forms.MultipleChoiceField(
        choices=Role.choices, label=_("Roles"), widget=forms.CheckboxSelectMultiple, required=False
    )


class MoveForm(Form):
    """Where a person sits, whom the seat reports to, and in which team, from a day."""

    since = forms.DateField(label=_("From"))
    reports_to = forms.ModelChoiceField(
        Position.objects.filter(archived_at=None), label=_("Reports to"), required=False
    )
    team = forms.ModelChoiceField(Team.objects.all(), label=_("Team or region"), required=False)
