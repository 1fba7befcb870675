from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import Form, ModelForm
from pipeline.models import Activity, Opportunity


class OpportunityForm(ModelForm):
    """Create or change a deal. `version` is what the person saw when opening it."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Opportunity
        fields = (
            "name", "account", "owner", "stage", "type", "amount", "currency", "expected_close_on", "closed_on",
            "category", "probability", "product", "recurring_amount", "one_off_amount", "term_months",
            "next_step", "next_step_due_on", "competitor", "loss_reason", "source",
        )  # fmt: skip

    def __init__(self, *args: Any, owners: Any, accounts: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = owners  # type: ignore[attr-defined]  # -- a model choice field
        self.fields["account"].queryset = accounts  # type: ignore[attr-defined]  # -- a model choice field
        self.fields["category"].required = False
        if self.instance.pk:
            self.initial["version"] = self.instance.version

    def clean_amount(self) -> Any:
        amount = self.cleaned_data["amount"]
        if amount is not None and amount < 0:
            raise forms.ValidationError(_("Enter 0 or more."))
        return amount

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        closed = data.get("closed_on")
        stage = data.get("stage")
        if stage and stage.status == "open" and closed:
            self.add_error(
                "closed_on", _("An open deal has no close date yet. Leave this empty or choose a closed stage.")
            )
        if stage and stage.status == "lost" and not data.get("loss_reason"):
            self.add_error("loss_reason", _("Choose why the deal was lost."))
        if not data.get("category") and stage:
            data["category"] = stage.category
        return data


class ActivityForm(ModelForm):
    class Meta:
        model = Activity
        fields = ("kind", "title", "due_on")
        labels = {"title": _("What happened, in one line"), "due_on": _("Due (tasks)")}


class NextStepForm(Form):
    next_step = forms.CharField(max_length=255, required=False)
    next_step_due_on = forms.DateField(required=False)
