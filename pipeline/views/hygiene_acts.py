"""What people do about findings: fix with a look before, ask owners, set aside, and take each of it back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from core import registry
from core.htmx import PageRequest
from core.models import AuditEvent
from core.pages import list_answer, own_address
from core.registry import FixAsked
from core.selectors import company_day
from pipeline import policies
from pipeline.forms.hygiene import AskForm, DismissForm, FixForm
from pipeline.lists import ASKS, DISMISSED
from pipeline.models import BulkEdit, HygieneRule
from pipeline.selectors import hygiene, hygiene_acts
from pipeline.selectors.bulk_edits import kept_words
from pipeline.services import asks, bulk_edits, dismissals
from pipeline.services import hygiene_fixes as fixes

MOST = 500  # records of one act: more is done in several


def asked_act(request: PageRequest, buttons: Sequence[str]) -> tuple[str, list[int]]:
    """(act, record ids) of a list's form: a row's button, else the action of the bulk bar on the ticked rows.

    Enter in a row's field presses the first button of the form, whichever that is: the field that says something wins.
    """
    act = next((name for name in buttons if name in request.POST), request.POST.get("action", ""))
    asked = request.POST.getlist(act) if act in request.POST else request.POST.getlist("pk")
    if "step" in buttons and not asked:
        filled = [name for name in request.POST if name.startswith("step_") and request.POST[name].strip()]
        act, asked = ("step", [name.removeprefix("step_") for name in filled]) if filled else (act, asked)
    return act, [int(pk) for pk in asked if pk.isdecimal() and len(pk) < 19][:MOST]


def to_page_of(act: str, kind: str, ids: Sequence[int]) -> HttpResponseBase:
    """To the page where an act on some records is looked at before it is done."""
    if not ids:
        return redirect("pipeline:hygiene")
    query: dict[str, Any] = {"pk": list(ids)}
    if act == "close":
        query["fix"] = "close_month"
    name = "pipeline:hygiene_dismiss" if act == "dismiss" else "pipeline:hygiene_fixes"
    return redirect(f"{reverse(name, args=[kind])}?{urlencode(query, doseq=True)}")


def to_dismissal(findings: Sequence[int]) -> HttpResponseBase:
    query = urlencode({"finding": list(findings)}, doseq=True)
    return redirect(f"{reverse('pipeline:hygiene_dismiss', args=['any'])}?{query}")


def _asked(request: PageRequest, as_of: date, given: dict[str, Any] | None = None) -> FixAsked:
    return FixAsked(on=as_of, at=timezone.now(), by=request.user, given=given or {})


def fix_now(request: PageRequest, kind: str, records: Sequence[Any], act: str, as_of: date) -> HttpResponseBase:
    """The fix of a row's button, without a look before: one safe change, with Undo."""
    step = {"next_step": request.POST.get(f"step_{records[0].pk}", "")[:255]} if records and act == "step" else {}
    asked = _asked(request, as_of, step)
    found = fixes.preview(
        kind=kind, records=records, fix="next_step" if act == "step" else fixes.SUGGESTED, asked=asked
    )
    done = fixes.apply_fixes(kind=kind, changes=found.changes, seen=None, asked=asked)
    _say_fixed(request, done, [*found.skipped, *done.skipped])
    return redirect(f"{request.get_full_path()}#list")


def fix_page(request: PageRequest, kind: str) -> HttpResponseBase:
    """What a fix would change of chosen records, before and after, and why others stay; then do it."""
    as_of = company_day(timezone.now())
    if not policies.may_create(request.user) or not fixes.fixes_for(kind):
        raise Http404
    records = _records(request, kind, as_of)
    rule = (request.POST or request.GET).get("rule", "")
    checks = [rule] if rule else hygiene.checks_of(kind, [one.pk for one in records])
    form = FixForm(request.POST or request.GET, kind=kind, checks=checks)
    chosen, given = form.chosen()
    asked = _asked(request, as_of, given)
    found = fixes.Preview()
    if form.is_complete:
        found = fixes.preview(kind=kind, records=records, fix=chosen, asked=asked, checks=checks)
    if request.method == "POST" and form.is_complete:
        return _apply(request, kind, found, asked)
    back = reverse("pipeline:hygiene") if kind == "opportunity" else reverse("pipeline:findings", args=[kind])
    context = {"form": form, "found": found, "kind": registry.record_kinds[kind], "back": back, "records": records}
    context["rule"] = rule
    return render(request, "pipeline/hygiene_fix.html", context)


def _records(request: PageRequest, kind: str, as_of: date) -> list[Any]:
    """The records an address names by id, or all that fail a check, among those the person sees."""
    query = request.POST or request.GET
    ids = [int(pk.split(":")[0]) for pk in query.getlist("pk") if pk.split(":")[0].isdecimal() and len(pk) < 40][:MOST]
    return hygiene.records_failing(request.user, as_of, kind, ids=ids, rule=query.get("rule", ""), most=MOST)


