"""Reads of activities: as lines of a timeline, one for somebody, and the list of all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from core import registry
from core.history import Happening, Place, earlier_than
from core.kernel import formats
from core.kernel.access import SignedIn
from core.selectors import find_record_for, get_record_for
from people.models import Person
from people.selectors import people_for
from pipeline.enums import ActivityKind
from pipeline.models import Activity, Opportunity
from pipeline.policies import may_edit, may_log
from pipeline.selectors.reference import activities_for, get_activity_for

__all__ = [
    "ICONS",
    "Lines",
    "activities_listed",
    "find_record_for",
    "get_activity_for",
    "get_record_for",
    "lines_of",
    "may_change",
    "may_log_on",
    "people_to_ask",
]
ICONS = {"call": "phone", "email": "mail", "meeting": "users", "note": "note", "task": "checkbox"}


@dataclass(frozen=True, slots=True)
class Lines:
    """Activities as a source of a timeline."""

    rank: int
    group: str
    rows: QuerySet[Activity]
    this: tuple[str, int]

    def newest(self, before: Place | None, limit: int) -> list[tuple[Place, Happening | None]]:
        rows = self.rows.select_related("owner").annotate(told_at=Coalesce("happened_at", "created_at"))
        rows = earlier_than(_with_names(rows), before, rank=self.rank, at="told_at", pk="pk")
        found = rows.order_by("-told_at", "-pk")[:limit]
        return [(Place(one.told_at, self.rank, one.pk), _told(one, self.this)) for one in found]


def lines_of(user: SignedIn, kind: str, record: Any, as_of: date) -> Lines:
    """What was done on a record; on an account also on its contacts and deals that the person may see."""
    mine = Q(subject_kind=kind, subject_id=record.pk)
    if kind == "account":
        mine |= Q(account=record, subject_kind="") | (Q(account=record) & _of_visible(user, as_of))
    return Lines(10, "activities", Activity.objects.filter(mine, archived_at=None), (kind, record.pk))


def _of_visible(user: SignedIn, as_of: date) -> Q:
    """Activities whose own record the person may see: the account doesn't hand over its deals."""
    seen = Q(pk__in=[])
    for kind in registry.record_kinds:
        rows = kind.visible(user, as_of, with_archived=True).filter(pk=OuterRef("subject_id"))
        seen |= Q(subject_kind=kind.key) & Q(Exists(rows))
    return seen


def _with_names(rows: QuerySet[Activity]) -> QuerySet[Activity]:
    """Activities with the name of the record they are on."""
    records = {kind.key: kind.model.objects.filter(pk=OuterRef("subject_id")) for kind in registry.record_kinds}
    names = [When(subject_kind=key, then=Subquery(found.values("name")[:1])) for key, found in records.items()]
    return rows.annotate(subject_name=Case(*names, default=Value(""), output_field=CharField()))


def _told(activity: Any, this: tuple[str, int]) -> Happening:
    is_task = activity.kind == ActivityKind.TASK
    elsewhere = (activity.subject_kind, activity.subject_id) != this and activity.subject_name
    return Happening(
        activity.told_at,
        "circle-check" if activity.done_at else ICONS[activity.kind],
        title=activity.title,
        who=activity.owner.name if activity.owner else "",
        body=activity.body,
        kind="task" if is_task else "contact",
        done_url=reverse("pipeline:activity_done", args=[activity.pk]) if is_task else "",
        facts=[*_facts(activity), *([str(activity.subject_name)] if elsewhere else [])],
        of=activity,
    )


def _facts(activity: Activity) -> list[str]:
    facts = [str(activity.get_kind_display())] if activity.kind != ActivityKind.TASK else []
    if activity.minutes:
        facts.append(_("%(count)s min") % {"count": activity.minutes})
    if activity.due_on and not activity.done_at:
        facts.append(_("due %(day)s") % {"day": formats.day(activity.due_on)})
    return facts


def activities_listed(user: SignedIn, as_of: date) -> QuerySet[Activity]:
    """The list of activities: those on records the person may see, each with its record's name and the instant that
    counts (`told_at`).
    """
    rows = activities_for(user, as_of).annotate(told_at=Coalesce("happened_at", "created_at"))
    return _with_names(rows)


def may_log_on(user: SignedIn, kind: str, record_id: int, as_of: date) -> bool:
    """Whether a person logs on a record: deals ask for the right to change them, others to see them."""
    if not may_log(user):
        return False
    record = find_record_for(user, kind, record_id, as_of)
    return record is not None and (not isinstance(record, Opportunity) or may_edit(user, record, as_of))


def may_change(user: SignedIn, activity: Activity, as_of: date) -> bool:
    """Whoever may log on its record may change an activity."""
    return may_log_on(user, activity.subject_kind, activity.subject_id or 0, as_of)


def people_to_ask(user: SignedIn, as_of: date) -> QuerySet[Person]:
    """Whom a person may give a task to: people of their line who are still here, and themselves."""
    own = getattr(user, "person_or_none", None)
    here = people_for(user, as_of).filter(Q(left_on=None) | Q(left_on__gt=as_of))
    return here | people_for(user, as_of).filter(pk=own.pk) if own else here
