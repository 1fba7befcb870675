from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from core.tables import BulkAction, Column, Table, tag_action
from leads.filters import LeadFilter
from leads.policies import may_edit_leads, may_see_leads
from leads.selectors import listed_leads, search_leads

_TONES = {"new": "acc", "qualified": "good", "converted": "good"}
_ICONS = {
    "new": "sparkles",
    "working": "progress",
    "qualified": "circle-check",
    "unqualified": "circle-x",
    "converted": "arrow-right-circle",
}

LEADS = Table(
    key="leads",
    title=_("Leads"),
    rows=listed_leads,
    bulk=lambda user: [tag_action(), BulkAction("archive", _("Archive"), "archive")] if may_edit_leads(user) else [],
    record_kind="lead",
    may_see=may_see_leads,
    search=search_leads,
    filterset=LeadFilter,
    columns=(
        Column("name", _("Lead"), str, sort="name", is_link=True, sub=lambda x: x.title),
        Column("company", _("Company"), lambda x: x.company_name, sort="company_name", hide_sm=True),
        Column(
            "status",
            _("Status"),
            lambda x: x.get_status_display(),
            kind="tag",
            tone=lambda x: _TONES.get(x.status, ""),
            icon=lambda x: _ICONS[x.status],
        ),
        Column("source", _("Source"), lambda x: x.source, sort="source", hide_sm=True),
        Column("campaign", _("Campaign"), lambda x: x.campaign, is_hidden=True),
        Column("country", _("Country"), lambda x: x.country, sort="country", hide_sm=True),
        Column("city", _("City"), lambda x: x.city, is_hidden=True),
        Column("email", _("E-mail"), lambda x: x.email, is_hidden=True),
        Column("phone", _("Phone"), lambda x: x.phone, is_hidden=True),
        Column("industry", _("Industry"), lambda x: x.industry, is_hidden=True),
        Column("external_id", _("External ID"), lambda x: x.external_id, is_hidden=True),
        Column("owner", _("Owner"), lambda x: x.owner.name if x.owner else None, sort="owner__name"),
        Column("created", _("Created"), lambda x: x.created_on, kind="date", sort="created_on", hide_sm=True),
        Column("score", _("Score"), lambda x: x.score, kind="number", sort="score", is_hidden=True),
    ),
    presets=(
        (_("New"), "status=new"),
        (_("Working"), "status=working"),
        (_("Without an owner"), "owner=null"),
        (_("Archived"), "archived=1"),
    ),
    empty_title=_("No lead yet"),
    empty_reason=_("Import leads from your marketing tool, or add one by hand."),
)
