"""The lists of accounts and contacts."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.filters import AccountFilter, ContactFilter
from accounts.policies import may_see_accounts
from accounts.selectors import accounts_for, contacts_for, search_accounts, search_contacts
from core.tables import Column, Table

ACCOUNTS = Table(
    key="accounts",
    title=_("Accounts"),
    rows=accounts_for,
    may_see=may_see_accounts,
    search=search_accounts,
    filterset=AccountFilter,
    default_sort="name",
    columns=(
        Column("name", _("Account"), lambda a: a.name, sort="name", is_link=True, sub=lambda a: a.domain),
        Column("industry", _("Industry"), lambda a: a.industry, sort="industry", hide_sm=True),
        Column("segment", _("Segment"), lambda a: a.segment, hide_sm=True),
        Column("country", _("Country"), lambda a: a.country, sort="country", hide_sm=True),
        Column("owner", _("Owner"), lambda a: a.owner.name if a.owner else None, hide_sm=True),
        Column("parent", _("Parent"), lambda a: a.parent.name if a.parent else None, is_hidden=True),
        Column("external_id", _("External ID"), lambda a: a.external_id, is_hidden=True),
        Column("employees", _("Employees"), lambda a: a.employees, kind="number", sort="employees"),
        Column(
            "revenue",
            _("Annual revenue"),
            lambda a: a.annual_revenue,
            kind="number",
            sort="annual_revenue",
            is_hidden=True,
        ),
    ),
    empty_title=_("No account yet"),
    empty_reason=_("Import an export of your CRM, or add the first account by hand."),
)
CONTACTS = Table(
    key="contacts",
    title=_("Contacts"),
    rows=contacts_for,
    may_see=may_see_accounts,
    search=search_contacts,
    filterset=ContactFilter,
    default_sort="name",
    columns=(
        Column("name", _("Name"), lambda c: c.name, sort="name", is_link=True, sub=lambda c: c.title),
        Column("account", _("Account"), lambda c: c.account.name if c.account else None),
        Column("persona", _("Persona"), lambda c: c.get_persona_display() if c.persona else None, kind="tag"),
        Column("email", _("E-mail"), lambda c: c.email, hide_sm=True),
        Column("phone", _("Phone"), lambda c: c.phone, hide_sm=True),
    ),
    empty_title=_("No contact yet"),
    empty_reason=_("Import contacts, or add them on the page of their account."),
)
