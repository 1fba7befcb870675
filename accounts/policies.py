"""Who may see and change accounts and contacts."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import Account, Contact
from core.kernel.access import SignedIn
from core.registry import shared_with

SEES_ACCOUNTS = ("rep", "manager", "executive", "sales_ops", "finance", "comp_admin")


def visible_accounts(user: SignedIn, as_of: date, *, with_archived: bool = False) -> QuerySet[Account]:
    """Accounts of one's own line, those its deals are with; or all."""
    accounts = Account.objects.all() if with_archived else Account.objects.filter(archived_at=None)
    if not user.has_role(*SEES_ACCOUNTS):
        return accounts.none()
    owners = user.visible_owner_ids(as_of)
    if owners is None:
        return accounts
    return accounts.filter(_of_line(owners, user, as_of))


def _of_line(owners: Any, user: SignedIn, as_of: date, *, to_edit: bool = False) -> Q:
    """Accounts of one's own line, those one's deals are with, those shared with one."""
    seen = Q(owner__in=owners)
    for ids in shared_with("account", user, as_of, to_edit=to_edit):
        seen |= Q(pk__in=ids)
    shared = user.shared_ids("account", as_of, to_edit=to_edit)
    return seen | Q(pk__in=shared) if shared else seen


def editable_accounts(user: SignedIn, as_of: date, *, with_archived: bool = False) -> QuerySet[Account]:
    """Accounts a person may change: of their line, of its own deals, shared to be changed; all for sales ops."""
    accounts = Account.objects.all() if with_archived else Account.objects.filter(archived_at=None)
    if not may_edit_accounts(user):
        return accounts.none()
    owners = user.visible_owner_ids(as_of)
    if owners is None:
        return accounts
    return accounts.filter(_of_line(owners, user, as_of, to_edit=True))


def visible_contacts(user: SignedIn, as_of: date, *, with_archived: bool = False) -> QuerySet[Contact]:
    """Contacts of visible accounts, and one's own line's."""
    contacts = Contact.objects.all() if with_archived else Contact.objects.filter(archived_at=None)
    if not user.has_role(*SEES_ACCOUNTS):
        return contacts.none()
    owners = user.visible_owner_ids(as_of)
    if owners is None:
        return contacts
    seen = Q(owner__in=owners) | Q(account__in=visible_accounts(user, as_of))
    shared = user.shared_ids("contact", as_of)
    return contacts.filter(seen | Q(pk__in=shared) if shared else seen)


def editable_contacts(user: SignedIn, as_of: date, *, with_archived: bool = False) -> QuerySet[Contact]:
    """Contacts a person may change: of accounts they may change, of their line, shared to be changed."""
    contacts = Contact.objects.all() if with_archived else Contact.objects.filter(archived_at=None)
    if not may_edit_accounts(user):
        return contacts.none()
    owners = user.visible_owner_ids(as_of)
    if owners is None:
        return contacts
    mine = Q(owner__in=owners) | Q(account__in=editable_accounts(user, as_of))
    shared = user.shared_ids("contact", as_of, to_edit=True)
    return contacts.filter(mine | Q(pk__in=shared) if shared else mine)


def may_edit_accounts(user: SignedIn) -> bool:
    """Whether a person works with accounts and contacts at all; which ones: editable_accounts, editable_contacts."""
    return user.has_role("rep", "manager", "sales_ops")


def may_edit_account(user: SignedIn, account: Account, as_of: date) -> bool:
    return editable_accounts(user, as_of, with_archived=True).filter(pk=account.pk).exists()


def may_edit_contact(user: SignedIn, contact: Contact, as_of: date) -> bool:
    return editable_contacts(user, as_of, with_archived=True).filter(pk=contact.pk).exists()


def may_see_accounts(user: SignedIn) -> bool:
    return user.has_role(*SEES_ACCOUNTS)


def owners_of_contact(contact: Contact) -> list[int | None]:
    """Whose line a contact belongs to: its owner's and that of its account's owner."""
    return [contact.owner_id, contact.account.owner_id if contact.account else None]
