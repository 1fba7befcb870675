"""Reads of leads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db.models import Q, QuerySet
from django.http import Http404

from core.kernel.access import SignedIn
from core.registry import SearchHit
from leads.models import Lead
from leads.policies import visible_leads


def leads_for(user: SignedIn, as_of: date) -> QuerySet[Lead]:
    return visible_leads(user, as_of).select_related("owner")


def get_lead_for(user: SignedIn, lead_id: int, as_of: date) -> Lead:
    lead = leads_for(user, as_of).filter(pk=lead_id).first()
    if lead is None:
        raise Http404("No such lead.")
    return lead


def search_leads(leads: QuerySet[Lead], text: str) -> QuerySet[Lead]:
    return leads.filter(Q(name__icontains=text) | Q(company_name__icontains=text) | Q(email__icontains=text))


def lead_hits(user: SignedIn, text: str, as_of: date, limit: int) -> Sequence[SearchHit]:
    found = search_leads(leads_for(user, as_of), text)[:limit]
    return [SearchHit("lead", "inbox", str(lead), lead.company_name, lead.get_absolute_url()) for lead in found]
