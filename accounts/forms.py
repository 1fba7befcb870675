from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from accounts.kernel.names import domain_of
from accounts.models import Account, Contact
from core.forms import DateInput, Form, MoneyField, OwnValuesForm, RecordField, with_current
from people.models import Person


def account_field(accounts: Any, *, label: Any, help_text: Any = "") -> RecordField:
    """An account by name; the browser offers those the person may see."""
    return RecordField(
        accounts,
        address=reverse_lazy("accounts:account_options"),
        prefix="ACC",
        noun=_("account"),
        label=label,
        help_text=help_text,
        required=False,
        show_hidden_initial=True,
    )


class AccountForm(OwnValuesForm):
    annual_revenue = MoneyField(label=_("Annual revenue"), max_digits=20)

    sections = (
        (_("Account"), "", ("name", "type", "owner", "parent", "domain", "phone")),
        (_("Profile"), "", ("segment", "industry", "employees", "annual_revenue", "founded_year")),
        (
            _("Location"),
            _("Latitude and longitude place the account on a map."),
            ("street", "city", "region", "postal_code", "country", "latitude", "longitude"),
        ),
    )

    class Meta:
        model = Account
        fields = (
            "name", "type", "parent", "owner", "domain", "phone", "industry", "segment", "employees", "annual_revenue",
            "founded_year", "street", "city", "region", "postal_code", "country", "latitude", "longitude",
        )  # fmt: skip
        help_texts = {"domain": _("example.com: duplicates are found by it."), "owner": _("Kept over time.")}

    def __init__(self, *args: Any, owners: Any, parents: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        account = self.instance
        self.fields["owner"].queryset = with_current(owners, account.owner_id)  # type: ignore[attr-defined]  # -- a model choice field
        above = with_current(parents, account.parent_id).exclude(pk=account.pk)
        self.fields["parent"] = account_field(above, label=_("Parent account"))
        self.add_own_fields("account", people=owners)

    def clean_domain(self) -> str:
        text = str(self.cleaned_data["domain"]).strip()
        if text and not domain_of(text):
            raise forms.ValidationError(_("Write the domain as example.com."))
        return text

    def clean_latitude(self) -> Any:
        return self._degrees("latitude", 90)

    def clean_longitude(self) -> Any:
        return self._degrees("longitude", 180)

    def _degrees(self, name: str, most: int) -> Any:
        value = self.cleaned_data[name]
        if value is not None and abs(value) > most:
            raise forms.ValidationError(_("Enter degrees from -%(most)s to %(most)s."), params={"most": most})
        return value


class HandOverForm(Form):
    """To whom an account goes, and from which day."""

    owner = forms.ModelChoiceField(Person.objects.none(), label=_("New owner"))
    since = forms.DateField(
        label=_("From"),
        widget=DateInput,
        help_text=_("Today, a day to come, or a past day that isn't closed. A change planned for later is replaced."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, owners: Any, account: Account, on: date, **kwargs: Any) -> None:
        initial = {"since": on, "version": account.version}
        super().__init__(*args, initial=initial, **kwargs)
        self.fields["owner"].queryset = owners.order_by("name", "id")  # type: ignore[attr-defined]  # -- a model choice field
        self.style()


class ContactForm(OwnValuesForm):
    sections = (
        (_("Contact"), "", ("name", "title", "account", "persona", "owner")),
        (_("How to reach them"), "", ("email", "phone", "mobile")),
    )

    class Meta:
        model = Contact
        fields = ("name", "account", "title", "persona", "email", "phone", "mobile", "owner")
        help_texts = {"persona": _("Their part in a purchase, where a deal says nothing else.")}

    def __init__(self, *args: Any, owners: Any, accounts: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contact = self.instance
        self.fields["owner"].queryset = with_current(owners, contact.owner_id)  # type: ignore[attr-defined]  # -- a model choice field
        self.fields["account"] = account_field(with_current(accounts, contact.account_id), label=_("Account"))
        self.add_own_fields("contact", people=owners)
