"""What is personal about a lead."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from core.registry import PersonalRecord
from leads.models import Lead

LEAD = PersonalRecord(
    *("lead", 20, _("Lead"), Lead, "LEAD-"),
    blanks={
        "external_id": None, "company_name": "", "title": "", "email": "", "phone": "", "website": "", "extra": {},
        "custom": {},
    },
)  # fmt: skip
