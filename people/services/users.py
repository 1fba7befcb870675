"""Logins and roles."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core import audit
from people.enums import PAY_ROLES, Role
from people.models import Person, RoleGrant, User


class UserError(ValueError):
    """A change of a login that can't be; the message says why."""


@transaction.atomic
def create_user(
    *, email: str, password: str | None, roles: Iterable[str], by: Any, on: date, person: Person | None = None
) -> User:
    """A login with roles from a day. Raises UserError when the e-mail has one already."""
    if User.objects.filter(email__iexact=email).exists():
        raise UserError(_("%(email)s has a login already.") % {"email": email})
    user = User.objects.create_user(email=email, password=password)
    if person is not None:
        person.user = user
        person.email = person.email or user.email
        person.save(update_fields=["user", "email"])
    set_roles(user=user, roles=roles, by=by, on=on)
    audit.record(act="user.created", actor=by, subject=user)
    return user


@transaction.atomic
def approve_role(*, grant: RoleGrant, by: Any, on: date) -> None:
    """A second person lets a pay role take effect, from today at the earliest.

    Raises UserError for who asked for it, for who gets it, and when nothing waits.
    """
    grant = RoleGrant.objects.select_for_update(of=("self",)).select_related("user").get(pk=grant.pk)
    if not grant.is_pending:
        raise UserError(_("This role doesn't wait for anybody."))
    if by.pk in (grant.granted_by_id, grant.user_id):
        raise UserError(_("A second person has to approve this: neither who asked for it nor who gets it."))
    grant.is_pending, grant.approved_by, grant.valid_from = False, by, max(grant.valid_from, on)
    grant.save(update_fields=["is_pending", "approved_by", "valid_from"])
    audit.record(act="role.approved", actor=by, subject=grant.user, detail={"role": grant.role})


@transaction.atomic
def decline_role(*, grant: RoleGrant, by: Any) -> None:
    """A waiting role goes without having been in force. Raises UserError when it doesn't wait."""
    if not RoleGrant.objects.filter(pk=grant.pk, is_pending=True).delete()[0]:
        raise UserError(_("This role doesn't wait for anybody."))
    audit.record(act="role.declined", actor=by, subject=grant.user, detail={"role": grant.role})


@transaction.atomic
def set_active(*, user: User, is_active: bool, by: Any) -> None:
    """Let a login in, or keep it out at once. Raises UserError for one's own login and the last admin."""
    if not is_active and by is not None and by.pk == user.pk:
        raise UserError(_("Somebody else has to switch off your login."))
    if not is_active:
        _keep_an_admin(without=user)
    user.is_active = is_active
    user.save(update_fields=["is_active"])
    audit.record(act="user.let_in" if is_active else "user.shut_out", actor=by, subject=user)


def _keep_an_admin(*, without: User) -> None:
    admins = RoleGrant.objects.filter(role=Role.ADMIN, valid_to=None, is_pending=False, user__is_active=True)
    if admins.filter(user=without).exists() and not admins.exclude(user=without).exists():
        raise UserError(_("%(user)s is the last admin. Make another one first.") % {"user": without.email})


@transaction.atomic
def link_person(*, user: User, person: Person | None, by: Any) -> None:
    """The login is this person's, or nobody's. Raises UserError when the person has another login."""
    if person is not None and person.user_id not in (None, user.pk):
        raise UserError(_("%(name)s has another login.") % {"name": person.name})
    Person.objects.filter(user=user).exclude(pk=person.pk if person else 0).update(user=None)
    if person is not None and person.user_id != user.pk:
        Person.objects.filter(pk=person.pk).update(user=user)
    audit.record(act="user.linked", actor=by, subject=user, detail={"person": person.pk if person else None})


@transaction.atomic
def set_roles(*, user: User, roles: Iterable[str], by: Any, on: date) -> None:
    """The user's roles from a day on. A pay role waits for a second person, unless the system sets it up.

    Raises UserError when nobody would be left to keep users.
    """
    wanted = set(roles)
    if Role.ADMIN not in wanted:
        _keep_an_admin(without=user)
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


@transaction.atomic
def change_user(*, user: User, roles: Iterable[str], person: Person | None, by: Any, on: date) -> None:
    """The user's roles from a day on, and whose login it is. Raises UserError (set_roles, link_person)."""
    set_roles(user=user, roles=roles, by=by, on=on)
    link_person(user=user, person=person, by=by)
