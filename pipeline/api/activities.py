"""Activities over the API: what was done on records, and tasks. Whoever sees a record sees what was done on it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.response import Response

from core import registry
from core.api.bodies import Body, bind, check
from core.api.fields import Choice, Day, Flag, Id, Instant, Text, Whole
from core.api.problems import Invalid, NotNow
from core.api.views import RecordApi
from core.tables import Column, Table
from pipeline import policies, services
from pipeline.enums import ActivityKind
from pipeline.filters import ActivityFilter
from pipeline.forms import ActivityForm
from pipeline.selectors import reference
from pipeline.selectors.activities import get_record_for, may_log_on

ACTIVITIES = Table(
    key="activities",
    title=_("Activities"),
    rows=reference.activities_for,
    may_see=reference.may_see_activities,
    filterset=ActivityFilter,
    search=lambda rows, text: rows.filter(title__icontains=text),
    columns=(
        Column("happened", _("Happened"), lambda a: a.happened_at, kind="datetime", sort="happened_at"),
        Column("due", _("Due"), lambda a: a.due_on, kind="date", sort="due_on"),
    ),
)


class Activity(Body):
    """A call, e-mail, meeting, note or task on a record. A day it is due belongs to tasks."""

    id = Id(read_only=True)
    external_id = Text(read_only=True, allow_null=True)
    kind = Choice(ActivityKind.choices)
    subject_kind = Text(20, allow_blank=False, example="opportunity", help_text="account, contact, lead, opportunity.")
    subject_id = Id()
    account_id = Id(read_only=True, allow_null=True)
    account_name = Text(source="account.name", read_only=True, allow_null=True)
    owner_id = Id(read_only=True, allow_null=True)
    owner_name = Text(source="owner.name", read_only=True, allow_null=True)
    title = Text(255, allow_blank=False, example="Called about the offer")
    body = Text(20_000, required=False)
    due_on = Day(required=False, allow_null=True)
    happened_at = Instant(read_only=True, allow_null=True)
    done_at = Instant(read_only=True, allow_null=True)
    minutes = Whole(0, read_only=True, allow_null=True)
    created_at = Instant(read_only=True)


class Shown(Activity):
    """As an activity is answered: one of an import may stand on no record."""

    subject_kind = Text(read_only=True)
    subject_id = Id(read_only=True, allow_null=True)


class Done(Body):
    is_done = Flag(help_text="true ticks the task off, false opens it again.")


class ActivitiesApi(RecordApi):
    resource, noun, nouns = "activities", "activity", "activities"
    table, serializer_class = ACTIVITIES, Shown
    bodies = {"create": Activity, "done": Done}
    tagged = frozenset({"retrieve", "create", "done"})
    texts = {"done": ("Tick a task off, or open it again", "")}

    def body_of(self, act: str) -> type[Any]:
        return Activity if act == "create" else Done

    def may_write(self, user: Any) -> bool:
        return policies.may_log(user)

    def find(self, record_id: int) -> Any:
        return reference.get_activity_for(self.request.user, record_id, self.as_of)

    def create(self, request: Any, **kwargs: Any) -> Response:
        self.no_parameters()
        serializer, values = self.sent()
        kind, record_id = values.pop("subject_kind"), values.pop("subject_id")
        record = self._subject(kind, record_id)
        form = check(bind(ActivityForm(), values), serializer)
        account_id = record_id if kind == "account" else getattr(record, "account_id", None)
        made = services.log_on(
            activity=form.save(commit=False), kind=kind, record_id=record_id, account_id=account_id, by=request.user,
            at=self.now,
        )  # fmt: skip
        answer = self.answer(self.find(made.pk), status=201)
        answer["Location"] = request.build_absolute_uri(f"{request.path}{made.pk}/")
        return answer

    def _subject(self, kind: str, record_id: int) -> Any:
        """The record it is logged on. Raises Invalid where there is none that the caller sees."""
        if registry.record_kinds.find(kind) is None:
            known = ", ".join(registry.record_kinds.keys())
            raise Invalid.of_fields({"subject_kind": [_("One of: %(words)s.") % {"words": known}]})
        try:
            record = get_record_for(self.request.user, kind, record_id, self.as_of)
        except Http404 as error:
            words = _("There is no such record, or you may not see it.")
            raise Invalid.of_fields({"subject_id": [words]}) from error
        self._may_log_on(kind, record_id)
        return record

    def _may_log_on(self, kind: str, record_id: int) -> None:
        if not may_log_on(self.request.user, kind, record_id, self.as_of):
            raise PermissionDenied

    def done(self, request: Any, **kwargs: Any) -> Response:
        self.no_parameters()
        task = self.find(self.record_id)
        self._may_log_on(task.subject_kind, task.subject_id or 0)
        _serializer, values = self.sent()
        if task.kind != ActivityKind.TASK:
            raise NotNow(_("Only tasks are ticked off."))
        if values["is_done"] != bool(task.done_at):
            services.finish_task(task=task, at=self.now)
        return self.answer(self.find(task.pk))
