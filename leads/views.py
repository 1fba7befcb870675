from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.htmx import PageRequest
from core.pages import list_answer
from core.selectors import company_day
from leads import policies, selectors, services
from leads.forms import LeadForm
from leads.lists import LEADS
from people.selectors import people_for


def lead_list(request: PageRequest) -> HttpResponseBase:
    actions = []
    if policies.may_edit_leads(request.user):
        actions.append({"url": reverse("leads:lead_new"), "icon": "plus", "label": _("New lead"), "is_primary": True})
    return list_answer(request, LEADS, as_of=company_day(timezone.now()), page_actions=actions)


def lead_page(request: PageRequest, lead_id: int) -> HttpResponseBase:
    lead = selectors.get_lead_for(request.user, lead_id, company_day(timezone.now()))
    return render(request, "leads/lead.html", {"lead": lead, "may_edit": policies.may_edit_leads(request.user)})


def lead_edit(request: PageRequest, lead_id: int | None = None) -> HttpResponseBase:
    if not policies.may_edit_leads(request.user):
        raise PermissionDenied
    as_of = company_day(timezone.now())
    lead = selectors.get_lead_for(request.user, lead_id, as_of) if lead_id else None
    form = LeadForm(request.POST or None, instance=lead, owners=people_for(request.user, as_of))
    if request.method == "POST" and form.is_valid():
        saved = services.save_lead(lead=form.instance, by=request.user)
        messages.success(request, _("%(name)s saved.") % {"name": saved})
        return redirect(saved)
    title = str(lead) if lead else _("New lead")
    return render(request, "components/form_page.html", {"form": form, "title": title, "back": reverse("leads:leads")})
