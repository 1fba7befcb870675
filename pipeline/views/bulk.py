"""Many deals at once: choose what to change, see what it would do, do it, look at it later, take it back."""

from __future__ import annotations

from copy import copy
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from core.htmx import PageRequest
from core.pages import chosen_ids, list_answer, own_address
from core.tables import filtered
from people.selectors import people_for
from pipeline import services
from pipeline.forms.bulk import ASKS, WHAT, BulkForm
from pipeline.lists import BULK_EDITS, OPPORTUNITIES
from pipeline.models import BulkEdit
from pipeline.selectors import bulk_edits
from pipeline.services.bulk_changes import AT_ONCE, MOST
from pipeline.views.deals import today

SHOWN = 200


@require_POST
def bulk_change(request: PageRequest) -> HttpResponseBase:
    """The page that asks what to change, then shows what the change would do, then does it."""
    if not bulk_edits.may_edit_in_bulk(request.user):
        raise PermissionDenied
    as_of = today()
    ids, behind = _chosen(request)
    what = request.POST.get("what", "") if request.POST.get("what", "") in ASKS else WHAT[0][0]
    step = request.POST.get("step", "")
    data = request.POST if step in ("check", "do") else None
    form = BulkForm(data, what=what, owners=people_for(request.user, as_of), today=as_of)
    if not ids:
        messages.warning(request, _("Choose at least one deal first."))
        return redirect(_back(request))
    if data is not None and form.is_valid() and step == "do":
        return _do(request, ids, form)
    would = _would(request, ids, form) if data is not None and form.is_valid() else None
    count, money = bulk_edits.sums_of(bulk_edits.chosen_deals(request.user, ids, as_of))
    context = {"form": form, "what": what, "choices": WHAT, "count": count, "money": money, "would": would}
    return render(request, "pipeline/bulk.html", context | behind | {"ids": ids, "most": MOST, "back": _back(request)})


def _back(request: PageRequest) -> str:
    """The list with its filters, as the page was asked from."""
    query = request.POST.get("query", request.GET.urlencode())
    return f"{reverse('pipeline:deals')}{'?' + query if query else ''}"


def _chosen(request: PageRequest) -> tuple[list[int], dict[str, Any]]:
    """Ids of the ticked deals, or of all behind the filters; and how many those are."""
    as_of, query = today(), QueryDict(request.POST.get("query", request.GET.urlencode()))
    asked: Any = copy(request)
    asked.GET = query
    rows, _form = filtered(asked, OPPORTUNITIES, as_of=as_of)
    every = list(rows.order_by("pk").values_list("pk", flat=True)[: MOST + 1])
    is_all = request.POST.get("scope") == "all" and len(every) <= MOST
    ticked = chosen_ids(request.POST)[:MOST]
    seen = bulk_edits.chosen_deals(request.user, ticked, as_of).order_by("pk").values_list("pk", flat=True)
    ids = every if is_all else list(seen)
    told = {"behind": len(every), "is_all": is_all, "is_too_many": len(every) > MOST, "ticked": ticked}
    return ids, told | {"query": query.urlencode()}


def _would(request: PageRequest, ids: list[int], form: BulkForm) -> dict[str, Any]:
    """What the change would do, found by making it and taking the transaction back; of many deals, of the first."""
    as_of, some = today(), ids[:AT_ONCE]
    change = form.change(at=timezone.now())
    with transaction.atomic():
        edit = services.start_change(deal_ids=some, change=change, by=request.user, on=as_of)
        rows = list(bulk_edits.rows_of_edit(request.user, edit, as_of).exclude(refusal="")[:SHOWN])
        transaction.set_rollback(True)
    same = len(some) - edit.changed - edit.refused
    return {"edit": edit, "rows": rows, "same": same, "is_part": len(some) < len(ids), "label": change.label}


def _do(request: PageRequest, ids: list[int], form: BulkForm) -> HttpResponseBase:
    edit = services.start_change(deal_ids=ids, change=form.change(at=timezone.now()), by=request.user, on=today())
    if edit.run_id:
        messages.success(request, _("%(label)s: started.") % {"label": edit.label})
        return redirect(edit)
    words = ngettext("%(count)s deal changed.", "%(count)s deals changed.", edit.changed) % {"count": edit.changed}
    if edit.refused:
        words += " " + ngettext("%(count)s was not.", "%(count)s were not.", edit.refused) % {"count": edit.refused}
    back = _back(request)
    undo = f"{reverse('pipeline:bulk_undo', args=[edit.pk])}?{urlencode({'to': back})}"
    messages.success(request, f"{edit.label}: {words}", extra_tags=f"undo:{undo}" if edit.changed else "")
    return redirect(edit if edit.refused else back)


def bulk_edit_list(request: PageRequest) -> HttpResponseBase:
    return list_answer(request, BULK_EDITS, as_of=today())


def bulk_edit_page(request: PageRequest, edit_id: int) -> HttpResponseBase:
    as_of = today()
    edit = bulk_edits.get_bulk_edit_for(request.user, edit_id)
    rows = list(bulk_edits.rows_of_edit(request.user, edit, as_of)[: SHOWN + 1])
    context = {"edit": edit, "rows": rows[:SHOWN], "has_more": len(rows) > SHOWN, "may_undo": _may_undo(edit)}
    return render(request, "pipeline/bulk_edit.html", context)


def _may_undo(edit: BulkEdit) -> bool:
    is_through = edit.run is None or edit.run.is_over
    return edit.undone_at is None and edit.changed > 0 and is_through


@require_POST
def bulk_undo(request: PageRequest, edit_id: int) -> HttpResponseBase:
    """Take a whole edit back; what was changed since stays, and is told."""
    edit = bulk_edits.get_bulk_edit_for(request.user, edit_id)
    if not _may_undo(edit) and edit.undone_at is None:
        raise Http404(_("There is nothing to undo."))
    try:
        run = services.start_undo(edit=edit, by=request.user, on=today())
    except services.AlreadyUndone as error:
        messages.warning(request, str(error))
        return redirect(edit)
    if run is not None:
        messages.success(request, _("The undo was started."))
        return redirect(run)
    edit.refresh_from_db()
    if edit.kept:
        messages.warning(request, _("Undone. %(kept)s") % {"kept": bulk_edits.kept_words(edit)})
        return redirect(edit)
    messages.success(request, _("%(label)s: undone.") % {"label": edit.label})
    return redirect(own_address(request, request.GET.get("to", ""), otherwise=edit.get_absolute_url()))
