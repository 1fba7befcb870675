from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from core import registry
from core.forms import Form, ModelForm
from people.models import Team
from pipeline.models import DigestPlan, Finding, HygieneRule
from pipeline.selectors.hygiene import reason_of
from pipeline.services.asks import ANSWER_DAYS
from pipeline.services.hygiene_fixes import SUGGESTED, fixes_for

FARTHEST_DAYS = 366


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


class DigestPlanForm(ModelForm):
    """When the weekly mail goes out."""

    class Meta:
        model = DigestPlan
        fields = ("is_on", "weekday", "hour")
        help_texts = {"hour": _("In the company's time zone, 0 to 23.")}


class FixForm(Form):
    """Which fix, and what it asks for. Complete once everything it asks for is given.

    Until something is filled in nothing is wrong: the page was only opened.
    """

    def __init__(self, *args: Any, kind: str, checks: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = {fix.key: fix for fix in fixes_for(kind, checks)}
        suggested = [(SUGGESTED, _("Suggested fixes"))] if any(f.is_suggested for f in self.offered.values()) else []
        choices = [*suggested, *((key, fix.label) for key, fix in self.offered.items())]
        first = choices[0][0] if choices else ""
        asked = self.data.get("fix", first)
        self.key = asked if asked in dict(choices) else first
        self.fields["fix"] = forms.ChoiceField(choices=choices, label=_("Fix"), initial=self.key)
        self.asks = dict(self.offered[self.key].asks()) if self.key in self.offered else {}
        self.fields.update(self.asks)
        self.data = {**{name: self.data.get(name, "") for name in self.asks if name in self.data}, "fix": self.key}
        self.is_asked = any(name in self.data for name in self.asks)
        self.is_bound = self.is_asked or not self.asks
        self.style()

    @property
    def is_complete(self) -> bool:
        """Whether there is a fix and all it asks for."""
        return bool(self.key) and (not self.asks or (self.is_asked and self.is_valid()))

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What was filled in, as the page that shows the changes sends it on."""
        return [(name, str(self.data.get(name, ""))) for name in self.asks]

    @property
    def lacking(self) -> dict[str, list[str]]:
        """What is wrong with what was filled in, or asked for and not given: field -> why."""
        if self.is_bound:
            return {name: [str(text) for text in texts] for name, texts in self.errors.items()}
        return {name: [_now("Give a value.")] for name, field in self.asks.items() if field.required}

    def chosen(self) -> tuple[str, dict[str, Any]]:
        """The key of the fix, and what was filled in."""
        given = self.cleaned_data if self.is_complete and self.asks else {}
        return self.key, {name: given.get(name) for name in self.asks}


class AskForm(Form):
    """By when, and whose: everyone's, or one team's."""

    def __init__(self, *args: Any, rule: HygieneRule, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on = on
        due = on + timedelta(days=ANSWER_DAYS)
        self.fields["due_on"] = forms.DateField(label=_("Due"), initial=due, help_text=str(rule.owner_action))
        self.fields["team"] = forms.ModelChoiceField(
            Team.objects.order_by("name"), label=_("Team"), required=False, help_text=_("Blank: every owner you see.")
        )
        self.style()

    def clean_due_on(self) -> date:
        due: date = self.cleaned_data["due_on"]
        if due < self.on:
            raise forms.ValidationError(_("Choose today or a later day."))
        if due > self.on + timedelta(days=FARTHEST_DAYS):
            raise forms.ValidationError(_("Choose a day within a year."))
        return due


class DismissForm(Form):
    """Which findings aren't a problem, why, and until when."""

    def __init__(self, *args: Any, findings: Sequence[Finding], as_of: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.as_of = as_of
        choices = [(one.pk, reason_of(one, as_of)) for one in findings]
        self.fields["finding"] = forms.TypedMultipleChoiceField(
            choices=choices, coerce=int, label=_("Problems"), initial=[pk for pk, _words in choices],
            widget=forms.CheckboxSelectMultiple,
        )  # fmt: skip
        self.fields["reason"] = forms.CharField(label=_("Why it is not a problem"), max_length=300)
        self.fields["until_on"] = forms.DateField(
            label=_("Until"), required=False, help_text=_("It counts again from this day. Blank: until it changes.")
        )
        self.style()

    def clean_until_on(self) -> date | None:
        until: date | None = self.cleaned_data["until_on"]
        if until and until <= self.as_of:
            raise forms.ValidationError(_("Choose a day after today, or none."))
        return until
