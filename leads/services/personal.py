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
    stays=(
        (_("Status, source, campaign, owner and days of the lead"), _("Conversion rates are counted from them.")),
        (_("The account, contact and deal it became"), _("They are records of their own. Erase the contact as well.")),
    ),
)  # fmt: skip
