"""Somebody leaves: what is theirs is handed over, their access ends on the day, and all of it can be taken back."""

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
from people.selectors.leavers import find_leaving, leavers_to_close, usual_taker
from people.services.persons import leave
from people.services.pictures import changes_between, picture_of, put_back
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


@transaction.atomic
def let_go(*, person: Person, on: date, choices: Sequence[Choice], by: Any, today: date) -> HandOver:
    """Somebody is no longer here from a day: seat empty, access ended, records handed over as chosen, on that day.

    A day to come is carried out by `close_leavers`; another day replaces one said before. Raises LeaveError for a
    taker who isn't here, UserError for the last admin. All or nothing.
    """
    person = Person.objects.select_for_update(of=("self",)).select_related("user").get(pk=person.pk)
    if person.user is not None:
        keep_an_admin(without=person.user, on=today)
    for choice in choices:
        _check(choice, person, max(on, today))
    _drop_earlier(person, by=by, on=today)
    was_left, before = person.left_on, picture_of(person)
    leave(person=person, on=on, by=by)
    end_dated(person=person, on=on)
    ended = {
        "left_on": was_left.isoformat() if was_left else None,
        "changes": changes_between(before, picture_of(person)),
    }
    planned = [[choice.part, choice.to.pk] for choice in choices]
    made = HandOver.objects.create(person=person, made_by=by, leaves_on=on, planned=planned, ended=ended)
    if on <= today:
        _carry_out(made, by=by, on=today)
    return made


def _drop_earlier(person: Person, *, by: Any, on: date) -> None:
    """What another last day had ended is put back first; what was handed over then stays a hand-over of its own."""
    earlier = find_leaving(person)
    if earlier is None:
        return
    _give_access_back(earlier, person, by=by, on=on)
    if earlier.moves:
        earlier.leaves_on, earlier.planned, earlier.ended = None, [], {}
        earlier.save(update_fields=["leaves_on", "planned", "ended"])
    else:
        earlier.delete()


def hand_over(*, person: Person, choices: Sequence[Choice], by: Any, on: date) -> HandOver:
    """Give what is somebody's to others, by the rules of each room, in one act that can be taken back.

    Raises LeaveError for a taker who isn't here or is the leaver.
    """
    return _give(HandOver(person=person, made_by=by), choices, by=by, on=on)


def _give(row: HandOver, choices: Sequence[Choice], *, by: Any, on: date) -> HandOver:
    for choice in choices:
        _check(choice, row.person, on)
    run = open_run(kind="people.hand_over", label=_("Hand-over of %(name)s") % {"name": row.person.name}, by=by)
    with recording(run) as progress, transaction.atomic():
        moves = [_move(choice, row.person, by, on, progress) for choice in choices]
        row.run, row.moves = run, [move for move in moves if move[2]]
        row.save()
        progress.result(_("%(count)s records handed over.") % {"count": row.count})
        audit.record(act="person.handed_over", actor=by, subject=row.person, detail=dict(progress.counts))
    return row


def _check(choice: Choice, person: Person, on: date) -> None:
    if is_gone(choice.to, on) or choice.to.pk == person.pk:
        raise LeaveError(
            _("%(name)s can't take it: choose somebody who stays.") % {"name": choice.to.name}, choice.part
        )


def is_gone(person: Person, on: date) -> bool:
    return person.left_on is not None and person.left_on <= on


def _move(choice: Choice, person: Person, by: Any, on: date, progress: Progress) -> list[Any]:
    part = registry.leaver_parts[choice.part]
    rows = part.rows(person) if choice.ids is None else part.rows(person).filter(pk__in=choice.ids)
    ids = sorted(rows.values_list("pk", flat=True))
    part.give(ids, choice.to, by, on)
    progress.count(part.key, len(ids))
    progress.advance(len(ids), note=str(part.label))
    return [part.key, choice.to.pk, ids]


def _carry_out(row: HandOver, *, by: Any, on: date) -> None:
    """The day has come: records go where it was planned, the login is shut and what else is open ends."""
    choices = _choices_now(row, on)
    if choices:
        _give(row, choices, by=by, on=on)
    row.ended = {**row.ended, "was_open": end_login(person=row.person, by=by, on=on)}
    row.planned = []
    HandOver.objects.filter(pk=row.pk).update(ended=row.ended, planned=[], closed_at=Now())


def _choices_now(row: HandOver, on: date) -> list[Choice]:
    """Who takes what on the day itself: in place of somebody who has left since, the nearest boss who is here."""
    takers = Person.objects.in_bulk([pk for _part, pk in row.planned])
    found = [(part, takers.get(pk)) for part, pk in row.planned]
    boss = usual_taker(row.person, on) if any(to is None or is_gone(to, on) for _part, to in found) else None
    chosen = [(part, to if to is not None and not is_gone(to, on) else boss) for part, to in found]
    return [Choice(part, to) for part, to in chosen if to is not None]


