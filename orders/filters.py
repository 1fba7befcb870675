"""Filters of the lists of this room, shared by page, API and export."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter, DateFilter, FilterSet, ModelChoiceFilter, NumberFilter

from core.filters import OwnFilters
from core.forms import DateInput
from orders.enums import ContractStatus, InvoiceStatus, OrderStatus, QuoteStatus
from orders.models import Contract, CreditNote, Fulfilment, Invoice, Order, Payment, ProductCost, Quote, Return
from pipeline.filters import NONE, visible_people
from pipeline.models import Finding, HygieneRule, Product


def _from(label: Any, field: str) -> DateFilter:
    return DateFilter(field_name=field, lookup_expr="gte", label=label, widget=DateInput)


def _to(label: Any, field: str) -> DateFilter:
    return DateFilter(field_name=field, lookup_expr="lte", label=label, widget=DateInput)


def _owner(field: str) -> ModelChoiceFilter:
    return ModelChoiceFilter(queryset=visible_people, field_name=field, label=_("Owner"), null_label=NONE)


class QuoteFilter(OwnFilters):
    record_kind = "quote"

    status = ChoiceFilter(choices=QuoteStatus.choices, label=_("Status"))
    owner = _owner("deal__owner")
    valid_from = _from(_("Valid until, from"), "valid_until")
    valid_to = _to(_("Valid until, to"), "valid_until")
    deal = NumberFilter(field_name="deal", label=_("Deal number"))
    account = NumberFilter(field_name="deal__account", label=_("Account number"))

    class Meta:
        model = Quote
        fields: tuple[str, ...] = ()


class ContractFilter(OwnFilters):
    record_kind = "contract"

    status = ChoiceFilter(choices=ContractStatus.choices, label=_("Status"))
    owner = _owner("account__owner")
    ends_from = _from(_("First day after, from"), "ends_on")
    ends_to = _to(_("First day after, to"), "ends_on")
    signed_from = _from(_("Signed from"), "signed_on")
    signed_to = _to(_("Signed to"), "signed_on")
    renewal = ChoiceFilter(
        choices=[("1", _("Has a renewal deal")), ("0", _("Has none"))], label=_("Renewal"), method="by_renewal"
    )
    deal = NumberFilter(field_name="deal", label=_("Deal number"))
    account = NumberFilter(field_name="account", label=_("Account number"))

    class Meta:
        model = Contract
        fields: tuple[str, ...] = ()

    def by_renewal(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(renewal_deal__isnull=value == "0")


class OrderFilter(OwnFilters):
    record_kind = "order"

    status = ChoiceFilter(choices=OrderStatus.choices, label=_("Status"))
    owner = _owner("deal__owner")
    ordered_from = _from(_("Ordered from"), "ordered_on")
    ordered_to = _to(_("Ordered to"), "ordered_on")
    invoiced = ChoiceFilter(
        choices=[
            *(("no", _("Not invoiced")), ("part", _("In part"))),
            *(("all", _("Wholly")), ("over", _("More than ordered"))),
        ],
        label=_("Invoiced"),
        method="by_invoiced",
    )
    agreed = ChoiceFilter(
        choices=[("1", _("Has one")), ("0", _("Has none"))], label=_("Contract"), method="by_contract"
    )
    contract = NumberFilter(field_name="contract", label=_("Contract number"))
    deal = NumberFilter(field_name="deal", label=_("Deal number"))
    account = NumberFilter(field_name="account", label=_("Account number"))

    class Meta:
        model = Order
        fields: tuple[str, ...] = ()

    def by_invoiced(self, rows: Any, name: str, value: str) -> Any:
        if value == "no":
            return rows.filter(invoiced=0)
        if value == "part":
            return rows.filter(invoiced__gt=0, invoiced__lt=F("total"))
        return rows.filter(invoiced__gt=F("total")) if value == "over" else rows.filter(invoiced__gte=F("total"))

    def by_contract(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(contract__isnull=value == "0")


class InvoiceFilter(OwnFilters):
    record_kind = "invoice"

    status = ChoiceFilter(choices=InvoiceStatus.choices, label=_("Status"))
    unpaid = ChoiceFilter(choices=[("1", _("Something is owed"))], label=_("Owed"), method="by_unpaid")
    owner = _owner("order__deal__owner")
    issued_from = _from(_("Issued from"), "issued_on")
    issued_to = _to(_("Issued to"), "issued_on")
    due_from = _from(_("Due from"), "due_on")
    due_to = _to(_("Due to"), "due_on")
    order = NumberFilter(field_name="order", label=_("Order number"))
    deal = NumberFilter(field_name="order__deal", label=_("Deal number"))
    account = NumberFilter(field_name="order__account", label=_("Account number"))

    class Meta:
        model = Invoice
        fields: tuple[str, ...] = ()

    def by_unpaid(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(status__in=(InvoiceStatus.OPEN, InvoiceStatus.PART))


class PaymentFilter(FilterSet):
    paid_from = _from(_("Paid from"), "paid_on")
    paid_to = _to(_("Paid to"), "paid_on")
    invoice = NumberFilter(field_name="invoice", label=_("Invoice number"))
    deal = NumberFilter(field_name="invoice__order__deal", label=_("Deal number"))
    account = NumberFilter(field_name="invoice__order__account", label=_("Account number"))

    class Meta:
        model = Payment
        fields: tuple[str, ...] = ()


class CreditNoteFilter(FilterSet):
    credited_from = _from(_("Credited from"), "credited_on")
    credited_to = _to(_("Credited to"), "credited_on")
    invoice = NumberFilter(field_name="invoice", label=_("Invoice number"))

    class Meta:
        model = CreditNote
        fields: tuple[str, ...] = ()


class ReturnFilter(FilterSet):
    returned_from = _from(_("Returned from"), "returned_on")
    returned_to = _to(_("Returned to"), "returned_on")
    product = ModelChoiceFilter(
        queryset=Product.objects.all(), field_name="order_line__product", label=_("Product"), null_label=NONE
    )
    order = NumberFilter(field_name="order_line__order", label=_("Order number"))
    deal = NumberFilter(field_name="order_line__order__deal", label=_("Deal number"))

    class Meta:
        model = Return
        fields: tuple[str, ...] = ()


class FulfilmentFilter(FilterSet):
    fulfilled_from = _from(_("Fulfilled from"), "fulfilled_on")
    fulfilled_to = _to(_("Fulfilled to"), "fulfilled_on")
    order = NumberFilter(field_name="order_line__order", label=_("Order number"))

    class Meta:
        model = Fulfilment
        fields: tuple[str, ...] = ()


class CostFilter(FilterSet):
    product = ModelChoiceFilter(queryset=Product.objects.all(), label=_("Product"))
    held_on = DateFilter(label=_("In force on"), widget=DateInput, method="by_day")

    class Meta:
        model = ProductCost
        fields: tuple[str, ...] = ()

    def by_day(self, rows: Any, name: str, day: Any) -> Any:
        return rows.filter(valid_from__lte=day).exclude(valid_to__lte=day)


class ExceptionFilter(FilterSet):
    check = ModelChoiceFilter(
        queryset=HygieneRule.objects.filter(key__startswith="cash_"),
        to_field_name="key",
        field_name="rule",
        label=_("Exception"),
    )
    owner = ModelChoiceFilter(queryset=visible_people, label=_("Owner"), null_label=NONE)
    deal = NumberFilter(field_name="subject_id", label=_("Deal number"))

    class Meta:
        model = Finding
        fields: tuple[str, ...] = ()
