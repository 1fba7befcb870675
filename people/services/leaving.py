"""Somebody leaves: what is theirs is handed over in one act, and their access ends on the day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from core import audit, registry
from core.runs import Progress, open_run, recording
from people.models import Delegation, HandOver, Person, RecordShare, RoleGrant
from people.selectors.leavers import leavers_to_close
from people.services.persons import leave
from people.services.users import UserError, keep_an_admin, set_active


class LeaveError(ValueError):
    """A hand-over that can't be; the message says why, `field` names the field it belongs to."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class Choice(NamedTuple):
    """Who takes records of a kind: all that are there, or those with the ids."""

    part: str
    to: Person
    ids: Sequence[int] | None = None


def let_go(*, person: Person, on: date, choices: Sequence[Choice], by: Any, today: date) -> HandOver | None:
    """Somebody is no longer here from a day: seat empty, access ending on it, and records handed over as chosen.

    Gives the hand-over, None when nothing was chosen. Raises LeaveError for a taker who isn't here, UserError for the
    last admin. All or nothing.
    """
    with transaction.atomic():
        if person.user is not None:
            keep_an_admin(without=person.user, on=today)
        leave(person=person, on=on, by=by)
        end_access(person=person, on=on, today=today, by=by)
        made = hand_over(person=person, choices=choices, by=by, on=today) if choices else None
    return made


def hand_over(*, person: Person, choices: Sequence[Choice], by: Any, on: date) -> HandOver:
    """Give what is somebody's to others, by the rules of each room, in one act that can be taken back.

    Raises LeaveError for a taker who isn't here or is the leaver.
    """
    for choice in choices:
        _check(choice, person, on)
    run = open_run(kind="people.hand_over", label=_("Hand-over of %(name)s") % {"name": person.name}, by=by)
    with recording(run) as progress, transaction.atomic():
        moves = [_move(choice, person, by, on, progress) for choice in choices]
        made = HandOver.objects.create(person=person, run=run, made_by=by, moves=[move for move in moves if move[2]])
        progress.result(_("%(count)s records handed over.") % {"count": made.count})
        audit.record(act="person.handed_over", actor=by, subject=person, detail=dict(progress.counts))
    return made


def _check(choice: Choice, person: Person, on: date) -> None:
    gone = choice.to.left_on is not None and choice.to.left_on <= on
    if gone or choice.to.pk == person.pk:
        raise LeaveError(
            _("%(name)s can't take it: choose somebody who stays.") % {"name": choice.to.name}, choice.part
        )


def _move(choice: Choice, person: Person, by: Any, on: date, progress: Progress) -> list[Any]:
    part = registry.leaver_parts[choice.part]
    rows = part.rows(person) if choice.ids is None else part.rows(person).filter(pk__in=choice.ids)
    ids = sorted(rows.values_list("pk", flat=True))
    part.give(ids, choice.to, by, on)
    progress.count(part.key, len(ids))
    progress.advance(len(ids), note=str(part.label))
    return [part.key, choice.to.pk, ids]


@transaction.atomic
def undo_hand_over(*, hand_over: HandOver, by: Any, on: date) -> HandOver:
    """Give back what still is with who took it. Rows that went on since are kept, and listed in `kept`.

    Raises LeaveError when it was taken back already.
    """
    row = HandOver.objects.select_for_update(of=("self",)).select_related("person").get(pk=hand_over.pk)
    if row.undone_at is not None:
        raise LeaveError(_("This hand-over was taken back already."))
    kept = []
    for key, taker, ids in row.moves:
        part = registry.leaver_parts[key]
        model = part.rows(row.person).model
        still = set(model.objects.filter(pk__in=ids, **{part.owner: taker}).values_list("pk", flat=True))
        part.give(sorted(still), row.person, by, on)
        gone = model.objects.filter(pk__in=set(ids) - still)
        kept += [[key, one.pk, str(one)] for one in gone[:200]]
    HandOver.objects.filter(pk=row.pk).update(undone_at=Now(), kept=kept)
    audit.record(act="person.hand_over_undone", actor=by, subject=row.person, detail={"kept": len(kept)})
    row.refresh_from_db()
    return row


@transaction.atomic
def end_access(*, person: Person, on: date, today: date, by: Any) -> None:
    """Roles, shares and absences end on the day somebody leaves; from that day on they can't sign in."""
    user = person.user
    begun, later = Q(valid_from__lt=on), Q(valid_to__isnull=True) | Q(valid_to__gt=on)
    mine = Q(from_user=user) | Q(to_user=user)
    shares = RecordShare.objects.filter(later, person=person, stopped_at=None)
    shares.filter(begun).update(valid_to=on, updated_at=Now())
    shares.exclude(begun).update(stopped_at=Now(), updated_at=Now())
    if user is None:
        return
    grants = RoleGrant.objects.filter(later, user=user)
    grants.exclude(begun).delete()
    grants.filter(begun).update(valid_to=on)
    absences = Delegation.objects.filter(mine, later, stopped_at=None)
    absences.filter(begun).update(valid_to=on, updated_at=Now())
    absences.exclude(begun).update(stopped_at=Now(), updated_at=Now())
    if on <= today and user.is_active:
        set_active(user=user, is_active=False, by=by, on=today)


def close_leavers(*, on: date) -> int:
    """Shut the logins of people whose last day has come; gives how many. The last admin stays till there is another."""
    closed = 0
    for person in leavers_to_close(on):
        try:
            end_access(person=person, on=person.left_on or on, today=on, by=None)
            closed += 1
        except UserError:
            continue
    return closed
