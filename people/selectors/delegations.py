"""Who decides what for whom. Rooms with approvals ask `standing_of`, and nothing else, whether somebody may decide."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.http import Http404

from core.models import in_force_on
from people.models import Delegation, User
from people.policies import may_manage_users

May = Callable[[User], bool]


def _anybody(user: User) -> bool:
    return True


def delegations_to(user: User, as_of: date) -> QuerySet[Delegation]:
    """Absences of the day in which a person decides instead; a chain of them doesn't count, so it isn't followed."""
    mine = Delegation.objects.filter(in_force_on(as_of), to_user=user.pk, stopped_at=None, from_user__is_active=True)
    return mine.select_related("from_user__person").order_by("id")


def acts_for(user: User, as_of: date) -> list[User]:
    """Those who are away on a day and have the person decide what waits for them."""
    return [one.from_user for one in delegations_to(user, as_of)]


@dataclass(frozen=True, slots=True)
class Standing:
    """The right to decide one thing: one's own, or that of somebody who is away."""

    user: User
    on_behalf_of: User | None = None


def standing_of(
    user: User, as_of: date, *, may: May, parties: Collection[int | None], delegate_may: May = _anybody
) -> Standing | None:
    """Whether and in whose place a person decides something; None when they may not.

    may(user): who decides it in their own right. parties: ids of the users whom it concerns (who asked, who gains):
    none of them decides, nor has anybody decide it, nor set up the absence through which it would be decided.
    delegate_may(user): what somebody has to be to decide it in another's place.
    """
    if user.pk in parties or not user.is_active:
        return None
    if may(user):
        return Standing(user)
    if not delegate_may(user):
        return None
    for one in delegations_to(user, as_of):
        if not {one.from_user_id, one.made_by_id} & set(parties) and may(one.from_user):
            return Standing(user, one.from_user)
    return None


def deciders(
    users: Iterable[User], as_of: date, *, parties: Collection[int | None], delegate_may: May = _anybody
) -> list[Standing]:
    """Everybody who may decide something that `users` decide in their own right: they, and those in their place."""
    own = [user for user in users if user.is_active and user.pk not in parties]
    found = [Standing(user) for user in own]
    known = {user.pk for user in own}
    away = Delegation.objects.filter(in_force_on(as_of), from_user__in=known, stopped_at=None, to_user__is_active=True)
    for one in away.select_related("from_user__person", "to_user__person").order_by("id"):
        barred = {one.to_user_id, one.made_by_id} & set(parties)
        if one.to_user_id not in known and not barred and delegate_may(one.to_user):
            found.append(Standing(one.to_user, one.from_user))
            known.add(one.to_user_id)
    return found


def delegations_for(user: User) -> QuerySet[Delegation]:
    """Absences a person may see: their own and those in which they decide; all for admins."""
    found = Delegation.objects.select_related("from_user__person", "to_user__person", "made_by__person")
    if may_manage_users(user):
        return found
    return found.filter(from_user=user.pk) | found.filter(to_user=user.pk)


def get_delegation_for(user: User, delegation_id: int) -> Delegation:
    """An absence that the person may end: their own, any for admins. Raises Http404."""
    found = delegations_for(user).filter(pk=delegation_id).first()
    if found is None or not (found.from_user_id == user.pk or may_manage_users(user)):
        raise Http404("No such absence.")
    return found
