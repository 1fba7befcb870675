"""Pay periods: their list, the page of one, opening months, payees, comparison, exports."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from compensation import policies, services
from compensation.forms.adjustments import FirstDayForm, ReasonForm
from compensation.lists import LEDGER, PERIODS, RUNS, payees_of
from compensation.models import PayPeriod
from compensation.selectors import period_page, runs
from compensation.selectors.pay_lists import ledger_for
from compensation.views.acting import keeper, list_page
from compensation.views.answers import acted, added, button, form_answer, today
from core.htmx import PageRequest
from core.kernel.typed import read_number
from core.pages import csv_answer, list_answer, xlsx_answer
from core.tables import Table

AHEAD = timedelta(days=62)


def period_list(request: PageRequest) -> HttpResponseBase:
    actions, first = [], None
    if policies.sees_all_pay(request.user):
        actions.append(button(reverse("compensation:pay_runs"), _("All runs"), "history"))
    if policies.keeps_pay(request.user):
        first = button(reverse("compensation:periods_open"), _("Open months"), "plus")
        actions.append(first)
    return list_page(request, PERIODS, "compensation:periods", actions, empty_action=first)


def run_list(request: PageRequest) -> HttpResponseBase:
    return list_answer(request, RUNS, as_of=today())


def periods_open(request: PageRequest) -> HttpResponseBase:
    """Months up to two ahead, from a day on that nobody was paid for here before."""
    keeper(request)
    form = FirstDayForm(request.POST or None, initial={"first": today().replace(day=1)})
    back = reverse("compensation:periods")

    def open_them() -> Any:
        return services.open_periods(first=form.cleaned_data["first"], last=today() + AHEAD)

    if added(request, form, open_them, _("The months are open.")) is not None:
        return redirect(back)
    return form_answer(request, form, _("Open months"), back, submit=_("Open"))


def _crumbs(period: PayPeriod) -> list[tuple[Any, str]]:
    return [(PERIODS.title, reverse("compensation:periods")), (str(period), period.get_absolute_url())]


def period_answer(request: PageRequest, period_id: int) -> HttpResponseBase:
    period = runs.get_period_for(request.user, period_id)
    asked = {"against": request.GET.get("against", ""), "show": request.GET.get("show", "")}
    is_long = request.GET.get("rows") == "all"
    context = period_page.period_context(request.user, period, is_long=is_long, **asked)
    return render(request, "compensation/period.html", context | {"as_of": today()})


def period_progress(request: PageRequest, period_id: int) -> HttpResponseBase:
    """How far the calculation is; once it is over the page is drawn anew."""
    period = runs.get_period_for(request.user, period_id)
    if not request.htmx:
        return redirect(period)
    run = runs.standing_run(period)
    context = period_page.progress_of(request.user, period, run)
    answer = render(request, "compensation/_progress.html", context)
    if run is None or run.run.is_over:
        answer["HX-Refresh"] = "true"
    return answer


def period_checks(request: PageRequest, period_id: int) -> HttpResponseBase:
    """How far the checks of a run are, while they are made."""
    period = runs.get_period_for(request.user, period_id)
    run = runs.standing_run(period)
    if not request.htmx or run is None:
        return redirect(period)
    context = {"period": period, "run": run, "keeps": policies.keeps_pay(request.user)}
    return render(request, "compensation/_checks.html", context | period_page.checks_of(run))


def period_changes(request: PageRequest, period_id: int) -> HttpResponseBase:
    """Whose pay changed most, against the month or the run that was asked for."""
    context = period_page.changes_context(_of_pay(request, period_id), request.GET.get("against", ""))
    template = "compensation/_changes.html" if request.htmx else "compensation/part.html"
    return render(request, template, context | {"part": "compensation/_changes.html"})


def _of_pay(request: PageRequest, period_id: int) -> PayPeriod:
    """A period for those who see everybody's pay; nothing for the others."""
    if not policies.sees_all_pay(request.user):
        raise Http404
    return runs.get_period_for(request.user, period_id)


def payee_list(request: PageRequest, period_id: int) -> HttpResponseBase:
    """The payees of the run that stands, or of one that the address names."""
    period = _of_pay(request, period_id)
    run = runs.find_run(period, read_number(request.GET.get("run", ""))) or runs.standing_run(period)
    if run is None:
        return redirect(period)
    table = payees_of(run, runs.neighbours(period)[0])
    return list_answer(request, table, as_of=today(), template="compensation/payees.html", above=_crumbs(period))


def ledger_list(request: PageRequest, period_id: int) -> HttpResponseBase:
    period = _of_pay(request, period_id)
    return list_answer(request, _ledger_of(period), as_of=today(), above=_crumbs(period), facts=[str(period)])


def _ledger_of(period: PayPeriod) -> Table:
    return replace(LEDGER, rows=lambda user, as_of: ledger_for(user, as_of).filter(period=period))


def compare(request: PageRequest, period_id: int) -> HttpResponseBase:
    """Two runs of a period, payee by payee: the last two unless the address says which."""
    period = _of_pay(request, period_id)
    asked = [read_number(request.GET.get(name, "")) for name in ("first", "second")]
    context = period_page.comparison(period, *asked)
    return render(request, "compensation/compare.html", context | {"crumbs": _crumbs(period)})


@require_GET
def payroll(request: PageRequest, period_id: int) -> HttpResponseBase:
    """What posted runs of a period pay, for payroll: CSV, or Excel when asked for."""
    period = _of_pay(request, period_id)
    header, rows = services.payroll_rows(period=period, by=request.user)
    answer = xlsx_answer if request.GET.get("format") == "xlsx" else csv_answer
    return answer(f"payroll-{period.number}", header, rows)


@require_GET
def ledger_file(request: PageRequest, period_id: int) -> HttpResponseBase:
    period = _of_pay(request, period_id)
    header, rows = services.ledger_rows(period=period, by=request.user)
    answer = xlsx_answer if request.GET.get("format") == "xlsx" else csv_answer
    return answer(f"ledger-{period.number}", header, rows)


def reopen(request: PageRequest, period_id: int) -> HttpResponseBase:
    keeper(request)
    period = runs.get_period_for(request.user, period_id)
    form = ReasonForm(request.POST or None)

    def open_again() -> PayPeriod:
        return services.reopen_period(period_id=period.pk, reason=form.cleaned_data["reason"], by=request.user)

    if added(request, form, open_again, _("Open again. What is posted stays; a new run posts what is to be added.")):
        return redirect(period)
    title = _("Open %(period)s again") % {"period": period}
    return form_answer(request, form, title, period.get_absolute_url(), submit=_("Open again"), crumbs=_crumbs(period))


@require_POST
def start(request: PageRequest, period_id: int) -> HttpResponseBase:
    keeper(request)
    period = runs.get_period_for(request.user, period_id)
    act = lambda: services.calculate_period(period_id=period.pk, by=request.user)  # noqa: E731 -- done by acted
    return acted(request, act, _("Being calculated. You can leave this page."), period.get_absolute_url())
