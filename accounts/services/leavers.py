"""Accounts and contacts of somebody who leaves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Contact
from accounts.services.records import save_account, save_contact
from core.registry import LeaverPart
from people.models import Person


def _give_accounts(ids: Sequence[int], to: Person, by: Any, on: date) -> None:
    for account in Account.objects.filter(pk__in=ids).order_by("pk"):
        account.owner = to
        save_account(account=account, by=by, on=on)


def _give_contacts(ids: Sequence[int], to: Person, by: Any, on: date) -> None:
    for contact in Contact.objects.filter(pk__in=ids).order_by("pk"):
        contact.owner = to
        save_contact(contact=contact, by=by)


PARTS = (
    LeaverPart(
        *("accounts", 20, _("Accounts"), "building"),
        rows=lambda person: Account.objects.filter(owner=person, archived_at=None).order_by("name", "pk"),
        give=_give_accounts,
        record_kind="account",
    ),
    LeaverPart(
        *("contacts", 30, _("Contacts"), "address-book"),
        rows=lambda person: Contact.objects.filter(owner=person, archived_at=None).order_by("name", "pk"),
        give=_give_contacts,
        record_kind="contact",
    ),
)
