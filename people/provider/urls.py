"""The addresses of the identity provider, under the names that the library asks for."""

from __future__ import annotations

from allauth.account.internal.decorators import login_not_required
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import path
from requests import RequestException

from people.provider.checked import CheckedOIDCAdapter


def _answer(view: type, request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """The library's answer; a provider that is down or speaks nonsense is told in words."""
    adapter = CheckedOIDCAdapter(request, provider_id)
    try:
        answer: HttpResponseBase = view.adapter_view(adapter)(request)  # type: ignore[attr-defined]  # -- the library's
    except SocialApp.DoesNotExist as error:
        raise Http404 from error
    except (RequestException, KeyError, ValueError) as error:
        return render_authentication_error(request, adapter.get_provider(), exception=error)
    return answer


@login_not_required
def login(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    return _answer(OAuth2LoginView, request, provider_id)


@login_not_required
def callback(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    return _answer(OAuth2CallbackView, request, provider_id)


urlpatterns = [
    path("oidc/<str:provider_id>/login/", login, name="openid_connect_login"),
    path("oidc/<str:provider_id>/login/callback/", callback, name="openid_connect_callback"),
]
