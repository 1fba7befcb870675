from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core import registry
from core.htmx import PageRequest
from core.pages import undoable, undone
from people import policies, selectors, services
from people.forms import AbsenceForm
from people.views.persons import today


def absence(request: PageRequest) -> HttpResponseBase:
    """One's absences and who decides instead; admins set up those of others too."""
    as_of, user = today(), request.user
    may_choose = policies.may_manage_users(user)
    form = AbsenceForm(
        request.POST or None, user=user, may_choose=may_choose, initial={"from_user": user, "since": as_of}
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = services.delegate(by=user, on=as_of, **form.values)
        except services.DelegationError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            words = {"to": made.to_user, "who": made.from_user}
            messages.success(request, _("%(to)s decides what waits for %(who)s on these days.") % words)
            return redirect("people:absence")
    rows = selectors.delegations_for(user)
    context = {"form": form, "is_admin": may_choose, "as_of": as_of, "acts_for": selectors.acts_for(user, as_of)}
    return render(request, "people/absence.html", context | _by_time(rows, as_of))


def _by_time(rows: Any, as_of: Any) -> dict[str, Any]:
    """Absences that hold or are to come, and the latest of those that are over."""
    coming = rows.filter(stopped_at=None, valid_to__gt=as_of).order_by("valid_from", "id")
    over = rows.exclude(stopped_at=None) | rows.filter(valid_to__lte=as_of)
    return {"coming": coming[:200], "over": over.order_by("-valid_from", "-id")[:20]}


@require_POST
def absence_end(request: PageRequest, delegation_id: int) -> HttpResponseBase:
    delegation = selectors.get_delegation_for(request.user, delegation_id)
    back = reverse("people:absence")
    try:
        services.stop_delegation(delegation=delegation, by=request.user)
    except services.DelegationError as error:
        messages.error(request, str(error))
        return redirect(back)
    words = _("%(to)s no longer decides for %(who)s.") % {"to": delegation.to_user, "who": delegation.from_user}
    undo = reverse("people:absence_resume", args=[delegation.pk])
    return undoable(request, words, undo=undo, ids=[delegation.pk], back=back)


@require_POST
def absence_resume(request: PageRequest, delegation_id: int) -> HttpResponseBase:
    delegation = selectors.get_delegation_for(request.user, delegation_id)
    try:
        services.resume_delegation(delegation=delegation, by=request.user, on=today())
    except services.DelegationError as error:
        messages.error(request, str(error))
        return redirect("people:absence")
    words = _("%(to)s decides for %(who)s again.") % {"to": delegation.to_user, "who": delegation.from_user}
    return undone(request, words, otherwise=reverse("people:absence"))


def approvals(request: PageRequest) -> HttpResponseBase:
    """What waits for one's decision, one's own and that of those one stands in for; rooms register their kinds."""
    as_of = today()
    groups = [
        {"label": kind.label, "waiting": kind.waiting(request.user, as_of)} for kind in registry.approval_kinds
    ]  # fmt: skip
    context = {"groups": [group for group in groups if group["waiting"]]}
    return render(request, "people/approvals.html", context | {"acts_for": selectors.acts_for(request.user, as_of)})
