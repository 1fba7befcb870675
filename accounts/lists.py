"""The lists of accounts and contacts."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.filters import AccountFilter, ContactFilter
from accounts.policies import may_edit_accounts, may_see_accounts
from accounts.selectors import listed_accounts, listed_contacts, search_accounts, search_contacts
from core.tables import BulkAction, Column, Table, tag_action


def _bulk(user: Any) -> list[BulkAction]:
    return [tag_action(), BulkAction("archive", _("Archive"), "archive")] if may_edit_accounts(user) else []


ACCOUNTS = Table(
    key="accounts",
    title=_("Accounts"),
    rows=listed_accounts,
    bulk=_bulk,
    may_see=may_see_accounts,
    search=search_accounts,
    filterset=AccountFilter,
    default_sort="name",
    record_kind="account",
    columns=(
        Column("name", _("Account"), lambda a: a.name, sort="name", is_link=True, sub=lambda a: a.domain),
        Column("industry", _("Industry"), lambda a: a.industry, sort="industry", hide_sm=True),
        Column("type", _("Type"), lambda a: a.get_type_display(), kind="tag", hide_sm=True),
        Column("segment", _("Segment"), lambda a: a.segment, sort="segment", hide_sm=True),
        Column("country", _("Country"), lambda a: a.country, sort="country", hide_sm=True),
        Column("owner", _("Owner"), lambda a: a.owner.name if a.owner else None, sort="owner__name"),
        Column("parent", _("Parent"), lambda a: a.parent.name if a.parent else None, is_hidden=True),
        Column("city", _("City"), lambda a: a.city, is_hidden=True),
        Column("region", _("State or region"), lambda a: a.region, is_hidden=True),
        Column("postal_code", _("Postal code"), lambda a: a.postal_code, is_hidden=True),
        Column("phone", _("Phone"), lambda a: a.phone, is_hidden=True),
        Column("external_id", _("External ID"), lambda a: a.external_id, is_hidden=True),
        Column("employees", _("Employees"), lambda a: a.employees, kind="number", sort="employees", hide_sm=True),
        Column(
            "revenue",
            _("Annual revenue"),
            lambda a: a.annual_revenue,
            kind="number",
            sort="annual_revenue",
            is_hidden=True,
        ),
    ),
    presets=(
        (_("Open deal"), "open_deal=1"),
        (_("Never an activity"), "activity=never"),
        (_("Without an owner"), "owner=null"),
        (_("Archived"), "archived=1"),
    ),
    empty_title=_("No account yet"),
    empty_reason=_("Import an export of your CRM, or add the first account by hand."),
)
CONTACTS = Table(
    key="contacts",
    title=_("Contacts"),
    rows=listed_contacts,
    bulk=_bulk,
    may_see=may_see_accounts,
    search=search_contacts,
    filterset=ContactFilter,
    default_sort="name",
    record_kind="contact",
    columns=(
        Column("name", _("Name"), lambda c: c.name, sort="name", is_link=True, sub=lambda c: c.title),
        Column("account", _("Account"), lambda c: c.account.name if c.account else None, sort="account__name"),
        Column("persona", _("Persona"), lambda c: c.get_persona_display() if c.persona else None, kind="tag"),
        Column("email", _("E-mail"), lambda c: c.email, hide_sm=True),
        Column("phone", _("Phone"), lambda c: c.phone, hide_sm=True),
        Column("mobile", _("Mobile"), lambda c: c.mobile, is_hidden=True),
        Column("owner", _("Owner"), lambda c: c.owner.name if c.owner else None, sort="owner__name", is_hidden=True),
        Column("external_id", _("External ID"), lambda c: c.external_id, is_hidden=True),
    ),
    presets=((_("Archived"), "archived=1"),),
    empty_title=_("No contact yet"),
    empty_reason=_("Import contacts, or add them on the page of their account."),
)
