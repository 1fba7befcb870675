"""Forms of territories and of what holds over time."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import F
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from core.forms import DateInput, Form, RecordField, VersionedForm, with_current
from people.models import Position
from pipeline.enums import Status
from pipeline.models import Stage
from territories.enums import CoveragePart, TransitionScope
from territories.models import Territory


def territory_field(territories: Any, *, label: Any, required: bool = True, **given: Any) -> RecordField:
    """A territory by name; the browser offers those there are."""
    return RecordField(
        territories,
        address=reverse_lazy("territories:territory_options"),
        prefix="TER",
        noun=_("territory"),
        label=label,
        required=required,
        **given,
    )


class TerritoryForm(VersionedForm):
    sections = ((_("Territory"), "", ("name", "kind", "parent", "description", "external_id")),)

    class Meta:
        model = Territory
        fields = ("name", "kind", "parent", "description", "external_id")
        help_texts = {"external_id": _("The key that imports find the territory by.")}

    def __init__(self, *args: Any, territories: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"] = territory_field(
            with_current(territories, self.instance.parent_id),
            label=_("Within"),
            required=False,
            show_hidden_initial=True,
            help_text=_("The larger territory that it is a part of."),
        )

    def clean_external_id(self) -> str | None:
        return self.cleaned_data["external_id"] or None


class CoverForm(Form):
    """Which seat has which part in a territory, from which day."""

    part = forms.ChoiceField(choices=CoveragePart.choices, label=_("Part"), initial=CoveragePart.OWNER)
    valid_from = forms.DateField(
        label=_("From"),
        widget=DateInput,
        help_text=_("Who has the part ends there. A past day that isn't closed will do."),
    )

    def __init__(self, *args: Any, territories: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seat = RecordField(
            Position.objects.filter(archived_at=None).alias(name=F("title")),  # found by it
            address=reverse_lazy("territories:seat_options"),
            prefix="POS",
            noun=_("position"),
            label=_("Position"),
            help_text=_("By its title or who sits there. Territories are held by seats: who follows covers them too."),
        )
        lead = {"territory": territory_field(territories, label=_("Territory"))} if territories is not None else {}
        self.fields = {**lead, "position": seat, **self.fields}


class PlaceForm(Form):
    """Which account belongs to which territory from a day; one of the two may stand already."""

    valid_from = forms.DateField(
        label=_("From"), widget=DateInput, help_text=_("The account leaves the territory it is in until then.")
    )

    def __init__(self, *args: Any, accounts: Any = None, territories: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lead: dict[str, forms.Field] = {}
        if accounts is not None:
            offered = reverse_lazy("accounts:account_options")
            lead["account"] = RecordField(
                accounts, address=offered, prefix="ACC", noun=_("account"), label=_("Account")
            )
        if territories is not None:
            lead["territory"] = territory_field(territories, label=_("Territory"))
        self.fields = {**lead, **self.fields}


class TransitionForm(Form):
    """What who had an account keeps of its credit after it moved."""

    person = forms.Field()
    moved_on = forms.DateField(
        label=_("Moved on"), widget=DateInput, help_text=_("First day of who has the account now.")
    )
    scope = forms.ChoiceField(choices=TransitionScope.choices, label=_("Keeps a share of"))
    percent = forms.DecimalField(
        label=_("Share, %"), min_value=0, max_value=100, decimal_places=2, initial=100,
        help_text=_("Of what a plan credits to the owner of a deal, or to who covers the account's territory."),
    )  # fmt: skip
    until = forms.DateField(
        label=_("Until"), widget=DateInput, required=False, help_text=_("First day of the next share. Empty: for good.")
    )
    then_percent = forms.DecimalField(
        label=_("Share after that, %"), min_value=0, max_value=100, decimal_places=2, required=False,
        help_text=_("Empty: nothing."),
    )  # fmt: skip
    min_stage = forms.ModelChoiceField(
        Stage.objects.filter(status=Status.OPEN).select_related("process"), label=_("Only deals that had come to"),
        required=False, help_text=_("This stage or further on the day of the move."),
    )  # fmt: skip
    min_amount = forms.DecimalField(
        label=_("Only deals of at least"), min_value=0, max_digits=18, decimal_places=2, required=False
    )
    reason = forms.CharField(label=_("Reason"), max_length=255, required=False)

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"] = RecordField(
            people, address=reverse_lazy("people:person_options"), prefix="PER", noun=_("person"),
            label=_("Who had it"),
        )  # fmt: skip

    @property
    def shares(self) -> list[tuple[date, Decimal]]:
        """The shares of a form that is right, each with its first day."""
        said = self.cleaned_data
        found = [(said["moved_on"], said["percent"])]
        return found + ([(said["until"], said["then_percent"] or Decimal(0))] if said["until"] else [])


class EndForm(Form):
    """From which day something no longer holds."""

    on = forms.DateField(label=_("First day it no longer holds"), widget=DateInput)
