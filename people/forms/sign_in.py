from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from core.forms import Form, ModelForm
from people.enums import Role
from people.forms.users import role_choices
from people.models import AccessRules, Person, User


def _rules() -> str:
    return " ".join(password_validators_help_texts())


PASSWORD_RULES: Any = lazy(_rules, str)()


class FirstPasswordForm(Form):
    """The password of somebody who was invited, twice."""

    password = forms.CharField(
        label=_("Password"), max_length=128, strip=False, help_text=PASSWORD_RULES,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip
    again = forms.CharField(
        label=_("The same again"), max_length=128, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        validate_password(password, self.user)
        return password

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "password" in data and data.get("again") != data["password"]:
            self.add_error("again", _("This isn't the same password."))
        return data


class InvitePeopleForm(Form):
    """People who have an e-mail and no login, invited together with the same roles."""

    people = forms.ModelMultipleChoiceField(
        Person.objects.none(), label=_("People"), widget=forms.CheckboxSelectMultiple(attrs={"wrap": "full"})
    )
    roles = forms.MultipleChoiceField(
        choices=role_choices, label=_("Roles"), widget=forms.CheckboxSelectMultiple(attrs={"wrap": "full"})
    )

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"].queryset = people  # type: ignore[attr-defined]  # -- a model choice field


class AccessRulesForm(ModelForm):
    second_factor_roles = forms.MultipleChoiceField(
        choices=Role.choices, label=_("Roles that need a second factor"), required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"wrap": "full"}),
        help_text=_("An authenticator app or a passkey. Who has none is led to set one up before anything else."),
    )  # fmt: skip
    idle_hours = forms.IntegerField(label=_("Sign out after hours without use"), min_value=1, max_value=720)
    longest_days = forms.IntegerField(label=_("Sign out after days in any case"), min_value=1, max_value=365)
    invitation_days = forms.IntegerField(label=_("Days an invitation holds"), min_value=1, max_value=60)

    sections = (
        (_("Second factor"), "", ("second_factor_roles",)),
        (_("Sessions"), _("They hold for open sessions too."), ("idle_hours", "longest_days")),
        (_("Invitations"), "", ("invitation_days",)),
    )

    class Meta:
        model = AccessRules
        fields = ("second_factor_roles", "idle_hours", "longest_days", "invitation_days")
