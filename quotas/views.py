from __future__ import annotations

from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.htmx import PageRequest
from core.pages import list_answer
from core.selectors import company_day
from quotas import policies, services
from quotas.forms import TargetForm
from quotas.lists import TARGETS


def target_list(request: PageRequest) -> HttpResponseBase:
    if not policies.may_set_targets(request.user):
        raise Http404
    actions = [{"url": reverse("quotas:target_new"), "icon": "plus", "label": _("Set a target"), "is_primary": True}]
    return list_answer(request, TARGETS, as_of=company_day(timezone.now()), page_actions=actions)


def target_new(request: PageRequest) -> HttpResponseBase:
    if not policies.may_set_targets(request.user):
        raise Http404
    form = TargetForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.set_target(target=form.instance, by=request.user, on=company_day(timezone.now()))
        return redirect("quotas:targets")
    return render(
        request,
        "components/form_page.html",
        {"form": form, "title": _("Set a target"), "back": reverse("quotas:targets")},
    )
