"""What somebody who leaves holds: records, seats below, shares, absences, roles, sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from core import registry
from core.kernel.access import SignedIn
from people.models import Delegation, HandOver, OpenSession, Person, RecordShare, RoleGrant
from people.selectors.persons import career_of
from people.selectors.shares import bosses_of


@dataclass(frozen=True, slots=True)
class Holding:
    """Records of one kind that are somebody's, to be handed over."""

    part: registry.LeaverPart
    count: int


def holdings_of(person: Person) -> list[Holding]:
    """What rooms count as somebody's, in one query each."""
    return [Holding(part, part.rows(person).count()) for part in registry.leaver_parts]


def usual_taker(person: Person, as_of: date) -> Person | None:
    """Who takes what isn't chosen otherwise: the nearest boss who is still here."""
    return next((boss for boss in bosses_of([person.pk], as_of) if boss.pk != person.pk), None)


def ending_with(person: Person, as_of: date) -> list[tuple[Any, int, Any]]:
    """What ends on the day somebody leaves: (label, how many, what becomes of it)."""
    user = person.user_id or 0
    to_come = Q(valid_to__isnull=True) | Q(valid_to__gt=as_of)
    absences = Delegation.objects.filter(Q(from_user=user) | Q(to_user=user), to_come, stopped_at=None)
    told = [
        (_("Direct reports"), len(career_of(person, as_of).led), _("report to the empty seat until somebody takes it")),
        (_("Roles"), RoleGrant.objects.filter(to_come, user=user).count(), _("end that day")),
        (_("Shares"), RecordShare.objects.filter(to_come, person=person, stopped_at=None).count(), _("end that day")),
        (_("Absences"), absences.count(), _("end that day")),
        (_("Open sessions"), OpenSession.objects.filter(user=user, ended_at=None).count(), _("are signed out")),
        *((part.label, part.count(person.user), part.words) for part in registry.leaver_ends if person.user),
    ]
    return [(label, count, words) for label, count, words in told if count]


def part_rows(user: SignedIn, person: Person, key: str, as_of: date) -> tuple[registry.LeaverPart, QuerySet[Any]]:
    """Records of one kind that the leaver holds and the person who asks may see. Raises Http404 for no such kind."""
    part = registry.leaver_parts.find(key)
    if part is None:
        raise Http404("No such kind.")
    rows, kind = part.rows(person), registry.record_kinds.find(part.record_kind)
    return part, rows.filter(pk__in=kind.visible(user, as_of).values("pk")) if kind else rows


def hand_overs_of(person: Person) -> QuerySet[HandOver]:
    return HandOver.objects.filter(person=person).select_related("made_by__person", "run")


def get_hand_over(person: Person, hand_over_id: int) -> HandOver:
    """Raises Http404."""
    found = hand_overs_of(person).filter(pk=hand_over_id).first()
    if found is None:
        raise Http404("No such hand-over.")
    return found


def find_leaving(person: Person) -> HandOver | None:
    """The leaving of somebody that stands: to come, or carried out and not taken back."""
    return HandOver.objects.filter(person=person, leaves_on__isnull=False, undone_at=None).select_related(
        "made_by", "person__user"
    ).first()  # fmt: skip


def planned_takers(person: Person) -> dict[str, Person]:
    """Who takes what on the last day, by the key of the part, while that day is to come."""
    row = find_leaving(person)
    planned = dict(row.planned) if row else {}
    takers = Person.objects.in_bulk(planned.values())
    return {key: takers[pk] for key, pk in planned.items() if pk in takers}


def leavers_to_close(on: date) -> QuerySet[Person]:
    """People whose last day has come and whose login is still open, or whose leaving waits to be carried out."""
    waiting = HandOver.objects.filter(leaves_on__lte=on, closed_at=None, undone_at=None).values("person")
    due = Q(user__is_active=True) | Q(pk__in=waiting)
    return Person.objects.filter(due, left_on__lte=on).select_related("user").order_by("pk")
