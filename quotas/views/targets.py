from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.htmx import PageRequest
from core.pages import list_answer
from core.selectors import company_day, the_company
from quotas import policies, selectors, services
from quotas.forms import AmountForm, TargetForm
from quotas.lists import TARGETS
from quotas.models import Target


def _today() -> date:
    return company_day(timezone.now())


def target_list(request: PageRequest) -> HttpResponseBase:
    actions = [{"url": reverse("quotas:target_new"), "icon": "plus", "label": _("Set a target"), "is_primary": True}]
    return list_answer(request, TARGETS, as_of=_today(), page_actions=actions)


def _set(request: PageRequest, form: Any) -> Target | None:
    """The target of a form that was sent and is right; None where there is something to say."""
    if request.method != "POST" or not form.is_valid():
        return None
    on = form.cleaned_data["since"] or _today()
    try:
        target = services.set_target(target=form.save(commit=False), by=request.user, on=on)
    except services.DayClosed as error:
        form.add_error("since", str(error))
        return None
    messages.success(request, _("Target of %(period)s set.") % {"period": target.period.label})
    return target


def target_new(request: PageRequest) -> HttpResponseBase:
    if not policies.may_set_targets(request.user):
        raise Http404
    form = TargetForm(request.POST or None, initial={"currency": the_company().currency_id})
    if _set(request, form) is not None:
        return redirect("quotas:targets")
    crumbs = [(_("Targets"), reverse("quotas:targets"))]
    context = {"form": form, "title": _("Set a target"), "back": reverse("quotas:targets"), "crumbs": crumbs}
    return render(request, "components/form_page.html", context)


def target_page(request: PageRequest, target_id: int) -> HttpResponseBase:
    """A target and what it was before; a new amount holds from today, or from the day that is said."""
    target = selectors.get_target_for(request.user, target_id)
    same = ("measure", "period", "holder_kind", "holder_id", "currency")
    form = AmountForm(request.POST or None, instance=Target(**{name: getattr(target, name) for name in same}))
    if (changed := _set(request, form)) is not None:
        return redirect(changed)
    history = selectors.history_of(target)
    context = {"target": target, "history": history, "form": form, "as_of": _today()}
    return render(request, "quotas/target.html", context)


@require_POST
def target_end(request: PageRequest, target_id: int) -> HttpResponseBase:
    target = selectors.get_target_for(request.user, target_id)
    services.end_target(target=target, by=request.user, on=_today())
    messages.success(request, _("Target of %(period)s ended.") % {"period": target.period.label})
    return redirect("quotas:targets")
