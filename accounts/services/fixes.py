"""The safe changes of accounts and contacts that mend what a check finds, and how both are changed from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.kernel.names import FREE_MAIL, domain_of
from accounts.models import Account, Contact
from accounts.policies import may_edit_accounts, visible_accounts, visible_contacts
from accounts.services.records import save_account, save_contact
from accounts.services.vocabulary import WORDS, other_spellings
from core.registry import FixAsked, HygieneFix, RecordEditor

Plan = Mapping[int, Mapping[str, Any] | str]


def _respell(accounts: Sequence[Account], asked: FixAsked) -> Plan:
    """The spelling that most accounts have. Two queries for all accounts."""
    if not accounts:
        return {}
    usual = {name: other_spellings(name) for name in WORDS}
    plan: dict[int, Mapping[str, Any] | str] = {}
    for account in accounts:
        values = {name: usual[name][said] for name in WORDS if (said := getattr(account, name)) in usual[name]}
        plan[account.pk] = values or _now("Most accounts spell it like that.")
    return plan


def _from_parent(accounts: Sequence[Account], asked: FixAsked) -> Plan:
    return {account.pk: _of_parent(account) for account in accounts}


def _of_parent(account: Account) -> Mapping[str, Any] | str:
    """The industry and country that a parent account has and this one lacks."""
    parent = account.parent
    if parent is None:
        return _now("It has no parent account.")
    lacking = [name for name in ("industry", "country") if not getattr(account, name)]
    values = {name: getattr(parent, name) for name in lacking if getattr(parent, name)}
    return values or _now("Its parent account doesn't say it either.")


def _owner_of_parent(accounts: Sequence[Account], asked: FixAsked) -> Plan:
    return {account.pk: _parents_owner(account, asked.on) for account in accounts}


def _parents_owner(account: Account, on: date) -> Mapping[str, Any] | str:
    owner = account.parent.owner if account.parent else None
    if owner is None:
        return _now("It has no parent account with an owner.")
    if owner.left_on is not None and owner.left_on <= on:
        return _now("%(name)s, who owns its parent account, has left.") % {"name": owner.name}
    return {"owner": owner}


def _account_by_mail(contacts: Sequence[Contact], asked: FixAsked) -> Plan:
    """The one account whose web domain is that of the contact's e-mail address. One query for all contacts."""
    domains = {contact.pk: domain_of(contact.email) if contact.email else "" for contact in contacts}
    seen = visible_accounts(asked.by, asked.on)
    known: dict[str, list[Account]] = {}
    for account in seen.filter(domain__in=set(domains.values()) - FREE_MAIL - {""}).order_by("pk"):
        known.setdefault(account.domain, []).append(account)
    return {contact.pk: _only_account(domains[contact.pk], known) for contact in contacts}


def _only_account(domain: str, known: Mapping[str, Sequence[Account]]) -> Mapping[str, Any] | str:
    found = known.get(domain, ())
    if not domain or domain in FREE_MAIL:
        return _now("Its e-mail address doesn't say where it works.")
    if len(found) > 1:
        return _now("Several accounts have the web domain %(domain)s.") % {"domain": domain}
    return {"account": found[0]} if found else _now("No account has the web domain %(domain)s.") % {"domain": domain}


def archive_empty(records: Sequence[Any], asked: FixAsked) -> Plan:
    """Put away the twin that nothing hangs on, where the other one is still there; never both of two empty ones."""
    if not records:
        return {}
    model, used = type(records[0]), used_ids(records)
    twins = _twins(records, asked)
    living = set(model._default_manager.filter(pk__in=twins.values(), archived_at=None).values_list("pk", flat=True))
    plan: dict[int, Mapping[str, Any] | str] = {}
    going: set[int] = set()
    for record in sorted(records, key=lambda one: -one.pk):
        twin = twins.get(record.pk)
        if record.pk in used:
            plan[record.pk] = _now("Something hangs on it: compare the two by hand.")
        elif twin not in living or twin in going:
            plan[record.pk] = _now("It is the one that stays.")
        else:
            going.add(record.pk)
            plan[record.pk] = {"archived_at": asked.at}
    return plan


def _twins(records: Sequence[Any], asked: FixAsked) -> dict[int, int]:
    """Record id -> the other one of its pair, as the finding says (`twin_ids` in what is asked with)."""
    given: Mapping[int, int] = asked.given.get("twin_ids") or {}
    return {record.pk: given[record.pk] for record in records if record.pk in given}


def used_ids(records: Sequence[Any]) -> set[int]:
    """Which of some records of one model another row points to, by a foreign key or by kind and id."""
    from core import registry

    model, ids = type(records[0]), [record.pk for record in records]
    used: set[int] = set()
    for relation in model._meta.related_objects:
        if relation.field.many_to_one and not _is_own_past(relation.related_model):
            name = relation.field.attname
            rows = relation.related_model._base_manager.filter(**{f"{name}__in": ids})
            used |= set(rows.values_list(name, flat=True))
    kind = next((one.key for one in registry.record_kinds if one.model is model), "")
    for use in registry.uses_of_records:
        named = use.model._base_manager.filter(**{use.kind_field: kind, f"{use.id_field}__in": ids})
        used |= set(named.values_list(use.id_field, flat=True))
    return used


def _is_own_past(model: type[Model]) -> bool:
    """History of a record, and who owned it, go with it: nobody misses them."""
    return model.__name__.endswith("Event") or model.__name__ == "AccountOwnership"


def _change_account(*, record_id: int, values: Mapping[str, Any], version: int | None, by: Any, on: date) -> int:
    account = Account.objects.get(pk=record_id)
    _set(account, values)
    return save_account(account=account, by=by, on=on, version=version).version


def _change_contact(*, record_id: int, values: Mapping[str, Any], version: int | None, by: Any, on: date) -> int:
    contact = Contact.objects.get(pk=record_id)
    _set(contact, values)
    return save_contact(contact=contact, by=by, version=version).version


def _set(record: Model, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(record, name, value)


def _editable_accounts(user: Any, as_of: date) -> Any:
    return visible_accounts(user, as_of, with_archived=True) if may_edit_accounts(user) else Account.objects.none()


def _editable_contacts(user: Any, as_of: date) -> Any:
    return visible_contacts(user, as_of, with_archived=True) if may_edit_accounts(user) else Contact.objects.none()


EDITORS = (
    RecordEditor("account", _editable_accounts, _change_account),
    RecordEditor("contact", _editable_contacts, _change_contact),
)


def _fix(key: str, kind: str, check: str, order: int, label: Any, icon: str, plan: Any) -> HygieneFix:
    return HygieneFix(key, kind, frozenset({check}), order, label, icon, plan, is_suggested=True)


FIXES = (
    _fix("account_words", "account", "account_words", 110, _("Take the usual spelling"), "abc", _respell),
    _fix("account_of_parent", "account", "account_profile", 120, _("Take it from the parent account"), "sitemap",
         _from_parent),
    _fix("account_owner", "account", "account_no_owner", 130, _("Hand to the parent account's owner"), "user-share",
         _owner_of_parent),
    _fix("account_archive", "account", "account_duplicate", 140, _("Archive the one nothing hangs on"), "archive",
         archive_empty),
    _fix("contact_account", "contact", "contact_no_account", 150, _("Take the account of the e-mail's domain"),
         "building", _account_by_mail),
    _fix("contact_archive", "contact", "contact_duplicate", 160, _("Archive the one nothing hangs on"), "archive",
         archive_empty),
)  # fmt: skip
