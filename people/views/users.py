from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.htmx import PageRequest
from people import policies, selectors, services
from people.forms import OPENS, GrantForm, RolesForm
from people.lists import USERS
from people.views.persons import form_page, shown_list, today


def user_list(request: PageRequest) -> HttpResponseBase:
    return shown_list(request, USERS, add="people:user_new", label=_("New user"), may_add=True)


def user_page(request: PageRequest, user_id: int) -> HttpResponseBase:
    """A login: its roles now and over time, its person, whether it may sign in."""
    user = selectors.get_user_for(request.user, user_id)
    held = [grant.role for grant in user.grants.all() if grant.valid_to is None or grant.valid_to > today()]
    form = RolesForm(request.POST or None, user=user, initial={"roles": held, "person": user.person_or_none})
    if request.method == "POST" and form.is_valid():
        try:
            services.change_user(user=user, **form.cleaned_data, by=request.user, on=today())
        except services.UserError as error:
            form.add_error(None, str(error))
        else:
            waits = _(" A pay role waits for another admin.") if form.asks_for_pay(held) else ""
            messages.success(request, _("Roles of %(user)s saved.") % {"user": user.email} + waits)
            return redirect(user)
    grants = user.grants.select_related("granted_by__person", "approved_by__person").order_by("-valid_from", "-id")
    context = {"account": user, "form": form, "grants": grants, "waiting": [g for g in grants if g.is_pending]}
    context |= {"places": selectors.places_of(user), "locked_until": selectors.locked_until(user.email)}
    context |= {"has_factor": selectors.has_second_factor(user), "invitation": getattr(user, "invitation", None)}
    return render(request, "people/user.html", context | {"as_of": today(), "now": timezone.now()})


def role_grant(request: PageRequest, user_id: int) -> HttpResponseBase:
    """Give a login a role for a time, with its first and last day."""
    user = selectors.get_user_for(request.user, user_id)
    form = GrantForm(request.POST or None, initial={"since": today()})
    if request.method == "POST" and form.is_valid():
        try:
            grant = services.grant_role(user=user, by=request.user, on=today(), **form.values)
        except services.UserError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            waits = _(" It waits for another admin.") if grant.is_pending else ""
            words = {"role": grant.get_role_display(), "user": user.email}
            messages.success(request, _("%(role)s given to %(user)s.") % words + waits)
            return redirect(user)
    crumbs = [(_("Users and roles"), reverse("people:users")), (user.email, user.get_absolute_url())]
    return form_page(request, form, title=_("Give a role for a time"), crumbs=crumbs, submit=_("Give the role"))


@require_POST
def role_end(request: PageRequest, grant_id: int) -> HttpResponseBase:
    """End a role at once."""
    grant = selectors.get_grant_for(request.user, grant_id, today())
    if not policies.may_manage_users(request.user):
        raise PermissionDenied
    try:
        services.end_role(grant=grant, valid_to=today(), by=request.user, on=today())
    except services.UserError as error:
        messages.error(request, str(error))
    else:
        words = {"role": grant.get_role_display(), "user": grant.user.email}
        messages.success(request, _("%(role)s of %(user)s ended.") % words)
    return redirect(grant.user)


@require_POST
def user_sign_in(request: PageRequest, user_id: int) -> HttpResponseBase:
    """Let a login in (`allow`=1) or keep it out."""
    user = selectors.get_user_for(request.user, user_id)
    is_active = request.POST.get("allow") == "1"
    try:
        services.set_active(user=user, is_active=is_active, by=request.user, on=today())
    except services.UserError as error:
        messages.error(request, str(error))
    else:
        words = _("%(user)s may sign in again.") if is_active else _("%(user)s is shut out.")
        messages.success(request, words % {"user": user.email})
    return redirect(user)


def grant_page(request: PageRequest, grant_id: int) -> HttpResponseBase:
    """A role that waits, for who decides it: who gets what, who asked."""
    grant = selectors.get_grant_for(request.user, grant_id, today())
    standing = selectors.standing_on_grant(request.user, grant, today()) if grant.is_pending else None
    return render(request, "people/grant.html", {"grant": grant, "standing": standing, "opens": OPENS[grant.role]})


@require_POST
def grant_decide(request: PageRequest, grant_id: int) -> HttpResponseBase:
    """Approve or decline a role that waits for a second person."""
    grant = selectors.get_grant_for(request.user, grant_id, today())
    try:
        if request.POST.get("decision") == "approve":
            services.approve_role(grant=grant, by=request.user, on=today())
            messages.success(request, _("%(role)s approved.") % {"role": grant.get_role_display()})
        else:
            services.decline_role(grant=grant, by=request.user, on=today())
            messages.success(request, _("%(role)s declined.") % {"role": grant.get_role_display()})
    except services.UserError as error:
        messages.error(request, str(error))
    return redirect(grant.user if policies.may_manage_users(request.user) else "people:approvals")
