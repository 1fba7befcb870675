"""Writes of accounts and contacts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.kernel.names import domain_of
from accounts.models import Account, Contact
from accounts.services.owners import own_from
from core import audit, registry
from core.services import Shelf, conflict_words, save_version


class AccountError(ValueError):
    """A change that can't be; `field` names the field it belongs to."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class RecordConflict(AccountError):
    """Someone else saved the record in the meantime; `theirs` is the record as it stands now."""

    def __init__(self, theirs: Account | Contact) -> None:
        super().__init__(conflict_words(theirs))
        self.theirs = theirs


@transaction.atomic
def save_account(*, account: Account, by: Any, on: date, version: int | None = None) -> Account:
    """Save a new or changed account and keep its ownership over time.

    Raises AccountError for a circle of parents, RecordConflict when `version` isn't the one that stands.
    """
    account.domain = domain_of(account.domain) if account.domain else ""
    _refuse_circle(account)
    is_new = account.pk is None
    save_version(account, version, RecordConflict)
    own_from(account, on=on)
    audit.record(act="account.created" if is_new else "account.changed", actor=by, subject=account)
    registry.react_to_save("account", [account.pk], on)
    return account


def _refuse_circle(account: Account) -> None:
    seen, parent = {account.pk}, account.parent
    while parent is not None:
        if parent.pk in seen:
            raise AccountError(_("%(name)s is below this account already.") % {"name": parent.name}, "parent")
        seen.add(parent.pk)
        parent = parent.parent


@transaction.atomic
def save_contact(*, contact: Contact, by: Any, version: int | None = None) -> Contact:
    """Save a new or changed contact. Raises RecordConflict when `version` isn't the one that stands."""
    is_new = contact.pk is None
    save_version(contact, version, RecordConflict)
    audit.record(act="contact.created" if is_new else "contact.changed", actor=by, subject=contact)
    registry.react_to_save("contact", [contact.pk])
    return contact


ACCOUNTS = Shelf(Account, "account", "account", "accounts")
CONTACTS = Shelf(Contact, "contact", "contact", "contacts")


def archive_accounts(*, account_ids: Sequence[int], by: Any, at: datetime) -> int:
    """Archive accounts: they leave lists and choices, nothing is deleted; their deals stay."""
    return ACCOUNTS.archive(account_ids, by=by, at=at)


def restore_accounts(*, account_ids: Sequence[int], by: Any) -> int:
    """Take accounts out of the archive."""
    return ACCOUNTS.restore(account_ids, by=by)


def archive_contacts(*, contact_ids: Sequence[int], by: Any, at: datetime) -> int:
    """Archive contacts: they leave lists and choices, nothing is deleted."""
    return CONTACTS.archive(contact_ids, by=by, at=at)


def restore_contacts(*, contact_ids: Sequence[int], by: Any) -> int:
    """Take contacts out of the archive."""
    return CONTACTS.restore(contact_ids, by=by)
