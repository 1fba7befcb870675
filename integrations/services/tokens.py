"""Keys to the API: made once, kept as a hash, revoked, and noted when they are used."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from core import audit
from core.registry import LeaverEnd
from integrations.models import ApiToken

MARK = "so_"
SHOWN = len(MARK) + 6
LONGEST_DAYS = 366
NOTED_EVERY = timedelta(minutes=1)


class TokenError(ValueError):
    """A token that can't be made; `field` names the field it belongs to."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def create_token(
    *, user: Any, name: str, scopes: Iterable[str], days: int, by: Any, at: datetime, known: Iterable[str]
) -> tuple[ApiToken, str]:
    """A token for a login and its secret, which is shown this once: 256 random bits, only their SHA-256 is kept.

    known: the scopes there are. Raises TokenError.
    """
    wanted = sorted(set(scopes))
    if unknown := sorted(set(wanted) - set(known)):
        raise TokenError(_("There is no scope “%(name)s”.") % {"name": unknown[0]}, "scopes")
    if not wanted:
        raise TokenError(_("Choose at least one scope."), "scopes")
    if not name.strip():
        raise TokenError(_("Say what the token is for."), "name")
    if not 1 <= days <= LONGEST_DAYS:
        raise TokenError(_("A token lives from 1 to %(most)s days.") % {"most": LONGEST_DAYS}, "days")
    if not user.is_active:
        raise TokenError(_("This login is switched off."), "")
    secret = MARK + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user, name=name.strip()[:80], prefix=secret[:SHOWN], secret_hash=hash_of(secret), scopes=wanted,
        expires_at=at + timedelta(days=days), created_by=by if getattr(by, "pk", None) else None,
    )  # fmt: skip
    detail = {"scopes": wanted, "for": str(user), "days": days}
    audit.record(act="token.created", actor=by, subject=token, detail=detail)
    return token, secret


def hash_of(secret: str) -> str:
    """A secret of 256 random bits needs no slow hash: nobody guesses it."""
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def revoke_token(*, token: ApiToken, by: Any, at: datetime) -> None:
    """The token is dead from now on."""
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=at):
        audit.record(act="token.revoked", actor=by, subject=token, detail={"of": str(token.user)})


def open_tokens(user: Any) -> Any:
    return ApiToken.objects.filter(user=user, revoked_at=None)


@transaction.atomic
def revoke_tokens_of(user: Any, by: Any) -> int:
    """Every token of a login is dead from now on, each told in the audit; gives how many."""
    tokens = list(open_tokens(user).select_for_update(of=("self",)).select_related("user__person"))
    open_tokens(user).filter(pk__in=[token.pk for token in tokens]).update(revoked_at=Now())
    for token in tokens:
        audit.record(act="token.revoked", actor=by, subject=token, detail={"of": str(token.user)})
    return len(tokens)


LEAVER_END = LeaverEnd(
    *("tokens", 10, _lazy("API tokens"), _lazy("are revoked, for good")),
    count=lambda user: int(open_tokens(user).count()),
    end=revoke_tokens_of,
)


def note_use(*, token: ApiToken, at: datetime) -> None:
    """When it was last used, written at most once a minute."""
    if token.last_used_at is None or token.last_used_at < at - NOTED_EVERY:
        old = Q(last_used_at=None) | Q(last_used_at__lt=at - NOTED_EVERY)
        ApiToken.objects.filter(old, pk=token.pk).update(last_used_at=at)
