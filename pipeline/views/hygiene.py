from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
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
from pipeline.services import hygiene as scan
from pipeline.services import hygiene_fixes as fixes
from pipeline.views.hygiene_parts import page_parts

MOST = 500  # records of one act: more is asked for in several


def hygiene_page(request: PageRequest) -> HttpResponseBase:
    """Scores, checks and the open deals that fail; the list alone where it is only turned, narrowed or exported."""
    as_of = company_day(timezone.now())
    if not policies.may_see_deals(request.user):
        raise Http404
    if request.method == "POST":
        return _act(request, as_of)
    context: dict[str, Any] = {"list_title": _("Deals to mend"), "list_note": _("money and severity, worst first")}
    if request.htmx:
        return list_answer(request, FAILING_DEALS, as_of=as_of, template="components/table.html", **context)
    if "format" not in request.GET:
        context |= page_parts(request, as_of)
    return list_answer(request, FAILING_DEALS, as_of=as_of, template="pipeline/hygiene.html", **context)


def _act(request: PageRequest, as_of: Any) -> HttpResponseBase:
    """A row's button, or the bulk bar: fix or ask about the deals it names."""
    if not policies.may_create(request.user):
        raise PermissionDenied
    act = next((name for name in ("fix", "ask") if name in request.POST), request.POST.get("action", ""))
    asked = request.POST.getlist(act) if act in request.POST else request.POST.getlist("pk")
    ids = [int(pk) for pk in asked if pk.isdigit()][:MOST]
    deals = hygiene.failing_deals_for(request.user, as_of).filter(pk__in=ids)
    if act == "fix":
        _say_fixed(request, fixes.fix_deals(deals=list(deals), by=request.user, on=as_of))
    elif act == "ask":
        findings = fixes.heaviest_findings(list(deals.values_list("pk", flat=True)))
        _say_asked(request, fixes.ask_owners(findings=findings, by=request.user, on=as_of))
    return HttpResponseRedirect(request.get_full_path())


def _say_fixed(request: PageRequest, event: Any) -> None:
    if event is None:
        messages.warning(request, _("None of these can be mended by one safe change. Open them, or ask their owners."))
        return
    count = len(event.detail["before"])
    _say(request, ngettext("%(n)s deal mended.", "%(n)s deals mended.", count) % {"n": f"{count:,}"}, event)


def _say_asked(request: PageRequest, event: Any) -> None:
    if event is None:
        messages.warning(request, _("No task made: the owners have been asked already, or there is nobody to ask."))
        return
    count = len(event.detail["activities"])
    words = ngettext("%(n)s task made for an owner.", "%(n)s tasks made for owners.", count)
    _say(request, words % {"n": f"{count:,}"}, event)


def _say(request: PageRequest, text: str, event: Any) -> None:
    messages.success(request, text, extra_tags=f"undo:{reverse('pipeline:hygiene_undo', args=[event.pk])}")


@require_POST
def hygiene_undo(request: PageRequest, event_id: int) -> HttpResponseBase:
    if not policies.may_create(request.user):
        raise Http404
    try:
        done = fixes.undo(event_id=event_id, by=request.user, on=company_day(timezone.now()))
    except fixes.NothingToUndo as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Taken back: %(n)s.") % {"n": f"{done:,}"})
    return redirect("pipeline:hygiene")


@require_POST
def hygiene_run(request: PageRequest) -> HttpResponseBase:
    if not policies.may_keep_process(request.user):
        raise Http404
    run = scan.ask_for_check(by=request.user, on=company_day(timezone.now()))
    return redirect(run)


@require_POST
def rule_ask(request: PageRequest, rule_id: int) -> HttpResponseBase:
    """A task for every owner of what a check finds among the records one sees."""
    if not policies.may_create(request.user):
        raise Http404
    as_of = company_day(timezone.now())
    found = hygiene.findings_for(request.user, as_of).filter(rule=get_object_or_404(HygieneRule, pk=rule_id))
    findings = list(found.order_by("pk").values_list("pk", flat=True))
    _say_asked(request, fixes.ask_owners(findings=findings, by=request.user, on=as_of))
    return redirect("pipeline:hygiene")


@require_POST
def rule_fix(request: PageRequest, rule_id: int) -> HttpResponseBase:
    """The fix of a check on the deals one sees, a bounded number at a time."""
    rule = get_object_or_404(HygieneRule, pk=rule_id)
    if not policies.may_create(request.user) or rule.key not in fixes.FIXES:
        raise Http404
    as_of = company_day(timezone.now())
    deals = hygiene.deals_failing(request.user, as_of, rule)[:MOST]
    _say_fixed(request, fixes.fix_deals(deals=list(deals), by=request.user, on=as_of, rule=rule.key))
    return redirect("pipeline:hygiene")


def finding_list(request: PageRequest, kind: str) -> HttpResponseBase:
    as_of = company_day(timezone.now())
    record_kind = registry.record_kinds.find(kind)
    if record_kind is None:
        raise Http404
    if request.method == "POST":
        return _ask_about(request, kind, as_of)
    return list_answer(request, findings_of(record_kind), as_of=as_of, page_actions=[_back()])


def _ask_about(request: PageRequest, kind: str, as_of: Any) -> HttpResponseBase:
    if not policies.may_create(request.user):
        raise PermissionDenied
    ids = [int(pk) for pk in request.POST.getlist("pk") if pk.isdigit()]
    mine = hygiene.findings_for(request.user, as_of).filter(subject_kind=kind, pk__in=ids)
    findings = list(mine.values_list("pk", flat=True))
    _say_asked(request, fixes.ask_owners(findings=findings, by=request.user, on=as_of))
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
        fixes.change_rule(rule=form.instance, by=request.user)
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
        fixes.set_standards(standards=form.standards(), by=request.user)
        messages.success(request, _("Expected scores saved."))
        return redirect("pipeline:hygiene")
    context = {"form": form, "title": _("Expected scores"), "back": reverse("pipeline:hygiene_rules")}
    return render(request, "components/form_page.html", context)
