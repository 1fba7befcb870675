"""What hangs on records of any kind: tags and files, each a panel of the record's page."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from core import selectors, services
from core.htmx import PageRequest
from core.kernel.file_types import TYPES
from core.pages import chosen_ids, file_answer, own_address, undone

OPTIONS = 12


def _today() -> date:
    return selectors.company_day(timezone.now())


def _record(request: PageRequest, kind: str, record_id: int, *, to_edit: bool = False) -> Any:
    """The record, when the person may see (else not found) and change it (else forbidden)."""
    record = selectors.get_record_for(request.user, kind, record_id, _today())
    if to_edit and not selectors.may_edit_record(request.user, kind, record_id, _today()):
        raise PermissionDenied
    return record


def _panel(request: PageRequest, part: str, kind: str, record: Any, **context: Any) -> HttpResponseBase:
    """A panel alone for htmx, on a page of its own for a browser without script."""
    may_edit = selectors.may_edit_record(request.user, kind, record.pk, _today())
    told = {"kind": kind, "record": record, "may_edit": may_edit, "part": part, **context}
    return render(request, part if request.htmx else "core/panel.html", told)


def record_tags(request: PageRequest, kind: str, record_id: int) -> HttpResponseBase:
    """The tags of a record; a POST adds those of a line."""
    record = _record(request, kind, record_id, to_edit=request.method == "POST")
    error = ""
    if request.method == "POST":
        try:
            services.add_tags(record=record, kind=kind, text=request.POST.get("tags", "")[:2000], by=request.user)
        except services.TagError as refused:
            error = str(refused)
        if not error and not request.htmx:
            return redirect(record)
    return _tags(request, kind, record, error=error)


def _tags(request: PageRequest, kind: str, record: Any, *, error: str = "") -> HttpResponseBase:
    tags = selectors.tags_of(kind, record.pk)
    typed = request.POST.get("tags", "")[:200] if error else ""
    return _panel(request, "core/_tags.html", kind, record, tags=tags, error=error, typed=typed)


@require_POST
def record_tag_remove(request: PageRequest, kind: str, record_id: int, tag_id: int) -> HttpResponseBase:
    record = _record(request, kind, record_id, to_edit=True)
    services.remove_tag(record=record, kind=kind, tag_id=tag_id, by=request.user)
    return _tags(request, kind, record) if request.htmx else redirect(record)


def tag_options(request: PageRequest) -> HttpResponseBase:
    """Tags that a field offers while one types."""
    return JsonResponse({"options": selectors.tag_options(request.GET.get("q", "").strip()[:40], limit=OPTIONS)})


@require_POST
def records_untag(request: PageRequest, kind: str, tag_id: int) -> HttpResponseBase:
    """Undo of “Add tag”: takes the tag off the records it came to."""
    ids = selectors.editable_ids(request.user, kind, chosen_ids(request.GET), _today())
    if not ids:
        raise Http404
    gone = services.untag_records(kind=kind, record_ids=ids, tag_id=tag_id, by=request.user)
    words = ngettext("Tag taken off %(count)s record.", "Tag taken off %(count)s records.", gone)
    return undone(request, words % {"count": gone}, otherwise="/")


def record_attachments(request: PageRequest, kind: str, record_id: int) -> HttpResponseBase:
    """The files of a record; a POST adds some."""
    record = _record(request, kind, record_id, to_edit=request.method == "POST")
    error = ""
    if request.method == "POST":
        error = _attach(request, kind, record)
        if not error and not request.htmx:
            return redirect(record)
    return _attachments(request, kind, record, error=error)


def _attach(request: PageRequest, kind: str, record: Any) -> str:
    """Why nothing was kept, "" when all was."""
    files = [(one.name or "", one.file, one.size or 0) for one in request.FILES.getlist("files") if one.file]
    if not files:
        return _("Choose a file first.")
    try:
        services.attach(record=record, kind=kind, files=files, by=request.user)
    except services.AttachmentError as refused:
        return str(refused)
    return ""


def _attachments(request: PageRequest, kind: str, record: Any, *, error: str = "") -> HttpResponseBase:
    files = selectors.attachments_on(kind, record.pk)
    accept = ",".join(f".{ending}" for ending in TYPES)
    return _panel(request, "core/_attachments.html", kind, record, files=files, error=error, accept=accept)


def attachment(request: PageRequest, attachment_id: int) -> HttpResponseBase:
    """The file itself, only ever as a download."""
    return file_answer(selectors.get_attachment_for(request.user, attachment_id, _today()))


@require_POST
def attachment_remove(request: PageRequest, attachment_id: int) -> HttpResponseBase:
    selectors.get_attachment_for(request.user, attachment_id, _today())
    found = _changeable(request, attachment_id)
    record = _record(request, found.record_kind, found.record_id, to_edit=True)
    services.remove_attachment(attachment=found, record=record, by=request.user, at=timezone.now())
    back = record.get_absolute_url()
    undo = f"undo:{reverse('core:attachment_restore', args=[found.pk])}?{urlencode({'to': back})}"
    messages.success(request, _("%(name)s deleted.") % {"name": found.name}, extra_tags=undo)
    return redirect(back)


def _changeable(request: PageRequest, attachment_id: int) -> Any:
    found = selectors.get_attachment_for(request.user, attachment_id, _today(), with_deleted=True)
    _record(request, found.record_kind, found.record_id, to_edit=True)
    return found


@require_POST
def attachment_restore(request: PageRequest, attachment_id: int) -> HttpResponseBase:
    found = _changeable(request, attachment_id)
    record = _record(request, found.record_kind, found.record_id, to_edit=True)
    services.restore_attachment(attachment=found, record=record, by=request.user)
    messages.success(request, _("%(name)s is back.") % {"name": found.name})
    return redirect(own_address(request, request.GET.get("to", ""), otherwise=record.get_absolute_url()))
