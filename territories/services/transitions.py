"""Writes of transitions: what who had an account keeps of its credit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from core import audit
from core.kernel import formats
from territories.models import Transition, TransitionShare
from territories.services.errors import TerritoryError, refuse_day


@transaction.atomic
def keep_share(*, transition: Transition, shares: Sequence[tuple[date, Decimal]], by: Any) -> Transition:
    """Save what is kept after an account moved. shares: (from which day on, percent), the first from the move on.

    Raises TerritoryError for a second transition of one move and for shares that can't be, DayClosed.
    """
    refuse_day(transition.moved_on, field="moved_on")
    _refuse_shares(transition, shares)
    same = Transition.objects.filter(account=transition.account, moved_on=transition.moved_on)
    if (other := same.exclude(pk=transition.pk).select_related("person").first()) is not None:
        words = _("%(person)s keeps a share of that move already: end that first.")
        raise TerritoryError(words % {"person": other.person}, "moved_on")
    is_new = transition.pk is None
    transition.save()
    transition.shares.all().delete()
    rows = [TransitionShare(transition=transition, since=since, percent=percent) for since, percent in shares]
    TransitionShare.objects.bulk_create(rows)
    detail = {"person": transition.person_id, "shares": [[since.isoformat(), str(part)] for since, part in shares]}
    act = "transition.created" if is_new else "transition.changed"
    audit.record(act=act, actor=by, subject=transition.account, detail=detail, reason=transition.reason)
    return transition


def _refuse_shares(transition: Transition, shares: Sequence[tuple[date, Decimal]]) -> None:
    if not shares or shares[0][0] != transition.moved_on:
        raise TerritoryError(_("Say how much is kept from the day of the move on."), "percent")
    if any(not 0 <= part <= 100 for _since, part in shares):
        raise TerritoryError(_("A share is between 0 and 100 percent."), "percent")
    days = [since for since, _part in shares]
    if days != sorted(set(days)):
        words = _("Choose a day after %(day)s.")
        raise TerritoryError(words % {"day": formats.day(transition.moved_on)}, "until")


@transaction.atomic
def end_transition(*, transition: Transition, on: date, by: Any) -> None:
    """From a day on nothing is kept any more; where that is the day of the move or earlier, nothing ever was.

    Raises DayClosed; TerritoryError where something that was decided with it still stands.
    """
    refuse_day(on, field="on")
    locked = Transition.objects.select_for_update(of=("self",)).select_related("account").get(pk=transition.pk)
    if on <= locked.moved_on:
        refuse_day(locked.moved_on, field="on")
        _delete(locked)
    else:
        locked.shares.filter(since__gte=on).delete()
        TransitionShare.objects.create(transition=locked, since=on, percent=0)
    detail = {"person": locked.person_id, "on": on.isoformat()}
    audit.record(act="transition.ended", actor=by, subject=locked.account, detail=detail)


def _delete(transition: Transition) -> None:
    try:
        transition.delete()
    except ProtectedError as error:
        names = sorted({str(one._meta.verbose_name) for one in error.protected_objects})
        words = _("First undo what was decided with this move: %(what)s.")
        raise TerritoryError(words % {"what": ", ".join(names)}, "on") from error
