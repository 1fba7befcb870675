from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.htmx import PageRequest
from core.pages import own_address, undoable, undone
from people import policies, selectors, services
from people.forms import ShareForm
from people.views.persons import today

OPTIONS = 12


def sharing(request: PageRequest, kind: str, **ids: int) -> HttpResponseBase:
    """Who sees a record and why: a part of its page, or a page with the form to share it."""
    as_of = today()
    record = selectors.get_record_for(request.user, kind, next(iter(ids.values())), as_of)
    may_share = selectors.may_share(request.user, kind, record, as_of)
    if request.method == "POST" and not may_share:
        raise PermissionDenied
    form = ShareForm(request.POST or None, today=as_of, initial={"since": as_of})
    if request.method == "POST" and form.is_valid() and _shared(request, form, kind, record):
        return redirect(record)
    context: dict[str, Any] = {
        "record": record,
        "kind": selectors.shareable(kind),
        "viewers": selectors.viewers_of(kind, record, as_of),
        "may_share": may_share,
        "address": request.path,
        "form": form,
    }
    return render(request, "people/_sharing.html" if request.htmx else "people/sharing.html", context)


def _shared(request: PageRequest, form: ShareForm, kind: str, record: Any) -> bool:
    try:
        share = services.share_record(kind=kind, record=record, by=request.user, on=today(), **form.values)
    except services.ShareError as error:
        form.add_error(error.field or None, str(error))
        return False
    words = {"record": record, "person": share.person.name}
    messages.success(request, _("%(record)s is shared with %(person)s.") % words)
    return True


@require_POST
def share_stop(request: PageRequest, share_id: int) -> HttpResponseBase:
    """Stop a share at once, with a way back."""
    share = selectors.get_share_for(request.user, share_id, today())
    record = selectors.get_record_for(request.user, share.kind, share.record_id, today())
    try:
        services.stop_share(share=share, record=record, by=request.user)
    except services.ShareError as error:
        messages.error(request, str(error))
        return redirect(record)
    words = _("%(person)s no longer sees %(record)s through this share.")
    undo = reverse("people:share_resume", args=[share.pk])
    told = words % {"person": share.person.name, "record": record}
    return undoable(request, told, undo=undo, ids=[share.pk], back=record.get_absolute_url())


@require_POST
def share_resume(request: PageRequest, share_id: int) -> HttpResponseBase:
    share = selectors.get_share_for(request.user, share_id, today())
    record = selectors.get_record_for(request.user, share.kind, share.record_id, today())
    try:
        services.resume_share(share=share, record=record, by=request.user, on=today())
    except services.ShareError as error:
        messages.error(request, str(error))
        return redirect(own_address(request, request.GET.get("to", ""), otherwise=record.get_absolute_url()))
    words = _("Shared with %(person)s again.") % {"person": share.person.name}
    return undone(request, words, otherwise=record.get_absolute_url())


def colleague_options(request: PageRequest) -> HttpResponseBase:
    """Names of those who work here, for a form's field: whom a record can be shared with, whatever the line."""
    if not policies.may_share_records(request.user):
        raise PermissionDenied
    found = selectors.colleague_options(request.GET.get("q", ""), today(), limit=OPTIONS)
    return JsonResponse({"options": [f"{person.name} · PER-{person.pk}" for person in found]})
