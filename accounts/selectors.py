"""Reads of accounts and contacts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Case, Q, QuerySet, When
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import Account, AccountOwnership, Contact
from accounts.policies import visible_accounts, visible_contacts
from core.history import HANGING, Acts, Changes
from core.kernel.access import SignedIn
from core.kernel.typed import ids_of_number
from core.models import AuditEvent
from core.registry import SearchHit
from core.selectors import own_fields_of, person_names, with_tags
from core.selectors.searching import FEW, found_by
from people.kernel.closure import DAWN


def accounts_for(user: SignedIn, as_of: date) -> QuerySet[Account]:
    return visible_accounts(user, as_of).select_related("owner", "parent")


def contacts_for(user: SignedIn, as_of: date) -> QuerySet[Contact]:
    return visible_contacts(user, as_of).select_related("account", "owner")


def listed_accounts(user: SignedIn, as_of: date) -> QuerySet[Account]:
    """The account list: also archived ones; its filter set leaves those out unless they are asked for."""
    accounts = visible_accounts(user, as_of, with_archived=True).select_related("owner", "parent")
    return with_tags(accounts, "account")


def listed_contacts(user: SignedIn, as_of: date) -> QuerySet[Contact]:
    """The contact list: also archived ones; its filter set leaves those out unless they are asked for."""
    contacts = visible_contacts(user, as_of, with_archived=True).select_related("account", "owner")
    return with_tags(contacts, "contact")


def segments(limit: int) -> list[str]:
    """Segments that accounts are in, by name: hops from one to the next in their index, however many accounts."""
    step = "SELECT segment FROM accounts_account WHERE segment <> ''{} ORDER BY segment LIMIT 1"
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE found AS (({step.format('')}) UNION ALL"
            f" SELECT ({step.format(' AND segment > found.segment')}) FROM found WHERE segment IS NOT NULL)"
            " SELECT segment FROM found WHERE segment IS NOT NULL LIMIT %s",
            [limit],
        )
        return [segment for (segment,) in cursor.fetchall()]


def get_account_for(user: SignedIn, account_id: int, as_of: date) -> Account:
    """An account, also one in the archive. Raises Http404 when there is no such account or it isn't visible."""
    account = listed_accounts(user, as_of).filter(pk=account_id).first()
    if account is None:
        raise Http404(_("No such account."))
    return account


def get_contact_for(user: SignedIn, contact_id: int, as_of: date) -> Contact:
    """A contact, also one in the archive. Raises Http404 when there is no such contact or it isn't visible."""
    contact = listed_contacts(user, as_of).filter(pk=contact_id).first()
    if contact is None:
        raise Http404(_("No such contact."))
    return contact


def get_hand_over_for(user: SignedIn, event_id: int) -> AuditEvent:
    """The record of a hand-over that the person made. Raises Http404 for another's."""
    acts = ("account.handed_over", "account.hand_over_planned")
    event = AuditEvent.objects.filter(pk=event_id, act__in=acts, actor=user.pk).first()
    if event is None:
        raise Http404(_("No such hand-over."))
    return event


def search_accounts(accounts: QuerySet[Account], text: str) -> QuerySet[Account]:
    named = [Q(name__icontains=text), Q(domain__icontains=text), Q(external_id__iexact=text)]
    return found_by(accounts, [*named, Q(pk__in=ids_of_number(text, "ACC-"))])


def search_contacts(contacts: QuerySet[Contact], text: str) -> QuerySet[Contact]:
    """Contacts of an account that is found, too."""
    return found_by(contacts, [*_called(text), of_accounts_called(text)])


def of_accounts_called(text: str) -> Q:
    """Records of accounts whose name holds a text. The accounts are found first: the records' table needs no join."""
    found = Account.objects.filter(name__icontains=text).order_by().values_list("pk", flat=True)
    ids = list(found[: FEW + 1])
    return Q(account__in=ids) if len(ids) <= FEW else Q(account__in=found)


def _called(text: str) -> list[Q]:
    """The ways a contact itself is found."""
    return [Q(name__icontains=text), Q(email__icontains=text), Q(pk__in=ids_of_number(text, "CON-"))]


