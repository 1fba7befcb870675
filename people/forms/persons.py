from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from core.forms import Form, ModelForm, RecordField
from people.enums import TeamKind
from people.models import Person, Position, Team
from people.selectors import colleagues


class PersonForm(ModelForm):
    class Meta:
        model = Person
        fields = ("name", "email", "external_id", "hired_on")
        help_texts = {
            "email": _("Not needed. A login has its own."),
            "external_id": _("The key that imports find the person by."),
        }

    def clean_external_id(self) -> str | None:
        return self.cleaned_data["external_id"] or None


class SeatForm(Form):
    """A seat for a person: a vacant one, or a new one with a title."""

    since = forms.DateField(label=_("From"), help_text=_("May lie in the past or in the future."))
    position = forms.ModelChoiceField(Position.objects.none(), label=_("Vacant position"), required=False)
    title = forms.CharField(
        label=_("Or a new position called"), max_length=200, required=False, help_text=_("Such as “Account executive”.")
    )
    is_manager = forms.BooleanField(label=_("Leads people"), required=False)
    reports_to = forms.ModelChoiceField(
        Position.objects.filter(archived_at=None), label=_("Reports to"), required=False
    )
    team = forms.ModelChoiceField(Team.objects.all(), label=_("Region or team"), required=False)

    def __init__(self, *args: Any, vacant: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["position"].queryset = vacant  # type: ignore[attr-defined]  # -- a model choice field

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if bool(data.get("position")) == bool(data.get("title")):
            self.add_error("title", _("Choose a vacant position, or name a new one."))
        return data


def _taker(today: date, **given: Any) -> RecordField:
    return RecordField(
        colleagues(today), address=reverse_lazy("people:colleague_options"), prefix="PER", noun=_("person"), **given
    )


class LeaveForm(Form):
    """The day somebody is no longer here, and who takes each kind of what is theirs; empty: it stays for now."""

    on = forms.DateField(label=_("First day no longer here"))

    def __init__(self, *args: Any, holdings: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.holdings = [one for one in holdings if one.count]
        for one in self.holdings:
            words = f"{one.part.label} ({one.count})"
            self.fields[self.name_of(one.part.key)] = _taker(today, label=words, required=False)
        self.style()

    @staticmethod
    def name_of(key: str) -> str:
        return f"to_{key}"

    @property
    def rows(self) -> list[tuple[Any, Any]]:
        """Each holding beside its field."""
        return [(one, self[self.name_of(one.part.key)]) for one in self.holdings]

    @property
    def takers(self) -> list[tuple[str, Person]]:
        """(part, who takes it) of what is handed over."""
        chosen = [(one.part.key, self.cleaned_data.get(self.name_of(one.part.key))) for one in self.holdings]
        return [(key, person) for key, person in chosen if person is not None]


class TakerForm(Form):
    """Who takes the records that are ticked."""

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"] = _taker(today, label=_("Hand over to"))
        self.style()


class PositionForm(ModelForm):
    class Meta:
        model = Position
        fields = ("title", "is_manager", "external_id")

    def clean_external_id(self) -> str | None:
        return self.cleaned_data["external_id"] or None


class MoveForm(Form):
    """Who sits on a seat, whom it reports to and which team it is in, from a day. Only what is changed is moved."""

    since = forms.DateField(
        label=_("From"), help_text=_("Earlier days stay as they were. Past days change who is credited and seen since.")
    )
    holder = forms.ModelChoiceField(
        Person.objects.all(), label=_("Held by"), required=False, empty_label=_("Nobody, vacant")
    )
    reports_to = forms.ModelChoiceField(
        Position.objects.filter(archived_at=None), label=_("Reports to"), required=False, empty_label=_("Nobody")
    )
    team = forms.ModelChoiceField(Team.objects.all(), label=_("Region or team"), required=False, empty_label=_("None"))

    @property
    def changes(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.changed_data if name != "since"}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not [name for name in self.changed_data if name != "since"]:
            raise forms.ValidationError(_("Change who holds it, whom it reports to, or its team."))
        return data


class TeamForm(ModelForm):
    class Meta:
        model = Team
        fields = ("name", "kind", "parent")
        help_texts = {"parent": _("A team belongs to a region; a region to none.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        regions = Team.objects.filter(kind=TeamKind.REGION).exclude(pk=self.instance.pk)
        self.fields["parent"].queryset = regions  # type: ignore[attr-defined]  # -- a model choice field

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("kind") == TeamKind.REGION and data.get("parent"):
            self.add_error("parent", _("A region stands by itself. Leave this empty or make it a team."))
        return data
