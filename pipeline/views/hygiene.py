from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core import registry
from core.htmx import PageRequest
from core.pages import list_answer
from core.selectors import company_day
from pipeline import policies
from pipeline.forms.hygiene import RuleForm, StandardsForm
from pipeline.lists import FAILING_DEALS, RULES, findings_of
from pipeline.models import HygieneRule
from pipeline.selectors import hygiene
from pipeline.services import asks
from pipeline.services import hygiene as scan
from pipeline.views import hygiene_acts as acts
from pipeline.views.hygiene_parts import page_parts


def hygiene_page(request: PageRequest) -> HttpResponseBase:
    """Scores, checks and the open deals that fail; the list alone where it is only turned, narrowed or exported."""
    as_of = company_day(timezone.now())
    if not policies.may_see_deals(request.user):
        raise Http404
    if request.method == "POST":
        return _act(request, as_of)
    context: dict[str, Any] = {"list_title": _("Records to fix"), "list_note": _("money and severity, worst first")}
    if request.htmx:
        return list_answer(request, FAILING_DEALS, as_of=as_of, template="components/table.html", **context)
    if "format" not in request.GET:
        context |= page_parts(request, as_of)
    return list_answer(request, FAILING_DEALS, as_of=as_of, template="pipeline/hygiene.html", **context)


def _act(request: PageRequest, as_of: date) -> HttpResponseBase:
    """A row's button, or the bulk bar: fix, ask about, set a step of or dismiss the deals it names."""
    act, ids = acts.asked_act(request, ("step", "fix", "ask"))
    if not policies.may_create(request.user):
        raise PermissionDenied
    deals = hygiene.failing_deals_for(request.user, as_of).filter(pk__in=ids)
    if act == "step" or (act == "fix" and "fix" in request.POST):
        return acts.fix_now(request, "opportunity", list(deals), act, as_of)
    if act in ("fix", "close", "dismiss"):
        return acts.to_page_of(act, "opportunity", list(deals.order_by("pk").values_list("pk", flat=True)))
    if act == "ask":
        findings = asks.heaviest_findings("opportunity", list(deals.values_list("pk", flat=True)))
        acts.ask(request, findings, as_of)
    return HttpResponseRedirect(f"{request.get_full_path()}#list")


@require_POST
def hygiene_run(request: PageRequest) -> HttpResponseBase:
    if not policies.may_keep_process(request.user):
        raise Http404
    run = scan.ask_for_check(by=request.user, on=company_day(timezone.now()))
    return redirect(run)


def finding_list(request: PageRequest, kind: str) -> HttpResponseBase:
    as_of = company_day(timezone.now())
    record_kind = registry.record_kinds.find(kind)
    if record_kind is None:
        raise Http404
    if request.method == "POST":
        return _act_on_findings(request, kind, as_of)
    return list_answer(request, findings_of(record_kind), as_of=as_of, page_actions=[_back()])


def _act_on_findings(request: PageRequest, kind: str, as_of: date) -> HttpResponseBase:
    act, ids = acts.asked_act(request, ())
    if not policies.may_create(request.user):
        raise PermissionDenied
    mine = hygiene.standing_for(request.user, as_of, kinds=[kind]).filter(pk__in=ids)
    if act == "dismiss":
        return acts.to_dismissal(list(mine.values_list("pk", flat=True)))
    if act == "fix":
        return acts.to_page_of("fix", kind, list(mine.order_by("pk").values_list("subject_id", flat=True)))
    acts.ask(request, list(mine.values_list("pk", flat=True)), as_of)
    return HttpResponseRedirect(request.get_full_path())


def rule_list(request: PageRequest) -> HttpResponseBase:
    return list_answer(request, RULES, as_of=company_day(timezone.now()), page_actions=[_back(), _standards()])


def _standards() -> dict[str, Any]:
    return {"url": reverse("pipeline:hygiene_standards"), "icon": "target", "label": _("Expected scores")}


def _back() -> dict[str, Any]:
    return {"url": reverse("pipeline:hygiene"), "icon": "shield-check", "label": _("Data quality")}


def rule_edit(request: PageRequest, rule_id: int) -> HttpResponseBase:
    if not policies.may_keep_process(request.user):
        raise Http404
    rule = get_object_or_404(HygieneRule, pk=rule_id)
    form = RuleForm(request.POST or None, instance=rule)
    if request.method == "POST" and form.is_valid():
        scan.change_rule(rule=form.instance, by=request.user)
        scan.ask_for_check(by=request.user, on=company_day(timezone.now()))
        messages.success(request, _("Check saved. The records are being checked again."))
        return redirect("pipeline:hygiene_rules")
    context = {"form": form, "title": rule.label, "back": reverse("pipeline:hygiene_rules")}
    return render(request, "components/form_page.html", context)


def standards_edit(request: PageRequest) -> HttpResponseBase:
    """The scores that teams are expected to keep."""
    if not policies.may_keep_process(request.user):
        raise Http404
    form = StandardsForm(request.POST or None, teams=hygiene.teams(), standards=hygiene.standards())
    if request.method == "POST" and form.is_valid():
        scan.set_standards(standards=form.standards(), by=request.user)
        messages.success(request, _("Expected scores saved."))
        return redirect("pipeline:hygiene")
    context = {"form": form, "title": _("Expected scores"), "back": reverse("pipeline:hygiene_rules")}
    return render(request, "components/form_page.html", context)
