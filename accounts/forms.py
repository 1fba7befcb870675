from __future__ import annotations

from typing import Any

from accounts.models import Account, Contact
from core.forms import ModelForm


class AccountForm(ModelForm):
    class Meta:
        model = Account
        fields = (
            "name", "type", "parent", "owner", "domain", "phone", "industry", "segment", "employees", "annual_revenue",
            "founded_year", "street", "city", "region", "postal_code", "country", "latitude", "longitude",
        )  # fmt: skip

    def __init__(self, *args: Any, owners: Any, parents: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = owners  # type: ignore[attr-defined]  # -- a model choice field
        self.fields["parent"].queryset = parents.exclude(pk=self.instance.pk)  # type: ignore[attr-defined]  # -- a model choice field


class ContactForm(ModelForm):
    class Meta:
        model = Contact
        fields = ("name", "account", "title", "persona", "email", "phone", "mobile", "owner")

    def __init__(self, *args: Any, owners: Any, accounts: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = owners  # type: ignore[attr-defined]  # -- a model choice field
        self.fields["account"].queryset = accounts  # type: ignore[attr-defined]  # -- a model choice field
