"""Reads of logins and roles."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404

from core.kernel.access import SignedIn
from people.models import RoleGrant, User
from people.policies import may_manage_users


def find_user(email: str) -> User | None:
    return User.objects.filter(email__iexact=email.strip(), is_active=True).first()


def get_grant_for(user: SignedIn, grant_id: int) -> RoleGrant:
    """A role grant, for those who keep users. Raises Http404."""
    grants = RoleGrant.objects.select_related("user")
    grant = grants.filter(pk=grant_id).first() if may_manage_users(user) else None
    if grant is None:
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
