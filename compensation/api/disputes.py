"""Disputes over the API: list, read, raise, and write in their thread. Decisions are made on the page."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.response import Response

from compensation import policies, services
from compensation.enums import DisputeOutcome, DisputeReason, DisputeState
from compensation.forms.disputes import CommentForm, DisputeForm
from compensation.lists.disputes import DISPUTES
from compensation.models import Dispute as Row
from compensation.selectors import disputes as found
from compensation.selectors import statements
from compensation.selectors.statement_lines import Reader, get_group
from core.api.bodies import Body, bind, check
from core.api.fields import Choice, Day, Flag, Id, Instant, Text
from core.api.problems import Invalid, NotNow
from core.api.views import RecordApi


class Dispute(Body):
    """An objection to a line of a statement, or without `line_id` to the month."""

    id = Id(read_only=True)
    number = Text(read_only=True, example="D-0031")
    statement_id = Id(write_only=True)
    line_id = Id(required=False, allow_null=True)
    payee = Text(source="payee.code", read_only=True)
    month = Day(source="period.starts_on", read_only=True)
    title = Text(200, allow_blank=False, example="Split should be 70%")
    reason = Choice(DisputeReason.choices)
    text = Text(5000, write_only=True, allow_blank=False)
    state = Choice(DisputeState.choices, read_only=True)
    outcome = Choice(DisputeOutcome.choices, read_only=True, allow_blank=True)
    due_on = Day(read_only=True)
    replied_at = Instant(read_only=True, allow_null=True)
    decided_at = Instant(read_only=True, allow_null=True)
    created_at = Instant(read_only=True)

    def to_representation(self, instance: Any) -> Any:
        shown = super().to_representation(instance)
        return shown | {"line_id": instance.line_id or None}


class Comment(Body):
    """A word in a dispute's thread. Internal ones are shown to, and written by, those who keep pay alone."""

    id = Id(read_only=True)
    at = Instant(read_only=True)
    author = Text(read_only=True, allow_null=True)
    act = Text(read_only=True)
    text = Text(5000, allow_blank=False)
    is_internal = Flag(required=False)


class Thread(Body):
    items = Comment(many=True, read_only=True)


class DisputesApi(RecordApi):
    resource, tag, noun, nouns = "pay", "disputes", "dispute", "disputes"
    table, serializer_class = DISPUTES, Dispute
    refused_by = (services.CompensationError,)
    bodies = {"comment": Comment}
    answers = {"comments": (200, Thread), "comment": (201, Comment)}
    tagged = frozenset({"retrieve", "create"})
    texts = {
        "comments": ("List what was said in a dispute", "Oldest first."),
        "comment": ("Write in a dispute", "The first reply of somebody who keeps pay begins the review."),
    }

    def may_write(self, user: Any) -> bool:
        return policies.may_have_statements(user)

    def find(self, record_id: int) -> Any:
        return found.get_dispute_for(self.request.user, record_id, self.as_of)

    def written(self, serializer: Any, values: dict[str, Any], record: Any) -> Any:
        self.statement = self._statement(values.pop("statement_id"))
        self.line = self._line(values.pop("line_id", None))
        return self._saved(check(bind(DisputeForm(), values), serializer), serializer, record)

    def _statement(self, statement_id: int) -> Any:
        try:
            return statements.get_statement_for(self.request.user, statement_id, self.as_of)
        except Http404 as error:
            raise Invalid.of_fields({"statement_id": [_("There is none with this number.")]}) from error

    def _line(self, line_id: int | None) -> Any:
        if line_id is None:
            return None
        month = statements.month_of_statement(self.statement)
        labels = statements.labels_of(statements.versions_in(month))
        try:
            return get_group(month, line_id, labels, Reader(self.request.user, self.as_of))
        except Http404 as error:
            raise Invalid.of_fields({"line_id": [_("The statement has no such line.")]}) from error

    def save(self, form: Any, record: Any, version: int | None) -> Any:
        row = Row(payee=self.statement.payee, period=self.statement.period)
        row.title, row.reason = form.cleaned_data["title"], form.cleaned_data["reason"]
        if self.line is not None:
            row.line_id, row.credit_id, row.deal_id = self.line.id, self.line.credit_id, self.line.deal_id
        by, text = self.request.user, form.cleaned_data["text"]
        return services.raise_dispute(dispute=row, text=text, by=by, at=self.now, on=self.as_of)

    def comments(self, request: Any, **kwargs: Any) -> Response:
        self.no_parameters()
        entries = found.thread_of(self.find(self.record_id), request.user)
        return Response(Thread({"items": entries}).data)

    def comment(self, request: Any, **kwargs: Any) -> Response:
        self.no_parameters()
        dispute = self.find(self.record_id)
        serializer, values = self.sent()
        check(bind(CommentForm(may_note=True), values), serializer)
        try:
            entry = services.comment_on_dispute(dispute=dispute, by=request.user, at=self.now, on=self.as_of, **values)
        except services.CompensationError as error:
            raise NotNow(str(error)) from error
        return Response(Comment(entry).data, status=201)
