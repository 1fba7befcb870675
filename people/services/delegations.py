"""Approvals handed over for an absence: who decides instead, from when until when."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from core import audit
from people.models import Delegation, User
from people.policies import may_manage_users


class DelegationError(ValueError):
    """An absence that can't be; the message says why, `field` names the field it belongs to."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def delegate(
    *, from_user: User, to_user: User, valid_from: date, valid_to: date, by: User, on: date, reason: str = ""
) -> Delegation:
    """From a day until before another, `to_user` decides what waits for `from_user`. It opens no rows.

    Set up by oneself or by an admin; on: the company's day. Raises DelegationError for oneself as one's delegate,
    somebody who may not sign in, days that don't fit, and a second delegate for the same days.
    """
    if by.pk != from_user.pk and not may_manage_users(by):
        raise DelegationError(_("Only an admin sets up the absence of somebody else."))
    if from_user.pk == to_user.pk:
        raise DelegationError(_("Choose somebody else: nobody stands in for themselves."), "to_user")
    if not to_user.is_active:
        raise DelegationError(_("%(name)s may not sign in.") % {"name": to_user}, "to_user")
    if valid_to <= max(valid_from, on):
        raise DelegationError(_("The last day lies before the first, or in the past."), "until")
    made = _make(from_user, to_user, valid_from, valid_to, by, reason)
    span = {"from": valid_from.isoformat(), "until_before": valid_to.isoformat()}
    told = {"with": str(to_user), **_person_of(to_user), **span}
    audit.record(act="delegation.made", actor=by, subject=from_user, reason=reason, detail=told)
    return made


def _person_of(user: User) -> dict[str, int]:
    person = user.person_or_none
    return {"person": person.pk} if person else {}


def _make(from_user: User, to_user: User, valid_from: date, valid_to: date, by: User, reason: str) -> Delegation:
    try:
        with transaction.atomic():
            return Delegation.objects.create(
                from_user=from_user, to_user=to_user, valid_from=valid_from, valid_to=valid_to, made_by=by,
                reason=reason,
            )  # fmt: skip
    except IntegrityError as error:
        words = _("Somebody stands in on some of these days already. End that absence first, or choose other days.")
        raise DelegationError(words, "since") from error


@transaction.atomic
def stop_delegation(*, delegation: Delegation, by: User) -> None:
    """The delegate decides no longer, at once. Raises DelegationError when it was ended already."""
    if not Delegation.objects.filter(pk=delegation.pk, stopped_at=None).update(stopped_at=Now(), updated_at=Now()):
        raise DelegationError(_("This absence was ended already."))
    told = {"with": str(delegation.to_user), **_person_of(delegation.to_user)}
    audit.record(act="delegation.stopped", actor=by, subject=delegation.from_user, detail=told)


@transaction.atomic
def resume_delegation(*, delegation: Delegation, by: User, on: date) -> None:
    """Take back the ending of an absence. Raises DelegationError when its days are over or taken."""
    if delegation.valid_to is None or delegation.valid_to <= on:
        raise DelegationError(_("The days of this absence are over."))
    try:
        with transaction.atomic():
            stopped = Delegation.objects.filter(pk=delegation.pk).exclude(stopped_at=None)
            if not stopped.update(stopped_at=None, updated_at=Now()):
                raise DelegationError(_("This absence wasn't ended."))
    except IntegrityError as error:
        raise DelegationError(_("Somebody else stands in on some of these days by now.")) from error
    told = {"with": str(delegation.to_user), **_person_of(delegation.to_user)}
    audit.record(act="delegation.resumed", actor=by, subject=delegation.from_user, detail=told)
