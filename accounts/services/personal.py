"""What is personal about a contact."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.models import Contact
from core.registry import PersonalRecord

CONTACT = PersonalRecord(
    *("contact", 10, _("Contact"), Contact, "CON-"),
    blanks={
        "external_id": None, "title": "", "email": "", "phone": "", "mobile": "", "extra": {}, "custom": {},
    },
)  # fmt: skip
