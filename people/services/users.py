"""Logins and roles."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q

from core import audit
from people.enums import PAY_ROLES
from people.models import Person, RoleGrant, User


class UserError(ValueError):
    """A change of a login that can't be; the message says why."""


@transaction.atomic
def create_user(
    *, email: str, password: str | None, roles: Iterable[str], by: Any, on: date, person: Person | None = None
) -> User:
    """A login with roles from a day. Raises UserError when the e-mail has one already."""
    if User.objects.filter(email__iexact=email).exists():
        raise UserError(f"{email} has a login already.")
    user = User.objects.create_user(email=email, password=password)
    if person is not None:
        person.user = user
        person.email = person.email or user.email
        person.save(update_fields=["user", "email"])
    set_roles(user=user, roles=roles, by=by, on=on)
    audit.record(act="user.created", actor=by, subject=user)
    return user


@transaction.atomic
def set_roles(*, user: User, roles: Iterable[str], by: Any, on: date) -> None:
    """The user's roles from a day on. A pay role waits for a second person, unless the system sets it up."""
    wanted = set(roles)
    held = RoleGrant.objects.filter(Q(valid_to=None) | Q(valid_to__gt=on), user=user)
    for grant in held:
        if grant.role in wanted:
            wanted.discard(grant.role)
        elif grant.valid_from >= on:
            grant.delete()
        else:
            grant.valid_to = on
            grant.save(update_fields=["valid_to"])
    for role in sorted(wanted):
        pending = by is not None and role in PAY_ROLES
        RoleGrant.objects.create(user=user, role=role, valid_from=on, granted_by=by, is_pending=pending)
        audit.record(act="role.granted", actor=by, subject=user, detail={"role": role, "pending": pending})
