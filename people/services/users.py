"""Logins and roles."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core import audit
from core.models import in_force_on
from core.notify import notify
from people.enums import PAY_ROLES, Role
from people.models import Person, RoleGrant, User
from people.policies import may_approve_in_place
from people.selectors.delegations import deciders
from people.selectors.users import standing_on_grant
from people.services.sessions import end_sessions


class UserError(ValueError):
    """A change of a login that can't be; the message says why, `field` names the field it belongs to."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


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
    """A second person lets a pay role take effect, from today at the earliest; also in place of an admin who is away.

    Raises UserError for who asked for it, for who gets it, for those who don't decide roles, when nothing waits, and
    when its days are over.
    """
    grant = _waiting(grant)
    standing = standing_on_grant(by, grant, on)
    if standing is None:
        raise UserError(_("A second person has to approve this: neither who asked for it nor who gets it."))
    if grant.valid_to is not None and grant.valid_to <= on:
        raise UserError(_("The days this role was asked for are over. Decline it and ask anew."))
    grant.is_pending, grant.approved_by, grant.valid_from = False, by, max(grant.valid_from, on)
    grant.save(update_fields=["is_pending", "approved_by", "valid_from"])
    _record("role.approved", grant, by=by, in_place_of=standing.on_behalf_of)


@transaction.atomic
def decline_role(*, grant: RoleGrant, by: Any, on: date) -> None:
    """A waiting role goes without having been in force; who asked for it may take it back.

    Raises UserError when it doesn't wait, and for those who don't decide it.
    """
    grant = _waiting(grant)
    standing = standing_on_grant(by, grant, on)
    if standing is None and by.pk != grant.granted_by_id:
        raise UserError(_("A second person decides this: who gets the role doesn't."))
    _record("role.declined", grant, by=by, in_place_of=standing.on_behalf_of if standing else None)
    grant.delete()


def _waiting(grant: RoleGrant) -> RoleGrant:
    """The grant as it stands, locked: of two who decide at once the second is told."""
    found = RoleGrant.objects.select_for_update(of=("self",)).select_related("user").filter(pk=grant.pk).first()
    if found is None or not found.is_pending:
        raise UserError(_("This role doesn't wait for anybody."))
    return found


def _record(act: str, grant: RoleGrant, *, by: Any, in_place_of: User | None = None) -> None:
    until = {"until_before": grant.valid_to.isoformat()} if grant.valid_to else {}
    told = {"role": grant.role, "from": grant.valid_from.isoformat(), "pending": grant.is_pending, **until}
    audit.record(act=act, actor=by, subject=grant.user, detail=told, in_place_of=in_place_of)


@transaction.atomic
def grant_role(
    *, user: User, role: str, valid_from: date, by: Any, on: date, valid_to: date | None = None
) -> RoleGrant:
    """A role from a day until before another (None: open). A pay role waits for a second person unless the system asks.

    Raises UserError for days that are over or don't fit, when the user has the role on some of them, and for somebody
    who asks for a pay role for themselves.
    """
    if valid_to is not None and valid_to <= max(valid_from, on):
        raise UserError(_("The last day lies before the first, or in the past."), "until")
    if valid_from < on and by is not None:
        raise UserError(_("A role begins today or later: what was opened in the past can't be changed."), "since")
    pending = by is not None and role in PAY_ROLES
    if pending and by.pk == user.pk:
        raise UserError(_("Nobody asks for a role that opens pay for themselves: another admin has to."), "role")
    try:
        with transaction.atomic():
            grant = RoleGrant.objects.create(
                user=user, role=role, valid_from=valid_from, valid_to=valid_to, granted_by=by, is_pending=pending
            )
    except IntegrityError as error:
        words = _("%(user)s has this role on some of these days already. End it first, or choose other days.")
        raise UserError(words % {"user": user.email}, "role") from error
    _record("role.granted", grant, by=by)
    if pending:
        _ask(grant, by=by, on=on)
    return grant


def _ask(grant: RoleGrant, *, by: Any, on: date) -> None:
    """Tell everybody who may decide on a role that waits, also those who stand in for an admin."""
    admins = User.objects.filter(in_force_on(on, "grants__"), grants__role=Role.ADMIN, grants__is_pending=False)
    parties = (grant.granted_by_id, grant.user_id)
    asked = deciders(admins.distinct(), on, parties=parties, delegate_may=may_approve_in_place)
    words = {"role": grant.get_role_display(), "user": grant.user}
    notify(
        kind="approval",
        users=[one.user.pk for one in asked],
        title=_("%(role)s for %(user)s waits for a second person") % words,
        url=grant.get_absolute_url(),
        dedupe_key=f"grant:{grant.pk}",
        by=by,
    )


@transaction.atomic
def end_role(*, grant: RoleGrant, valid_to: date, by: Any, on: date) -> None:
    """A role ends: `valid_to` is the first day without it, today at the earliest. One that hasn't begun goes at once.

    Raises UserError for the last admin, for a day in the past, and when it has ended.
    """
    grant = RoleGrant.objects.select_for_update(of=("self",)).select_related("user").get(pk=grant.pk)
    if grant.valid_to is not None and grant.valid_to <= on:
        raise UserError(_("This role has ended already."))
    if valid_to < on:
        raise UserError(_("A role ends today or later."), "until")
    if grant.role == Role.ADMIN:
        keep_an_admin(without=grant.user, on=on)
    if valid_to <= grant.valid_from:
        grant.delete()
    else:
        grant.valid_to = valid_to
        grant.save(update_fields=["valid_to"])
    _record("role.ended", grant, by=by)


@transaction.atomic
def set_active(*, user: User, is_active: bool, by: Any, on: date) -> None:
    """Let a login in, or keep it out at once. Raises UserError for one's own login and the last admin."""
    if not is_active and by is not None and by.pk == user.pk:
        raise UserError(_("Somebody else has to switch off your login."))
    if not is_active:
        keep_an_admin(without=user, on=on)
    user.is_active = is_active
    user.save(update_fields=["is_active"])
    audit.record(act="user.let_in" if is_active else "user.shut_out", actor=by, subject=user)
    if not is_active:
        end_sessions(user=user, by=by)


def keep_an_admin(*, without: User, on: date) -> None:
    """Somebody else is an admin today and for good. Locked, so that of two admins who end each other one stays."""
    admins = RoleGrant.objects.filter(
        role=Role.ADMIN, valid_from__lte=on, valid_to=None, is_pending=False, user__is_active=True
    )
    held = set(admins.select_for_update(of=("self",)).values_list("user_id", flat=True))
    if held == {without.pk}:
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
        keep_an_admin(without=user, on=on)
    held = RoleGrant.objects.filter(Q(valid_to=None) | Q(valid_to__gt=on), user=user)
    for grant in held:
        if grant.role in wanted:
            wanted.discard(grant.role)
        else:
            end_role(grant=grant, valid_to=on, by=by, on=on)
    for role in sorted(wanted):
        grant_role(user=user, role=role, valid_from=on, by=by, on=on)


@transaction.atomic
def change_user(*, user: User, roles: Iterable[str], person: Person | None, by: Any, on: date) -> None:
    """The user's roles from a day on, and whose login it is. Raises UserError (set_roles, link_person)."""
    set_roles(user=user, roles=roles, by=by, on=on)
    link_person(user=user, person=person, by=by)
