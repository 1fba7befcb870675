from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core import runs, selectors, services
from core.enums import RunState
from core.htmx import PageRequest
from core.lists import RUNS
from core.models import Run
from core.pages import list_answer


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
