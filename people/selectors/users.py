"""Reads of logins and roles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from core.kernel.access import SignedIn
from core.registry import Waiting
from people.models import RoleGrant, User
from people.policies import may_approve_in_place, may_manage_users
from people.selectors.delegations import Standing, standing_of


def find_user(email: str) -> User | None:
    return User.objects.filter(email__iexact=email.strip(), is_active=True).first()


def login_with_roles(user_id: int) -> User | None:
    """A login with its person and its roles of today: what every request asks of it, in one statement."""
    roles = ArraySubquery(RoleGrant.objects.in_force_today().filter(user=OuterRef("pk")).values("role"))
    user = User.objects.select_related("person").annotate(held_roles=roles).filter(pk=user_id).first()
    if user is not None and user.is_active:
        user.roles = frozenset(user.held_roles)
    return user


def standing_on_grant(user: User, grant: RoleGrant, as_of: date) -> Standing | None:
    """Whether and in whose place a person decides a role that waits: an admin, neither who asked nor who gets it.

    In place of an admin who is away, somebody of a role that sees the whole of sales or pay (may_approve_in_place).
    """
    parties = (grant.granted_by_id, grant.user_id)
    return standing_of(user, as_of, may=may_manage_users, parties=parties, delegate_may=may_approve_in_place)


def waiting_grants(user: User, as_of: date) -> list[tuple[RoleGrant, Standing]]:
    """Roles that wait for a second person and may be decided by this one, oldest first."""
    if not (may_manage_users(user) or may_approve_in_place(user)):
        return []
    pending = RoleGrant.objects.filter(is_pending=True).select_related("user__person", "granted_by__person")
    standings = [(grant, standing_on_grant(user, grant, as_of)) for grant in pending.order_by("id")]
    return [(grant, standing) for grant, standing in standings if standing is not None]


def waiting_roles(user: User, as_of: date) -> Sequence[Waiting]:
    """The same as lines of the approvals page."""
    return [
        Waiting(
            title=_("%(role)s for %(user)s") % {"role": grant.get_role_display(), "user": grant.user},
            detail=_("Asked for by %(who)s") % {"who": grant.granted_by or "Salesops"},
            url=grant.get_absolute_url(),
            in_place_of=str(standing.on_behalf_of or ""),
        )
        for grant, standing in waiting_grants(user, as_of)
    ]


def get_grant_for(user: User, grant_id: int, as_of: date) -> RoleGrant:
    """A role grant, for those who keep users and who may decide it in place of one. Raises Http404."""
    grant = RoleGrant.objects.select_related("user__person", "granted_by__person").filter(pk=grant_id).first()
    if grant is None or not (may_manage_users(user) or standing_on_grant(user, grant, as_of)):
        raise Http404("No such grant.")
    return grant


def users_for(user: SignedIn) -> QuerySet[User]:
    users = User.objects.select_related("person").prefetch_related("grants")
    return users if may_manage_users(user) else users.none()


def get_user_for(user: SignedIn, user_id: int) -> User:
    found = users_for(user).filter(pk=user_id).first()
    if found is None:
        raise Http404("No such user.")
    return found
