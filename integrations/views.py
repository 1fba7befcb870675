from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.htmx import PageRequest
from core.pages import csv_answer, list_answer
from core.selectors import company_day, with_live_progress
from integrations import policies, selectors, services
from integrations.forms import DecisionForm, UploadForm
from integrations.lists import IMPORTS


def import_list(request: PageRequest) -> HttpResponseBase:
    if not policies.may_import(request.user):
        raise Http404
    actions = [
        {"url": reverse("integrations:import_new"), "icon": "upload", "label": _("Import a file"), "is_primary": True}
    ]
    return list_answer(request, IMPORTS, as_of=company_day(timezone.now()), page_actions=actions)


def import_new(request: PageRequest) -> HttpResponseBase:
    if not policies.may_import(request.user):
        raise Http404
    form = UploadForm(request.POST or None, request.FILES or None)
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
    return render(request, "integrations/upload.html", {"form": form})


def import_page(request: PageRequest, import_id: int) -> HttpResponseBase:
    row = selectors.get_import_for(request.user, import_id)
    running = next((run for run in (row.check_run, row.import_run, row.undo_run) if run and not run.is_over), None)
    context = selectors.page_of(row) | {"running": with_live_progress(running) if running else None}
    return render(request, "integrations/_state.html" if request.htmx else "integrations/import.html", context)


@require_POST
def import_map(request: PageRequest, import_id: int) -> HttpResponseBase:
    row = selectors.get_import_for(request.user, import_id)
    mapping = {name: request.POST.get(f"column-{i}", "") for i, name in enumerate(row.shape["columns"])}
    try:
        services.change_mapping(import_file=row, mapping=mapping, options=request.POST)
    except services.ImportRefused as error:
        messages.error(request, str(error))
        return redirect(row)
    services.ask_for_check(import_file=row, by=request.user)
    return redirect(row)


@require_POST
def import_decide(request: PageRequest, import_id: int) -> HttpResponseBase:
    row = selectors.get_import_for(request.user, import_id)
    if "all" in request.POST:
        services.accept_proposals(import_file=row, by=request.user)
        return redirect(row)
    form = DecisionForm(request.POST)
    proposal = row.proposals.filter(pk=request.POST.get("proposal") or 0).first()
    if proposal is None or not form.is_valid():
        raise Http404
    try:
        services.decide(proposal=proposal, by=request.user, **form.cleaned_data)
    except ValueError as error:
        messages.error(request, str(error))
    return redirect(row)


@require_POST
def import_run(request: PageRequest, import_id: int) -> HttpResponseBase:
    row = selectors.get_import_for(request.user, import_id)
    services.ask_for_import(import_file=row, by=request.user)
    return redirect(row)


@require_POST
def import_undo(request: PageRequest, import_id: int) -> HttpResponseBase:
    row = selectors.get_import_for(request.user, import_id)
    services.ask_for_undo(import_file=row, by=request.user)
    return redirect(row)


def import_errors(request: PageRequest, import_id: int) -> HttpResponseBase:
    row = selectors.get_import_for(request.user, import_id)
    header, rows = selectors.error_rows(row)
    return csv_answer(f"not-imported-{row.pk}", header, rows)
