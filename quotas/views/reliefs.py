from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.htmx import PageRequest
from core.selectors import MissingRate, company_day
from quotas import services
from quotas.enums import ReliefWay
from quotas.forms import ReliefForm, ReliefUndoForm
from quotas.selectors import reliefs


def _today() -> date:
    return company_day(timezone.now())


def relief_panel(request: PageRequest, transition_id: int) -> HttpResponseBase:
    """What was decided about the quota of who had the account: before and after, period by period."""
    transition, given = reliefs.get_relief_of(request.user, transition_id, _today())
    context: dict[str, Any] = {"transition": transition, "given": given, "part": "quotas/_relief.html"}
    context |= {"rows": reliefs.told_rows(given) if given else [], "title": _("Quota")}
    return render(request, "quotas/_relief.html" if request.htmx else "quotas/relief_page.html", context)


def relief(request: PageRequest, transition_id: int) -> HttpResponseBase:
    """Choose how much of the quota goes; it is shown before it is given."""
    transition, given = reliefs.get_relief_of(request.user, transition_id, _today())
    if given is not None:
        return redirect("quotas:relief_panel", transition_id)
    asked_for = request.POST or (request.GET if "way" in request.GET else None)
    form = ReliefForm(asked_for, initial={"since": transition.moved_on})
    rows, won = _shown(form, transition)
    if request.method == "POST" and form.is_valid():
        try:
            services.relieve_quota(
                transition=transition, asked=form.asked, reason=form.cleaned_data["reason"], by=request.user
            )
            messages.success(request, _("Decided about the quota of %(person)s.") % {"person": transition.person})
            return redirect(transition)
        except (services.CannotRelieve, services.DayClosed) as error:
            form.add_error(getattr(error, "field", "since"), str(error))
    context = {"form": form, "transition": transition, "rows": rows, "won": won, "crumbs": _crumbs()}
    return render(request, "quotas/relief.html", context)


def _shown(form: ReliefForm, transition: Any) -> tuple[list[Any], Any]:
    """Before and after of what the form asks for, once it is right."""
    if not form.is_bound or not form.is_valid():
        return [], None
    try:
        asked = form.asked
        won = None
        if asked.way == ReliefWay.SHARE:
            won = reliefs.trailing(transition.person, transition.account_id, asked.since)
        return reliefs.relief_rows(transition, asked, won.percent if won else None), won
    except (reliefs.CannotRelieve, MissingRate) as error:
        form.add_error(getattr(error, "field", "way"), str(error))
        return [], None


def relief_undo(request: PageRequest, transition_id: int) -> HttpResponseBase:
    """The targets are what they were again, from a day on."""
    transition, given = reliefs.get_relief_of(request.user, transition_id, _today())
    if given is None:
        return redirect("quotas:relief_panel", transition_id)
    form = ReliefUndoForm(request.POST or None, initial={"on": given.since})
    if request.method == "POST" and form.is_valid():
        try:
            services.undo_relief(relief=given, on=form.cleaned_data["on"], by=request.user)
            messages.success(request, _("The quota is what it was."))
            return redirect(transition)
        except (services.CannotRelieve, services.DayClosed) as error:
            form.add_error("on", str(error))
    title = _("Undo the relief of %(person)s") % {"person": transition.person}
    context = {"form": form, "title": title, "back": transition.get_absolute_url(), "submit": _("Undo")}
    return render(request, "components/form_page.html", context | {"crumbs": _crumbs()})


def _crumbs() -> list[tuple[Any, str]]:
    return [(_("Transitions"), reverse("territories:transitions"))]
