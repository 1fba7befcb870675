from __future__ import annotations

from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import audit
from core.htmx import PageRequest
from core.kernel import formats
from core.pages import csv_answer, list_answer, xlsx_answer
from core.selectors import the_company
from pipeline.selectors.waterfall import LABELS
from reporting.forms import DashboardForm
from reporting.lists import changed_deals_list
from reporting.policies import may_see_dashboard
from reporting.selectors import HEADER, Asked, ask, changed_deals, dashboard, figures, report_on
from reporting.selectors.options import period_switch
from reporting.selectors.places import latest_period


def dashboard_page(request: PageRequest) -> HttpResponseBase:
    if not may_see_dashboard(request.user):
        raise Http404
    asked, form = _asked(request)
    board = dashboard(asked)
    if board.is_empty and not request.GET and (latest := latest_period(asked)):
        return redirect(f"{request.path}?period={latest.key}")
    context = {"board": board, "asked": asked, "errors": form.errors, "as_of": asked.as_of}
    return render(request, "reporting/dashboard.html", context | {"period_switch": period_switch(asked)})


def breakdown(request: PageRequest) -> HttpResponseBase:
    """The table of the dashboard alone, for its switch."""
    if not may_see_dashboard(request.user):
        raise Http404
    asked, _form = _asked(request)
    return render(request, "reporting/_breakdown.html", {"board": dashboard(asked), "asked": asked})


def changes(request: PageRequest, bucket: str) -> HttpResponseBase:
    """The deals that one bucket of the waterfall is made of."""
    if not may_see_dashboard(request.user) or bucket not in LABELS:
        raise Http404
    asked, _form = _asked(request)
    title = _("%(bucket)s since %(day)s") % {"bucket": LABELS[bucket], "day": formats.day(asked.since)}
    found = changed_deals(asked, bucket, request.user)
    facts = [_("Open pipeline of %(period)s") % {"period": asked.period.label}]
    table = changed_deals_list(title, lambda user, as_of: found)
    return list_answer(request, table, as_of=asked.as_of, facts=facts)


@require_safe
def export(request: PageRequest) -> HttpResponseBase:
    """The figures of the page as a file: over all, and by the split of its table."""
    if not may_see_dashboard(request.user):
        raise Http404
    asked, _form = _asked(request)
    rows = figures(report_on(asked.question, by=asked.by))
    audit.record(act="figures.exported", actor=request.user, detail={"query": request.GET.urlencode()})
    name = f"figures-{asked.period.key}-by-{asked.by}"
    as_file = xlsx_answer if request.GET.get("format") == "xlsx" else csv_answer
    return as_file(name, list(HEADER), rows)


def _asked(request: PageRequest) -> tuple[Asked, DashboardForm]:
    form = DashboardForm(request.GET, calendar=the_company().calendar)
    return ask(user=request.user, at=timezone.now(), values=form.usable()), form
