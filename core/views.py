from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core import registry, runs, selectors, services
from core.context import settings_entries
from core.enums import RunState
from core.forms import CompanyForm, FxRateForm, SavedViewForm
from core.htmx import PageRequest
from core.lists import AUDIT, RATES, RUNS
from core.models import Run
from core.pages import list_answer, own_address

PALETTE_HITS, PAGE_HITS = 6, 25


def search(request: PageRequest) -> HttpResponseBase:
    text = request.GET.get("q", "").strip()
    as_of = selectors.company_day(timezone.now())
    groups = []
    for provider in registry.search_providers:
        if len(text) >= 2 and provider.may_see(request.user):
            hits = provider.search(request.user, text, as_of, PALETTE_HITS if request.htmx else PAGE_HITS)
            groups.append({"label": provider.label, "hits": hits})
    template = "core/_hits.html" if request.htmx else "core/search.html"
    return render(request, template, {"groups": [g for g in groups if g["hits"]], "text": text})


def run_list(request: PageRequest) -> HttpResponseBase:
    return list_answer(request, RUNS, as_of=selectors.company_day(timezone.now()))


def run_page(request: PageRequest, run_id: int) -> HttpResponseBase:
    run = selectors.get_run_for(request.user, run_id)
    share = 100 * run.units_done / run.units_total if run.units_total else None
    may_steer = selectors.may_steer_run(request.user, run)
    context = {
        "run": run,
        "share": share,
        "log": run.log.order_by("-id")[:200],
        "may_stop": may_steer and not run.is_over,
        "may_retry": may_steer and run.state in (RunState.FAILED, RunState.STOPPED),
        "again": run.retries.order_by("-id").first(),
    }
    return render(request, "core/_run.html" if request.htmx else "core/run.html", context)


def _steered(request: PageRequest, run_id: int) -> Run:
    run = selectors.get_run_for(request.user, run_id)
    if not selectors.may_steer_run(request.user, run):
        raise PermissionDenied
    return run


@require_POST
def run_stop(request: PageRequest, run_id: int) -> HttpResponseBase:
    run = _steered(request, run_id)
    runs.ask_to_stop(run=run)
    messages.success(request, _("Asked to stop. What was not committed is rolled back."))
    return redirect(run)


@require_POST
def run_retry(request: PageRequest, run_id: int) -> HttpResponseBase:
    run = _steered(request, run_id)
    try:
        again = services.retry_run(run=run, by=request.user)
    except services.RunError as error:
        messages.error(request, str(error))
        return redirect(run)
    messages.success(request, _("Started once more, as a run of its own."))
    return redirect(again)


def audit_list(request: PageRequest) -> HttpResponseBase:
    return list_answer(request, AUDIT, as_of=selectors.company_day(timezone.now()))


def settings_page(request: PageRequest) -> HttpResponseBase:
    if not request.user.has_role("admin", "sales_ops"):
        raise Http404
    return render(request, "core/settings.html", {"settings_entries": settings_entries(request.user)})


def company_edit(request: PageRequest) -> HttpResponseBase:
    if not request.user.has_role("admin"):
        raise Http404
    company = selectors.the_company()
    form = CompanyForm(request.POST or None, instance=company)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_company(company=form.instance, by=request.user)
        except services.SettingsError as error:
            form.add_error(error.field or None, str(error))
        else:
            messages.success(request, _("Company saved."))
            return redirect("core:company")
    calendar, as_of = selectors.the_company().calendar, selectors.company_day(timezone.now())
    year = calendar.year_of(as_of)
    context = {"form": form, "year": year, "quarters": calendar.quarters_of(year), "months": calendar.months_of(year)}
    return render(request, "core/company.html", context)


def rate_list(request: PageRequest) -> HttpResponseBase:
    actions = [{"url": reverse("core:rate_new"), "icon": "plus", "label": _("Add a rate"), "is_primary": True}]
    return list_answer(request, RATES, as_of=selectors.company_day(timezone.now()), page_actions=actions)


def rate_new(request: PageRequest) -> HttpResponseBase:
    if not request.user.has_role("admin", "sales_ops"):
        raise Http404
    reporting = str(selectors.the_company().currency_id)
    initial = {"valid_from": selectors.company_day(timezone.now())}
    form = FxRateForm(request.POST or None, reporting=reporting, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.add_rate(rate=form.save(commit=False), by=request.user)
        except services.SettingsError as error:
            form.add_error(error.field or None, str(error))
        else:
            messages.success(request, _("Rate of %(currency)s added.") % {"currency": form.instance.currency_id})
            return redirect("core:rates")
    back = reverse("core:rates")
    context = {"form": form, "title": _("Add an exchange rate"), "back": back, "crumbs": [(RATES.title, back)]}
    return render(request, "components/form_page.html", context)


def columns(request: PageRequest) -> HttpResponseBase:
    """Back to the list with the chosen columns in its address."""
    there = urlsplit(own_address(request, request.GET.get("to", "/")))
    query = [part for part in there.query.split("&") if part and not part.startswith(("columns=", "after=", "before="))]
    query.append(urlencode({"columns": ",".join(request.GET.getlist("column"))}))
    return HttpResponseRedirect(f"{there.path}?{'&'.join(query)}")


@require_POST
def save_view(request: PageRequest) -> HttpResponseBase:
    form = SavedViewForm(request.POST)
    there = own_address(request, request.POST.get("to", "/"))
    if not form.is_valid():
        messages.error(request, _("Give the view a name of at most 60 characters."))
        return HttpResponseRedirect(there)
    view = services.save_view(owner=request.user, **form.cleaned_data)
    messages.success(request, _("View “%(name)s” saved.") % {"name": view.name})
    return HttpResponseRedirect(f"{there}?{view.query}")


@require_POST
def delete_view(request: PageRequest, view_id: int) -> HttpResponseBase:
    view = selectors.get_view_for(request.user, view_id)
    services.delete_view(view=view)
    messages.success(request, _("View “%(name)s” deleted.") % {"name": view.name})
    return HttpResponseRedirect(own_address(request, request.POST.get("to", "/")))


def mailbox(request: PageRequest) -> HttpResponseBase:
    if not request.user.has_role("admin"):
        raise Http404
    return render(request, "core/mailbox.html", {"mails": selectors.caught_mails()})
