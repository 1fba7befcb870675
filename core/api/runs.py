"""Runs over the API: what is calculated, how far it is, its log; stop and once more."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from rest_framework.response import Response

from core import runs, selectors, services
from core.api.bodies import Body
from core.api.fields import MOST_ID, Anything, Choice, Id, Instant, Text, Whole
from core.api.problems import NotNow
from core.api.views import RecordApi
from core.enums import RunState
from core.lists import RUNS

LINES_SHOWN = 1000


class Run(Body):
    """One recorded calculation: what went in, how far it is, what came out."""

    id = Id(read_only=True)
    kind = Text(read_only=True, example="import.check")
    label = Text(read_only=True)
    state = Choice(RunState.choices, read_only=True)
    started_by = Text(read_only=True, allow_null=True)
    created_at = Instant(read_only=True)
    started_at = Instant(read_only=True, allow_null=True)
    ended_at = Instant(read_only=True, allow_null=True)
    units_done = Whole(0, MOST_ID, read_only=True)
    units_total = Whole(0, MOST_ID, read_only=True, allow_null=True)
    note = Text(read_only=True)
    counts = Anything({"type": "object", "description": "Numbers by name."}, read_only=True)
    params = Anything({"type": "object", "description": "What it was asked with."}, read_only=True)
    result = Text(read_only=True)
    error = Text(read_only=True)
    retry_of_id = Id(read_only=True, allow_null=True)


class LogLine(Body):
    at = Instant(read_only=True)
    level = Text(read_only=True)
    message = Text(read_only=True)


class RunLog(Body):
    """The lines of a run's log, oldest first; the last thousand of a long one."""

    items = LogLine(many=True, read_only=True)


class RunsApi(RecordApi):
    resource, noun, nouns = "runs", "run", "runs"
    table, serializer_class = RUNS, Run
    answers = {"log": (200, RunLog), "retry": (202, Run)}
    tagged = frozenset({"retrieve"})
    texts = {
        "log": ("Get the log of a run", ""),
        "stop": ("Ask a run to stop", "What it hasn't committed is rolled back. The answer is the run as it stands."),
        "retry": ("Do a failed or stopped run once more", "As a run of its own, which is answered."),
    }

    def may_write(self, user: Any) -> bool:
        return selectors.may_see_runs(user)

    def find(self, record_id: int) -> Any:
        return selectors.get_run_for(self.request.user, record_id)

    def _steered(self) -> Any:
        run = self.find(self.record_id)
        if not selectors.may_steer_run(self.request.user, run):
            raise PermissionDenied
        return run

    def log(self, request: Any, **kwargs: Any) -> Response:
        self.no_parameters()
        lines = list(self.find(self.record_id).log.order_by("-id")[:LINES_SHOWN])[::-1]
        return Response(RunLog({"items": lines}).data)

    def stop(self, request: Any, **kwargs: Any) -> Response:
        self.no_parameters()
        run = self._steered()
        self.sent()
        if run.is_over:
            raise NotNow(_("This run is over."))
        runs.ask_to_stop(run=run)
        return self.answer(self.find(run.pk))

    def retry(self, request: Any, **kwargs: Any) -> Response:
        self.no_parameters()
        run = self._steered()
        self.sent()
        try:
            again = services.retry_run(run=run, by=request.user)
        except services.RunError as error:
            raise NotNow(str(error)) from error
        return self.answer(self.find(again.pk), status=202)
