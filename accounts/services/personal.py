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
    stays=(
        (_("That the account has such a contact, and whose it is"), _("Deals and checks count contacts.")),
        (_("Which deals it is on, and in which part"), _("Won and lost deals keep what they were decided with.")),
        (_("That calls, mails and meetings took place"), _("Activity is counted.")),
    ),
)  # fmt: skip
