from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from core.api.scopes import SCOPES, scope_choices
from core.htmx import PageRequest
from core.pages import list_answer
from core.selectors import company_day
from integrations import policies, selectors, services
from integrations.forms import TokenForm
from integrations.lists import TOKENS
from integrations.models import ApiToken


def token_list(request: PageRequest) -> HttpResponseBase:
    """One's own tokens; an admin's list has everybody's."""
    actions = [
        {"url": reverse("api:docs"), "icon": "book", "label": _("Read and try the API"), "is_primary": False},
        {"url": reverse("integrations:token_new"), "icon": "plus", "label": _("New token"), "is_primary": True},
    ]
    return list_answer(request, TOKENS, as_of=company_day(timezone.now()), page_actions=actions)


@never_cache
@sensitive_post_parameters()
def token_new(request: PageRequest) -> HttpResponseBase:
    """Make a token for oneself. Its secret stands on the answer, and nowhere afterwards."""
    if not policies.may_have_tokens(request.user):
        raise PermissionDenied
    form = TokenForm(request.POST or None, scopes=scope_choices())
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            token, secret = services.create_token(
                user=request.user, by=request.user, at=timezone.now(), known=SCOPES, **given
            )
        except services.TokenError as error:
            form.add_error(error.field or None, str(error))
        else:
            return render(
                request, "integrations/token.html", {"token": token, "secret": secret, "scopes": token.scopes}
            )
    back = reverse("integrations:tokens")
    context = {"form": form, "title": _("New token"), "back": back, "crumbs": [(TOKENS.title, back)]}
    return render(request, "components/form_page.html", context | {"submit": _("Make the token")})


def token_page(request: PageRequest, token_id: int) -> HttpResponseBase:
    token = selectors.get_token_for(request.user, token_id)
    is_over = token.revoked_at is not None or token.expires_at <= timezone.now()
    context = {"token": token, "scopes": _words(token), "is_over": is_over, "may_revoke": token.revoked_at is None}
    return render(request, "integrations/token.html", context)


def _words(token: ApiToken) -> list[str]:
    words = dict(scope_choices())
    return [words.get(scope, scope) for scope in token.scopes]


@require_POST
def token_revoke(request: PageRequest, token_id: int) -> HttpResponseBase:
    token = selectors.get_token_for(request.user, token_id)
    services.revoke_token(token=token, by=request.user, at=timezone.now())
    messages.success(request, _("%(name)s is revoked: nobody gets in with it any more.") % {"name": token.name})
    return redirect("integrations:tokens")
