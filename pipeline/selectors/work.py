"""What waits for people at work: tasks, next steps, close dates that have passed; and how people's work stands.

Deals are those a person owns and still sees; a task shows its record's name only while its owner may see that record.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Sum
from django.http import Http404
from django.utils.translation import gettext as _

from core import registry
from core.kernel.access import SignedIn
from people.models import Person
from pipeline.enums import ActivityKind, Status
from pipeline.kernel.hygiene import group_score
from pipeline.models import Activity, Finding, HygieneScore, Opportunity
from pipeline.selectors.deals import deals_for
from pipeline.selectors.hygiene import failing_deals_for, problems_of, reasons_of


@dataclass(frozen=True, slots=True)
class Task:
    """An own task with the record it is about; name and url are "" where the record is out of sight."""

    row: Activity
    name: str = ""
    url: str = ""


def own_tasks(person: Person, *, until: date) -> QuerySet[Activity]:
    """Open tasks due on or before a day, longest due first, and those without a day after them."""
    mine = Activity.objects.filter(owner=person, kind=ActivityKind.TASK, done_at=None, archived_at=None)
    return mine.filter(Q(due_on=None) | Q(due_on__lte=until)).order_by("due_on", "pk")


def done_since(person: Person, *, at: datetime, limit: int) -> list[Activity]:
    """Own tasks ticked off since an instant, the last one first."""
    done = Activity.objects.filter(owner=person, kind=ActivityKind.TASK, done_at__gte=at, archived_at=None)
    return list(done.order_by("-done_at", "-pk")[:limit])


def named_tasks(user: SignedIn, tasks: Sequence[Activity], as_of: date) -> list[Task]:
    """Tasks with the names of their records: one query for each kind of record among them."""
    asked: dict[str, set[int]] = {}
    for task in tasks:
        if task.subject_kind and task.subject_id:
            asked.setdefault(task.subject_kind, set()).add(task.subject_id)
    seen: dict[tuple[str, int | None], Any] = {}
    for key, ids in asked.items():
        if kind := registry.record_kinds.find(key):
            seen.update({(key, row.pk): row for row in kind.visible(user, as_of).filter(pk__in=ids)})
    return [_named(task, seen.get((task.subject_kind, task.subject_id))) for task in tasks]


def _named(task: Activity, record: Any) -> Task:
    return Task(task) if record is None else Task(task, str(record), record.get_absolute_url())


def get_own_task_for(user: SignedIn, task_id: int) -> Activity:
    """A task of one's own. Raises Http404 for another's."""
    person = getattr(user, "person_or_none", None)
    tasks = Activity.objects.filter(kind=ActivityKind.TASK, archived_at=None)
    mine = tasks.filter(pk=task_id, owner=person) if person else None
    task = mine.first() if mine is not None else None
    if task is None:
        raise Http404(_("No such task."))
    return task


def own_open_deals(user: SignedIn, person: Person, as_of: date) -> QuerySet[Opportunity]:
    return deals_for(user, as_of).filter(owner=person, status=Status.OPEN)


def get_own_deal_for(user: SignedIn, deal_id: int, as_of: date) -> Opportunity:
    """An open deal of one's own. Raises Http404 for another's."""
    person = getattr(user, "person_or_none", None)
    deal = own_open_deals(user, person, as_of).filter(pk=deal_id).first() if person else None
    if deal is None:
        raise Http404(_("No such deal."))
    return deal


def steps_due(user: SignedIn, person: Person, as_of: date) -> QuerySet[Opportunity]:
    """Own open deals whose next step is due or overdue and whose close date hasn't passed, longest due first."""
    due = own_open_deals(user, person, as_of).exclude(expected_close_on__lt=as_of)
    return due.filter(next_step_due_on__lte=as_of).order_by("next_step_due_on", "pk")


def close_dates_past(user: SignedIn, person: Person, as_of: date) -> QuerySet[Opportunity]:
    """Own open deals that should have closed before a day, longest past first."""
    return own_open_deals(user, person, as_of).filter(expected_close_on__lt=as_of).order_by("expected_close_on", "pk")


def closing_next(user: SignedIn, person: Person, as_of: date, *, limit: int) -> list[Opportunity]:
    """Own open deals that close soonest from a day on."""
    ahead = own_open_deals(user, person, as_of).filter(expected_close_on__gte=as_of)
    return list(ahead.order_by("expected_close_on", "-amount", "pk")[:limit])


