"""Signing in through the company's identity provider: only those who were invited come in."""

from __future__ import annotations

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest
from django.shortcuts import render

from people import services
from people.adapters.accounts import address_of
from people.models import User


class InvitedIdentityAdapter(DefaultSocialAccountAdapter):
    """A first sign-in finds the login by the e-mail that the provider has verified; nobody is made on the way."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        if sociallogin.state.get("process") == "connect" or sociallogin.is_existing:
            return
        emails = [one.email.strip().lower() for one in sociallogin.email_addresses if one.verified is True]
        user = User.objects.filter(email__in=emails, is_active=True).first() if emails else None
        if user is None:
            why = "unknown" if emails else "unverified"
            services.note_failure(email="", ip=address_of(request), what=f"identity provider, {why} e-mail")
            raise ImmediateHttpResponse(render(request, "account/not_invited.html", {"why": why}, status=403))
        sociallogin.connect(request, user)