def _apply(request: PageRequest, kind: str, found: fixes.Preview, asked: FixAsked) -> HttpResponseBase:
    pairs = [mark.split(":") for mark in request.POST.getlist("pk") if mark.count(":") == 1]
    seen = {int(pk): int(version) for pk, version in pairs if pk.isdecimal() and version.isdecimal()}
    done = fixes.apply_fixes(kind=kind, changes=found.changes, seen=seen, asked=asked)
    _say_fixed(request, done, done.skipped)
    return redirect("pipeline:hygiene") if kind == "opportunity" else redirect("pipeline:findings", kind)


def _say_fixed(request: PageRequest, done: fixes.Fixed, skipped: Sequence[tuple[Any, str]]) -> None:
    if skipped:
        told = "; ".join(f"{record}: {why}" for record, why in skipped[:3])
        words = ngettext(
            "%(n)s record stays as it is. %(why)s", "%(n)s records stay as they are. %(why)s", len(skipped)
        )
        messages.warning(request, words % {"n": f"{len(skipped):,}", "why": told})
    if not done.count:
        return
    undo = reverse("pipeline:hygiene_edit_undo", args=[done.edit.pk]) if done.edit else ""
    undo = undo or (reverse("pipeline:hygiene_undo", args=[done.event.pk]) if done.event else "")
    words = ngettext("%(n)s record fixed.", "%(n)s records fixed.", done.count)
    _say(request, words % {"n": f"{done.count:,}"}, undo)


def _say(request: PageRequest, text: str, undo: str) -> None:
    messages.success(request, text, extra_tags=f"undo:{undo}" if undo else "")


@require_POST
def edit_undo(request: PageRequest, bulkedit_id: int) -> HttpResponseBase:
    """Take back fixes of deals, which are bulk edits; only one's own."""
    if not policies.may_create(request.user):
        raise Http404
    edit = get_object_or_404(BulkEdit, pk=bulkedit_id, made_by=request.user.pk)
    try:
        edit = bulk_edits.undo_bulk_edit(edit_id=edit.pk, by=request.user, on=company_day(timezone.now()))
    except bulk_edits.AlreadyUndone as error:
        messages.error(request, str(error))
    else:
        _say_back(request, edit.changed - edit.kept, 0, kept_words(edit))
    return redirect(own_address(request, request.GET.get("to", ""), otherwise=reverse("pipeline:hygiene")))


def _say_back(request: PageRequest, count: int, kept: int, why: str = "") -> None:
    words = _("Taken back: %(n)s.") % {"n": f"{count:,}"}
    if why:
        words = f"{words} {why}"
    elif kept:
        more = ngettext("%(n)s was changed since and stays.", "%(n)s were changed since and stay.", kept)
        words = f"{words} {more % {'n': f'{kept:,}'}}"
    messages.success(request, words)


@require_POST
def hygiene_undo(request: PageRequest, event_id: int) -> HttpResponseBase:
    """Take back an act of one's own by the event it left: fixes, questions to owners, dismissals."""
    if not (policies.may_create(request.user) or hygiene_acts.may_dismiss(request.user)):
        raise Http404
    event = get_object_or_404(AuditEvent, pk=event_id, actor=request.user.pk)
    try:
        done, kept = _take_back(request, event)
    except (fixes.NothingToUndo, asks.NothingToTakeBack) as error:
        messages.error(request, str(error))
    else:
        _say_back(request, done, kept)
    return redirect("pipeline:hygiene")


def _take_back(request: PageRequest, event: AuditEvent) -> tuple[int, int]:
    """(how many went back, how many stay)."""
    as_of = company_day(timezone.now())
    if event.act == asks.ASKED:
        return asks.take_back(event_id=event.pk, by=request.user), 0
    if event.act == dismissals.DISMISSED:
        return dismissals.lift(dismissals=event.detail["dismissals"], by=request.user, on=as_of), 0
    return fixes.undo_fixes(event_id=event.pk, asked=_asked(request, as_of))


def ask(request: PageRequest, findings: Sequence[int], as_of: date, due_on: date | None = None) -> None:
    """Ask the owners of findings, and say what came of it."""
    done = asks.ask_owners(findings=findings, by=request.user, on=as_of, due_on=due_on)
    if done.event is None:
        messages.warning(request, _("No task made: the owners have been asked already, or there is nobody to ask."))
        return
    words = ngettext("%(n)s task for an owner", "%(n)s tasks for owners", done.asks) % {"n": f"{done.asks:,}"}
    about = ngettext("about %(n)s record.", "about %(n)s records.", done.records) % {"n": f"{done.records:,}"}
    _say(request, f"{words} {about}", reverse("pipeline:hygiene_undo", args=[done.event.pk]))


