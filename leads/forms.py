from __future__ import annotations

from typing import Any

from core.forms import ModelForm
from leads.models import Lead


class LeadForm(ModelForm):
    class Meta:
        model = Lead
        fields = (
            "name", "company_name", "title", "email", "phone", "website", "source", "campaign", "status", "industry",
            "employees", "city", "country", "owner",
        )  # fmt: skip

    def __init__(self, *args: Any, owners: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = owners  # type: ignore[attr-defined]  # -- a model choice field
