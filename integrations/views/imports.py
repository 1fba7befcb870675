from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core import audit
from core.htmx import PageRequest
from core.kernel.typed import read_number
from core.pages import csv_answer, list_answer
from core.selectors import company_day, get_run_for, with_live_progress
from integrations import policies, selectors, services
from integrations.forms import DecisionForm, FixForm, MappingForm, UploadForm
from integrations.lists import IMPORTS
from integrations.models import ImportFile


def import_list(request: PageRequest) -> HttpResponseBase:
    if not policies.may_import(request.user):
        raise Http404
    actions = [
        {"url": reverse("integrations:import_new"), "icon": "upload", "label": _("Import a file"), "is_primary": True}
    ]
    if policies.may_export_all(request.user):
        url = reverse("integrations:exports")
        actions.insert(0, {"url": url, "icon": "database-export", "label": _("Export all data"), "is_primary": False})
    return list_answer(request, IMPORTS, as_of=company_day(timezone.now()), page_actions=actions)


def import_new(request: PageRequest) -> HttpResponseBase:
    if not policies.may_import(request.user):
        raise Http404
    initial = {"kind": request.GET.get("kind")}
    form = UploadForm(request.POST or None, request.FILES or None, initial=initial, user=request.user)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            row = services.start_import(
                kind=form.cleaned_data["kind"], stream=upload.file, name=upload.name, by=request.user
            )
        except services.ImportRefused as error:
            form.add_error("file", str(error))
        else:
            return redirect(row)
    return render(request, "integrations/upload.html", {"form": form, "steps": _steps(), "step": 1})


def import_page(request: PageRequest, import_id: int) -> HttpResponseBase:
    """The whole page; while something runs, htmx asks for its progress and for the page once it is over."""
    row = selectors.get_import_for(request.user, import_id)
    running = with_live_progress(row.running) if row.running else None
    if request.htmx:
        if running is None:
            return HttpResponse(headers={"HX-Refresh": "true"})
        return render(request, "integrations/_running.html", {"import_file": row, **_progress(running)})
    show, after = request.GET.get("show", ""), request.GET.get("after", "")
    context = selectors.page_of(row, show=show, after=read_number(after) or 0)
    context |= {"form": MappingForm(row), "steps": _steps(), **_progress(running)}
    return render(request, "integrations/import.html", context)


def _steps() -> list[str]:
    return [_("Upload"), _("Sheet and key"), _("Map columns"), _("Check rows"), _("Import")]


def _progress(run: Any) -> dict[str, Any]:
    if run is None:
        return {"running": None}
    if not run.units_total:
        return {"running": run, "share": None, "done_text": ""}
    numbers = {"done": f"{run.units_done:,}", "total": f"{run.units_total:,}"}
    share = min(100, 100 * run.units_done / run.units_total)
    return {"running": run, "share": share, "done_text": _("%(done)s of %(total)s rows") % numbers}


@require_POST
def import_map(request: PageRequest, import_id: int) -> HttpResponseBase:
    row = selectors.get_import_for(request.user, import_id)
    form = MappingForm(row, request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(f"{error}" for errors in form.errors.values() for error in errors))
        return redirect(row)
    return _after(request, row, lambda: services.map_and_check(import_file=row, by=request.user, **form.values()))


@require_POST
def import_sheet(request: PageRequest, import_id: int) -> HttpResponseBase:
    row = selectors.get_import_for(request.user, import_id)
    sheet = request.POST.get("sheet", "")
    return _after(request, row, lambda: services.use_sheet(import_file=row, sheet=sheet))


@require_POST
def import_decide(request: PageRequest, import_id: int) -> HttpResponseBase:
    row = selectors.get_import_for(request.user, import_id)
    if "all" in request.POST:
        services.accept_proposals(import_file=row, by=request.user)
        return redirect(row)
    form = DecisionForm(request.POST)
    proposal = selectors.get_proposal(row, request.POST.get("proposal", ""))
    if not form.is_valid():
        raise Http404
    return _after(request, row, lambda: services.decide(proposal=proposal, by=request.user, **form.cleaned_data))


@require_POST
def import_fix(request: PageRequest, import_id: int) -> HttpResponseBase:
    row = selectors.get_import_for(request.user, import_id)
    form = FixForm(request.POST)
    if not form.is_valid():
        raise Http404
    return _after(request, row, lambda: services.fix_and_check(import_file=row, by=request.user, **form.cleaned_data))


@require_POST
def import_run(request: PageRequest, import_id: int) -> HttpResponseBase:
    row = selectors.get_import_for(request.user, import_id)
    return _after(request, row, lambda: services.ask_for_import(import_file=row, by=request.user))


def import_undo(request: PageRequest, import_id: int) -> HttpResponseBase:
    """Asks once, with the numbers, then undoes."""
    row = selectors.get_import_for(request.user, import_id)
    if request.method != "POST":
        return render(request, "integrations/undo.html", {"import_file": row, "undo": selectors.undo_effect(row)})
    changed = request.POST.get("even_changed") == "on"
    return _after(request, row, lambda: services.ask_for_undo(import_file=row, by=request.user, even_changed=changed))


def import_errors(request: PageRequest, import_id: int) -> HttpResponseBase:
    row = selectors.get_import_for(request.user, import_id)
    header, rows = selectors.error_rows(row)
    return csv_answer(f"not-imported-{row.pk}", header, rows)


def exports(request: PageRequest) -> HttpResponseBase:
    """Exports of all data: ask for one, watch it, download it."""
    if not policies.may_export_all(request.user):
        raise Http404
    if request.method == "POST":
        return redirect(services.ask_for_export(by=request.user))
    rows = selectors.exports_for(request.user)[:20]
    found = [{"run": run, "is_kept": services.export_path(run).exists()} for run in rows]
    return render(request, "integrations/exports.html", {"exports": found})


def export_file(request: PageRequest, run_id: int) -> HttpResponseBase:
    if not policies.may_export_all(request.user):
        raise Http404
    run = get_run_for(request.user, run_id)
    path = services.export_path(run)
    if not path.exists():
        messages.error(request, _("That export is no longer kept. Start a new one."))
        return redirect("integrations:exports")
    audit.record(act="data.downloaded", actor=request.user, subject=run)
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"salesops-{run.created_at:%Y-%m-%d}.zip")


def _after(request: PageRequest, row: ImportFile, act: Any) -> HttpResponseBase:
    """Back on the import's page, with the reason when the act was refused."""
    try:
        act()
    except (services.ImportRefused, services.DecisionRefused) as error:
        messages.error(request, str(error))
    return redirect(row)
