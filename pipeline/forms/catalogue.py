from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import ModelForm, MoneyField, check_money
from core.models import Currency
from pipeline.enums import CriterionKind
from pipeline.models import Competitor, ListPrice, LossReason, Product, Stage, StageCriterion

FIELDS = (
    ("account", _("Account")),
    ("amount", _("Amount")),
    ("expected_close_on", _("Expected close date")),
    ("next_step", _("Next step")),
    ("next_step_due_on", _("Next step due")),
    ("competitor", _("Main competitor")),
    ("product", _("Main product")),
    ("lines", _("Products")),
    ("contact", _("A contact in the buying group")),
    ("term_months", _("Contract term")),
    ("source", _("Source")),
)


class ProductForm(ModelForm):
    class Meta:
        model = Product
        fields = ("name", "external_id", "family", "is_recurring", "is_active")
        help_texts = {
            "external_id": _("The key that imports find the product by."),
            "is_recurring": _("Sold by the year."),
            "is_active": _("Off: kept for old deals, not offered for new ones."),
        }

    def clean_external_id(self) -> str | None:
        return self.cleaned_data["external_id"] or None


class PriceForm(ModelForm):
    price = MoneyField(label=_("List price"), required=True)

    class Meta:
        model = ListPrice
        fields = ("price", "currency", "valid_from")
        help_texts = {"valid_from": _("The price before ends on this day.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["currency"].queryset = Currency.objects.filter(is_active=True)  # type: ignore[attr-defined]  # -- a model choice field

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        check_money(self, data, currency=str(data.get("currency") or ""), names=("price",))
        return data


class StageForm(ModelForm):
    class Meta:
        model = Stage
        fields = ("name", "position", "status", "probability", "category", "is_active")
        help_texts = {
            "position": _("1 is the first. Others make room."),
            "probability": _("How likely a deal in this stage is won, where the deal itself says nothing else."),
            "category": _("What a deal counts as in the forecast when it enters the stage."),
            "is_active": _("Off: kept for deals that are in it, not offered for others."),
        }

    def clean_probability(self) -> Any:
        probability = self.cleaned_data["probability"]
        if not 0 <= probability <= 100:
            raise forms.ValidationError(_("Enter a percentage from 0 to 100."))
        return probability


class CriterionForm(ModelForm):
    field = forms.ChoiceField(choices=[("", "–"), *FIELDS], label=_("Field"), required=False)

    class Meta:
        model = StageCriterion
        fields = ("label", "kind", "field")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("kind") == CriterionKind.FIELD and not data.get("field"):
            self.add_error("field", _("Choose the field that has to be filled."))
        if data.get("kind") == CriterionKind.CHECK:
            data["field"] = ""
        return data


class LossReasonForm(ModelForm):
    class Meta:
        model = LossReason
        fields = ("name", "is_active")


class CompetitorForm(ModelForm):
    class Meta:
        model = Competitor
        fields = ("name",)
