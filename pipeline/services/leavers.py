"""Open deals and tasks of somebody who leaves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.registry import LeaverPart
from people.models import Person
from pipeline.enums import ActivityKind, Status
from pipeline.models import Activity, Opportunity
from pipeline.services.activities import change_activity
from pipeline.services.deals import change_deal
from pipeline.services.telling import tell_handed


def _give_deals(ids: Sequence[int], to: Person, by: Any, on: date) -> None:
    deals = [
        change_deal(deal_id=deal_id, values={"owner": to}, version=None, by=by, on=on, tell=False) for deal_id in ids
    ]
    tell_handed(deals=deals, by=by)


def _give_tasks(ids: Sequence[int], to: Person, by: Any, on: date) -> None:
    for activity_id in ids:
        change_activity(activity_id=activity_id, values={"owner": to}, by=by, on=on)


PARTS = (
    LeaverPart(
        *("deals", 10, _("Open deals"), "layout-kanban"),
        rows=lambda person: Opportunity.objects.filter(owner=person, status=Status.OPEN, archived_at=None).order_by(
            "expected_close_on", "pk"
        ),
        give=_give_deals,
        record_kind="opportunity",
    ),
    LeaverPart(
        *("tasks", 50, _("Open tasks"), "checklist"),
        rows=lambda person: Activity.objects.filter(
            owner=person, kind=ActivityKind.TASK, done_at=None, archived_at=None
        ).order_by("due_on", "pk"),
        give=_give_tasks,
        record_kind="activity",
    ),
)
