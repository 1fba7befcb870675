from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from compensation import policies, services
from compensation.forms.plans import (
    PATTERN_KEYS,
    AssignForm,
    AssignManyForm,
    EndForm,
    NewPlanForm,
    PatternForm,
)
from compensation.kernel.patterns import PATTERNS
from compensation.lists.plans import PLANS
from compensation.selectors import plans
from compensation.selectors.letters import plan_holders
from compensation.views.answers import acted, added, form_answer, today
from compensation.views.plan_answers import crumbs_of, keeper
from core.htmx import PageRequest
from core.pages import list_answer
from core.selectors import the_company


def plan_list(request: PageRequest) -> HttpResponseBase:
    actions: list[dict[str, Any]] = []
    if policies.keeps_pay(request.user):
        url = reverse("compensation:plan_new")
        actions.append({"url": url, "label": _("New plan"), "icon": "plus", "is_primary": True})
    return list_answer(request, PLANS, as_of=today(), page_actions=actions)


def plan_new(request: PageRequest) -> HttpResponseBase:
    """A plan from a pattern, or from a file. The pattern is named in the address."""
    keeper(request)
    pattern = request.GET.get("pattern", "")
    if pattern in PATTERN_KEYS:
        return _from_pattern(request, pattern)
    form = NewPlanForm(request.POST or None, request.FILES or None)

    def create() -> Any:
        return services.create_plan(name="", definition=form.definition, by=request.user)

    made = added(request, form, create, _("The plan is a draft."))
    if made is not None:
        return redirect(made)
    back = reverse("compensation:plans")
    context = {"form": form, "patterns": PATTERNS, "crumbs": crumbs_of(), "back": back}
    return render(request, "compensation/plan_new.html", context)


def _from_pattern(request: PageRequest, pattern: str) -> HttpResponseBase:
    initial = {"currency": the_company().currency_id, "valid_from": today().replace(day=1)}
    form = PatternForm(request.POST or None, initial=initial)

    def create() -> Any:
        return services.create_plan(name="", definition=form.definition(pattern), by=request.user)

    made = added(request, form, create, _("The plan is a draft."))
    if made is not None:
        return redirect(made)
    title = next(one.title for one in PATTERNS if one.key == pattern)
    back = reverse("compensation:plan_new")
    return form_answer(request, form, _("New plan: %(pattern)s") % {"pattern": title}, back, crumbs=crumbs_of())


def plan_page(request: PageRequest, plan_id: int) -> HttpResponseBase:
    """Versions of a plan, and who is on it over time."""
    plan, day = plans.get_plan_for(request.user, plan_id), today()
    is_all = request.GET.get("people") == "all"
    version = plans.start_version(plan, day)
    context = {
        "plan": plan,
        "rail": plans.rail_of(plan, day),
        "current": version,
        "rows": plans.assignments_of(plan, as_of=day, is_all=is_all),
        "holders": plan_holders(plan, day),
        "is_all": is_all,
        "as_of": day,
        "may_keep": policies.keeps_pay(request.user),
    }
    return render(request, "compensation/plan.html", context)


@require_POST
def version_begin(request: PageRequest, plan_id: int) -> HttpResponseBase:
    keeper(request)
    plan = plans.get_plan_for(request.user, plan_id)
    act = lambda: services.begin_version(plan_id=plan.pk, by=request.user)  # noqa: E731 -- done by acted
    return acted(request, act, lambda made: _("%(version)s is a draft.") % {"version": made}, plan)


def plan_assign(request: PageRequest, plan_id: int) -> HttpResponseBase:
    keeper(request)
    plan = plans.get_plan_for(request.user, plan_id)
    form = AssignForm(request.POST or None, initial={"valid_from": today()})
    act = lambda: services.assign(plan=plan, by=request.user, **form.cleaned_data)  # noqa: E731 -- done by added
    if added(request, form, act, _("On the plan.")) is not None:
        return redirect(plan)
    title = _("Put a person on %(plan)s") % {"plan": plan}
    return form_answer(request, form, title, plan.get_absolute_url(), crumbs=crumbs_of(plan=plan))


def plan_assign_many(request: PageRequest, plan_id: int) -> HttpResponseBase:
    keeper(request)
    plan = plans.get_plan_for(request.user, plan_id)
    form = AssignManyForm(request.POST or None, initial={"valid_from": today()})

    def assign() -> Any:
        data = dict(form.cleaned_data)
        team, role = data.pop("team"), data.pop("login_role")
        found = plans.people_to_assign(team_id=team.pk if team else None, role=role, on=data["valid_from"])
        return services.assign_many(plan=plan, people=found, by=request.user, **data)

    made = added(request, form, assign, "")
    if made is not None:
        return acted(request, lambda: made, _told_of, plan)
    title = _("Put a team or a role on %(plan)s") % {"plan": plan}
    return form_answer(request, form, title, plan.get_absolute_url(), crumbs=crumbs_of(plan=plan))


def _told_of(made: tuple[int, list[str]]) -> str:
    count, left = made
    words = ngettext("%(count)d person is on the plan.", "%(count)d people are on the plan.", count) % {"count": count}
    if not left:
        return words
    return f"{words} {_('On it before, and left as they are: %(names)s.') % {'names': ', '.join(left[:10])}}"


def assignment_end(request: PageRequest, assignment_id: int) -> HttpResponseBase:
    keeper(request)
    row = plans.get_assignment_for(request.user, assignment_id)
    form = EndForm(request.POST or None, initial={"valid_to": today()})

    def end() -> Any:
        return services.end_assignment(assignment=row, valid_to=form.cleaned_data["valid_to"], by=request.user)

    if added(request, form, end, _("Saved.")) is not None:
        return redirect(row.plan)
    title = _("%(person)s leaves %(plan)s") % {"person": row.payee, "plan": row.plan}
    return form_answer(request, form, title, row.plan.get_absolute_url(), crumbs=crumbs_of(plan=row.plan))
