from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.htmx import PageRequest
from core.pages import list_answer
from core.selectors import company_day
from people import policies, selectors, services
from people.forms import MoveForm, RolesForm, UserForm
from people.kernel.closure import ReportingLoop
from people.lists import PEOPLE, POSITIONS, USERS


def person_list(request: PageRequest) -> HttpResponseBase:
    return list_answer(request, PEOPLE, as_of=company_day(timezone.now()))


def person_page(request: PageRequest, person_id: int) -> HttpResponseBase:
    person = selectors.get_person_for(request.user, person_id, company_day(timezone.now()))
    seats = person.occupancies.select_related("position")
    return render(
        request,
        "people/person.html",
        {"person": person, "seats": seats, "may_edit": policies.may_manage_people(request.user)},
    )


def position_list(request: PageRequest) -> HttpResponseBase:
    if not policies.may_manage_people(request.user):
        raise Http404
    return list_answer(request, POSITIONS, as_of=company_day(timezone.now()))


def position_page(request: PageRequest, position_id: int) -> HttpResponseBase:
    as_of = company_day(timezone.now())
    position = selectors.get_position_for(request.user, position_id)
    form = MoveForm(request.POST or None, initial={"since": as_of})
    if request.method == "POST" and form.is_valid():
        since, boss, team = (form.cleaned_data[name] for name in ("since", "reports_to", "team"))
        try:
            services.report_to(position=position, manager=boss, since=since)
        except ReportingLoop:
            form.add_error("reports_to", _("That position reports to this one already."))
        else:
            if team:
                services.place(position=position, team=team, since=since)
            messages.success(request, _("%(name)s moved.") % {"name": position.title})
            return redirect(position)
    return render(request, "people/position.html", {"position": position, "form": form})


def user_list(request: PageRequest) -> HttpResponseBase:
    if not policies.may_manage_users(request.user):
        raise Http404
    actions = [{"url": reverse("people:user_new"), "icon": "plus", "label": _("New user"), "is_primary": True}]
    return list_answer(request, USERS, as_of=company_day(timezone.now()), page_actions=actions)


def user_new(request: PageRequest) -> HttpResponseBase:
    if not policies.may_manage_users(request.user):
        raise PermissionDenied
    form = UserForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data | {"password": form.cleaned_data["password"] or None}
        try:
            services.create_user(**values, by=request.user, on=company_day(timezone.now()))
        except services.UserError as error:
            form.add_error("email", str(error))
        else:
            return redirect("people:users")
    return render(
        request, "components/form_page.html", {"form": form, "title": _("New user"), "back": reverse("people:users")}
    )


def user_roles(request: PageRequest, user_id: int) -> HttpResponseBase:
    user = selectors.get_user_for(request.user, user_id)
    held = [grant.role for grant in user.grants.all() if grant.valid_to is None]
    form = RolesForm(request.POST or None, initial={"roles": held})
    if request.method == "POST" and form.is_valid():
        services.set_roles(user=user, roles=form.cleaned_data["roles"], by=request.user, on=company_day(timezone.now()))
        messages.success(
            request, _("Roles of %(user)s saved. Pay roles wait for a second person.") % {"user": user.email}
        )
        return redirect("people:users")
    return render(
        request, "components/form_page.html", {"form": form, "title": user.email, "back": reverse("people:users")}
    )
