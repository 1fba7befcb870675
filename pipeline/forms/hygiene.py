from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core import registry
from core.forms import Form, ModelForm
from people.models import Team
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


def _score(label: Any, initial: int | None, *, required: bool) -> forms.IntegerField:
    return forms.IntegerField(label=label, initial=initial, required=required, min_value=0, max_value=100)


class StandardsForm(Form):
    """The score expected of everyone, and of each team that has its own; blank: as everyone."""

    def __init__(self, *args: Any, teams: Iterable[Team], standards: Mapping[int, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team_0"] = _score(_("Everyone"), standards[0], required=True)
        for team in teams:
            self.fields[f"team_{team.pk}"] = _score(team.name, standards.get(team.pk), required=False)
        self.style()

    def standards(self) -> dict[int, int]:
        """Team id -> score; 0 is everyone else."""
        given = {int(name.removeprefix("team_")): score for name, score in self.cleaned_data.items()}
        return {team: score for team, score in given.items() if score is not None}
