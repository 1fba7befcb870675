from __future__ import annotations

from typing import Any

from django import forms

from core import registry
from core.forms import ModelForm
from pipeline.models import HygieneRule


class RuleForm(ModelForm):
    """Severity, action, on or off of a check, and one field for each of its numbers."""

    class Meta:
        model = HygieneRule
        fields = ("severity", "owner_action", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        check = registry.hygiene_checks.find(self.instance.key)
        self.numbers = dict(check.numbers) if check else {}
        for name, (label, default) in self.numbers.items():
            initial = self.instance.params.get(name, default)
            self.fields[name] = forms.IntegerField(label=label, min_value=0, max_value=10_000, initial=initial)
        self.order_fields(["is_active", "severity", *self.numbers, "owner_action"])
        self.style()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self.instance.params = self.instance.params | {n: data[n] for n in self.numbers if n in data}
        return data
