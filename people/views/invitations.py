from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from core.htmx import PageRequest
from core.pages import list_answer
from people import policies, selectors, services
from people.forms import InvitePeopleForm, UserForm
from people.lists import INVITATIONS
from people.views.persons import form_page, today


def invitation_list(request: PageRequest) -> HttpResponseBase:
    """Who was invited, and what became of it. Buttons of a row send the link again or take it back."""
    if request.method == "POST":
        return _act(request)
    actions: list[dict[str, Any]] = [
        {"url": reverse("people:invite_people"), "icon": "users-plus", "label": _("Invite people")},
        {"url": reverse("people:user_new"), "icon": "plus", "label": _("Invite"), "is_primary": True},
    ]
    return list_answer(request, INVITATIONS, as_of=today(), page_actions=actions)


def _act(request: PageRequest) -> HttpResponseBase:
    name = next((name for name in ("resend", "revoke") if name in request.POST), "")
    asked = request.POST.get(name, "")
    found = selectors.get_invitation_for(request.user, int(asked) if asked.isdecimal() and len(asked) < 19 else 0)
    try:
        if name == "resend":
            services.resend(invitation=found, by=request.user)
            messages.success(request, _("A new link is on its way to %(email)s.") % {"email": found.user.email})
        else:
            services.revoke(invitation=found, by=request.user, at=timezone.now())
            messages.success(request, _("The invitation of %(email)s is taken back.") % {"email": found.user.email})
    except services.UserError as error:
        messages.error(request, str(error))
    return redirect("people:invitations")


def invite_people(request: PageRequest) -> HttpResponseBase:
    """Invite several who have an e-mail and no login."""
    if not policies.may_manage_users(request.user):
        raise PermissionDenied
    form = InvitePeopleForm(request.POST or None, people=selectors.people_to_invite(today()))
    if request.method == "POST" and form.is_valid():
        made, refused = services.invite_people(by=request.user, on=today(), **form.cleaned_data)
        words = ngettext("%(count)s person is invited.", "%(count)s people are invited.", len(made))
        messages.success(request, words % {"count": len(made)})
        for sentence in refused:
            messages.error(request, sentence)
        return redirect("people:invitations")
    crumbs = [(_("Invitations"), reverse("people:invitations"))]
    facts = [_("People who have an e-mail and no login.")]
    return form_page(request, form, title=_("Invite people"), crumbs=crumbs, facts=facts, submit=_("Send invitations"))


def user_new(request: PageRequest) -> HttpResponseBase:
    """A login with its roles and person; without a first password the person is invited by mail."""
    if not policies.may_manage_users(request.user):
        raise PermissionDenied
    form = UserForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = _made(request, form)
        except services.UserError as error:
            form.add_error("email", str(error))
        else:
            return redirect(user)
    crumbs = [(_("Users and roles"), reverse("people:users"))]
    return form_page(request, form, title=_("New user"), crumbs=crumbs)


def _made(request: PageRequest, form: Any) -> Any:
    """A login with a first password, or one that is invited to choose it."""
    given = form.cleaned_data
    if given["password"]:
        user = services.create_user(**given, by=request.user, on=today())
        messages.success(request, _("%(email)s added.") % {"email": user.email})
        return user
    asked = {name: given[name] for name in ("email", "person", "roles")}
    user = services.invite(**asked, by=request.user, on=today()).user
    messages.success(request, _("An invitation is on its way to %(email)s.") % {"email": user.email})
    return user


@require_POST
def user_invite(request: PageRequest, user_id: int) -> HttpResponseBase:
    """Send somebody a link to a password: their invitation while it wasn't taken, else that of a forgotten one."""
    user = selectors.get_user_for(request.user, user_id)
    waiting = getattr(user, "invitation", None)
    if waiting is not None and waiting.accepted_at is None and waiting.revoked_at is None:
        services.resend(invitation=waiting, by=request.user)
    else:
        services.ask_password_link(email=user.email)
    words = _("A mail with a link to set a password is on its way to %(email)s.")
    messages.success(request, words % {"email": user.email})
    return redirect(user)
