"""Forms of what the company decides."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from core.forms import ModelForm, MoneyField, check_money, with_current
from core.models import Currency
from orders.forms.records import check_years
from orders.models import DiscountPolicy, OrderSettings, ProductCost
from orders.policies import APPROVES
from people.enums import Role

ROLES = [(role.value, role.label) for role in Role if role in ("rep", *APPROVES)]


class CostForm(ModelForm):
    cost = MoneyField(label=_("Unit cost"), required=True)

    class Meta:
        model = ProductCost
        fields = ("product", "cost", "currency", "valid_from")
        help_texts = {"valid_from": _("The cost before ends on this day.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = with_current(Currency.objects.filter(is_active=True), self.initial.get("currency"))
        self.fields["currency"].queryset = offered  # type: ignore[attr-defined]  # -- a model choice field

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        check_money(self, data, currency=str(data.get("currency") or ""), names=("cost",))
        check_years(self, data)
        return data


class DiscountPolicyForm(ModelForm):
    class Meta:
        model = DiscountPolicy
        fields = ("role", "max_discount_pct", "valid_from")
        help_texts = {
            "max_discount_pct": _("More needs the yes of a second person who may give it."),
            "valid_from": _("The policy before ends on this day."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = ROLES  # type: ignore[attr-defined]  # -- a choice field

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        check_years(self, data)
        return data


class OrderSettingsForm(ModelForm):
    class Meta:
        model = OrderSettings
        fields = ("renewal_lead_days", "order_within_days", "due_days")
        help_texts = {
            "renewal_lead_days": _("Earlier where a contract asks for more days of notice."),
            "order_within_days": _("Afterwards it is told as an exception."),
            "due_days": _("Where an invoice says nothing else."),
        }
