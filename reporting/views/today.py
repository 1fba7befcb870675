"""The start page: what to do now and where one stands, and the small acts done in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core import registry
from core.htmx import PageRequest
from core.kernel import formats
from core.pages import own_address
from core.registry import FixAsked
from core.selectors import company_day
from pipeline.models import Opportunity
from pipeline.policies import may_edit
from pipeline.selectors import work
from pipeline.services import DealError, change_deal, finish_task
from pipeline.services import hygiene_fixes as fixes
from pipeline.services.work import TaskError, restore_due, snooze_task
from reporting.forms import CloseDateForm, FixForm, NextStepForm, SnoozeForm
from reporting.policies import may_see_dashboard, may_see_today
from reporting.selectors import ask
from reporting.selectors.ops_today import health_of
from reporting.selectors.places import first_page_of
from reporting.selectors.team_today import away, members
from reporting.selectors.today import Today, today_of

UNDO_SALT, UNDO_SECONDS = "today.undo", 86_400
MOST_TO_INSPECT = 8


def home(request: PageRequest) -> HttpResponseBase:
    """Where a person starts: what is to be done, the figures, else the first page of their side bar."""
    user = request.user
    if may_see_dashboard(user) and request.GET:  # an address of the dashboard from before it had its own
        return redirect(f"{reverse('reporting:dashboard')}?{request.GET.urlencode()}")
    if may_see_today(user):
        return redirect("reporting:today")
    if may_see_dashboard(user):
        return redirect("reporting:dashboard")
    place = first_page_of(user) if user.roles else ""
    if not place:
        raise PermissionDenied("You have no role yet. An admin gives you one under Settings, Users.")
    return redirect(place)


def today(request: PageRequest) -> HttpResponseBase:
    shown = _today(request)
    day = shown.as_of
    cards = [card for card in registry.today_cards if card.may_see(request.user)]
    side = {
        "side_cards": [card for card in cards if card.column == "side"],
        "waiting": [one for kind in registry.approval_kinds for one in kind.waiting(request.user, day)],
        "away": away(shown.asked) if shown.is_manager else [],
    }
    context = {
        "today": shown,
        "as_of": day,
        "asked": shown.asked,
        "main_cards": [card for card in cards if card.column == "main"],
        "snoozes": snoozes(day),
        "has_side": not shown.leads_others or any(side.values()),
    }
    return render(request, "reporting/today.html", context | side)


def team(request: PageRequest) -> HttpResponseBase:
    """A manager's people, the deals to ask about, and who is away: alone for htmx, else on a page of its own."""
    shown = _today(request)
    if not shown.is_manager or shown.person is None:
        raise Http404
    asked, day = shown.asked, shown.as_of
    until, month_end = asked.period.end, shown.month.end
    context = {
        "today": shown,
        "as_of": day,
        "asked": asked,
        "members": members(asked, shown.person),
        "inspect": work.deals_to_inspect(request.user, day, until=until, month_end=month_end, limit=MOST_TO_INSPECT),
    }
    return _part(request, "reporting/_today_team.html", _("My team"), context)


def health(request: PageRequest) -> HttpResponseBase:
    """The state of the data and of last night's jobs, for sales ops."""
    shown = _today(request)
    if not shown.is_ops:
        raise Http404
    context = {"today": shown, "asked": shown.asked, "health": health_of(request.user, shown.as_of, shown.asked.at)}
    return _part(request, "reporting/_today_health.html", _("Data health"), context)


def _part(request: PageRequest, part: str, title: str, context: dict[str, Any]) -> HttpResponseBase:
    if request.htmx:
        return render(request, part, context)
    return render(request, "reporting/today_part.html", context | {"part": part, "title": title})


def _today(request: PageRequest) -> Today:
    if not may_see_today(request.user):
        raise Http404
    return today_of(ask(user=request.user, at=timezone.now(), values={}))


def snoozes(day: date) -> list[tuple[str, date]]:
    """Tomorrow, in two days, and next Monday, each once."""
    monday = day + timedelta(days=7 - day.weekday())
    offered = {day + timedelta(days=1): _("Tomorrow"), day + timedelta(days=2): "", monday: _("Next Monday")}
    far = {day + timedelta(days=14): _("In two weeks")}
    return [(label or f"{on:%A}", on) for on, label in sorted((offered | far).items())]


def _back(request: PageRequest) -> str:
    return own_address(request, request.POST.get("to", ""), otherwise=reverse("reporting:today"))


@require_POST
def task_done(request: PageRequest, activity_id: int) -> HttpResponseBase:
    """Tick an own task off, or open it again."""
    task = work.get_own_task_for(request.user, activity_id)
    finish_task(task=task, at=timezone.now())
    undo = f"undo:{reverse('reporting:task_done', args=[task.pk])}" if task.done_at else ""
    messages.success(request, _("Task done.") if task.done_at else _("Task open again."), extra_tags=undo)
    return HttpResponseRedirect(_back(request))


@require_POST
def task_snooze(request: PageRequest, activity_id: int) -> HttpResponseBase:
    task = work.get_own_task_for(request.user, activity_id)
    form, day, was = SnoozeForm(request.POST), company_day(timezone.now()), task.due_on
    try:
        until = _clean(form)["until"]
        snooze_task(task_id=task.pk, until=until, by=request.user, on=day)
    except (TaskError, forms.ValidationError) as error:
        messages.error(request, _words(error))
        return HttpResponseRedirect(_back(request))
    undo = f"{reverse('reporting:task_due', args=[task.pk])}?{urlencode({'due': was or ''})}"
    words = _("Put off to %(day)s.") % {"day": formats.day(until, year_of=day)}
    messages.success(request, words, extra_tags=f"undo:{undo}")
    return HttpResponseRedirect(_back(request))


