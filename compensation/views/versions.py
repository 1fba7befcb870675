"""The page of a plan version, and what is done with a version as a whole."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from compensation import policies, services
from compensation.enums import VersionState
from compensation.forms.documents import DocumentForm
from compensation.forms.plans import DecideForm, ReasonForm
from compensation.kernel.sentences import marked
from compensation.selectors import plan_checks, plan_text, plans, replays
from compensation.selectors.version_pages import board_of
from compensation.views.answers import acted, added, form_answer, today
from compensation.views.plan_answers import crumbs_of, draft_of, save_form, saved_words
from core.htmx import PageRequest


def version_page(request: PageRequest, version_id: int) -> HttpResponseBase:
    version = plans.get_version_for(request.user, version_id)
    board = board_of(version, request.user, as_of=today(), clause=request.GET.get("clause", ""))
    context = {
        "version": version,
        "board": board,
        "may_keep": policies.keeps_pay(request.user),
        "may_edit": policies.keeps_pay(request.user) and version.is_draft,
        "may_decide": version.state == VersionState.SUBMITTED and policies.may_decide_version(request.user, version),
        "is_pay_role": policies.sees_all_pay(request.user),
    }
    answer = render(request, "compensation/plan_version.html", context)
    if request.htmx.target == "replay" and board.replay_run is not None and board.replay_run.is_over:
        answer["HX-Refresh"] = "true"  # with it the version may be handed in: steps and buttons say so
    return answer


def version_yaml(request: PageRequest, version_id: int) -> HttpResponseBase:
    """The whole plan as YAML: read by everybody who sees the plan, changed in a draft."""
    version = plans.get_version_for(request.user, version_id)
    text, back = plan_text(version.document), version.get_absolute_url()
    if not (version.is_draft and policies.keeps_pay(request.user)):
        draft_of(request, version_id) if request.method == "POST" else None
        context = {"version": version, "text": text, "crumbs": crumbs_of(version)}
        return render(request, "compensation/plan_yaml.html", context)
    form = DocumentForm(request.POST or None, request.FILES or None, initial={"text": text, "edits": version.edits})
    if save_form(request, version, form, saved_words()):
        return redirect(back)
    return form_answer(request, form, _("%(version)s as YAML") % {"version": version}, back, crumbs=crumbs_of(version))


def version_download(request: PageRequest, version_id: int) -> HttpResponseBase:
    version = plans.get_version_for(request.user, version_id)
    answer = HttpResponse(plan_text(version.document), content_type="application/yaml; charset=utf-8")
    name = f"{slugify(version.plan.name) or 'plan'}-v{version.number}.yaml"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def version_compare(request: PageRequest, version_id: int) -> HttpResponseBase:
    """Clause by clause against another version of the plan."""
    version = plans.get_version_for(request.user, version_id)
    others = list(version.plan.versions.exclude(pk=version.pk).order_by("-number"))
    asked = request.GET.get("with", "")
    usual = plans.compared_with(version)
    other = next((one for one in others if str(one.number) == asked), usual)
    found = marked(version.document, other.document) if other else []
    context = {
        "version": version,
        "other": other,
        "others": others,
        "rows": [one for one in found if one.state != "same"],
        "same": sum(one.state == "same" for one in found),
        "crumbs": crumbs_of(version),
    }
    return render(request, "compensation/plan_compare.html", context)


@require_POST
def version_submit(request: PageRequest, version_id: int) -> HttpResponseBase:
    version = draft_of(request, version_id)
    act = lambda: services.submit_version(version=version, by=request.user, at=timezone.now())  # noqa: E731 -- by acted
    return acted(request, act, _("Handed in: a second person decides."), version)


@require_POST
def version_take_back(request: PageRequest, version_id: int) -> HttpResponseBase:
    version = draft_of(request, version_id)
    act = lambda: services.take_back_version(version=version, by=request.user)  # noqa: E731 -- done by acted
    return acted(request, act, _("It is a draft again."), version)


@require_POST
def version_withdraw(request: PageRequest, version_id: int) -> HttpResponseBase:
    version = draft_of(request, version_id)
    act = lambda: services.withdraw_version(version=version, by=request.user)  # noqa: E731 -- done by acted
    return acted(request, act, _("Given up: it stays to be read."), version)


def version_decide(request: PageRequest, version_id: int) -> HttpResponseBase:
    """A second person publishes a version that was handed in, or gives it back."""
    version = plans.get_version_for(request.user, version_id)
    form = DecideForm(request.POST or None)

    def decide() -> Any:
        if request.POST.get("decision") == "publish":
            return services.publish_version(version=version, by=request.user, at=timezone.now())
        return services.give_back_version(version=version, reason=form.cleaned_data["reason"], by=request.user)

    if added(request, form, decide, _("Decided.")) is not None:
        return redirect(version)
    other = plans.compared_with(version)
    changed = [one for one in marked(version.document, other.document if other else None) if one.state != "same"]
    waits = version.state == VersionState.SUBMITTED and policies.may_decide_version(request.user, version)
    replay = replays.replay_shown(version, is_pay_role=policies.sees_all_pay(request.user))
    context = {"version": version, "form": form, "other": other, "rows": changed, "waits": waits, "replay": replay}
    return render(request, "compensation/plan_decide.html", context | {"crumbs": crumbs_of(version)})


@require_POST
def version_replay(request: PageRequest, version_id: int) -> HttpResponseBase:
    version = draft_of(request, version_id)
    act = lambda: services.start_replay(version=version, by=request.user)  # noqa: E731 -- done by acted
    return acted(request, act, _("Being replayed: the page shows what it comes to."), version)


@require_POST
def cases_run(request: PageRequest, version_id: int) -> HttpResponseBase:
    version = draft_of(request, version_id)
    act = lambda: services.test_version(version=version, by=request.user)  # noqa: E731 -- done by acted
    return acted(request, act, _("The test cases were run."), f"{version.get_absolute_url()}#cases")


def warning_accept(request: PageRequest, version_id: int) -> HttpResponseBase:
    """Why a warning of the linter may stay. It is named by its code and place."""
    version = draft_of(request, version_id)
    asked = request.GET.get("code", ""), request.GET.get("place", "")
    found = [one.finding for one in plan_checks.judged_findings(version)]
    finding = next((one for one in found if (one.code, one.place) == asked), None)
    if finding is None:
        return redirect(version)
    form = ReasonForm(request.POST or None)

    def accept() -> Any:
        told = {"code": finding.code, "place": finding.place, "message": finding.message}
        reason = form.cleaned_data["reason"]
        return services.acknowledge_warning(version=version, reason=reason, by=request.user, at=timezone.now(), **told)

    if added(request, form, accept, _("Noted.")) is not None:
        return redirect(f"{version.get_absolute_url()}#linter")
    title, back = _("Why may this stay?"), version.get_absolute_url()
    return form_answer(request, form, title, back, crumbs=crumbs_of(version), facts=[finding.message])
