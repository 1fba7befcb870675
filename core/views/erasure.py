"""What do we know about somebody, and forgetting it. Admins alone, and each look is an act."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import audit, registry, selectors, services
from core.forms import ErasureForm
from core.htmx import PageRequest


def _admin(request: PageRequest) -> None:
    if not request.user.has_role("admin"):
        raise Http404


def erasures(request: PageRequest) -> HttpResponseBase:
    """Find the records of somebody by name or e-mail."""
    _admin(request)
    text = request.GET.get("q", "")[:200]
    found = selectors.personal_records_like(text)
    if text:
        audit.record(act="personal_data.searched", actor=request.user, detail={"found": len(found)})
    return render(request, "core/erasures.html", {"text": text, "found": found})


def erasure(request: PageRequest, personal_kind: str, personal_id: int) -> HttpResponseBase:
    """What is kept about somebody, what of it goes, and the act itself."""
    _admin(request)
    entry, record = selectors.get_personal(personal_kind, personal_id)
    form = ErasureForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            given = {"kind": personal_kind, "record_id": personal_id, **form.cleaned_data}
            services.erase_personal_data(by=request.user, **given)
        except services.ErasureError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Erased. What stays goes by a number."))
            return redirect("core:erasure", personal_kind, personal_id)
    known = selectors.known_about(personal_kind, personal_id, request.user)
    traces = [(trace, len(known[trace.key])) for trace in registry.personal_traces if trace.key in known]
    context = {"entry": entry, "record": record, "form": form, "traces": traces, "known": known}
    context |= {"fields": selectors.shown_fields(record), "goes": selectors.goes_by_erasing(entry)}
    context |= {"is_erased": selectors.is_erased(entry, record), "refusal": entry.refusal(record)}
    return render(request, "core/erasure.html", context | {"stays": selectors.stays_after_erasing(entry)})


@require_safe
def erasure_export(request: PageRequest, personal_kind: str, personal_id: int) -> HttpResponseBase:
    """All of it as a file, for the person who asks what we know."""
    _admin(request)
    known = selectors.known_about(personal_kind, personal_id, request.user)
    audit.record(
        act="personal_data.exported", actor=request.user, subject_kind=personal_kind, detail={"record": personal_id}
    )  # fmt: skip
    answer = JsonResponse(known, json_dumps_params={"indent": 2, "ensure_ascii": False})
    answer["Content-Disposition"] = f'attachment; filename="{personal_kind}-{personal_id}.json"'
    return answer
