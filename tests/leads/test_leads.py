"""Leads: who sees them, what a lead needs, activities, edits by two, archive."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.urls import reverse

from leads.models import Lead
from leads.services import LeadConflict, save_lead
from people.services import create_user
from tests.small_company import SINCE


@pytest.fixture
def lead(company: Any) -> Lead:
    lead = Lead(name="Ilse Lang", company_name="Ilex Pharma", owner=company.rep.person)
    return save_lead(lead=lead, by=company.ops.user, on=company.as_of)


def test_who_sees_a_lead(company: Any, signed_in: Any, lead: Lead) -> None:
    marketing = create_user(email="m@example.com", password=None, roles=["marketing"], by=None, on=SINCE)
    for who in (company.rep, company.manager, company.vp, company.ops, marketing):
        assert signed_in(who).get(lead.get_absolute_url()).status_code == 200
    for who in (company.outsider, company.other_manager, company.admin):
        assert signed_in(who).get(lead.get_absolute_url()).status_code == 404
        assert b"Ilse" not in signed_in(who).get("/leads/").content
    assert signed_in(company.vp).get(reverse("leads:lead_edit", args=[lead.pk])).status_code == 403


def test_a_lead_needs_a_name_a_company_or_an_e_mail(company: Any, signed_in: Any) -> None:
    client = signed_in(company.rep)
    sent = {"status": "new", "owner": company.rep.person.pk}
    assert b"A lead needs a name, a company or an e-mail." in client.post("/leads/new/", sent).content
    client.post("/leads/new/", sent | {"email": "ilse@ilex.example"})
    assert str(Lead.objects.get()) == "ilse@ilex.example"
    assert Lead.objects.get().created_on is not None


def test_a_rep_s_lead_keeps_an_owner_marketing_may_leave_it_open(company: Any, signed_in: Any) -> None:
    nobody = {"status": "new", "name": "Ilse", "owner": ""}
    assert signed_in(company.rep).post("/leads/new/", nobody).status_code == 200
    marketing = create_user(email="m@example.com", password=None, roles=["marketing"], by=None, on=SINCE)
    assert signed_in(marketing).post("/leads/new/", nobody).status_code == 302
    given = nobody | {"owner": company.outsider.person.pk}
    assert signed_in(marketing).post("/leads/new/", given).status_code == 302


def test_changes_and_activities_stand_on_the_page(company: Any, signed_in: Any, lead: Lead) -> None:
    client = signed_in(company.rep)
    client.post(reverse("pipeline:activity_log", args=["lead", lead.pk]), {"kind": "call", "title": "Called back"})
    lead.status = "working"
    save_lead(lead=lead, by=company.rep.user, version=1)
    text = client.get(lead.get_absolute_url()).content.decode()
    assert "Called back" in text and "<del>New</del>" in text and "<ins>Working</ins>" in text


def test_the_second_of_two_who_edit_at_once_is_told(company: Any, lead: Lead) -> None:
    save_lead(lead=Lead.objects.get(pk=lead.pk), by=company.rep.user, version=1)
    with pytest.raises(LeadConflict):
        save_lead(lead=lead, by=company.rep.user, version=1)


def test_archived_leads_leave_the_list_and_come_back(company: Any, signed_in: Any, lead: Lead) -> None:
    client = signed_in(company.rep)
    answer = client.post("/leads/", {"action": "archive", "pk": lead.pk}, follow=True)
    undo = re.search(r'action="(/leads/restore/[^"]+)"', answer.content.decode())
    assert undo and b"Ilse" not in client.get("/leads/").content
    assert b"Ilse" in client.get("/leads/?archived=1").content
    address = undo[1].replace("&amp;", "&")
    signed_in(company.outsider).post(address)
    lead.refresh_from_db()
    assert lead.archived_at is not None
    client.post(address)
    lead.refresh_from_db()
    assert lead.archived_at is None
