"""Plans for pages: versions over time, who is on them, what changed and by whom."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, DateField, OuterRef, Q, QuerySet, Subquery
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from compensation import policies
from compensation.enums import VersionState
from compensation.kernel.places import value_at
from compensation.kernel.sentences import Marked, marked
from compensation.models import Acceptance, Assignment, Plan, PlanVersion
from core.models import in_force_on
from core.registry import Waiting
from people.models import Occupancy, Person, User

MOST_EDITS = 30


def plans_for(user: Any, as_of: date) -> QuerySet[Plan]:
    """Plans a person may see, with the version in force, the one at work, and how many people are on each."""
    versions = PlanVersion.objects.filter(plan=OuterRef("pk"))
    live = versions.filter(in_force_on(as_of), state=VersionState.PUBLISHED)
    at_work = versions.filter(state__in=[VersionState.DRAFT, VersionState.SUBMITTED])
    return policies.visible_plans(user).annotate(
        live_number=Subquery(live.values("number")[:1]),
        live_since=Subquery(live.values("valid_from")[:1], output_field=DateField()),
        draft_number=Subquery(at_work.values("number")[:1]),
        draft_state=Subquery(at_work.values("state")[:1]),
        people=Count("assignments", filter=in_force_on(as_of, "assignments__"), distinct=True),
    )


def get_plan_for(user: Any, plan_id: int) -> Plan:
    """Raises Http404 where there is none, or the person may not see plans."""
    return get_object_or_404(policies.visible_plans(user), pk=plan_id)


def get_version_for(user: Any, version_id: int) -> PlanVersion:
    """Raises Http404 where there is none, or the person may not see plans."""
    versions = PlanVersion.objects.filter(plan__in=policies.visible_plans(user))
    return get_object_or_404(versions.select_related("plan", "edited_by", "submitted_by", "decided_by"), pk=version_id)


def get_assignment_for(user: Any, assignment_id: int) -> Assignment:
    rows = Assignment.objects.filter(plan__in=policies.visible_plans(user)).select_related("plan", "payee__person")
    return get_object_or_404(rows, pk=assignment_id)


@dataclass(frozen=True, slots=True)
class RailVersion:
    """A version in the rail: what it is on a day, and how many people are or were on the plan while it held."""

    version: PlanVersion
    state: str
    people: int


def rail_of(plan: Plan, as_of: date) -> list[RailVersion]:
    spans = list(plan.assignments.values_list("payee_id", "valid_from", "valid_to"))
    return [
        RailVersion(one, state_on(one, as_of), len({payee for payee, first, end in spans if _meets(one, first, end)}))
        for one in plan.versions.order_by("-number")
    ]


def _meets(version: PlanVersion, begins: date, ends: date | None) -> bool:
    before_end = version.valid_to is None or begins < version.valid_to
    return before_end and (ends is None or ends > version.valid_from)


def state_on(version: PlanVersion, as_of: date) -> str:
    """draft, submitted, withdrawn; of published ones coming, live or ended on a day."""
    if version.state != VersionState.PUBLISHED:
        return version.state
    if version.valid_from > as_of:
        return "coming"
    return "live" if version.valid_to is None or version.valid_to > as_of else "ended"


def compared_with(version: PlanVersion) -> PlanVersion | None:
    """The version that a version is marked against: the newest published one before it."""
    before = PlanVersion.objects.filter(
        plan_id=version.plan_id, number__lt=version.number, state=VersionState.PUBLISHED
    ).order_by("-number")
    return before.select_related("plan").first()


def start_version(plan: Plan, as_of: date) -> PlanVersion | None:
    """The version a plan's page opens with: the one at work, else the one in force, else the newest."""
    versions = list(plan.versions.order_by("-number"))
    at_work = [one for one in versions if one.state in (VersionState.DRAFT, VersionState.SUBMITTED)]
    live = [one for one in versions if state_on(one, as_of) == "live"]
    return next(iter([*at_work, *live, *versions]), None)


@dataclass(frozen=True, slots=True)
class Edit:
    """One save of a draft: who, when, and (clause, before, after) of what it changed; no words for a whole clause."""

    who: str
    at: datetime
    changes: tuple[tuple[str, str, str], ...]


def edits_of(version: PlanVersion) -> list[Edit]:
    """What was changed in a draft since it was begun, the newest first, from its history rows."""
    history: Any = version.events  # type: ignore[attr-defined]  # -- pghistory puts it there
    rows = list(history.order_by("-pgh_id")[: MOST_EDITS * 3])
    editors = {version.edited_by_id, *(row.edited_by_id for row in rows)}
    names = {user.pk: str(user) for user in User.objects.filter(pk__in=editors)}
    found: list[Edit] = []
    after: Any = version
    for before in rows:
        if before.plan_hash != after.plan_hash:
            who = names.get(after.edited_by_id, "")
            found.append(Edit(who, before.pgh_created_at, tuple(_changes(document_of(after), document_of(before)))))
        after = before
    return found[:MOST_EDITS]


def document_of(row: Any) -> Any:
    """A version's or history row's definition, in the order it was written."""
    return json.loads(row.written) if row.written else row.definition


def _changes(now: Any, before: Any) -> Sequence[tuple[str, str, str]]:
    found = []
    for one in marked(now, before):
        found += change_words(one)
    if value_at(now, "cases") != value_at(before, "cases"):
        found.append((_("Test cases"), "", _("changed")))
    return found


def change_words(one: Marked) -> list[tuple[str, str, str]]:
    title = one.clause.title
    if one.state in ("new", "removed"):
        return [(title, "", _("added") if one.state == "new" else _("removed"))]
    if one.state == "changed" and not one.was:
        return [(title, "", _("changed"))]
    said = {token.place: token.text for token in one.clause.values}
    return [(title, was, said[place]) for place, was in one.was.items()] if one.state == "changed" else []


def assignments_of(plan: Plan, *, as_of: date, is_all: bool) -> QuerySet[Assignment]:
    """Who is on a plan on a day or later; with is_all, also who was."""
    rows = plan.assignments.select_related("payee__person").order_by("payee__person__name", "payee__code", "valid_from")
    return rows if is_all else rows.filter(Q(valid_to=None) | Q(valid_to__gt=as_of))


def people_to_assign(*, team_id: int | None, role: str, on: date) -> QuerySet[Person]:
    """People who hold a seat on a day: of a team and its teams, with a login role; everybody without either."""
    seats = Occupancy.objects.filter(in_force_on(on))
    if team_id is not None:
        of_team = Q(position__placements__team_id=team_id) | Q(position__placements__team__parent_id=team_id)
        seats = seats.filter(of_team, in_force_on(on, "position__placements__"))
    people = Person.objects.filter(pk__in=seats.values("person"))
    if role:
        people = people.filter(in_force_on(on, "user__grants__"), user__grants__role=role)
    return people.order_by("name", "pk").distinct()


def has_letters(user: Any) -> bool:
    return Acceptance.objects.filter(payee__person__user_id=user.pk).exists()


def waiting_versions(user: User, as_of: date) -> Sequence[Waiting]:
    """Versions that wait for a person's yes, as lines of the approvals page."""
    if not policies.may_see_plans(user):
        return []
    rows = PlanVersion.objects.filter(state=VersionState.SUBMITTED).exclude(submitted_by=user)
    return [
        Waiting(
            title=_("%(version)s holds from %(day)s") % {"version": one, "day": one.valid_from},
            detail=_("Handed in by %(who)s") % {"who": one.submitted_by},
            url=one.get_absolute_url(),
        )
        for one in rows.select_related("plan", "submitted_by")
    ]
