"""Pay periods, runs and the ledger over the API."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.response import Response

from compensation import services
from compensation.api.acting import PayApi, PayReason, SignedMoney
from compensation.enums import PayRunState, PeriodState, Stage
from compensation.lists import LEDGER, PERIODS, RUNS
from compensation.models import PayPeriod
from core.api.bodies import Body
from core.api.fields import MOST_ID, Anything, Choice, Day, Id, Instant, Text, Whole
from core.api.problems import Invalid, NotNow


class PayPeriodBody(Body):
    """A month of pay. `ends_on` is the first day of the next one. Locked, it takes no more entries."""

    id = Id(read_only=True)
    number = Text(read_only=True, example="PR-2026-10")
    starts_on = Day(read_only=True)
    ends_on = Day(read_only=True)
    pays_on = Day(read_only=True)
    state = Choice(PeriodState.choices, read_only=True)
    locked_at = Instant(read_only=True, allow_null=True)
    reopened_because = Text(read_only=True)


class PayPeriodsApi(PayApi):
    tag, noun, nouns = "pay_periods", "pay period", "pay periods"
    table, serializer_class = PERIODS, PayPeriodBody
    tagged = frozenset({"retrieve", "reopen"})
    bodies = {"reopen": PayReason}
    texts = {"reopen": ("Open the period locked last again", "A new run of it posts what is to be added.")}

    def reopen(self, request: Any, **kwargs: Any) -> Response:
        by = request.user
        return self.acted(lambda one, given: services.reopen_period(period_id=one.pk, by=by, **given))


class PayRunBody(Body):
    """One calculation of a period. `totals`: minor units by currency and stage; what is paid is below zero."""

    id = Id(read_only=True)
    number = Text(read_only=True, example="PR-2026-10-7")
    period_id = Id()
    state = Choice(PayRunState.choices, read_only=True)
    run_id = Id(read_only=True, help_text="How far it is, and its log: `/api/v1/runs/`.")
    payees = Whole(0, read_only=True)
    lines = Whole(0, MOST_ID, read_only=True)
    totals = Anything({"type": "object", "description": "Currency: stage: minor units."}, read_only=True)
    input_hash = Text(source="run.input_hash", read_only=True)
    output_hash = Text(source="run.output_hash", read_only=True)
    released_at = Instant(read_only=True, allow_null=True)
    posted_at = Instant(read_only=True, allow_null=True)
    created_at = Instant(read_only=True)


class PayRunsApi(PayApi):
    """A run is started by making one; a run at work on the same period is replaced."""

    tag, noun, nouns = "pay_runs", "pay run", "pay runs"
    table, serializer_class = RUNS, PayRunBody
    tagged = frozenset({"retrieve", "create", "submit", "approve", "give_back", "post_it", "release"})
    bodies = {"give_back": PayReason}
    texts = {
        "submit": ("Hand a calculated run in for approval", "Refused by 409 while blocking exceptions are open."),
        "approve": ("Approve a run", "Two people, neither of whom prepared it."),
        "give_back": ("Give a run back", ""),
        "post_it": ("Post an approved run and lock its period", "Its lines become entries of the ledger."),
        "release": ("Send the statements of an approved run", ""),
    }

    def written(self, serializer: Any, values: dict[str, Any], record: Any) -> Any:
        if not PayPeriod.objects.filter(pk=values["period_id"]).exists():
            raise Invalid.of_fields({"period_id": [_("There is no pay period with this number.")]})
        try:
            return services.calculate_period(period_id=values["period_id"], by=self.request.user)
        except services.CompensationError as error:
            raise NotNow(str(error)) from error

    def submit(self, request: Any, **kwargs: Any) -> Response:
        return self.acted(lambda one, given: services.submit_run(run=one, by=request.user))

    def approve(self, request: Any, **kwargs: Any) -> Response:
        by, at = request.user, self.now
        return self.acted(lambda one, given: services.approve_run(run=one, by=by, at=at))

    def give_back(self, request: Any, **kwargs: Any) -> Response:
        by = request.user
        return self.acted(lambda one, given: services.give_back_run(run=one, by=by, **given))

    def post_it(self, request: Any, **kwargs: Any) -> Response:
        by, at = request.user, self.now
        return self.acted(lambda one, given: services.post_run(run=one, by=by, at=at))

    def release(self, request: Any, **kwargs: Any) -> Response:
        by, at = request.user, self.now
        return self.acted(lambda one, given: services.release_statements(run=one, by=by, at=at))


class EntryBody(Body):
    """A line that was posted: never changed. Of every payee and run the amounts come to nothing."""

    id = Id(read_only=True)
    period_id = Id(read_only=True)
    run_id = Id(read_only=True)
    payee = Text(source="payee.code", read_only=True)
    person_id = Id(source="payee.person_id", read_only=True, allow_null=True)
    plan_id = Id(read_only=True)
    component = Text(source="component.key", read_only=True)
    stage = Choice([(one.name.lower(), one.label) for one in Stage], source="stage_name", read_only=True)
    earned_in = Day(read_only=True)
    amount = SignedMoney(currency="plan.currency_id", read_only=True)
    currency = Text(source="plan.currency_id", read_only=True)
    credit_id = Id(source="credit_number", read_only=True, allow_null=True)
    adjustment_id = Id(source="adjustment_number", read_only=True, allow_null=True)


class LedgerApi(PayApi):
    """Entries by period, run, payee and stage, in pages by keyset: the newest first."""

    tag, noun, nouns = "ledger_entries", "ledger entry", "ledger entries"
    table, serializer_class = LEDGER, EntryBody

    def may_write(self, user: Any) -> bool:
        return False
