"""Adjustments, milestones and scores: proposed by one person, decided by another."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from compensation import policies, services
from compensation.forms.adjustments import AdjustmentForm, PayEventForm
from compensation.lists import ADJUSTMENTS, HOLDS, PAY_EVENTS
from compensation.lists.adjustments import STATE_ICONS, STATE_TONES
from compensation.selectors import pay_lists
from compensation.views.acting import keeper, list_page
from compensation.views.answers import acted, added, button, form_answer, today
from core.htmx import PageRequest
from core.kernel.money import from_minor


def adjustment_list(request: PageRequest) -> HttpResponseBase:
    actions = []
    if policies.keeps_pay(request.user):
        url = reverse("compensation:adjustment_new")
        actions.append(button(url, _("Propose an adjustment"), "plus", is_primary=True))
    return list_page(request, ADJUSTMENTS, "compensation:adjustments", actions)


def adjustment_new(request: PageRequest) -> HttpResponseBase:
    keeper(request)
    form = AdjustmentForm(request.POST or None, initial={"month": today().replace(day=1)})
    propose = lambda: services.propose_adjustment(adjustment=form.adjustment(), by=request.user)  # noqa: E731 -- by added
    made = added(request, form, propose, _("Proposed. A second person decides."))
    if made is not None:
        return redirect(made)
    back = reverse("compensation:adjustments")
    return form_answer(
        request, form, _("Propose an adjustment"), back, submit=_("Propose"), crumbs=[(ADJUSTMENTS.title, back)]
    )


def _page(request: PageRequest, template: str, record: Any, may_decide: bool, **more: Any) -> HttpResponseBase:
    tag = (record.get_state_display(), STATE_TONES[record.state], STATE_ICONS[record.state])
    is_waiting = record.state == "proposed"
    context = {"record": record, "tag": tag, "may_decide": may_decide and is_waiting, "is_waiting": is_waiting, **more}
    return render(request, template, context)


def adjustment_page(request: PageRequest, adjustment_id: int) -> HttpResponseBase:
    one = pay_lists.get_adjustment_for(request.user, adjustment_id, today())
    more = {
        "crumb": (ADJUSTMENTS.title, reverse("compensation:adjustments")),
        "amount": from_minor(one.amount_minor, str(one.plan.currency_id)),
    }
    may = policies.may_decide_adjustment(request.user, one)
    return _page(request, "compensation/adjustment.html", one, may, **more)


@require_POST
def adjustment_decide(request: PageRequest, adjustment_id: int) -> HttpResponseBase:
    one = pay_lists.get_adjustment_for(request.user, adjustment_id, today())
    given = {"is_approved": request.POST.get("decision") == "approve", "by": request.user, "at": timezone.now()}
    act = lambda: services.decide_adjustment(adjustment=one, **given)  # noqa: E731 -- done by acted
    return acted(request, act, _("Decided."), one.get_absolute_url())


def hold_list(request: PageRequest) -> HttpResponseBase:
    return list_page(request, HOLDS, "compensation:credit_holds")


def hold_page(request: PageRequest, credit_hold_id: int) -> HttpResponseBase:
    one = pay_lists.get_hold_for(request.user, credit_hold_id, today())
    tag = (_("Released"), "good", "circle-check") if one.released_at else (_("Held"), "warn", "hand-stop")
    context = {
        "record": one,
        "tag": tag,
        "crumb": (HOLDS.title, reverse("compensation:credit_holds")),
        "may_release": policies.keeps_pay(request.user) and one.released_at is None,
    }
    return render(request, "compensation/credit_hold.html", context)


@require_POST
def hold_release(request: PageRequest, credit_hold_id: int) -> HttpResponseBase:
    keeper(request)
    one = pay_lists.get_hold_for(request.user, credit_hold_id, today())
    act = lambda: services.release_hold(hold=one, by=request.user, at=timezone.now())  # noqa: E731 -- done by acted
    return acted(request, act, _("Released. The next calculation credits it again."), one.get_absolute_url())


def event_list(request: PageRequest) -> HttpResponseBase:
    actions = []
    if policies.keeps_pay(request.user):
        actions.append(button(reverse("compensation:pay_event_new"), _("Enter one"), "plus", is_primary=True))
    return list_page(request, PAY_EVENTS, "compensation:pay_events", actions)


def event_new(request: PageRequest) -> HttpResponseBase:
    keeper(request)
    form = PayEventForm(request.POST or None, initial={"on": today()})
    enter = lambda: services.enter_event(event=form.event(), by=request.user)  # noqa: E731 -- done by added
    made = added(request, form, enter, _("Entered. A second person decides."))
    if made is not None:
        return redirect(made)
    back = reverse("compensation:pay_events")
    title = _("Enter a milestone or a score")
    return form_answer(request, form, title, back, submit=_("Enter"), crumbs=[(PAY_EVENTS.title, back)])


def event_page(request: PageRequest, pay_event_id: int) -> HttpResponseBase:
    one = pay_lists.get_event_for(request.user, pay_event_id, today())
    crumb = (PAY_EVENTS.title, reverse("compensation:pay_events"))
    may = policies.may_decide_event(request.user, one)
    return _page(request, "compensation/pay_event.html", one, may, crumb=crumb)


@require_POST
def event_decide(request: PageRequest, pay_event_id: int) -> HttpResponseBase:
    one = pay_lists.get_event_for(request.user, pay_event_id, today())
    given = {"is_approved": request.POST.get("decision") == "approve", "by": request.user, "at": timezone.now()}
    act = lambda: services.decide_event(event=one, **given)  # noqa: E731 -- done by acted
    return acted(request, act, _("Decided."), one.get_absolute_url())
