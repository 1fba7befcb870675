from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core import selectors, services
from core.context import settings_entries
from core.forms import CompanyForm, FxRateForm
from core.htmx import PageRequest
from core.lists import RATES
from core.pages import list_answer


def settings_page(request: PageRequest) -> HttpResponseBase:
    if not request.user.has_role("admin", "sales_ops", "finance"):
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


def mailbox(request: PageRequest) -> HttpResponseBase:
    if not request.user.has_role("admin"):
        raise Http404
    return render(request, "core/mailbox.html", {"mails": selectors.caught_mails()})
