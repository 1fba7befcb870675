"""Reads about signing in: the rules, open sessions, invitations, who is locked out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from allauth.mfa.models import Authenticator
from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, Now
from django.http import Http404
from django.utils.translation import gettext as _

from core.kernel.access import SignedIn
from people.kernel.devices import device_words, is_phone
from people.models import AccessRules, Invitation, OpenSession, User
from people.policies import may_manage_users

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def access_rules() -> AccessRules:
    """The company's rules for signing in; the standard ones while nobody changed them."""
    return AccessRules.objects.filter(pk=1).first() or AccessRules(pk=1)


def has_second_factor(user: User) -> bool:
    return Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS).exists()


def lacks_second_factor(user: User) -> bool:
    """Whether one of the user's roles needs a second factor and they have none yet."""
    asked = access_rules().second_factor_roles
    return bool(asked) and user.has_role(*asked) and not has_second_factor(user)


@dataclass(frozen=True, slots=True)
class Place:
    """A browser somebody is signed in with, in words."""

    session: OpenSession
    device: str
    is_phone: bool
    is_this: bool


def places_of(user: User, *, this_key: str | None = None) -> list[Place]:
    """Where a user is signed in, the latest first; this_key: the browser that asks."""
    found = OpenSession.objects.filter(user=user, ended_at=None).order_by("-last_seen_at", "-id")[:100]
    return [
        Place(one, device_words(one.user_agent) or _("Unknown device"), is_phone(one.user_agent),
              is_this=one.session_key == this_key)
        for one in found
    ]  # fmt: skip


def get_session_for(user: User, session_id: int) -> OpenSession:
    """An open session the person may end: their own, anybody's for admins. Raises Http404."""
    rows = OpenSession.objects.select_related("user__person").filter(pk=session_id, ended_at=None)
    found = (rows if may_manage_users(user) else rows.filter(user=user.pk)).first()
    if found is None:
        raise Http404("No such session.")
    return found


def hash_of(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def find_invitation(token: str, at: datetime) -> Invitation | None:
    """The invitation whose link this is, while it can be taken."""
    open_ones = Invitation.objects.select_related("user").filter(accepted_at=None, revoked_at=None, expires_at__gt=at)
    return open_ones.filter(token_hash=hash_of(token), user__is_active=True).first()


def invitations_for(user: SignedIn) -> QuerySet[Invitation]:
    """Everybody invited, for those who keep users; `is_over`: the link's time is over."""
    rows = Invitation.objects.select_related("user__person", "invited_by__person").annotate(
        is_over=Coalesce(ExpressionWrapper(Q(expires_at__lte=Now()), BooleanField()), False)
    )
    return rows if may_manage_users(user) else rows.none()


def get_invitation_for(user: SignedIn, invitation_id: int) -> Invitation:
    """Raises Http404."""
    found = invitations_for(user).filter(pk=invitation_id).first()
    if found is None:
        raise Http404("No such invitation.")
    return found


def is_locked_out(email: str, *, address: str, at: datetime) -> bool:
    """Whether the door is shut for an e-mail and an address: too many wrong passwords from there, not long ago."""
    tried = AccessAttempt.objects.filter(username=email.lower(), ip_address=address or None)
    cool_off = get_cool_off()
    recent = tried.filter(attempt_time__gte=at - cool_off) if cool_off else tried
    failures = recent.aggregate(failures=Sum("failures_since_start"))["failures"] or 0
    return int(failures) >= settings.AXES_FAILURE_LIMIT


def locked_until(email: str) -> datetime | None:
    """Until when somebody who types this e-mail is kept from trying; None when not. The latest of all addresses."""
    attempts = AccessAttempt.objects.filter(
        username__iexact=email, failures_since_start__gte=settings.AXES_FAILURE_LIMIT
    ).order_by("-attempt_time")
    latest = attempts.values_list("attempt_time", flat=True).first()
    return latest + timedelta(hours=settings.AXES_COOLOFF_TIME) if latest else None
