"""What the resources of pay have in common: who calls, acts on a record, amounts below zero."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rest_framework.response import Response

from compensation import policies, services
from core.api.bodies import Body
from core.api.fields import Flag, Money, Number, Text
from core.api.problems import NotNow
from core.api.views import RecordApi


class SignedMoney(Money):
    """An amount that may be below zero."""

    def __init__(self, digits: int = 18, *, currency: str = "currency_id", **kwargs: Any) -> None:
        self.currency_source = currency.split(".")
        Number.__init__(self, digits, 4, **kwargs)


class PayReason(Body):
    """PayReason it is done."""

    reason = Text(255, allow_blank=False, example="A credit was late")


class PayDecision(Body):
    """A second person's yes or no."""

    is_approved = Flag()


class PayApi(RecordApi):
    """Read by those who see everybody's pay, who also decide; the rest is done by those who keep it."""

    resource = "pay"
    deciding = frozenset({"approve", "give_back", "decide"})
    refused_by = (services.CompensationError,)

    def may_read(self, user: Any) -> bool:
        return policies.sees_all_pay(user)

    def may_write(self, user: Any) -> bool:
        return policies.sees_all_pay(user) if self.action in self.deciding else policies.keeps_pay(user)

    def acted(self, do: Callable[[Any, dict[str, Any]], Any]) -> Response:
        """The record after an act. What its state, or who calls, doesn't allow is answered by 409."""
        self.no_parameters()
        record = self.find(self.record_id)
        _serializer, values = self.sent()
        try:
            do(record, values)
        except services.CompensationError as error:
            raise NotNow(str(error)) from error
        return self.answer(self.find(record.pk))