def needing_attention(user: SignedIn, person: Person, as_of: date) -> QuerySet[Any]:
    """Own open deals that fail a check, heaviest first, with their problems."""
    mine = failing_deals_for(user, as_of).filter(owner=person)
    return mine.order_by("-hygiene__risk", "-hygiene__id")


def overdue_tasks(owner_ids: Collection[int], as_of: date) -> dict[int, int]:
    """Person id -> number of open tasks that were due before a day."""
    late = Activity.objects.filter(owner__in=owner_ids, kind=ActivityKind.TASK, done_at=None, archived_at=None)
    late = late.filter(due_on__lt=as_of)
    return dict(late.order_by().values_list("owner").annotate(n=Count("pk")).values_list("owner", "n"))


def last_activity(owner_ids: Collection[int]) -> dict[int, datetime]:
    """Person id -> when they last did something that was logged."""
    done = Activity.objects.filter(owner__in=owner_ids, happened_at__isnull=False, archived_at=None)
    return dict(done.order_by().values_list("owner").annotate(at=Max("happened_at")).values_list("owner", "at"))


def scores_of(groups: Mapping[int, Iterable[int]], as_of: date) -> dict[int, Decimal | None]:
    """Group -> hygiene score of the last check over the people in it, by the formula of all scores. Two queries."""
    last = HygieneScore.objects.filter(day__lte=as_of).order_by("-day").values_list("day", flat=True).first()
    if last is None:
        return {}
    people = {person for ids in groups.values() for person in ids}
    rows = HygieneScore.objects.filter(day=last, scope_kind="person", scope_id__among=people)
    sums = rows.order_by().values_list("scope_id").annotate(p=Sum("points"), n=Sum("records"))
    found = {person: (points, records) for person, points, records in sums.values_list("scope_id", "p", "n")}
    return {key: _score([found[one] for one in ids if one in found]) for key, ids in groups.items()}


def _score(parts: Sequence[tuple[int, int]]) -> Decimal | None:
    return group_score(sum(points for points, _n in parts), sum(records for _p, records in parts))


PUSHED_TIMES = 2


@dataclass(frozen=True, slots=True)
class ToInspect:
    """An open deal that a manager should ask about, with plain reasons."""

    deal: Opportunity
    reasons: list[str]


def deals_to_inspect(user: SignedIn, as_of: date, *, until: date, month_end: date, limit: int) -> list[ToInspect]:
    """Open deals of one's line expected before `until` that were pushed twice, went quiet, are past their close date,
    or close before `month_end` without a next step; heaviest first. Two queries: only the first ones are read in full.
    """
    quiet = Finding.objects.filter(rule__key="stale", subject_kind="opportunity", subject_id=OuterRef("pk"))
    unplanned = Q(next_step="", expected_close_on__lt=month_end)
    asked = Q(pushed_count__gte=PUSHED_TIMES) | Q(expected_close_on__lt=as_of) | unplanned | Q(is_quiet=True)
    deals = deals_for(user, as_of).filter(status=Status.OPEN, expected_close_on__lt=until).select_related("hygiene")
    deals = deals.annotate(is_quiet=Exists(quiet.filter(resolved_on=None)), problems=problems_of()).filter(asked)
    ordered = deals.order_by(F("hygiene__risk").desc(nulls_last=True), F("amount").desc(nulls_last=True), "pk")
    first = list(ordered.values_list("pk", flat=True)[:limit])
    return [ToInspect(deal, _why(deal, as_of, month_end)) for deal in ordered.filter(pk__in=first)]


def _why(deal: Any, as_of: date, month_end: date) -> list[str]:
    reasons = []
    if deal.expected_close_on < as_of:
        reasons.append(_("Close date past"))
    if deal.is_quiet:
        reasons += reasons_of([one for one in deal.problems if one["key"] == "stale"], as_of)
    if deal.pushed_count >= PUSHED_TIMES:
        reasons.append(_("Pushed %(times)s×") % {"times": deal.pushed_count})
    if not deal.next_step and deal.expected_close_on < month_end:
        reasons.append(_("No next step"))
    return reasons
