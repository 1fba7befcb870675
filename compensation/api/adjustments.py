"""Adjustments, milestones and scores over the API: the rules of the pages."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.response import Response

from compensation import services
from compensation.api.acting import PayApi, PayDecision, SignedMoney
from compensation.enums import AdjustmentState, PayEventKind, PayEventState
from compensation.forms.adjustments import AdjustmentForm, PayEventForm
from compensation.lists import ADJUSTMENTS, PAY_EVENTS
from compensation.selectors.pay_lists import payees_by_name
from core.api.bodies import Body, bind, check
from core.api.fields import Choice, Day, Id, Instant, Number, Text
from core.api.problems import Invalid, NotNow


class _Decided(PayApi):
    """Records that one person makes and another decides."""

    bodies = {"decide": PayDecision}
    tagged = frozenset({"retrieve", "create", "decide"})

    def payee(self, values: dict[str, Any]) -> str:
        """The person of a call as the page's form takes them. Raises Invalid for one who isn't on any plan."""
        number = f"PER-{values.pop('person_id')}"
        if not payees_by_name(number):
            raise Invalid.of_fields({"person_id": [_("Nobody with this number is on a plan.")]})
        return number

    def saved(self, form: Any, serializer: Any, act: Any) -> Any:
        check(form, serializer)
        try:
            return act()
        except services.CompensationError as error:
            raise NotNow(str(error)) from error


class AdjustmentBody(Body):
    """An amount beside the plans, for a month. It is posted by the run after its approval."""

    id = Id(read_only=True)
    number = Text(read_only=True, example="ADJ-12")
    person_id = Id(allow_null=True)
    payee = Text(source="payee.code", read_only=True)
    plan_id = Id()
    earned_in = Day(help_text="The first day of the month it belongs to.")
    amount = SignedMoney(currency="plan.currency_id", example="-960.00", help_text="Below zero it is taken back.")
    currency = Text(source="plan.currency_id", read_only=True)
    reason = Text(255, allow_blank=False)
    state = Choice(AdjustmentState.choices, read_only=True)
    decided_at = Instant(read_only=True, allow_null=True)
    created_at = Instant(read_only=True)


class PayAdjustmentsApi(_Decided):
    tag, noun, nouns = "pay_adjustments", "adjustment", "adjustments"
    table, serializer_class = ADJUSTMENTS, AdjustmentBody
    texts = {"decide": ("Approve or refuse an adjustment", "By a second person with a pay role.")}

    def written(self, serializer: Any, values: dict[str, Any], record: Any) -> Any:
        given = {"month": values.pop("earned_in"), "payee": self.payee(values), **values}
        form = bind(AdjustmentForm(), given)
        by = self.request.user
        return self.saved(form, serializer, lambda: services.propose_adjustment(adjustment=form.adjustment(), by=by))

    def decide(self, request: Any, **kwargs: Any) -> Response:
        by, at = request.user, self.now
        return self.acted(lambda one, given: services.decide_adjustment(adjustment=one, by=by, at=at, **given))


class PayEventBody(Body):
    """A milestone reached or a goal scored. A score of 85% is 0.85."""

    id = Id(read_only=True)
    number = Text(read_only=True, example="EVT-5")
    kind = Choice(PayEventKind.choices)
    person_id = Id(allow_null=True)
    payee = Text(source="payee.code", read_only=True)
    external_id = Text(read_only=True, allow_null=True)
    name = Text(120, allow_blank=False)
    on = Day()
    amount = Number(18, 4, example="1")
    note = Text(255, required=False)
    state = Choice(PayEventState.choices, read_only=True)
    decided_at = Instant(read_only=True, allow_null=True)
    created_at = Instant(read_only=True)


class PayEventsApi(_Decided):
    tag, noun, nouns = "pay_events", "milestone or score", "milestones and scores"
    table, serializer_class = PAY_EVENTS, PayEventBody
    texts = {"decide": ("Approve or refuse a milestone or score", "By a second person with a pay role.")}

    def written(self, serializer: Any, values: dict[str, Any], record: Any) -> Any:
        form = bind(PayEventForm(), {"who": self.payee(values), **values})
        return self.saved(form, serializer, lambda: services.enter_event(event=form.event(), by=self.request.user))

    def decide(self, request: Any, **kwargs: Any) -> Response:
        by, at = request.user, self.now
        return self.acted(lambda one, given: services.decide_event(event=one, by=by, at=at, **given))
