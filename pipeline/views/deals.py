from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.selectors import accounts_for
from core import registry
from core.htmx import PageRequest
from core.pages import list_answer
from core.selectors import company_day, the_company
from people.selectors import people_for
from pipeline import policies, services
from pipeline.forms import ActivityForm, OpportunityForm
from pipeline.lists import OPPORTUNITIES, PRODUCTS
from pipeline.models import Opportunity
from pipeline.selectors import deals


def deal_list(request: PageRequest) -> HttpResponseBase:
    as_of = company_day(timezone.now())
    if request.method == "POST":
        return _archive(request)
    actions = []
    if policies.may_create(request.user):
        actions.append(
            {"url": reverse("pipeline:deal_new"), "icon": "plus", "label": _("New opportunity"), "is_primary": True}
        )
    return list_answer(request, OPPORTUNITIES, as_of=as_of, page_actions=actions)


def _archive(request: PageRequest) -> HttpResponseBase:
    as_of = company_day(timezone.now())
    asked = [int(pk) for pk in request.POST.getlist("pk") if pk.isdigit()]
    mine = policies.visible_opportunities(request.user, as_of).filter(pk__in=asked)
    if not policies.may_create(request.user):
        raise PermissionDenied
    done = services.archive_deals(deal_ids=list(mine.values_list("pk", flat=True)), by=request.user, at=timezone.now())
    messages.success(request, _("%(count)s deals archived.") % {"count": done})
    return redirect(request.get_full_path())


def deal_page(request: PageRequest, deal_id: int) -> HttpResponseBase:
    as_of = company_day(timezone.now())
    deal = deals.get_deal_for(request.user, deal_id, as_of)
    context = {
        "deal": deal,
        "stages": deals.stages_of(deal),
        "criteria": deals.criteria_of(deal),
        "timeline": deals.timeline_of(deal),
        "may_edit": policies.may_edit(request.user, deal, as_of),
        "panels": registry.panels_for("opportunity", request.user),
        "form": ActivityForm(),
        "age": (as_of - deal.created_on).days,
    }
    return render(request, "pipeline/deal.html", context)


def deal_new(request: PageRequest) -> HttpResponseBase:
    if not policies.may_create(request.user):
        raise PermissionDenied
    as_of = company_day(timezone.now())
    person = getattr(request.user, "person_or_none", None)
    initial = {"currency": the_company().currency_id, "owner": person, "account": request.GET.get("account")}
    form = _form(request, as_of, initial=initial)
    if request.method == "POST" and form.is_valid():
        deal = services.create_deal(deal=form.save(commit=False), by=request.user, on=as_of)
        messages.success(request, _("%(name)s added.") % {"name": deal.name})
        return redirect(deal)
    return render(
        request,
        "components/form_page.html",
        {"form": form, "title": _("New opportunity"), "back": reverse("pipeline:deals")},
    )


def deal_edit(request: PageRequest, deal_id: int) -> HttpResponseBase:
    as_of = company_day(timezone.now())
    deal = deals.get_deal_for(request.user, deal_id, as_of)
    if not policies.may_edit(request.user, deal, as_of):
        raise PermissionDenied
    form = _form(request, as_of, instance=deal)
    if request.method == "POST" and form.is_valid() and _change(request, form, deal_id, as_of):
        messages.success(request, _("%(name)s saved.") % {"name": deal.name})
        return redirect("pipeline:deal", deal_id)
    return render(
        request, "components/form_page.html", {"form": form, "title": deal.name, "back": deal.get_absolute_url()}
    )


def _change(request: PageRequest, form: OpportunityForm, deal_id: int, as_of: Any) -> bool:
    """Save what changed; a conflict or a broken rule is told at the form."""
    version = form.cleaned_data["version"]
    values = {name: form.cleaned_data[name] for name in form.changed_data if name != "version"}
    try:
        services.change_deal(deal_id=deal_id, values=values, version=version, by=request.user, on=as_of)
    except services.DealConflict as conflict:
        fields = [
            (form.fields[n].label, getattr(conflict.theirs, n))
            for n in values
            if getattr(conflict.theirs, n) != values[n]
        ]
        theirs = "; ".join(f"{label}: {value}" for label, value in fields)
        form.add_error(None, f"{conflict} {_('Now there:')} {theirs}. {_('Open it again to start from there.')}")
    except services.DealError as error:
        form.add_error(error.field or None, str(error))
    return form.is_valid()


def _form(request: PageRequest, as_of: Any, **kwargs: Any) -> OpportunityForm:
    owners, accounts = people_for(request.user, as_of), accounts_for(request.user, as_of)
    return OpportunityForm(request.POST or None, owners=owners, accounts=accounts, **kwargs)


@require_POST
def activity_new(request: PageRequest, deal_id: int) -> HttpResponseBase:
    as_of = company_day(timezone.now())
    deal: Opportunity = deals.get_deal_for(request.user, deal_id, as_of)
    if not policies.may_edit(request.user, deal, as_of):
        raise PermissionDenied
    form = ActivityForm(request.POST)
    if form.is_valid():
        services.log_activity(activity=form.save(commit=False), deal=deal, by=request.user, at=timezone.now())
        messages.success(request, _("Activity logged."))
    else:
        messages.error(request, _("Say in one line what happened."))
    return redirect(deal)


@require_POST
def criterion_tick(request: PageRequest, deal_id: int, criterion_id: int) -> HttpResponseBase:
    as_of = company_day(timezone.now())
    deal = deals.get_deal_for(request.user, deal_id, as_of)
    if not policies.may_edit(request.user, deal, as_of):
        raise PermissionDenied
    person = getattr(request.user, "person_or_none", None)
    services.tick_criterion(deal=deal, criterion_id=criterion_id, person=person)
    return redirect(deal)


def product_list(request: PageRequest) -> HttpResponseBase:
    return list_answer(request, PRODUCTS, as_of=company_day(timezone.now()))
