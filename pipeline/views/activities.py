from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.policies import may_edit_accounts
from accounts.selectors import account_changes, contact_changes, get_account_for, get_contact_for
from core.htmx import PageRequest
from pipeline import policies, services
from pipeline.forms import ActivityForm
from pipeline.models import Activity, Opportunity
from pipeline.selectors import activities, deals
from pipeline.views.deals import today

LIMIT = 30


@require_POST
def activity_log(request: PageRequest, kind: str, record_id: int) -> HttpResponseBase:
    """Log an activity on a record of any kind the person may see, and go back to its page."""
    record = _record(request, kind, record_id)
    form = ActivityForm(request.POST)
    if form.is_valid():
        services.log_on(
            activity=form.save(commit=False),
            kind=kind,
            record_id=record_id,
            account_id=record_id if kind == "account" else getattr(record, "account_id", None),
            by=request.user,
            at=timezone.now(),
        )
        messages.success(request, _("Task set.") if form.cleaned_data["kind"] == "task" else _("Activity logged."))
    else:
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return HttpResponseRedirect(f"{record.get_absolute_url()}#timeline")


@require_POST
def activity_done(request: PageRequest, activity_id: int) -> HttpResponseBase:
    task: Activity = activities.get_activity(activity_id)
    record = _record(request, task.subject_kind, task.subject_id or 0)
    services.finish_task(task=task, at=timezone.now())
    messages.success(request, _("Task done.") if task.done_at else _("Task open again."))
    return redirect(record)


def _record(request: PageRequest, kind: str, record_id: int) -> Any:
    record = activities.get_record_for(request.user, kind, record_id, today())
    if not policies.may_log(request.user):
        raise PermissionDenied
    if isinstance(record, Opportunity) and not policies.may_edit(request.user, record, today()):
        raise PermissionDenied
    return record


def account_deals(request: PageRequest, account_id: int) -> HttpResponseBase:
    as_of = today()
    account = get_account_for(request.user, account_id, as_of)
    found = deals.deals_of_account(request.user, account, as_of)
    context = {"account": account, "found": found, "may_create": policies.may_create(request.user), "as_of": as_of}
    return _panel(request, "pipeline/_account_deals.html", account, context)


def account_timeline(request: PageRequest, account_id: int) -> HttpResponseBase:
    account = get_account_for(request.user, account_id, today())
    happened = [
        *activities.activities_with(account, limit=LIMIT),
        *account_changes(account, limit=LIMIT),
        *deals.moves_with(request.user, account, today(), limit=LIMIT),
    ]
    context = {"kind": "account", "record": account, "may_log": may_edit_accounts(request.user)}
    return _timeline(request, account, happened, context)


def contact_timeline(request: PageRequest, contact_id: int) -> HttpResponseBase:
    contact = get_contact_for(request.user, contact_id, today())
    happened = [
        *activities.activities_on("contact", contact_id, limit=LIMIT),
        *contact_changes(contact, limit=LIMIT),
    ]
    context = {"kind": "contact", "record": contact, "may_log": may_edit_accounts(request.user)}
    return _timeline(request, contact, happened, context)


def _timeline(request: PageRequest, record: Any, happened: Any, context: dict[str, Any]) -> HttpResponseBase:
    show = request.GET.get("show", "")
    chosen = [one for one in happened if not show or (one.kind == "change") == (show == "changes")]
    shown = {"timeline": activities.newest(chosen, LIMIT), "show": show, "form": ActivityForm()}
    return _panel(request, "pipeline/_timeline_panel.html", record, context | shown)


def _panel(request: PageRequest, part: str, record: Any, context: dict[str, Any]) -> HttpResponseBase:
    """A part of another room's page: alone for htmx, on a page of its own for a browser without script."""
    if request.htmx:
        return render(request, part, context)
    return render(request, "pipeline/panel.html", context | {"part": part, "record": record})
