"""Writes of accounts and contacts."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.kernel.names import domain_of
from accounts.models import Account, AccountOwnership, Contact
from core import audit


class AccountError(ValueError):
    """A change that can't be; `field` names the field it belongs to."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def save_account(*, account: Account, by: Any, on: date) -> Account:
    """Save a new or changed account and keep its ownership over time. Raises AccountError for a circle of parents."""
    account.domain = domain_of(account.domain) if account.domain else ""
    _refuse_circle(account)
    is_new = account.pk is None
    if not is_new:
        account.version += 1
    account.save()
    _own(account, on=on)
    audit.record(act="account.created" if is_new else "account.changed", actor=by, subject=account)
    return account


def _refuse_circle(account: Account) -> None:
    seen, parent = {account.pk}, account.parent
    while parent is not None:
        if parent.pk in seen:
            raise AccountError(_("%(name)s is below this account already.") % {"name": parent.name}, "parent")
        seen.add(parent.pk)
        parent = parent.parent


def _own(account: Account, *, on: date) -> None:
    """The ownership in force equals the owner: a changed one ends today."""
    current = AccountOwnership.objects.filter(account=account, valid_to=None).first()
    if current and current.person_id == account.owner_id:
        return
    if current and current.valid_from < on:
        current.valid_to = on
        current.save(update_fields=["valid_to"])
    elif current:
        current.delete()
    if account.owner_id:
        AccountOwnership.objects.create(account=account, person_id=account.owner_id, valid_from=on)


@transaction.atomic
def save_contact(*, contact: Contact, by: Any) -> Contact:
    is_new = contact.pk is None
    if not is_new:
        contact.version += 1
    contact.save()
    audit.record(act="contact.created" if is_new else "contact.changed", actor=by, subject=contact)
    return contact