@transaction.atomic
def undo_hand_over(*, hand_over: HandOver, by: Any, on: date) -> HandOver:
    """Take a hand-over or a leaving back: seat, roles, shares, absences, sign-in and records are as they were before.

    What was changed since is kept, and listed in `kept` as [kind, id, name]. Ended sessions and revoked tokens stay so.
    Raises LeaveError when it was taken back already, and for one's own leaving.
    """
    row = HandOver.objects.select_for_update(of=("self",)).select_related("person__user").get(pk=hand_over.pk)
    if row.undone_at is not None:
        raise LeaveError(_("This hand-over was taken back already."))
    if row.leaves_on and by is not None and by.pk == row.person.user_id:
        raise LeaveError(_("Somebody else has to take back that you leave."))
    kept = _give_access_back(row, row.person, by=by, on=on) if row.leaves_on else []
    for key, taker, ids in row.moves:
        kept += _give_back(registry.leaver_parts[key], row.person, taker, ids, by=by, on=on)
    HandOver.objects.filter(pk=row.pk).update(undone_at=Now(), kept=kept, planned=[])
    act = "person.leaving_undone" if row.leaves_on else "person.hand_over_undone"
    audit.record(act=act, actor=by, subject=row.person, detail={"kept": len(kept)})
    row.refresh_from_db()
    return row


def _give_back(
    part: registry.LeaverPart, person: Person, taker: int, ids: Sequence[int], *, by: Any, on: date
) -> list[list[Any]]:
    """Records that are still open and with who took them go back; gives the others. A deal won since stays won."""
    theirs = part.rows(Person(pk=taker)).filter(pk__in=ids)
    still = set(theirs.values_list("pk", flat=True))
    part.give(sorted(still), person, by, on)
    gone = theirs.model.objects.filter(pk__in=set(ids) - still)
    return [[part.key, one.pk, str(one)] for one in gone[:200]]


def _give_access_back(row: HandOver, person: Person, *, by: Any, on: date) -> list[list[Any]]:
    kept = put_back(person, row.ended.get("changes", []))
    was_left = row.ended.get("left_on")
    if person.left_on == row.leaves_on:
        person.left_on = date.fromisoformat(was_left) if was_left else None
        person.save(update_fields=["left_on"])
    else:
        kept.append(["left_on", person.pk, str(person.left_on or "")])
    if row.ended.get("was_open") and person.user is not None and not person.user.is_active:
        set_active(user=person.user, is_active=True, by=by, on=on)
    return kept


@transaction.atomic
def end_dated(*, person: Person, on: date) -> None:
    """Roles, shares and absences end on the day somebody leaves; those that would begin later never do."""
    begun, later = Q(valid_from__lt=on), Q(valid_to__isnull=True) | Q(valid_to__gt=on)
    shares = RecordShare.objects.filter(later, person=person, stopped_at=None)
    shares.filter(begun).update(valid_to=on, updated_at=Now())
    shares.exclude(begun).update(stopped_at=Now(), updated_at=Now())
    if person.user_id is None:
        return
    grants = RoleGrant.objects.filter(later, user=person.user_id)
    grants.exclude(begun).delete()
    grants.filter(begun).update(valid_to=on, updated_at=Now())
    mine = Q(from_user=person.user_id) | Q(to_user=person.user_id)
    absences = Delegation.objects.filter(mine, later, stopped_at=None)
    absences.filter(begun).update(valid_to=on, updated_at=Now())
    absences.exclude(begun).update(stopped_at=Now(), updated_at=Now())


def end_login(*, person: Person, by: Any, on: date) -> bool:
    """Nobody signs in any more, sessions are over, and what rooms opened for the login (tokens) ends for good.

    Gives whether the login was open. Raises UserError for the last admin.
    """
    user = person.user
    if user is None:
        return False
    for part in registry.leaver_ends:
        part.end(user, by)
    was_open = user.is_active
    if was_open:
        set_active(user=user, is_active=False, by=by, on=on)
    return was_open


def close_leavers(*, on: date) -> int:
    """Carry out what is due for people whose last day has come; gives for how many.

    The last admin stays till there is another. One that fails doesn't keep the others from being done: raises an
    ExceptionGroup at the end.
    """
    closed, failed = 0, []
    for person in leavers_to_close(on):
        try:
            _close(person, on)
            closed += 1
        except UserError:
            continue
        except Exception as error:  # noqa: BLE001 -- the others leave all the same; told at the end
            failed.append(error)
    if failed:
        raise ExceptionGroup("Some people who have left couldn't be closed.", failed)
    return closed


@transaction.atomic
def _close(person: Person, on: date) -> None:
    row = find_leaving(person)
    if row is not None and row.closed_at is None:
        _carry_out(row, by=row.made_by, on=on)
    else:
        end_dated(person=person, on=person.left_on or on)
        end_login(person=person, by=None, on=on)
