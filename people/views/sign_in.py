from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from core.htmx import PageRequest
from people import policies, selectors, services
from people.adapters import address_of, sign_in_invited
from people.forms import AccessRulesForm, FirstPasswordForm
from people.views.persons import form_page


def sessions(request: PageRequest) -> HttpResponseBase:
    """Where one is signed in."""
    places = selectors.places_of(request.user, this_key=request.session.session_key)
    context = {"places": places, "others": sum(not place.is_this for place in places)}
    return render(request, "people/sessions.html", context)


@require_POST
def session_end(request: PageRequest, session_id: int) -> HttpResponseBase:
    """Sign out one browser: one's own, or anybody's for an admin."""
    session = selectors.get_session_for(request.user, session_id)
    services.end_sessions(user=session.user, by=request.user, only=session)
    messages.success(request, _("Signed out there."))
    return redirect("people:sessions" if session.user_id == request.user.pk else session.user)


@require_POST
def sessions_end_others(request: PageRequest) -> HttpResponseBase:
    done = services.end_sessions(user=request.user, by=request.user, but_key=request.session.session_key)
    messages.success(
        request, ngettext("Signed out of %(count)s other browser.", "Signed out of %(count)s other browsers.", done)
        % {"count": done}
    )  # fmt: skip
    return redirect("people:sessions")


@require_POST
def user_sessions_end(request: PageRequest, user_id: int) -> HttpResponseBase:
    """An admin signs somebody out everywhere."""
    user = selectors.get_user_for(request.user, user_id)
    done = services.end_sessions(user=user, by=request.user)
    words = ngettext("Signed out of %(count)s browser.", "Signed out of %(count)s browsers.", done)
    messages.success(request, words % {"count": done})
    return redirect(user)


@require_POST
def user_unlock(request: PageRequest, user_id: int) -> HttpResponseBase:
    user = selectors.get_user_for(request.user, user_id)
    services.unlock(user=user, by=request.user)
    messages.success(request, _("%(user)s may try again at once.") % {"user": user.email})
    return redirect(user)


@require_POST
def user_factors_remove(request: PageRequest, user_id: int) -> HttpResponseBase:
    """An admin takes away the second factors of somebody who lost them; the person is told by mail."""
    user = selectors.get_user_for(request.user, user_id)
    if services.remove_second_factors(user=user, by=request.user, ip=address_of(request)):
        messages.success(request, _("The second factors are removed; %(user)s is told.") % {"user": user.email})
    else:
        messages.info(request, _("%(user)s has no second factor.") % {"user": user.email})
    return redirect(user)


def second_factor(request: PageRequest) -> HttpResponseBase:
    """Where somebody lands whose role needs a second factor, until there is one."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    if not selectors.lacks_second_factor(request.user):
        return redirect("/")
    return render(request, "people/second_factor.html", {"roles": selectors.access_rules().second_factor_labels})


def access_rules(request: PageRequest) -> HttpResponseBase:
    if not policies.may_manage_users(request.user):
        raise Http404
    rules = selectors.access_rules()
    form = AccessRulesForm(request.POST or None, instance=rules)
    if request.method == "POST" and form.is_valid():
        services.change_rules(rules=form.instance, by=request.user)
        messages.success(request, _("Rules for signing in saved."))
        return redirect("people:access_rules")
    return form_page(request, form, title=_("Signing in"), crumbs=[(_("Settings"), reverse("core:settings"))])


@never_cache
def invitation(request: PageRequest, token: str) -> HttpResponseBase:
    """The link of an invitation: choose a password, once, and be signed in."""
    found = selectors.find_invitation(token, timezone.now())
    if found is None:
        return render(request, "account/invitation_over.html", status=404)
    form = FirstPasswordForm(request.POST or None, user=found.user)
    if request.method == "POST" and form.is_valid():
        try:
            user = services.accept_invitation(token=token, password=form.cleaned_data["password"], at=timezone.now())
        except services.UserError as error:
            form.add_error(None, str(error))
        else:
            return sign_in_invited(request, user)
    return render(request, "account/invitation.html", {"form": form, "invited": found.user})
