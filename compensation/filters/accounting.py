"""Filters of the lists of accounting, shared by page, API and export."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter, FilterSet, ModelChoiceFilter, NumberFilter

from compensation.enums import AccountingState, Entry, Ledger, TermSource, Treatment
from compensation.models import AccountingMonth, ContractCost, CostLine, CostMonth, JournalEntry, Plan
from orders.enums import ContractStatus

_SHOWN = [one for one in AccountingState.choices if one[0] != AccountingState.REPLACED]


class AccountingMonthFilter(FilterSet):
    state = ChoiceFilter(choices=_SHOWN, label=_("State"))

    class Meta:
        model = AccountingMonth
        fields: tuple[str, ...] = ()


class ContractCostFilter(FilterSet):
    plan = ModelChoiceFilter(queryset=Plan.objects.all(), label=_("Plan"))
    source = ChoiceFilter(choices=TermSource.choices, label=_("Term from"))
    account = NumberFilter(field_name="account", label=_("Customer number"))
    left = ChoiceFilter(choices=[("1", _("Something")), ("0", _("Nothing"))], label=_("Left"), method="by_left")
    ended = ChoiceFilter(choices=[("1", _("Without a renewal"))], label=_("Contract ended"), method="by_end")

    class Meta:
        model = ContractCost
        fields: tuple[str, ...] = ()

    def by_left(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(left_minor__gt=0) if value == "1" else rows.filter(left_minor=0)

    def by_end(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(left_minor__gt=0, contract__status=ContractStatus.ENDED, contract__renewal_deal=None)


class CostMonthFilter(FilterSet):
    plan = ModelChoiceFilter(queryset=Plan.objects.all(), field_name="cost__plan", label=_("Plan"))
    over = ChoiceFilter(choices=[("1", _("Beyond the asset"))], label=_("Taken back"), method="by_over")
    impaired = ChoiceFilter(choices=[("1", _("Something"))], label=_("Written off"), method="by_impaired")

    class Meta:
        model = CostMonth
        fields: tuple[str, ...] = ()

    def by_over(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(over_minor__gt=0)

    def by_impaired(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(impaired_minor__gt=0)


class CostLineFilter(FilterSet):
    month = NumberFilter(field_name="month", label=_("Month of account"))
    plan = ModelChoiceFilter(queryset=Plan.objects.all(), label=_("Plan"))
    treatment = ChoiceFilter(choices=[(str(one.value), one.label) for one in Treatment], label=_("Treatment"))

    class Meta:
        model = CostLine
        fields: tuple[str, ...] = ()


class JournalFilter(FilterSet):
    month = NumberFilter(field_name="month", label=_("Month of account"))
    plan = ModelChoiceFilter(queryset=Plan.objects.all(), label=_("Plan"))
    account = ChoiceFilter(choices=Ledger.choices, label=_("Account"))
    entry = ChoiceFilter(choices=Entry.choices, label=_("Entry"))

    class Meta:
        model = JournalEntry
        fields: tuple[str, ...] = ()
