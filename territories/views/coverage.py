from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.policies import visible_accounts
from accounts.selectors import get_account_for
from core.htmx import PageRequest
from territories import policies, services
from territories.forms import CoverForm, EndForm, PlaceForm
from territories.lists import COVERAGE, PLACEMENTS
from territories.selectors import records, transitions
from territories.views.answers import done, form_answer, keeper, list_page, today

PANEL = "territories/_account.html"


def coverage_list(request: PageRequest) -> HttpResponseBase:
    return list_page(request, COVERAGE, "territories:coverage")


def placement_list(request: PageRequest) -> HttpResponseBase:
    return list_page(request, PLACEMENTS, "territories:placements")


def territory_cover(request: PageRequest, territory_id: int) -> HttpResponseBase:
    """Give a part in the territory to a seat, from a day."""
    keeper(request)
    territory = records.get_territory_for(request.user, territory_id, today())
    form = CoverForm(request.POST or None, initial={"valid_from": today()})

    def assign() -> Any:
        return services.assign_position(territory=territory, by=request.user, **form.cleaned_data)

    if done(request, form, assign, _("Coverage saved.")):
        return redirect(territory)
    title = _("Who covers %(territory)s") % {"territory": territory}
    return form_answer(request, form, title, territory.get_absolute_url())


def coverage_end(request: PageRequest, territory_assignment_id: int) -> HttpResponseBase:
    keeper(request)
    row = records.get_assignment_for(request.user, territory_assignment_id, today())
    form = EndForm(request.POST or None, initial={"on": today()})

    def end() -> None:
        services.end_assignment(assignment=row, on=form.cleaned_data["on"], by=request.user)

    if done(request, form, end, _("Coverage ended.")):
        return redirect(row.territory)
    title = _("%(seat)s no longer covers %(territory)s") % {"seat": row.position, "territory": row.territory}
    return form_answer(request, form, title, row.get_absolute_url(), submit=_("End coverage"))


def territory_place(request: PageRequest, territory_id: int) -> HttpResponseBase:
    """Take an account into the territory, from a day."""
    keeper(request)
    territory = records.get_territory_for(request.user, territory_id, today())
    accounts = visible_accounts(request.user, today())
    form = PlaceForm(request.POST or None, accounts=accounts, initial={"valid_from": today()})

    def place() -> Any:
        return services.place_account(territory=territory, by=request.user, **form.cleaned_data)

    if done(request, form, place, _("Account added.")):
        return redirect(territory)
    title = _("Add an account to %(territory)s") % {"territory": territory}
    return form_answer(request, form, title, territory.get_absolute_url(), submit=_("Add"))


def placement_end(request: PageRequest, account_territory_id: int) -> HttpResponseBase:
    keeper(request)
    row = records.get_placement_for(request.user, account_territory_id, today())
    form = EndForm(request.POST or None, initial={"on": today()})

    def end() -> None:
        services.end_placement(placement=row, on=form.cleaned_data["on"], by=request.user)

    if done(request, form, end, _("Account taken out.")):
        return redirect(row.territory)
    title = _("Take %(account)s out of %(territory)s") % {"account": row.account, "territory": row.territory}
    return form_answer(request, form, title, row.get_absolute_url(), submit=_("Take out"))


def account_territory(request: PageRequest, account_id: int) -> HttpResponseBase:
    """The panel of an account: where it belongs, over time, and who covers that today."""
    account = get_account_for(request.user, account_id, today())
    placed = records.placements_of(request.user, account, today())
    now = next((one.row.territory for one in placed if one.is_now), None)
    context = {
        "record": account,
        "placements": placed,
        "transitions": transitions.transitions_of(request.user, account, today()),
        "coverage": [one for one in records.coverage_of(request.user, now, today()) if one.is_now] if now else [],
        "may_move": policies.may_keep_territories(request.user) and account.archived_at is None,
        "part": PANEL,
    }
    return render(request, PANEL if request.htmx else "territories/panel.html", context)


def account_move(request: PageRequest, account_id: int) -> HttpResponseBase:
    """Move an account to a territory, from a day."""
    account = get_account_for(request.user, account_id, today())
    if not policies.may_keep_territories(request.user):
        raise PermissionDenied
    territories = policies.visible_territories(request.user, today())
    form = PlaceForm(request.POST or None, territories=territories, initial={"valid_from": today()})

    def place() -> Any:
        return services.place_account(account=account, by=request.user, **form.cleaned_data)

    if done(request, form, place, _("Account moved.")):
        return redirect(account)
    title = _("Territory of %(account)s") % {"account": account}
    return form_answer(request, form, title, account.get_absolute_url(), submit=_("Move"))
