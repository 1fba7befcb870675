from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from core.forms import (
    Form,
    MoneyField,
    OwnValuesForm,
    RecordField,
    VersionedForm,
    check_money,
    shorten_choices,
    with_current,
)
from core.models import Currency
from pipeline.enums import Category, Status
from pipeline.models import Competitor, LossReason, Opportunity, Stage

AMOUNTS = ("amount", "recurring_amount", "one_off_amount")
CELLS = (
    "amount", "expected_close_on", "closed_on", "next_step", "next_step_due_on", "stage", "owner", "category",
)  # fmt: skip
OPEN_CATEGORIES = [(key, label) for key, label in Category.choices if key != Category.CLOSED]


class OpportunityForm(OwnValuesForm):
    """Create or change a deal. `version` is what the person saw when opening it."""

    amount = MoneyField(label=_("Amount"))
    recurring_amount = MoneyField(
        label=_("Recurring, a year"), help_text=_("Annual and total contract value follow from this and the term.")
    )
    one_off_amount = MoneyField(label=_("One-off"))

    sections = (
        (_("Deal"), "", ("name", "account", "owner", "type", "product", "competitor", "source")),
        (
            _("Stage and forecast"),
            "",
            ("stage", "expected_close_on", "category", "probability", "closed_on", "loss_reason", "despite"),
        ),
        (
            _("Amounts and contract"),
            "",
            ("amount", "currency", "recurring_amount", "one_off_amount")
            + ("term_months", "term_starts_on", "term_ends_on"),
        ),
        (_("Next step"), _("What happens next, and by when."), ("next_step", "next_step_due_on")),
    )

    class Meta:
        model = Opportunity
        fields = (
            "name", "account", "owner", "stage", "type", "amount", "currency", "expected_close_on", "closed_on",
            "category", "probability", "product", "recurring_amount", "one_off_amount", "term_months",
            "term_starts_on", "term_ends_on", "next_step", "next_step_due_on", "competitor", "loss_reason", "source",
        )  # fmt: skip
        help_texts = {
            "closed_on": _("Only for won and lost deals. Blank: today."),
            "loss_reason": _("A lost deal needs one."),
            "term_ends_on": _("Blank: from the start and the months."),
        }

    def __init__(self, *args: Any, owners: Any, accounts: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        deal = self.instance
        self.fields["owner"].queryset = with_current(owners, deal.owner_id)  # type: ignore[attr-defined]  # -- a model choice field
        self.fields["account"] = RecordField(
            with_current(accounts, deal.account_id),
            address=reverse_lazy("accounts:account_options"),
            prefix="ACC",
            noun=_("account"),
            label=_("Account"),
            required=False,
        )
        self.fields["account"].show_hidden_initial = True
        self.fields["category"].required = False
        self.fields["category"].choices = [("", _("As the stage")), *Category.choices]  # type: ignore[attr-defined]  # -- a choice field
        if deal.pk is None:
            self.initial["category"] = ""
            first = Stage.objects.filter(is_active=True, status=Status.OPEN).first()
            self.initial["stage"] = self.initial.get("stage") or first
        for name in AMOUNTS:
            self.fields[name].currency = str(deal.currency_id or "")  # type: ignore[attr-defined]  # -- a MoneyField
        if "despite" in self.data:
            self.ask_why()
        offered = (
            ("stage", Stage.objects.filter(is_active=True).select_related("process"), deal.stage_id),
            ("loss_reason", LossReason.objects.filter(is_active=True), deal.loss_reason_id),
            ("currency", Currency.objects.filter(is_active=True), deal.currency_id or self.initial.get("currency")),
        )
        for name, rows, current in offered:
            self.fields[name].queryset = with_current(rows, current)  # type: ignore[attr-defined]  # -- a model choice field
        shorten_choices(self)
        self.add_own_fields("opportunity", people=owners)

    def ask_why(self) -> None:
        """Exit criteria aren't met: ask for the reason to move on all the same."""
        self.fields["despite"] = despite_field()

    @property
    def changed_names(self) -> list[str]:
        return [name for name in super().changed_names if name != "despite"]

    @property
    def changes(self) -> dict[str, Any]:
        ends = self.cleaned_data["term_ends_on"]
        derived = {"term_ends_on": ends} if ends and ends != self.instance.term_ends_on else {}
        return super().changes | derived

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        check_money(self, data, currency=str(data.get("currency") or ""), names=AMOUNTS)
        _check_term(self, data)
        stage, closed = data.get("stage"), data.get("closed_on")
        if stage and stage.status == Status.OPEN and closed and "closed_on" in self.changed_data:
            words = _("An open deal has no close date yet. Leave this empty or choose a closed stage.")
            self.add_error("closed_on", words)
        elif closed and closed > self.today:
            self.add_error("closed_on", _("A deal can't be closed on a day to come."))
        if stage and stage.status == Status.LOST and not data.get("loss_reason"):
            self.add_error("loss_reason", _("Choose why the deal was lost."))
        if not data.get("category") and stage:
            data["category"] = stage.category
        return data


def despite_field() -> forms.CharField:
    return forms.CharField(
        label=_("Move on all the same, because"),
        max_length=255,
        required=False,
        help_text=_("Kept with your name in the deal's timeline."),
        widget=forms.TextInput(attrs={"class": "form-control", "wrap": "full"}),
    )


def _check_term(form: forms.BaseForm, data: dict[str, Any]) -> None:
    """A term's end follows from its start and months where it isn't given."""
    starts, ends, months = data.get("term_starts_on"), data.get("term_ends_on"), data.get("term_months")
    if starts and months and not ends:
        data["term_ends_on"] = last_day(starts, months)
    elif starts and ends and ends < starts:
        form.add_error("term_ends_on", _("The term ends before it starts."))


def last_day(starts: date, months: int) -> date:
    """The last day of a term. Jan 31, 2026 and 1 month -> Feb 27, 2026 (the next term starts on Feb 28)."""
    year, month = divmod(starts.year * 12 + starts.month - 1 + months, 12)
    day = min(starts.day, monthrange(year, month + 1)[1])
    return date(year, month + 1, day) - timedelta(days=1)


class DetailsForm(VersionedForm):
    """What changes from week to week, edited in place on the deal's page."""

    amount = MoneyField(label=_("Amount"))

    class Meta:
        model = Opportunity
        fields = (
            "amount", "expected_close_on", "category", "term_months", "next_step", "next_step_due_on", "competitor",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].currency = str(self.instance.currency_id)  # type: ignore[attr-defined]  # -- a MoneyField
        self.fields["amount"].label = _("Amount (%(currency)s)") % {"currency": self.instance.currency_id}
        self.fields["next_step"].widget.attrs["wrap"] = "full"
        self.fields["category"].required = False
        if self.instance.status != Status.OPEN:
            del self.fields["category"], self.fields["expected_close_on"]
        else:
            open_ones = [(key, label) for key, label in Category.choices if key != Category.CLOSED]
            self.fields["category"].choices = open_ones  # type: ignore[attr-defined]  # -- a choice field

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        check_money(self, data, currency=str(self.instance.currency_id), names=("amount",))
        if "category" in data and not data["category"]:
            data["category"] = self.instance.category
        return data


class CellForm(VersionedForm):
    """One field of a deal, edited in a cell of the list; a move may ask for more, as on its page."""

    amount = MoneyField(label=_("Amount"))

    class Meta:
        model = Opportunity
        fields = CELLS

    def __init__(self, *args: Any, name: str, owners: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today, deal = today, self.instance
        for other in set(CELLS) - {name}:
            del self.fields[other]
        if name == "amount":
            self.fields[name].currency = str(deal.currency_id)  # type: ignore[attr-defined]  # -- a MoneyField
        elif name == "owner":
            self.fields[name] = owner_field(with_current(owners, deal.owner_id))
        elif name == "category":
            self.fields[name].choices = OPEN_CATEGORIES  # type: ignore[attr-defined]  # -- a choice field
        elif name == "stage":
            offered = Stage.objects.filter(is_active=True, process=deal.process_id)
            self.fields[name].queryset = with_current(offered, deal.stage_id)  # type: ignore[attr-defined]  # -- a model choice field
            self.fields[name].empty_label = None  # type: ignore[attr-defined]  # -- the same
        if "despite" in self.data:
            self.ask_why()
        if "loss_reason" in self.data:
            self.ask_reason()

    def ask_why(self) -> None:
        """Exit criteria aren't met: ask for the reason to move on all the same."""
        self.fields["despite"] = despite_field()

    def ask_reason(self) -> None:
        """The deal was lost: ask why."""
        reasons = LossReason.objects.filter(is_active=True)
        self.fields["loss_reason"] = forms.ModelChoiceField(reasons, label=_("Why it was lost"))
        self.style()

    @property
    def changed_names(self) -> list[str]:
        return [name for name in super().changed_names if name != "despite"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "amount" in self.fields:
            check_money(self, data, currency=str(self.instance.currency_id), names=("amount",))
        closed = data.get("closed_on")
        if closed and closed > self.today:
            self.add_error("closed_on", _("A deal can't be closed on a day to come."))
        return data


def owner_field(people: Any, **more: Any) -> RecordField:
    """A colleague by name; matches are offered as one types."""
    address = reverse_lazy("people:colleague_options")
    given = {"label": _("Owner"), "required": True, "noun": _("person")} | more
    field = RecordField(people, address=address, prefix="PER", **given)
    field.show_hidden_initial = True
    return field


class NextStepForm(VersionedForm):
    """What happens next and by when, edited on a card of the board."""

    class Meta:
        model = Opportunity
        fields = ("next_step", "next_step_due_on")


class MoveForm(Form):
    """Move a deal to a stage: a day and a reason when it closes, a reason when criteria are passed over."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    closed_on = forms.DateField(label=_("Closed on"))
    loss_reason = forms.ModelChoiceField(LossReason.objects.filter(is_active=True), label=_("Why it was lost"))
    competitor = forms.ModelChoiceField(Competitor.objects.all(), label=_("Lost to, if known"), required=False)

    def __init__(self, *args: Any, stage: Stage, deal: Opportunity, today: date, unmet: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        if unmet:
            self.fields["despite"] = despite_field()
        self.initial.update({"version": deal.version, "closed_on": today, "competitor": deal.competitor_id})
        if stage.status == Status.OPEN:
            del self.fields["closed_on"]
        if stage.status != Status.LOST:
            del self.fields["loss_reason"], self.fields["competitor"]

    def clean_closed_on(self) -> date:
        closed = self.cleaned_data["closed_on"]
        if closed > self.today:
            raise forms.ValidationError(_("A deal can't be closed on a day to come."))
        return closed

    @property
    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        names = ("closed_on", "loss_reason", "competitor")
        return {name: data[name] for name in names if name in data and (data[name] or name != "competitor")}
