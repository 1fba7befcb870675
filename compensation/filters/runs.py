"""Filters of the lists of this room, shared by page, API and export."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, DateFilter, FilterSet, ModelChoiceFilter, NumberFilter

from compensation.enums import AdjustmentState, PayEventKind, PayEventState, PayRunState, PeriodState, Stage
from compensation.models import Adjustment, CreditHold, LedgerEntry, PayeeResult, PayEvent, PayPeriod, PayRun, Plan
from core.forms import DateInput


class PeriodFilter(FilterSet):
    state = ChoiceFilter(choices=PeriodState.choices, label=_("State"))
    since = DateFilter(field_name="starts_on", lookup_expr="gte", label=_("From"), widget=DateInput)

    class Meta:
        model = PayPeriod
        fields: tuple[str, ...] = ()


class RunFilter(FilterSet):
    period = NumberFilter(field_name="period", label=_("Pay period number"))
    state = ChoiceFilter(choices=PayRunState.choices, label=_("State"))

    class Meta:
        model = PayRun
        fields: tuple[str, ...] = ()


class ResultFilter(FilterSet):
    plan = ModelChoiceFilter(queryset=Plan.objects.all(), field_name="version__plan", label=_("Plan"))
    paid = ChoiceFilter(
        choices=[("some", _("Something")), ("none", _("Nothing")), ("negative", _("Less than nothing"))],
        label=_("Paid"),
        method="by_paid",
    )
    changed = ChoiceFilter(
        choices=[("more", _("More than last month")), ("less", _("Less than last month"))],
        label=_("Change"),
        method="by_change",
    )
    held = ChoiceFilter(choices=[("1", _("Something"))], label=_("Held back"), method="by_held")

    class Meta:
        model = PayeeResult
        fields: tuple[str, ...] = ()

    def by_paid(self, rows: Any, name: str, value: str) -> Any:
        asked = {"some": {"paid_minor__gt": 0}, "none": {"paid_minor": 0}, "negative": {"paid_minor__lt": 0}}
        return rows.filter(**asked[value])

    def by_change(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(change_minor__gt=0) if value == "more" else rows.filter(change_minor__lt=0)

    def by_held(self, rows: Any, name: str, value: str) -> Any:
        return rows.exclude(held_minor=0)


class LedgerFilter(FilterSet):
    period = NumberFilter(field_name="period", label=_("Pay period number"))
    run = NumberFilter(field_name="run", label=_("Run number"))
    payee = CharFilter(field_name="payee__code", label=_("Payee code"))
    plan = ModelChoiceFilter(queryset=Plan.objects.all(), label=_("Plan"))
    stage = ChoiceFilter(choices=[(str(one.value), one.label) for one in Stage], label=_("What"))
    late = ChoiceFilter(choices=[("1", _("Of an earlier month"))], label=_("Month earned"), method="by_late")

    class Meta:
        model = LedgerEntry
        fields: tuple[str, ...] = ()

    def by_late(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(earned_in__lt=F("period__starts_on"))


class AdjustmentFilter(FilterSet):
    state = ChoiceFilter(choices=AdjustmentState.choices, label=_("State"))
    plan = ModelChoiceFilter(queryset=Plan.objects.all(), label=_("Plan"))
    since = DateFilter(field_name="earned_in", lookup_expr="gte", label=_("Month from"), widget=DateInput)
    until = DateFilter(field_name="earned_in", lookup_expr="lte", label=_("Month to"), widget=DateInput)

    class Meta:
        model = Adjustment
        fields: tuple[str, ...] = ()


class HoldFilter(FilterSet):
    state = ChoiceFilter(
        choices=[("held", _("Held")), ("released", _("Released"))], label=_("State"), method="by_state"
    )
    plan = ModelChoiceFilter(queryset=Plan.objects.all(), label=_("Plan"))

    class Meta:
        model = CreditHold
        fields: tuple[str, ...] = ()

    def by_state(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(released_at__isnull=value == "held")


class PayEventFilter(FilterSet):
    state = ChoiceFilter(choices=PayEventState.choices, label=_("State"))
    kind = ChoiceFilter(choices=PayEventKind.choices, label=_("Kind"))
    since = DateFilter(field_name="on", lookup_expr="gte", label=_("From"), widget=DateInput)
    until = DateFilter(field_name="on", lookup_expr="lte", label=_("To"), widget=DateInput)

    class Meta:
        model = PayEvent
        fields: tuple[str, ...] = ()