def account_options(user: SignedIn, text: str, as_of: date, *, limit: int) -> list[Account]:
    """Visible accounts for a form's account field: those whose name begins with the text come first."""
    found = accounts_for(user, as_of)
    if text:
        found = search_accounts(found, text)
    begins = Case(When(name__istartswith=text, then=0), default=1)
    return list(found.order_by(begins, "name", "id")[:limit])


def find_visible_parent(user: SignedIn, account: Account, as_of: date) -> Account | None:
    """The parent of an account where the person may see it: names of strangers' accounts aren't told."""
    if account.parent_id is None:
        return None
    return visible_accounts(user, as_of, with_archived=True).filter(pk=account.parent_id).first()


def owned_since(ownerships: Sequence[AccountOwnership], as_of: date) -> date | None:
    """Since when today's owner has an account; None where it was always so."""
    held = (one for one in ownerships if one.valid_from <= as_of and (one.valid_to is None or one.valid_to > as_of))
    current = next(held, None)
    return current.valid_from if current and current.valid_from > DAWN else None


ACCOUNT_FIELDS = ("name", "type", "owner", "parent", "segment", "industry", "employees", "annual_revenue", "domain",
                  "phone", "street", "city", "region", "postal_code", "country", "founded_year",
                  "archived_at")  # fmt: skip
CONTACT_FIELDS = ("name", "account", "title", "persona", "email", "phone", "mobile", "owner", "archived_at")
ACTS = {
    "account.created": ("plus", _lazy("Account created")),
    "contact.created": ("plus", _lazy("Contact created")),
    "account.hand_over_planned": ("user-share", _lazy("Hand-over planned")),
    "account.hand_over_undone": ("arrow-back-up", _lazy("Hand-over taken back")),
}


def account_history(user: SignedIn, account: Account, as_of: date) -> list[Changes | Acts]:
    """What changed on an account and on its visible contacts, as sources of its timeline."""
    contacts = visible_contacts(user, as_of, with_archived=True).filter(account=account)
    mine = Account.objects.filter(pk=account.pk)
    on = {"account": [account.pk], "contact": contacts.order_by().values("pk")}
    this = ("account", account.pk)
    return [
        Changes(30, "changes", mine, ACCOUNT_FIELDS, own=own_fields_of("account"), people=person_names),
        Changes(31, "changes", contacts, CONTACT_FIELDS, True, own_fields_of("contact"), person_names),
        Acts(32, "changes", on, ACTS, this),
        Acts(33, "files", on, HANGING, this),
    ]


def contact_history(user: SignedIn, contact: Contact, as_of: date) -> list[Changes | Acts]:
    """What changed on a contact, as sources of its timeline."""
    mine, on, this = Contact.objects.filter(pk=contact.pk), {"contact": [contact.pk]}, ("contact", contact.pk)
    return [
        Changes(30, "changes", mine, CONTACT_FIELDS, own=own_fields_of("contact"), people=person_names),
        Acts(32, "changes", on, ACTS, this),
        Acts(33, "files", on, HANGING, this),
    ]


def account_hits(user: SignedIn, text: str, as_of: date, limit: int) -> Sequence[SearchHit]:
    found = search_accounts(accounts_for(user, as_of), text)[:limit]
    return [
        SearchHit("account", "building", a.name, _beside(_("Account"), a.number, a.industry or a.country),
                  a.get_absolute_url(), record_id=a.pk)
        for a in found
    ]  # fmt: skip


def _beside(*parts: Any) -> str:
    return " · ".join(str(part) for part in parts if part)


def contact_hits(user: SignedIn, text: str, as_of: date, limit: int) -> Sequence[SearchHit]:
    """By what they are called themselves: where an account is found, it stands among the hits."""
    found = found_by(contacts_for(user, as_of), _called(text))[:limit]
    return [
        SearchHit("contact", "user", c.name, _beside(_("Contact"), c.title, c.account), c.get_absolute_url(),
                  record_id=c.pk)
        for c in found
    ]  # fmt: skip
