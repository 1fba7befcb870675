"""Reads of leads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from core.history import HANGING, Acts, Changes
from core.kernel.access import SignedIn
from core.kernel.typed import ids_of_number
from core.registry import SearchHit
from core.selectors import own_fields_of, person_names, with_tags
from leads.enums import LeadStatus
from leads.models import Lead
from leads.policies import visible_leads
from people.models import Person
from people.selectors import people_for
from pipeline.models import Activity


def leads_for(user: SignedIn, as_of: date) -> QuerySet[Lead]:
    return visible_leads(user, as_of).select_related("owner")


def listed_leads(user: SignedIn, as_of: date) -> QuerySet[Lead]:
    """The lead list: also archived ones; its filter set leaves those out unless they are asked for."""
    return with_tags(visible_leads(user, as_of, with_archived=True).select_related("owner"), "lead")


def get_lead_for(user: SignedIn, lead_id: int, as_of: date) -> Lead:
    """A lead, also one in the archive. Raises Http404 when there is no such lead or it isn't visible."""
    lead = listed_leads(user, as_of).filter(pk=lead_id).first()
    if lead is None:
        raise Http404("No such lead.")
    return lead


def untouched_leads(user: SignedIn, person: Person, as_of: date) -> QuerySet[Lead]:
    """New leads of one's own that nobody has logged anything on yet, newest first."""
    touched = Activity.objects.filter(subject_kind="lead", subject_id=OuterRef("pk"))
    mine = leads_for(user, as_of).filter(owner=person, status=LeadStatus.NEW, archived_at=None)
    return mine.filter(~Exists(touched)).order_by("-pk")


def search_leads(leads: QuerySet[Lead], text: str) -> QuerySet[Lead]:
    by_number = Q(pk__in=ids_of_number(text, "LEAD-"))
    return leads.filter(
        Q(name__icontains=text) | Q(company_name__icontains=text) | Q(email__icontains=text) | by_number
    )


def people_to_assign(user: SignedIn, as_of: date) -> QuerySet[Person]:
    """Whom a person may give leads to: marketing and ops to everyone, others within their own line."""
    return Person.objects.all() if user.has_role("marketing") else people_for(user, as_of)


def needs_owner(user: SignedIn, as_of: date) -> bool:
    """Whether a person would lose sight of a lead without an owner."""
    return not user.has_role("marketing") and user.visible_owner_ids(as_of) is not None


TOLD = ("status", "owner", "name", "company_name", "title", "email", "phone", "source", "campaign", "score", "industry",
        "employees", "website", "city", "country", "archived_at")  # fmt: skip
ACTS = {"lead.created": ("plus", _("Lead created"))}


def lead_history(user: SignedIn, lead: Lead, as_of: date) -> list[Changes | Acts]:
    """What changed on a lead, as sources of its timeline."""
    mine, on, this = Lead.objects.filter(pk=lead.pk), {"lead": [lead.pk]}, ("lead", lead.pk)
    return [
        Changes(30, "changes", mine, TOLD, own=own_fields_of("lead"), people=person_names),
        Acts(32, "changes", on, ACTS, this),
        Acts(33, "files", on, HANGING, this),
    ]


def lead_hits(user: SignedIn, text: str, as_of: date, limit: int) -> Sequence[SearchHit]:
    found = search_leads(leads_for(user, as_of), text)[:limit]
    return [
        SearchHit("lead", "inbox", str(lead), " · ".join(part for part in (lead.number, lead.company_name) if part),
                  lead.get_absolute_url(), record_id=lead.pk)
        for lead in found
    ]  # fmt: skip
