"""The list of activities and tasks."""

from __future__ import annotations

from typing import Any

from django.db.models import (
    Q,
)
from django.utils.translation import gettext_lazy as _

from core.tables import Act, Column, Table
from pipeline.enums import ActivityKind
from pipeline.filters import WorkFilter
from pipeline.selectors.activities import ICONS, activities_listed
from pipeline.selectors.reference import may_see_activities


def _finish(activity: Any) -> Act | None:
    """Tick a task off where it stands."""
    if activity.kind != ActivityKind.TASK:
        return None
    if activity.done_at:
        return Act(_("Open again"), "done", activity.pk, "rotate")
    return Act(_("Done"), "done", activity.pk, "check")


ACTIVITIES = Table(
    key="activities",
    title=_("Activities"),
    rows=activities_listed,
    may_see=may_see_activities,
    search=lambda rows, text: rows.filter(Q(title__icontains=text) | Q(body__icontains=text)),
    filterset=WorkFilter,
    default_sort="-when",
    columns=(
        Column("title", _("What"), lambda a: a.title, is_link=True, sub=lambda a: a.subject_name),
        Column("kind", _("Kind"), lambda a: a.get_kind_display(), kind="tag", icon=lambda a: ICONS[a.kind]),
        Column("owner", _("Who"), lambda a: a.owner.name if a.owner else None, hide_sm=True),
        Column("when", _("When"), lambda a: a.told_at, kind="datetime", sort="told_at", hide_sm=True),
        Column("minutes", _("Minutes"), lambda a: a.minutes, kind="number", hide_sm=True),
        Column("due", _("Due"), lambda a: a.due_on, kind="date", sort="due_on"),
        Column("done", _("Done"), lambda a: a.done_at, kind="datetime", sort="done_at", is_hidden=True),
        Column("record", _("Record"), lambda a: a.subject_name, is_hidden=True),
        Column("record_kind", _("Kind of record"), lambda a: a.subject_kind, is_hidden=True),
        Column("body", _("Notes"), lambda a: a.body, kind="clip", is_hidden=True),
        Column("finish", "", _finish, kind="act"),
    ),
    presets=(
        (_("My open tasks"), "whose=mine&state=open&sort=due"),
        (_("Overdue"), "state=overdue&sort=due"),
        (_("Mine"), "whose=mine"),
        (_("My team"), "whose=team"),
    ),
    empty_title=_("Nothing logged yet"),
    empty_reason=_("Log calls, e-mails, meetings and notes on the page of an account, a contact, a lead or a deal."),
    stacks=True,
)
