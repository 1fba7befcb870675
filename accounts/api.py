"""Accounts and contacts over the API: the lists, forms and services of their pages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from accounts import policies, selectors, services
from accounts.enums import AccountType, Persona
from accounts.forms import AccountForm, ContactForm
from accounts.lists import ACCOUNTS, CONTACTS
from core.api.bodies import Body
from core.api.fields import Choice, Id, Instant, Number, Text, Whole
from core.api.own import Custom, ExternalId, Tags
from core.api.records import OwnRecordApi
from core.forms import VersionedForm
from people.selectors import people_for


class Account(Body):
    """A company we sell to or may sell to. The annual revenue is in the reporting currency."""

    id = Id(read_only=True)
    number = Text(read_only=True, example="ACC-1204")
    external_id = ExternalId()
    name = Text(255, allow_blank=False, example="Acme Robotics")
    type = Choice(AccountType.choices, required=False)
    parent_id = Id(required=False, allow_null=True)
    parent_name = Text(source="parent.name", read_only=True, allow_null=True)
    owner_id = Id(required=False, allow_null=True)
    owner_name = Text(source="owner.name", read_only=True, allow_null=True)
    domain = Text(255, required=False, example="acme.example")
    phone = Text(40, required=False)
    industry = Text(120, required=False)
    segment = Text(80, required=False)
    employees = Whole(0, required=False, allow_null=True)
    annual_revenue = Number(20, 4, least=Decimal(0), required=False, allow_null=True, example="1250000")
    founded_year = Whole(0, 32767, required=False, allow_null=True)
    street = Text(255, required=False)
    city = Text(120, required=False)
    region = Text(120, required=False)
    postal_code = Text(20, required=False)
    country = Text(120, required=False)
    latitude = Number(9, 6, least=Decimal(-90), most=Decimal(90), required=False, allow_null=True)
    longitude = Number(9, 6, least=Decimal(-180), most=Decimal(180), required=False, allow_null=True)
    tags = Tags()
    custom = Custom("account")
    archived_at = Instant(read_only=True, allow_null=True)
    created_at = Instant(read_only=True)
    updated_at = Instant(read_only=True)
    version = Whole(1, read_only=True)


class Contact(Body):
    """A person at a customer, with the part they play in buying."""

    id = Id(read_only=True)
    external_id = ExternalId()
    name = Text(200, allow_blank=False, example="Grace Hopper")
    account_id = Id(required=False, allow_null=True)
    account_name = Text(source="account.name", read_only=True, allow_null=True)
    title = Text(200, required=False)
    persona = Choice(Persona.choices, allow_blank=True, required=False)
    email = Text(254, required=False, example="grace@acme.example")
    phone = Text(40, required=False)
    mobile = Text(40, required=False)
    owner_id = Id(required=False, allow_null=True)
    owner_name = Text(source="owner.name", read_only=True, allow_null=True)
    tags = Tags()
    custom = Custom("contact")
    archived_at = Instant(read_only=True, allow_null=True)
    created_at = Instant(read_only=True)
    updated_at = Instant(read_only=True)
    version = Whole(1, read_only=True)


class AccountsApi(OwnRecordApi):
    resource, noun, nouns = "accounts", "account", "accounts"
    table, serializer_class = ACCOUNTS, Account
    refused_by = (services.AccountError,)

    def may_write(self, user: Any) -> bool:
        return policies.may_edit_accounts(user)

    def find(self, record_id: int) -> Any:
        return selectors.get_account_for(self.request.user, record_id, self.as_of)

    def check_may_change(self, record: Any) -> None:
        if not policies.may_edit_account(self.request.user, record, self.as_of):
            raise PermissionDenied

    def form(self, record: Any) -> VersionedForm:
        user, as_of = self.request.user, self.as_of
        parents, initial = selectors.accounts_for(user, as_of), {} if record else {"owner": user.person_or_none}
        form = AccountForm(instance=record, owners=people_for(user, as_of), parents=parents, initial=initial)
        # who sees only their own line would lose sight of an account without an owner
        is_owned = record is None or record.owner_id is not None
        form.fields["owner"].required = is_owned and user.visible_owner_ids(as_of) is not None
        return form

    def save(self, form: Any, record: Any, version: int | None) -> Any:
        return services.save_account(account=form.instance, by=self.request.user, on=self.as_of, version=version)

    def archive(self, record: Any) -> None:
        services.archive_accounts(account_ids=[record.pk], by=self.request.user, at=self.now)

    def unarchive(self, record: Any) -> None:
        services.restore_accounts(account_ids=[record.pk], by=self.request.user)


class ContactsApi(OwnRecordApi):
    resource, noun, nouns = "contacts", "contact", "contacts"
    table, serializer_class = CONTACTS, Contact
    refused_by = (services.AccountError,)

    def may_write(self, user: Any) -> bool:
        return policies.may_edit_accounts(user)

    def find(self, record_id: int) -> Any:
        return selectors.get_contact_for(self.request.user, record_id, self.as_of)

    def check_may_change(self, record: Any) -> None:
        if not policies.may_edit_contact(self.request.user, record, self.as_of):
            raise PermissionDenied

    def form(self, record: Any) -> VersionedForm:
        user, as_of = self.request.user, self.as_of
        owners, accounts = people_for(user, as_of), selectors.accounts_for(user, as_of)
        initial = {} if record else {"owner": user.person_or_none}
        return ContactForm(instance=record, owners=owners, accounts=accounts, initial=initial)

    def save(self, form: Any, record: Any, version: int | None) -> Any:
        given, sees_all = form.cleaned_data, self.request.user.visible_owner_ids(self.as_of) is None
        if not (sees_all or given["account"] or given["owner"]):
            words = _("Give the contact an account or an owner: without one you would lose sight of it.")
            raise services.AccountError(words, "account")
        return services.save_contact(contact=form.instance, by=self.request.user, version=version)

    def archive(self, record: Any) -> None:
        services.archive_contacts(contact_ids=[record.pk], by=self.request.user, at=self.now)

    def unarchive(self, record: Any) -> None:
        services.restore_contacts(contact_ids=[record.pk], by=self.request.user)
