from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from core.forms import Form
from core.kernel.effective import day_after
from people.enums import PAY_ROLES, Role
from people.models import Person, User

OPENS: dict[str, Any] = {
    Role.REP: _("own deals, accounts and leads"),
    Role.MANAGER: _("those of everyone below in the reporting line"),
    Role.EXECUTIVE: _("everything in sales, to read"),
    Role.SALES_OPS: _("everything in sales, imports, the sales process, targets"),
    Role.COMP_ADMIN: _("plans, credits and earnings; waits for a second admin"),
    Role.FINANCE: _("compensation and bookings, to read and approve; waits for a second admin"),
    Role.PLANNER: _("products and supply, no pay"),
    Role.MARKETING: _("leads and campaigns, no pay"),
    Role.ADMIN: _("users, roles, settings; no pay"),
}


def role_choices() -> list[tuple[str, str]]:
    return [(role.value, f"{role.label}: {OPENS[role]}") for role in Role]


class UserForm(Form):
    """A new login. Without a first password the person is invited by a mail with a link to set one."""

    email = forms.EmailField(label=_("E-mail"), max_length=254)
    person = forms.ModelChoiceField(
        Person.objects.filter(user=None), label=_("Person"), required=False,
        help_text=_("Who this is in the sales team. Blank for logins outside sales."),
    )  # fmt: skip
    password = forms.CharField(
        label=_("First password"), required=False,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"}),
        help_text=_("Blank: a mail with a link to set one is sent."),
    )  # fmt: skip
    roles = forms.MultipleChoiceField(
        choices=role_choices, label=_("Roles"), required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"wrap": "full"}),
    )  # fmt: skip

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"])
        if User.objects.filter(email__iexact=email).exists():
            raise forms.ValidationError(_("%(email)s has a login already."), params={"email": email})
        return email

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        if password:
            validate_password(password)
        return password


class GrantForm(Form):
    """A role for a time: from a day, until a last day or open."""

    role = forms.ChoiceField(choices=role_choices, label=_("Role"))
    since = forms.DateField(label=_("From"))
    until = forms.DateField(label=_("Last day"), required=False, help_text=_("Empty: until it is taken away."))

    @property
    def values(self) -> dict[str, Any]:
        given = self.cleaned_data
        span = {"valid_from": given["since"], "valid_to": day_after(given["until"])}
        return {"role": given["role"], **span}


class RolesForm(Form):
    roles = forms.MultipleChoiceField(
        choices=role_choices, label=_("Roles"), required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"wrap": "full"}),
    )  # fmt: skip
    person = forms.ModelChoiceField(Person.objects.none(), label=_("Person"), required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = Person.objects.filter(user=None) | Person.objects.filter(user=user)  # type: ignore[attr-defined]  # -- a model choice field

    def asks_for_pay(self, held: list[str]) -> bool:
        """Whether a pay role is asked for that isn't held yet."""
        return bool((set(self.cleaned_data["roles"]) & set(PAY_ROLES)) - set(held))
