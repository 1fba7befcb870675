"""Contracts over the API: drafted, signed, cancelled."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from rest_framework.response import Response

from core.api.bodies import Body
from core.api.fields import Choice, Day, Flag, Id, Instant, Money, Text, Whole
from core.api.own import Custom, ExternalId, Tags
from core.selectors import the_company
from orders import policies, services
from orders.api.parts import DayAndWhy, OwnActing
from orders.enums import ContractStatus
from orders.forms import ContractForm
from orders.lists import CONTRACTS
from orders.selectors import records


class Contract(Body):
    """What a customer signs, from its first day through its last. What was signed doesn't change any more."""

    id = Id(read_only=True)
    number = Text(read_only=True, example="CTR-7")
    external_id = ExternalId()
    name = Text(255, allow_blank=False, example="Acme frame contract")
    account_id = Id()
    account_name = Text(source="account.name", read_only=True)
    deal_id = Id(required=False, allow_null=True)
    status = Choice(ContractStatus.choices, read_only=True)
    signed_on = Day(read_only=True, allow_null=True)
    starts_on = Day()
    last_day = Day(required=False, allow_null=True, help_text="null: it holds until somebody ends it.")
    currency = Text(3, source="currency_id", required=False, example="USD")
    value = Money(example="36000.00")
    recurring_amount = Money(required=False, allow_null=True, help_text="A year.")
    renewal_months = Whole(0, 32767, required=False)
    notice_days = Whole(0, 32767, required=False)
    auto_renews = Flag(required=False)
    cancelled_on = Day(read_only=True, allow_null=True)
    reason = Text(read_only=True)
    renewal_deal_id = Id(read_only=True, allow_null=True)
    tags = Tags()
    custom = Custom("contract")
    created_at = Instant(read_only=True)
    updated_at = Instant(read_only=True)
    version = Whole(1, read_only=True)


class Signature(Body):
    """The day of the signature."""

    signed_on = Day()


_STEP = "`If-Match` is heeded where it is sent; what the contract's state doesn't allow is answered with 409."


class ContractsApi(OwnActing):
    resource, tag, noun, nouns = "orders", "orders_contracts", "contract", "contracts"
    table, serializer_class = CONTRACTS, Contract
    bodies = {"sign": Signature, "cancel": DayAndWhy}
    tagged = OwnActing.tagged | {"sign", "cancel"}
    texts = OwnActing.texts | {
        "sign": ("Note that a contract was signed", _STEP),
        "cancel": ("Cancel a contract; what it still brought a year is lost from that day", _STEP),
    }

    def check_may_change(self, record: Any) -> None:
        if not policies.may_edit_contract(self.request.user, record, self.as_of):
            raise PermissionDenied

    def form(self, record: Any) -> ContractForm:
        user, as_of = self.request.user, self.as_of
        initial = {} if record else {"currency": the_company().currency_id}
        return ContractForm(
            instance=record,
            initial=initial,
            accounts=records.accounts_to_contract(user, as_of),
            deals=policies.editable_deals(user, as_of),
            people=self.people,
        )

    def save(self, form: Any, record: Any, version: int | None) -> Any:
        contract = form.instance
        contract.account, contract.deal = form.cleaned_data["account"], form.cleaned_data["deal"]
        return services.save_contract(contract=contract, by=self.request.user, on=self.as_of, version=version)

    def sign(self, request: Any, **kwargs: Any) -> Response:
        by, on = request.user, self.as_of
        return self.acted(lambda one, given: services.sign_contract(contract_id=one.pk, by=by, on=on, **given))

    def cancel(self, request: Any, **kwargs: Any) -> Response:
        by, on = request.user, self.as_of
        return self.acted(
            lambda one, given: services.cancel_contract(
                contract_id=one.pk, cancelled_on=given["on"], reason=given["reason"], by=by, on=on
            )
        )
