"""What deals choose from, for whoever sees deals; and activities on all records that a person sees."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.policies import visible_accounts
from core import registry
from core.kernel.access import SignedIn
from people.models import Team
from pipeline.models import Activity, Competitor, LossReason, Stage
from pipeline.policies import may_log, may_see_deals


def stages_to_choose(user: SignedIn, as_of: date) -> QuerySet[Stage]:
    stages = Stage.objects.select_related("process")
    return stages if may_see_deals(user) else stages.none()


def loss_reasons_to_choose(user: SignedIn, as_of: date) -> QuerySet[LossReason]:
    return LossReason.objects.all() if may_see_deals(user) else LossReason.objects.none()


def competitors_to_choose(user: SignedIn, as_of: date) -> QuerySet[Competitor]:
    return Competitor.objects.all() if may_see_deals(user) else Competitor.objects.none()


def teams_to_choose(user: SignedIn, as_of: date) -> QuerySet[Team]:
    """Regions and teams, as filters and figures name them."""
    teams = Team.objects.select_related("parent")
    return teams if may_see_deals(user) else teams.none()


def may_see_activities(user: SignedIn) -> bool:
    return may_log(user) or may_see_deals(user)


def activities_for(user: SignedIn, as_of: date, *, with_archived: bool = False) -> QuerySet[Activity]:
    """Activities on records that the person may see; those on no record, by their account."""
    kept = Activity.objects.all() if with_archived else Activity.objects.filter(archived_at=None)
    activities = kept.select_related("owner", "account")
    if not may_see_activities(user):
        return activities.none()
    seen = Q(subject_kind="") & _among(visible_accounts(user, as_of), "account")
    for kind in registry.record_kinds:
        seen |= Q(subject_kind=kind.key) & _among(kind.visible(user, as_of), "subject_id")
    return activities.filter(seen)


def _among(records: QuerySet[Any], field: str) -> Q:
    return Q(Exists(records.filter(pk=OuterRef(field))))


def get_activity_for(user: SignedIn, activity_id: int, as_of: date, *, with_archived: bool = False) -> Activity:
    """Raises Http404 when there is no such activity or its record isn't visible."""
    activity = activities_for(user, as_of, with_archived=with_archived).filter(pk=activity_id).first()
    if activity is None:
        raise Http404(_("No such activity."))
    return activity
