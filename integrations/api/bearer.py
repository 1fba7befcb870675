"""Who calls: the login behind a token. The token's own scopes are asked by core.api."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed

from core.api.limits import take_refusal
from core.selectors import company_day
from integrations.selectors import find_token
from integrations.services import hash_of, note_use
from people.selectors import is_locked_out


def _is_shut_out(request: Any, token: Any, now: datetime) -> bool:
    """Where somebody guessed the login's password too often, no other door stands open to them either."""
    return is_locked_out(token.user.email, address=request.META.get("REMOTE_ADDR", ""), at=now)


class BearerTokens(BaseAuthentication):
    """Authorization: Bearer so_…"""

    def authenticate(self, request: Any) -> tuple[Any, Any] | None:
        header = request.headers.get("Authorization", "")
        kind, _space, secret = header.partition(" ")
        if not header:
            return None
        now = timezone.now()
        found = None
        if kind.lower() == "bearer" and secret.isascii():
            found = find_token(hash_of(secret.strip()), at=now, today=company_day(now))
        if found is None or _is_shut_out(request, found, now):
            take_refusal(request)
            raise AuthenticationFailed(_("This token isn't known, has expired or was revoked."))
        note_use(token=found, at=now)
        return found.user, found

    def authenticate_header(self, request: Any) -> str:
        return 'Bearer realm="Salesops"'
