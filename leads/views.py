from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from core import registry
from core.htmx import PageRequest
from core.pages import chosen_ids, list_answer, tag_chosen, undoable, undone
from core.selectors import company_day
from leads import policies, selectors, services
from leads.forms import LeadForm
from leads.lists import LEADS
from pipeline.selectors.timelines import timeline_context

SHOWN, SHOWN_TODAY = 40, 5


def _today() -> date:
    return company_day(timezone.now())


def _editor(request: PageRequest) -> None:
    if not policies.may_edit_leads(request.user):
        raise PermissionDenied


def lead_list(request: PageRequest) -> HttpResponseBase:
    if request.method == "POST" and request.POST.get("action") == "tag":
        return tag_chosen(request, kind="lead", as_of=_today(), back=request.get_full_path())
    if request.method == "POST":
        chosen = policies.editable_leads(request.user, _today()).filter(pk__in=chosen_ids(request.POST))
        return _archive(request, sorted(chosen.values_list("pk", flat=True)), back=request.get_full_path())
    actions = []
    if policies.may_edit_leads(request.user):
        actions.append({"url": reverse("leads:lead_new"), "icon": "plus", "label": _("New lead"), "is_primary": True})
    return list_answer(request, LEADS, as_of=_today(), page_actions=actions)


def _archive(request: PageRequest, ids: Sequence[int], *, back: str) -> HttpResponseBase:
    _editor(request)
    done = services.archive_leads(lead_ids=ids, by=request.user, at=timezone.now())
    words = ngettext("%(count)s lead archived.", "%(count)s leads archived.", done) % {"count": done}
    return undoable(request, words, undo=reverse("leads:leads_restore"), ids=ids, back=back)


def _editable(request: PageRequest, lead_id: int) -> Any:
    """The lead, when the person may see (else not found) and change it (else forbidden)."""
    lead = selectors.get_lead_for(request.user, lead_id, _today())
    if not policies.may_edit_lead(request.user, lead, _today()):
        raise PermissionDenied
    return lead


@require_POST
def lead_archive(request: PageRequest, lead_id: int) -> HttpResponseBase:
    lead = _editable(request, lead_id)
    return _archive(request, [lead.pk], back=reverse("leads:leads"))


@require_POST
def leads_restore(request: PageRequest) -> HttpResponseBase:
    _editor(request)
    visible = policies.editable_leads(request.user, _today(), with_archived=True)
    ids = list(visible.filter(pk__in=chosen_ids(request.GET)).values_list("pk", flat=True))
    done = services.restore_leads(lead_ids=ids, by=request.user)
    words = ngettext("%(count)s lead is back.", "%(count)s leads are back.", done) % {"count": done}
    return undone(request, words, otherwise=reverse("leads:leads"))


def lead_page(request: PageRequest, lead_id: int) -> HttpResponseBase:
    lead = selectors.get_lead_for(request.user, lead_id, _today())
    may_edit = policies.may_edit_lead(request.user, lead, _today())
    context = {
        "lead": lead,
        **timeline_context(request, "lead", lead, _today()),
        "panels": registry.panels_for("lead", request.user),
        "may_edit": may_edit and lead.archived_at is None,
        "may_restore": may_edit and lead.archived_at is not None,
    }
    return render(request, "leads/lead.html", context)


def lead_edit(request: PageRequest, lead_id: int | None = None) -> HttpResponseBase:
    _editor(request)
    as_of, told = _today(), dict[str, Any]()
    lead = _editable(request, lead_id) if lead_id else None
    title, back = (str(lead), lead.get_absolute_url()) if lead else (_("New lead"), reverse("leads:leads"))
    owners = selectors.people_to_assign(request.user, as_of)
    initial = {} if lead else {"owner": getattr(request.user, "person_or_none", None)}
    form = LeadForm(request.POST or None, instance=lead, owners=owners, initial=initial)
    form.fields["owner"].required = selectors.needs_owner(request.user, as_of)
    if request.method == "POST" and form.is_valid():
        try:
            version = form.cleaned_data["version"]
            saved = services.save_lead(lead=form.instance, by=request.user, version=version, on=as_of)
        except services.LeadConflict as conflict:
            told = {"clashes": form.show_beside(conflict.theirs), "conflict": str(conflict)}
        else:
            messages.success(request, _("%(name)s saved.") % {"name": saved})
            return redirect(saved)
    crumbs = [(_("Leads"), reverse("leads:leads"))]
    context = {"form": form, "title": title, "back": back, "crumbs": crumbs, **told}
    return render(request, "components/form_page.html", context)


def new_leads(request: PageRequest) -> HttpResponseBase:
    """Own new leads that nobody has touched: a card of the start page, alone for htmx."""
    person = getattr(request.user, "person_or_none", None)
    if person is None or not policies.may_see_leads(request.user):
        raise Http404
    found = selectors.untouched_leads(request.user, person, _today())
    context = {"leads": found[:SHOWN_TODAY], "count": found.count(), "person": person}
    template = "leads/_new_leads.html" if request.htmx else "leads/new_leads.html"
    return render(request, template, context)