def rule_ask(request: PageRequest, rule_id: int) -> HttpResponseBase:
    """Questions to the owners of what a check finds, of all one sees or of one team, due on a day."""
    if not policies.may_create(request.user):
        raise Http404
    rule = get_object_or_404(HygieneRule, pk=rule_id)
    as_of = company_day(timezone.now())
    form = AskForm(request.POST or None, rule=rule, on=as_of)
    if request.method == "POST" and form.is_valid():
        findings = hygiene.findings_of_rule(request.user, as_of, rule, team=form.cleaned_data["team"])
        ask(request, list(findings.values_list("pk", flat=True)), as_of, form.cleaned_data["due_on"])
        return redirect("pipeline:hygiene")
    title = _("Ask the owners: %(rule)s") % {"rule": rule.label}
    context = {"form": form, "title": title, "back": reverse("pipeline:hygiene"), "submit": _("Make the tasks")}
    return render(request, "components/form_page.html", context)


def dismiss_page(request: PageRequest, kind: str) -> HttpResponseBase:
    """Set findings aside with a reason: those chosen, or all on the chosen records."""
    if not hygiene_acts.may_dismiss(request.user):
        raise Http404
    as_of = company_day(timezone.now())
    rows = _to_dismiss(request, kind, as_of)
    form = DismissForm(request.POST or None, findings=rows, as_of=as_of)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        event = dismissals.dismiss(
            findings=data["finding"], reason=data["reason"], until_on=data["until_on"], by=request.user, on=as_of
        )
        _say_dismissed(request, event)
        return redirect("pipeline:hygiene")
    told = hygiene_acts.told_of(rows, as_of)
    context = {"form": form, "title": _("Not a problem"), "back": reverse("pipeline:hygiene"), "rows": told}
    return render(request, "pipeline/hygiene_dismiss.html", context)


def _to_dismiss(request: PageRequest, kind: str, as_of: date) -> list[Any]:
    asked = (request.POST or request.GET).getlist("finding")
    ids = [int(pk) for pk in asked if pk.isdecimal() and len(pk) < 19][:MOST]
    records = [int(pk) for pk in request.GET.getlist("pk") if pk.isdecimal() and len(pk) < 19][:MOST]
    free = hygiene_acts.dismissable(request.user, as_of).select_related("rule", "owner")
    found = free.filter(pk__in=ids) if ids else free.filter(subject_kind=kind, subject_id__in=records)
    return list(found.order_by("subject_kind", "subject_id", "rule__position"))


def _say_dismissed(request: PageRequest, event: AuditEvent | None) -> None:
    if event is None:
        messages.warning(request, _("Nothing was set aside: it is gone already, or isn't yours to decide."))
        return
    count = len(event.detail["dismissals"])
    words = ngettext("%(n)s problem set aside.", "%(n)s problems set aside.", count) % {"n": f"{count:,}"}
    _say(request, words, reverse("pipeline:hygiene_undo", args=[event.pk]))


def dismissed_list(request: PageRequest) -> HttpResponseBase:
    """What is set aside, with the reason; from here it counts again."""
    as_of = company_day(timezone.now())
    if request.method == "POST":
        if not hygiene_acts.may_dismiss(request.user):
            raise PermissionDenied
        ids = [int(pk) for pk in request.POST.getlist("pk") if pk.isdecimal() and len(pk) < 19]
        done = dismissals.lift(dismissals=ids, by=request.user, on=as_of)
        words = ngettext("%(n)s problem counts again.", "%(n)s problems count again.", done)
        messages.success(request, words % {"n": f"{done:,}"})
        return redirect("pipeline:hygiene_dismissed")
    return list_answer(request, DISMISSED, as_of=as_of, page_actions=[back_action()])


def ask_list(request: PageRequest) -> HttpResponseBase:
    return list_answer(request, ASKS, as_of=company_day(timezone.now()), page_actions=[back_action()])


def ask_page(request: PageRequest, ask_id: int) -> HttpResponseBase:
    """One question: what is left of it, what is mended, and who was asked when."""
    as_of = company_day(timezone.now())
    row = get_object_or_404(hygiene_acts.asks_for(request.user, as_of), pk=ask_id)
    if request.method == "POST":
        if not policies.may_create(request.user):
            raise PermissionDenied
        ask(request, list(asks.standing_of(row).values_list("pk", flat=True)), as_of)
        return redirect(row)
    items = hygiene_acts.items_of(row, request.user, as_of)
    may_ask = policies.may_create(request.user) and row.done_on is None and row.due_on < as_of
    fix = next((one for one in fixes.fixes_for(row.rule.subject_kind, [row.rule.key])), None)
    context = {"ask": row, "items": items, "may_ask": may_ask, "is_late": row.due_on < as_of, "fix": fix}
    return render(request, "pipeline/hygiene_ask.html", context)


def back_action() -> dict[str, Any]:
    return {"url": reverse("pipeline:hygiene"), "icon": "shield-check", "label": _("Data quality")}
