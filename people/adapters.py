from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import ResetPasswordForm
from django.http import HttpRequest


class InvitedOnlyAdapter(DefaultAccountAdapter):
    """Logins are made by an admin; nobody signs up by themselves."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


def send_invitation(request: HttpRequest, *, email: str) -> None:
    """Mail a person the link to set their first password: the same mail as for a forgotten one."""
    form = ResetPasswordForm({"email": email})
    if form.is_valid():
        form.save(request)
