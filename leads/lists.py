from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from core.tables import Column, Table
from leads.filters import LeadFilter
from leads.policies import may_see_leads
from leads.selectors import leads_for, search_leads

LEADS = Table(
    key="leads",
    title=_("Leads"),
    rows=leads_for,
    may_see=may_see_leads,
    search=search_leads,
    filterset=LeadFilter,
    columns=(
        Column("name", _("Lead"), str, is_link=True, sub=lambda x: x.title),
        Column("company", _("Company"), lambda x: x.company_name, hide_sm=True),
        Column("status", _("Status"), lambda x: x.get_status_display(), kind="tag"),
        Column("source", _("Source"), lambda x: x.source, hide_sm=True),
        Column("country", _("Country"), lambda x: x.country, hide_sm=True),
        Column("email", _("E-mail"), lambda x: x.email, is_hidden=True),
        Column("owner", _("Owner"), lambda x: x.owner.name if x.owner else None),
        Column("created", _("Created"), lambda x: x.created_on, kind="date", sort="created_on"),
    ),
    empty_title=_("No lead yet"),
    empty_reason=_("Import leads from your marketing tool, or add one by hand."),
)
