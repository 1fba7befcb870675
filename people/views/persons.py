from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core import registry
from core.htmx import PageRequest
from core.pages import list_answer
from core.selectors import company_day
from people import policies, selectors, services
from people.forms import MoveForm, PersonForm, PositionForm, SeatForm, TeamForm
from people.lists import PEOPLE, POSITIONS, TEAMS

OPTIONS = 20


def today() -> date:
    return company_day(timezone.now())


def keeper(request: PageRequest) -> None:
    if not policies.may_manage_people(request.user):
        raise PermissionDenied


def shown_list(request: PageRequest, table: Any, *, add: str, label: str, may_add: bool) -> HttpResponseBase:
    action = {"url": reverse(add), "icon": "plus", "label": label, "is_primary": True}
    return list_answer(request, table, as_of=today(), page_actions=[action] if may_add else [])


def form_page(
    request: PageRequest, form: Any, *, title: str, crumbs: list[tuple[Any, str]], **more: Any
) -> HttpResponseBase:
    context = {"form": form, "title": title, "crumbs": crumbs, "back": crumbs[-1][1], **more}
    return render(request, "components/form_page.html", context)


def person_list(request: PageRequest) -> HttpResponseBase:
    may_add = policies.may_manage_people(request.user)
    return shown_list(request, PEOPLE, add="people:person_new", label=_("New person"), may_add=may_add)


def person_options(request: PageRequest) -> HttpResponseBase:
    """People whose name holds a text, as a form's field offers them where there are many."""
    if not policies.may_see_people(request.user):
        raise Http404
    found = selectors.person_options(request.user, request.GET.get("q", ""), today(), limit=OPTIONS)
    return JsonResponse({"options": [f"{person.name} · PER-{person.pk}" for person in found]})


def person_page(request: PageRequest, person_id: int) -> HttpResponseBase:
    as_of = today()
    person = selectors.get_person_for(request.user, person_id, as_of)
    context = {
        "person": person,
        "career": selectors.career_of(person, as_of),
        "may_edit": policies.may_manage_people(request.user),
        "may_see_login": policies.may_manage_users(request.user),
        "panels": _panels(request, person, as_of),
        "as_of": as_of,
    }
    return render(request, "people/person.html", context)


def _panels(request: PageRequest, person: Any, as_of: date) -> list[registry.Panel]:
    """Pay stands only where it may be seen, so that no card is left empty."""
    sees_pay = selectors.may_see_pay_of(request.user, person, as_of)
    return [panel for panel in registry.panels_for("person", request.user) if sees_pay or panel.key != "pay"]


def person_edit(request: PageRequest, person_id: int | None = None) -> HttpResponseBase:
    keeper(request)
    person = selectors.get_person_for(request.user, person_id, today()) if person_id else None
    form = PersonForm(request.POST or None, instance=person)
    crumbs = [(_("People"), reverse("people:people"))]
    if person:
        crumbs.append((person.name, person.get_absolute_url()))
    if request.method == "POST" and form.is_valid():
        saved = services.save_person(person=form.save(commit=False), by=request.user)
        messages.success(request, _("%(name)s saved.") % {"name": saved.name})
        return redirect(saved if person else reverse("people:person_seat", args=[saved.pk]))
    title = _("Edit %(name)s") % {"name": person.name} if person else _("New person")
    return form_page(request, form, title=title, crumbs=crumbs)


def person_seat(request: PageRequest, person_id: int) -> HttpResponseBase:
    """Put a person on a vacant seat or a new one, from a day."""
    keeper(request)
    as_of = today()
    person = selectors.get_person_for(request.user, person_id, as_of)
    initial = {"since": person.hired_on or as_of}
    form = SeatForm(request.POST or None, vacant=selectors.vacant_positions(as_of), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.give_seat(person=person, by=request.user, **form.cleaned_data)
        except services.LineError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, _("%(name)s has a seat.") % {"name": person.name})
            return redirect(person)
    crumbs = [(_("People"), reverse("people:people")), (person.name, person.get_absolute_url())]
    return form_page(request, form, title=_("Give %(name)s a seat") % {"name": person.name}, crumbs=crumbs)


def position_list(request: PageRequest) -> HttpResponseBase:
    return shown_list(request, POSITIONS, add="people:position_new", label=_("New position"), may_add=True)


def position_page(request: PageRequest, position_id: int) -> HttpResponseBase:
    as_of = today()
    position = selectors.get_position_for(request.user, position_id)
    history = selectors.seat_history(position, as_of)
    now = {
        name: history.now(kind) for name, kind in (("holder", "holders"), ("reports_to", "bosses"), ("team", "teams"))
    }
    form = MoveForm(request.POST or None, initial={"since": as_of, **now})
    if request.method == "POST" and form.is_valid():
        try:
            since = form.cleaned_data["since"]
            services.move_seat(position=position, since=since, changes=form.changes, by=request.user)
        except services.LineError as error:
            form.add_error(error.field or None, str(error))
        else:
            messages.success(request, _("%(name)s changed.") % {"name": position.title})
            return redirect(position)
    return render(request, "people/position.html", {"position": position, "history": history, "form": form})


def position_edit(request: PageRequest, position_id: int | None = None) -> HttpResponseBase:
    keeper(request)
    position = selectors.get_position_for(request.user, position_id) if position_id else None
    form = PositionForm(request.POST or None, instance=position)
    if request.method == "POST" and form.is_valid():
        saved = services.save_position(position=form.save(commit=False), by=request.user)
        messages.success(request, _("%(name)s saved.") % {"name": saved.title})
        return redirect(saved)
    title = _("Edit %(name)s") % {"name": position.title} if position else _("New position")
    return form_page(request, form, title=title, crumbs=[(_("Positions"), reverse("people:positions"))])


def team_list(request: PageRequest) -> HttpResponseBase:
    return shown_list(request, TEAMS, add="people:team_new", label=_("New region or team"), may_add=True)


def team_edit(request: PageRequest, team_id: int | None = None) -> HttpResponseBase:
    keeper(request)
    team = selectors.get_team_for(request.user, team_id, today()) if team_id else None
    form = TeamForm(request.POST or None, instance=team)
    if request.method == "POST" and form.is_valid():
        saved = services.save_team(team=form.save(commit=False), by=request.user)
        messages.success(request, _("%(name)s saved.") % {"name": saved.name})
        return redirect("people:teams")
    title = team.name if team else _("New region or team")
    return form_page(request, form, title=title, crumbs=[(_("Regions and teams"), reverse("people:teams"))])
