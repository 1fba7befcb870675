from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.selectors import get_account_for
from core import registry
from core.htmx import PageRequest
from people.models import Person
from territories import policies, services
from territories.forms import EndForm, TransitionForm
from territories.lists import TRANSITIONS
from territories.models import Transition
from territories.selectors.transitions import get_transition_for
from territories.views.answers import done, form_answer, keeper, list_page, today

_OF_DEALS = ("scope", "min_stage", "min_amount", "reason", "person", "moved_on")


def transition_list(request: PageRequest) -> HttpResponseBase:
    return list_page(request, TRANSITIONS, "territories:transitions")


def transition_new(request: PageRequest, account_id: int) -> HttpResponseBase:
    """Say what who had an account keeps of its credit."""
    account = get_account_for(request.user, account_id, today())
    if not policies.may_keep_territories(request.user):
        raise PermissionDenied
    return _answer(request, Transition(account=account), {"moved_on": today(), "person": account.owner})


def transition(request: PageRequest, transition_id: int) -> HttpResponseBase:
    """Change it; who only sees territories is led to the account."""
    row = get_transition_for(request.user, transition_id, today())
    if not policies.may_keep_territories(request.user):
        return redirect(row.account)
    shares = list(row.shares.all())
    initial = {name: getattr(row, name) for name in _OF_DEALS}
    initial |= {"percent": shares[0].percent} if shares else {}
    if len(shares) > 1:
        initial |= {"until": shares[1].since, "then_percent": shares[1].percent}
    return _answer(request, row, initial)


def _answer(request: PageRequest, row: Transition, initial: dict[str, Any]) -> HttpResponseBase:
    form = TransitionForm(request.POST or None, people=Person.objects.all(), initial=initial)

    def keep() -> Any:
        for name in _OF_DEALS:
            setattr(row, name, form.cleaned_data[name])
        return services.keep_share(transition=row, shares=form.shares, by=request.user)

    if done(request, form, keep, _("Transition saved.")):
        return redirect(row.account)
    title = _("What is kept of %(account)s") % {"account": row.account}
    panels = registry.panels_for("transition", request.user) if row.pk else ()
    more: dict[str, Any] = {"record": row, "panels": panels, "template": "territories/transition.html"}
    return form_answer(request, form, title, row.account.get_absolute_url(), **more)


def transition_end(request: PageRequest, transition_id: int) -> HttpResponseBase:
    keeper(request)
    row = get_transition_for(request.user, transition_id, today())
    form = EndForm(request.POST or None, initial={"on": today()})

    def end() -> None:
        services.end_transition(transition=row, on=form.cleaned_data["on"], by=request.user)

    if done(request, form, end, _("Transition ended.")):
        return redirect(row.account)
    title = _("%(person)s keeps nothing more of %(account)s") % {"person": row.person, "account": row.account}
    return form_answer(request, form, title, row.account.get_absolute_url(), submit=_("End"))
