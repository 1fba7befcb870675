from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from core.forms import OwnValuesForm, with_current
from leads.models import Lead


class LeadForm(OwnValuesForm):
    sections = (
        (_("Who"), "", ("name", "title", "company_name", "website", "email", "phone")),
        (_("Where from"), "", ("source", "campaign", "status", "owner")),
        (_("Company"), "", ("industry", "employees", "city", "country")),
    )

    class Meta:
        model = Lead
        fields = (
            "name", "company_name", "title", "email", "phone", "website", "source", "campaign", "status", "industry",
            "employees", "city", "country", "owner",
        )  # fmt: skip

    def __init__(self, *args: Any, owners: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = with_current(owners, self.instance.owner_id)  # type: ignore[attr-defined]  # -- a model choice field
        self.add_own_fields("lead", people=owners)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        known = ("name", "company_name", "email")
        if not any(data.get(name) for name in known) and not any(name in self.errors for name in known):
            self.add_error("name", _("A lead needs a name, a company or an e-mail."))
        return data
