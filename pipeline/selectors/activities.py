"""Reads of activities: on one record, on an account with all that belongs to it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Account
from core import registry
from core.history import Happening
from core.kernel import formats
from core.kernel.access import SignedIn
from pipeline.enums import ActivityKind
from pipeline.models import Activity

ICONS = {"call": "phone", "email": "mail", "meeting": "users", "note": "note", "task": "checkbox"}


def activities_on(kind: str, subject_id: int, *, limit: int) -> list[Happening]:
    """Activities on a record, newest first."""
    return [
        _told(one) for one in _newest_first(Activity.objects.filter(subject_kind=kind, subject_id=subject_id), limit)
    ]


def activities_with(account: Account, *, limit: int) -> list[Happening]:
    """Activities on an account, its contacts and its deals, newest first."""
    mine = Q(account=account) | Q(subject_kind="account", subject_id=account.pk)
    return [_told(one) for one in _newest_first(Activity.objects.filter(mine), limit)]


def _newest_first(found: QuerySet[Activity], limit: int) -> QuerySet[Activity]:
    return found.select_related("owner").order_by(Coalesce("happened_at", "created_at").desc(), "-id")[:limit]


def _told(activity: Activity) -> Happening:
    is_task = activity.kind == ActivityKind.TASK
    title = activity.title
    if is_task and activity.due_on and not activity.done_at:
        title = _("%(title)s, due %(day)s") % {"title": title, "day": formats.day(activity.due_on)}
    return Happening(
        activity.happened_at or activity.created_at,
        "circle-check" if activity.done_at else ICONS[activity.kind],
        title=title,
        who=activity.owner.name if activity.owner else "",
        body=activity.body,
        kind="task" if is_task else "contact",
        done_url=reverse("pipeline:activity_done", args=[activity.pk]) if is_task and not activity.done_at else "",
    )


def newest(happened: Iterable[Happening], limit: int) -> list[Happening]:
    return sorted(happened, key=lambda one: one.at, reverse=True)[:limit]


def get_record_for(user: SignedIn, kind: str, record_id: int, as_of: date) -> object:
    """A record of any registered kind that the person may see. Raises Http404."""
    known = registry.record_kinds.find(kind)
    record = known.visible(user, as_of).filter(pk=record_id).first() if known else None
    if record is None:
        raise Http404(_("No such record."))
    return record


def get_activity(activity_id: int) -> Activity:
    """Whoever may see its record may see an activity: check with get_record_for. Raises Http404."""
    activity = Activity.objects.filter(pk=activity_id).first()
    if activity is None:
        raise Http404(_("No such activity."))
    return activity
