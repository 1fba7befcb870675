"""What pages of plans have in common: drafts that are changed, acts that are done or refused in words."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRefresh

from compensation import policies, services
from compensation.lists.plans import PLANS
from compensation.models import PlanVersion
from compensation.selectors.plans import get_version_for
from compensation.views.answers import added
from core.htmx import PageRequest


def keeper(request: PageRequest) -> None:
    """404 for those who may not see plans, 403 for those who may but don't keep them."""
    if not policies.may_see_plans(request.user):
        raise Http404("No such page.")
    if not policies.keeps_pay(request.user):
        raise PermissionDenied


def draft_of(request: PageRequest, version_id: int) -> PlanVersion:
    """The version to be changed, by those who keep plans. Whether it is a draft is said by the services."""
    version = get_version_for(request.user, version_id)
    if not policies.keeps_pay(request.user):
        raise PermissionDenied
    return version


def save_form(request: PageRequest, version: PlanVersion, form: Any, words: str) -> bool:
    """Save the contents that a form of a draft came to."""

    def save() -> PlanVersion:
        edits = form.cleaned_data.get("edits") or version.edits
        return services.save_version(version=version, definition=form.definition, by=request.user, edits=edits)

    return added(request, form, save, words) is not None


def part_answer(
    request: PageRequest, version: PlanVersion, form: Any, title: str, *, is_saved: bool, anchor: str = "", **more: Any
) -> HttpResponseBase:
    """A form of a draft: in its place on the version's page, or as a page of its own."""
    back = f"{version.get_absolute_url()}{anchor}"
    if is_saved:
        return HttpResponseClientRefresh() if request.htmx else redirect(back)
    context = {"form": form, "title": title, "back": back, "crumbs": crumbs_of(version), "version": version, **more}
    return render(request, "compensation/plan_part.html" if request.htmx else "components/form_page.html", context)


def crumbs_of(version: PlanVersion | None = None, plan: Any = None) -> list[tuple[Any, str]]:
    found = [(PLANS.title, reverse("compensation:plans"))]
    if version is not None:
        return [*found, (f"{version.plan.name} v{version.number}", version.get_absolute_url())]
    return [*found, (plan.name, plan.get_absolute_url())] if plan is not None else found


def saved_words() -> str:
    return _("Saved.")
