"""Reads of accounts and contacts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.models import Account, Contact
from accounts.policies import visible_accounts, visible_contacts
from core.kernel.access import SignedIn
from core.registry import SearchHit


def accounts_for(user: SignedIn, as_of: date) -> QuerySet[Account]:
    return visible_accounts(user, as_of).select_related("owner", "parent")


def contacts_for(user: SignedIn, as_of: date) -> QuerySet[Contact]:
    return visible_contacts(user, as_of).select_related("account", "owner")


def get_account_for(user: SignedIn, account_id: int, as_of: date) -> Account:
    """Raises Http404 when there is no such account or it isn't visible."""
    account = accounts_for(user, as_of).filter(pk=account_id).first()
    if account is None:
        raise Http404(_("No such account."))
    return account


def get_contact_for(user: SignedIn, contact_id: int, as_of: date) -> Contact:
    """Raises Http404 when there is no such contact or it isn't visible."""
    contact = contacts_for(user, as_of).filter(pk=contact_id).first()
    if contact is None:
        raise Http404(_("No such contact."))
    return contact


def search_accounts(accounts: QuerySet[Account], text: str) -> QuerySet[Account]:
    return accounts.filter(Q(name__icontains=text) | Q(domain__icontains=text) | Q(external_id__iexact=text))


def search_contacts(contacts: QuerySet[Contact], text: str) -> QuerySet[Contact]:
    return contacts.filter(Q(name__icontains=text) | Q(email__icontains=text) | Q(account__name__icontains=text))


def family_of(account: Account) -> tuple[Account | None, list[Account]]:
    """Parent and direct subsidiaries."""
    return account.parent, list(account.subsidiaries.filter(archived_at=None)[:50])


def account_hits(user: SignedIn, text: str, as_of: date, limit: int) -> Sequence[SearchHit]:
    found = search_accounts(accounts_for(user, as_of), text)[:limit]
    return [SearchHit("account", "building", a.name, a.industry or a.country, a.get_absolute_url()) for a in found]


def contact_hits(user: SignedIn, text: str, as_of: date, limit: int) -> Sequence[SearchHit]:
    found = search_contacts(contacts_for(user, as_of), text)[:limit]
    return [SearchHit("contact", "user", c.name, str(c.account or ""), c.get_absolute_url()) for c in found]
