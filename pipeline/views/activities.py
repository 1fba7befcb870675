"""What is done on records: log it in one line, change it, tick it off; the timeline of a record; the list of all."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.htmx import PageRequest
from core.kernel import formats
from core.pages import list_answer, own_address, undone
from core.selectors import the_company
from pipeline import services
from pipeline.forms import ActivityEditForm, ActivityForm, DueForm, LineForm
from pipeline.kernel.activity_line import Understood, understood
from pipeline.lists import ACTIVITIES
from pipeline.models import Activity
from pipeline.selectors import activities
from pipeline.selectors.timelines import timeline_context
from pipeline.views.deals import today


def _record(request: PageRequest, kind: str, record_id: int) -> Any:
    """The record, when the person may see (else not found) and log on it (else forbidden)."""
    record = activities.get_record_for(request.user, kind, record_id, today())
    if not activities.may_log_on(request.user, kind, record_id, today()):
        raise PermissionDenied
    return record


def _account_of(kind: str, record: Any) -> int | None:
    return record.pk if kind == "account" else getattr(record, "account_id", None)


@require_POST
def activity_log(request: PageRequest, kind: str, record_id: int) -> HttpResponseBase:
    """Log on a record of any kind: a line, or the fields of an activity. Answers the timeline, or goes back to it."""
    record = _record(request, kind, record_id)
    error = _log_line(request, kind, record) if "line" in request.POST else _log_fields(request, kind, record)
    if request.htmx:
        context = timeline_context(request, kind, record, today())
        told = {"record": record, "line_error": error, "line": request.POST.get("line", "") if error else ""}
        return render(request, "pipeline/_timeline.html", context | told)
    if error:
        messages.error(request, error)
    else:
        messages.success(request, _("Logged."))
    return HttpResponseRedirect(f"{record.get_absolute_url()}#timeline")


def _log_line(request: PageRequest, kind: str, record: Any) -> str:
    """What is wrong with the line, "" when it is logged."""
    form = LineForm(request.POST)
    if not form.is_valid():
        return _words(form)
    said = understood(form.cleaned_data["line"], today=today(), kind=form.cleaned_data["kind"])
    if said is None:
        return _("Say in one line what happened.")
    on = {"kind": kind, "record_id": record.pk, "account_id": _account_of(kind, record)}
    try:
        services.log_line(said=said, zone=the_company().zone, by=request.user, at=timezone.now(), **on)
    except services.ActivityError as error:
        return str(error)
    return ""


def _log_fields(request: PageRequest, kind: str, record: Any) -> str:
    form = ActivityForm(request.POST)
    if not form.is_valid():
        return _words(form)
    on = {"kind": kind, "record_id": record.pk, "account_id": _account_of(kind, record)}
    services.log_on(activity=form.save(commit=False), by=request.user, at=timezone.now(), **on)
    return ""


def _words(form: Any) -> str:
    return " ".join(str(error) for errors in form.errors.values() for error in errors)


def activity_read(request: PageRequest) -> HttpResponseBase:
    """How a line is understood, shown while one types; without a line, how lines are written."""
    form = LineForm(request.GET)
    said = None
    if form.is_valid():
        said = understood(form.cleaned_data["line"], today=today(), kind=form.cleaned_data["kind"])
    parts = [_part(one) for one in (said, said.follow_up if said else None) if one]
    template = "pipeline/_said.html" if request.htmx else "pipeline/lines.html"
    return render(request, template, {"parts": parts, "line": request.GET.get("line", "")[:1000]})


def _part(said: Understood) -> dict[str, Any]:
    kind = Activity(kind=said.kind).get_kind_display()
    return {"kind": kind, "icon": activities.ICONS[said.kind], "said": said, "day": formats.day(said.day)}


def record_timeline(request: PageRequest, kind: str, record_id: int) -> HttpResponseBase:
    """The timeline of a record: as a card of its page, as the next lines of it, or as a page."""
    record = activities.get_record_for(request.user, kind, record_id, today())
    context = timeline_context(request, kind, record, today()) | {"record": record}
    if not request.htmx:
        return render(request, "pipeline/panel.html", context | {"part": "pipeline/_timeline.html"})
    rows_only = "before" in request.GET
    return render(request, "pipeline/_timeline_rows.html" if rows_only else "pipeline/_timeline.html", context)


def activity_list(request: PageRequest) -> HttpResponseBase:
    if request.method == "POST" and request.POST.get("done", "").isdecimal():
        return activity_done(request, int(request.POST["done"][:18]))
    return list_answer(request, ACTIVITIES, as_of=today())


def _activity(request: PageRequest, activity_id: int) -> Activity:
    """The activity, when the person may see (else not found) and change it (else forbidden)."""
    found = activities.get_activity_for(request.user, activity_id, today())
    if not activities.may_change(request.user, found, today()):
        raise PermissionDenied
    return found


def activity_page(request: PageRequest, activity_id: int) -> HttpResponseBase:
    """One activity: to read, and for who may, to change."""
    found, as_of = activities.get_activity_for(request.user, activity_id, today()), today()
    may_edit = activities.may_change(request.user, found, as_of)
    record = activities.find_record_for(request.user, found.subject_kind, found.subject_id or 0, as_of)
    people = activities.people_to_ask(request.user, as_of)
    form = ActivityEditForm(request.POST or None, activity=found, people=people, zone=the_company().zone, today=as_of)
    if request.method == "POST":
        if not may_edit:
            raise PermissionDenied
        if form.is_valid() and _saved(request, form, found, as_of):
            return redirect(own_address(request, request.GET.get("to", ""), otherwise=_place_of(record)))
    context = {"activity": found, "record": record, "form": form, "may_edit": may_edit, "back": _place_of(record)}
    return render(request, "pipeline/activity.html", context)


def _place_of(record: Any) -> str:
    return f"{record.get_absolute_url()}#timeline" if record else reverse("pipeline:activities")


def _saved(request: PageRequest, form: ActivityEditForm, found: Activity, as_of: date) -> bool:
    try:
        services.change_activity(activity_id=found.pk, values=form.values, by=request.user, on=as_of)
    except services.ActivityError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return False
    messages.success(request, _("Saved."))
    return True


def _back(request: PageRequest, found: Activity) -> str:
    record = activities.find_record_for(request.user, found.subject_kind, found.subject_id or 0, today())
    asked = request.POST.get("to", "") or request.GET.get("to", "")
    return own_address(request, asked, otherwise=_place_of(record))


@require_POST
def activity_done(request: PageRequest, activity_id: int) -> HttpResponseBase:
    """Tick a task off, or open it again."""
    task = _activity(request, activity_id)
    services.finish_task(task=task, at=timezone.now())
    words = _("Task done.") if task.done_at else _("Task open again.")
    undo = f"undo:{reverse('pipeline:activity_done', args=[task.pk])}"
    messages.success(request, words, extra_tags=undo if task.done_at else "")
    at_list = request.path == reverse("pipeline:activities")
    return redirect(request.get_full_path() if at_list else _back(request, task))


@require_POST
def activity_due(request: PageRequest, activity_id: int) -> HttpResponseBase:
    """Give a task another day, in place."""
    task, form = _activity(request, activity_id), DueForm(request.POST)
    if form.is_valid():
        try:
            services.change_activity(activity_id=task.pk, values=form.cleaned_data, by=request.user, on=today())
        except services.ActivityError as error:
            messages.error(request, str(error))
        else:
            day = form.cleaned_data["due_on"]
            words = _("Due %(day)s.") % {"day": formats.day(day)} if day else _("No due day any more.")
            messages.success(request, words)
    else:
        messages.error(request, _words(form))
    return redirect(_back(request, task))


@require_POST
def activity_archive(request: PageRequest, activity_id: int) -> HttpResponseBase:
    found = _activity(request, activity_id)
    services.archive_activity(activity=found, by=request.user, at=timezone.now())
    undo = f"undo:{reverse('pipeline:activity_restore', args=[found.pk])}"
    messages.success(request, _("Deleted."), extra_tags=undo)
    return redirect(_back(request, found))


@require_POST
def activity_restore(request: PageRequest, activity_id: int) -> HttpResponseBase:
    found = activities.get_activity_for(request.user, activity_id, today(), with_archived=True)
    if not activities.may_change(request.user, found, today()):
        raise PermissionDenied
    services.restore_activity(activity=found, by=request.user)
    return undone(request, _("It is back."), otherwise=_back(request, found))
