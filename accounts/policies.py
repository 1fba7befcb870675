"""Who may see and change accounts and contacts."""

from __future__ import annotations

from datetime import date

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
    seen = Q(owner__in=owners)
    for ids in shared_with("account", user, as_of):
        seen |= Q(pk__in=ids)
    return accounts.filter(seen)


def visible_contacts(user: SignedIn, as_of: date, *, with_archived: bool = False) -> QuerySet[Contact]:
    """Contacts of visible accounts, and one's own line's."""
    contacts = Contact.objects.all() if with_archived else Contact.objects.filter(archived_at=None)
    if not user.has_role(*SEES_ACCOUNTS):
        return contacts.none()
    owners = user.visible_owner_ids(as_of)
    if owners is None:
        return contacts
    return contacts.filter(Q(owner__in=owners) | Q(account__in=visible_accounts(user, as_of)))


def may_edit_accounts(user: SignedIn) -> bool:
    return user.has_role("rep", "manager", "sales_ops")


def may_see_accounts(user: SignedIn) -> bool:
    return user.has_role(*SEES_ACCOUNTS)
