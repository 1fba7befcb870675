"""Who may see and change accounts and contacts."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Account, Contact
from core.kernel.access import SignedIn
from core.registry import shared_with

SMALL_LINE = 60  # people
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
    beside = shared_with("account", user, as_of, to_edit=to_edit)
    shared = user.shared_ids("account", as_of, to_edit=to_edit)
    if len(owners) > SMALL_LINE:
        return _one_by_one(owners, [Exists(rows.filter(**{field: OuterRef("pk")})) for field, rows in beside], shared)
    ids = [rows.values(field) for field, rows in beside]
    return _all_at_once(Account.objects.filter(owner__among=owners), ids, shared)


def _all_at_once(mine: QuerySet[Any], beside: list[QuerySet[Any]], shared: frozenset[int]) -> Q:
    """One set of ids, each part by its index: conditions joined by OR would have the whole table read for a few."""
    parts = [*beside, *([mine.model.objects.filter(pk__in=shared).values("pk")] if shared else [])]
    return Q(pk__in=mine.order_by().values("pk").union(*(ids.order_by() for ids in parts)))


def _one_by_one(owners: Any, beside: list[Exists], shared: frozenset[int]) -> Q:
    """Who sees many records meets enough of them by looking at each in the order of a list."""
    seen = Q(owner__among=owners)
    for condition in beside:
        seen |= Q(condition)
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
    shared = user.shared_ids("contact", as_of)
    return contacts.filter(_contacts_of_line(owners, visible_accounts(user, as_of), shared))


def _contacts_of_line(owners: Any, accounts: QuerySet[Account], shared: frozenset[int]) -> Q:
    if len(owners) > SMALL_LINE:
        return _one_by_one(owners, [Exists(accounts.filter(pk=OuterRef("account")))], shared)
    of_accounts = Contact.objects.filter(account__in=accounts).values("pk")
    return _all_at_once(Contact.objects.filter(owner__among=owners), [of_accounts], shared)


def editable_contacts(user: SignedIn, as_of: date, *, with_archived: bool = False) -> QuerySet[Contact]:
    """Contacts a person may change: of accounts they may change, of their line, shared to be changed."""
    contacts = Contact.objects.all() if with_archived else Contact.objects.filter(archived_at=None)
    if not may_edit_accounts(user):
        return contacts.none()
    owners = user.visible_owner_ids(as_of)
    if owners is None:
        return contacts
    shared = user.shared_ids("contact", as_of, to_edit=True)
    return contacts.filter(_contacts_of_line(owners, editable_accounts(user, as_of), shared))


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
