from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import DateInput, Form, ModelForm, MoneyField, check_money
from core.models import Currency, FiscalPeriod
from people.models import Person, Position, Team
from quotas.enums import COUNTED, HolderKind, Measure, ReliefWay
from quotas.models import Target
from quotas.selectors.reliefs import Asked

RANK = {"year": 0, "quarter": 1, "month": 2}


def period_choices() -> list[tuple[str, list[tuple[int, str]]]]:
    """Fiscal years, the latest first; each with its quarters and months."""
    periods = list(FiscalPeriod.objects.order_by("starts_on"))
    years = [period for period in periods if period.kind == "year"]
    grouped = []
    for year in reversed(years):
        inside = [p for p in periods if year.starts_on <= p.starts_on and p.ends_on <= year.ends_on]
        inside.sort(key=lambda p: (RANK[p.kind], p.starts_on))
        grouped.append((year.label, [(p.pk, p.label) for p in inside]))
    return grouped


def holder_choices() -> list[tuple[Any, list[tuple[str, Any]]]]:
    """Whoever can have a target, as "kind:id"."""
    teams = [(f"team:{pk}", name) for pk, name in Team.objects.order_by("name").values_list("pk", "name")]
    people = Person.objects.filter(left_on=None).order_by("name").values_list("pk", "name")
    seats = Position.objects.filter(archived_at=None).order_by("title").values_list("pk", "title")
    return [
        (_("Company"), [("company:0", _("The whole company"))]),
        (_("Regions and teams"), teams),
        (_("People"), [(f"person:{pk}", name) for pk, name in people]),
        (_("Positions"), [(f"position:{pk}", title) for pk, title in seats]),
    ]


def _since() -> forms.DateField:
    """From which day a target holds; left empty: from today."""
    help_text = _("Empty: from today. What held before ends there; a past day will do while its books are open.")
    return forms.DateField(label=_("From"), required=False, help_text=help_text)


class TargetForm(ModelForm):
    """What a holder owes for a measure in a period."""

    since = _since()
    period = forms.ChoiceField(choices=period_choices, label=_("Period"))
    holder = forms.ChoiceField(choices=holder_choices, label=_("Holder"), initial="company:0")
    amount = MoneyField(label=_("Amount"), required=True)

    sections = ((_("Target"), "", ("period", "holder", "measure", "amount", "currency", "since")),)

    class Meta:
        model = Target
        fields = ("measure", "amount", "currency")
        help_texts = {"currency": _("Leave empty for units and new logos.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["currency"].queryset = Currency.objects.filter(is_active=True)  # type: ignore[attr-defined]  # -- a model choice field

    def clean_period(self) -> FiscalPeriod:
        return FiscalPeriod.objects.get(pk=self.cleaned_data["period"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("measure") in COUNTED:
            data["currency"] = None
        elif not data.get("currency"):
            self.add_error("currency", _("Choose the currency of the amount."))
        check_money(self, data, currency=str(data.get("currency") or ""), names=("amount",))
        kind, _colon, number = str(data.get("holder") or "company:0").partition(":")
        self.instance.holder_kind, self.instance.holder_id = HolderKind(kind), int(number)
        if data.get("period"):
            self.instance.period = data["period"]
        return data


class AmountForm(ModelForm):
    """A new amount for a target that is there."""

    amount = MoneyField(label=_("New amount"), required=True)
    since = _since()

    class Meta:
        model = Target
        fields = ("amount",)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        check_money(self, data, currency=str(self.instance.currency_id or ""), names=("amount",))
        return data


class ReliefForm(Form):
    """How much of a quota goes with an account that moved."""

    way = forms.ChoiceField(label=_("How much of the quota goes"), choices=ReliefWay.choices, initial=ReliefWay.SHARE)
    measure = forms.ChoiceField(label=_("Measure"), choices=Measure.choices, initial=Measure.BOOKINGS)
    since = forms.DateField(
        label=_("From"),
        widget=DateInput,
        help_text=_("A target comes down by the days that are left of its period."),
    )
    amount = forms.DecimalField(
        label=_("Amount"), required=False, min_value=0, max_digits=18, decimal_places=2,
        help_text=_("In all, in the currency of the targets; only for a fixed amount."),
    )  # fmt: skip
    reason = forms.CharField(label=_("Reason"), max_length=255, required=False)

    @property
    def asked(self) -> Asked:
        """What a form that is right asks for."""
        said = self.cleaned_data
        amount = said["amount"] if said["way"] == ReliefWay.AMOUNT else None
        return Asked(said["way"], said["measure"], said["since"], amount)


class ReliefUndoForm(Form):
    on = forms.DateField(label=_("From"), widget=DateInput, help_text=_("The targets are what they were from then on."))