@require_POST
def task_due(request: PageRequest, activity_id: int) -> HttpResponseBase:
    """Take a putting off back: the former day of an own task."""
    task = work.get_own_task_for(request.user, activity_id)
    given = forms.DateField(required=False)
    try:
        due = given.clean(request.GET.get("due", ""))
    except forms.ValidationError:
        raise Http404 from None
    restore_due(task_id=task.pk, due_on=due, by=request.user)
    messages.success(request, _("Back on its day."))
    return HttpResponseRedirect(_back(request))


@require_POST
def next_step(request: PageRequest, deal_id: int) -> HttpResponseBase:
    return _change(request, deal_id, NextStepForm(request.POST), _("Next step saved."))


@require_POST
def close_date(request: PageRequest, deal_id: int) -> HttpResponseBase:
    return _change(request, deal_id, CloseDateForm(request.POST), _("Close date saved."))


@require_POST
def deal_back(request: PageRequest, deal_id: int) -> HttpResponseBase:
    """Take a change made here back: the former values, signed when it was made."""
    deal = _own(request, deal_id)
    try:
        kept = signing.loads(request.GET.get("kept", ""), salt=UNDO_SALT, max_age=UNDO_SECONDS)
    except signing.BadSignature:
        raise Http404 from None
    if kept["deal"] != deal.pk or kept["by"] != request.user.pk:
        raise Http404
    values = {name: Opportunity._meta.get_field(name).to_python(value) for name, value in kept["values"].items()}  # type: ignore[union-attr]  # -- own columns
    return _save(request, deal, values, kept["version"], _("Taken back."))


@require_POST
def fix_deal(request: PageRequest, deal_id: int) -> HttpResponseBase:
    """Mend a finding of an own deal by the change offered for it, or by the next step that was written."""
    deal, form = _own(request, deal_id), FixForm(request.POST)
    try:
        given = _clean(form)
    except forms.ValidationError as error:
        messages.error(request, _words(error))
        return HttpResponseRedirect(_back(request))
    step = given["next_step"]
    asked = FixAsked(company_day(timezone.now()), request.user, timezone.now(), {"next_step": step})
    found = fixes.preview(kind="opportunity", records=[deal], fix="next_step" if step else fixes.SUGGESTED, asked=asked)
    seen = {deal.pk: given["version"]} if given["version"] else None
    done = fixes.apply_fixes(kind="opportunity", changes=found.changes, seen=seen, asked=asked)
    _say_fixed(request, found.changes, done, [why for _deal, why in [*found.skipped, *done.skipped]])
    return HttpResponseRedirect(_back(request))


def _say_fixed(request: PageRequest, changes: Sequence[fixes.Change], done: fixes.Fixed, stays: Sequence[str]) -> None:
    for why in stays:
        messages.warning(request, _("Nothing was changed. %(why)s") % {"why": why})
    if done.count and done.edit:
        told = {"deal": changes[0].record, "what": changes[0].words}
        undo = f"{reverse('pipeline:hygiene_edit_undo', args=[done.edit.pk])}?{urlencode({'to': _back(request)})}"
        messages.success(request, _("%(deal)s is fixed: %(what)s.") % told, extra_tags=f"undo:{undo}")


def _change(request: PageRequest, deal_id: int, form: forms.Form, words: str) -> HttpResponseBase:
    deal = _own(request, deal_id)
    try:
        values = dict(_clean(form))
    except forms.ValidationError as error:
        messages.error(request, _words(error))
        return HttpResponseRedirect(_back(request))
    version = values.pop("version") or deal.version
    before = {name: getattr(deal, name) for name in [*values, "pushed_count"]}
    return _save(request, deal, values, version, words, before=before)


def _save(
    request: PageRequest, deal: Opportunity, values: Mapping[str, Any], version: int, words: str, **kept: Any
) -> HttpResponseBase:
    try:
        saved = change_deal(
            deal_id=deal.pk, values=values, version=version, by=request.user, on=company_day(timezone.now())
        )
    except DealError as error:
        messages.error(request, _("%(problem)s Nothing was saved.") % {"problem": error})
        return HttpResponseRedirect(_back(request))
    undo = _undo(request, saved, kept["before"]) if kept else ""
    messages.success(request, words, extra_tags=undo)
    return HttpResponseRedirect(_back(request))


def _undo(request: PageRequest, saved: Opportunity, before: Mapping[str, Any]) -> str:
    plain = {name: value.isoformat() if isinstance(value, date) else value for name, value in before.items()}
    told = {"deal": saved.pk, "by": request.user.pk, "version": saved.version, "values": plain}
    kept = signing.dumps(told, salt=UNDO_SALT)
    return f"undo:{reverse('reporting:deal_back', args=[saved.pk])}?{urlencode({'kept': kept})}"


def _own(request: PageRequest, deal_id: int) -> Opportunity:
    day = company_day(timezone.now())
    deal = work.get_own_deal_for(request.user, deal_id, day)
    if not may_edit(request.user, deal, day):
        raise PermissionDenied
    return deal


def _clean(form: forms.Form) -> dict[str, Any]:
    """Clean values. Raises ValidationError with every problem."""
    if not form.is_valid():
        raise forms.ValidationError([str(error) for errors in form.errors.values() for error in errors])
    return form.cleaned_data


def _words(error: Exception) -> str:
    return " ".join(error.messages) if isinstance(error, forms.ValidationError) else str(error)
