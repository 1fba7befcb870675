"""Forms of quotes, contracts, orders and what is booked on them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from core.forms import Form, ModelForm, MoneyField, OwnValuesForm, RecordField, check_money, with_current
from core.kernel.effective import day_after
from core.models import Currency
from orders.models import Churn, Contract, CreditNote, Invoice, Order, Payment, Quote, Return

LAST_YEAR = 2200  # later days are slips of the keyboard


def check_years(form: forms.BaseForm, data: dict[str, Any]) -> None:
    for name, value in list(data.items()):
        if isinstance(value, date) and not 1900 <= value.year <= LAST_YEAR and name in form.fields:
            form.add_error(name, _("Enter a day between 1900 and 2200."))


class _KeptForm(OwnValuesForm):
    """A record with custom fields whose currency is offered among those in use."""

    kind = ""

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        current = self.instance.currency_id or self.initial.get("currency")
        if "currency" in self.fields:
            rows = with_current(Currency.objects.filter(is_active=True), current)
            self.fields["currency"].queryset = rows  # type: ignore[attr-defined]  # -- a model choice field
        for name, field in self.fields.items():
            if isinstance(field, MoneyField):
                field.currency = str(self.instance.currency_id or "")
                self.fields[name].show_hidden_initial = True
        self.add_own_fields(self.kind, people=people)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        money = [name for name, field in self.fields.items() if isinstance(field, MoneyField)]
        check_money(self, data, currency=str(data.get("currency") or ""), names=money)
        check_years(self, data)
        return data


class QuoteForm(_KeptForm):
    kind = "quote"

    class Meta:
        model = Quote
        fields = ("name", "currency", "valid_until", "note")
        widgets = {"note": forms.Textarea({"rows": 3})}


class ContractForm(_KeptForm):
    kind = "contract"

    value = MoneyField(label=_("Value"), required=True)
    recurring_amount = MoneyField(
        label=_("Recurring, a year"), help_text=_("What renewals and churn are counted with.")
    )
    last_day = forms.DateField(
        label=_("Last day"), required=False, help_text=_("Blank: it holds until somebody ends it.")
    )
    sections = (
        (_("Contract"), "", ("name", "account", "deal")),
        (_("Days"), "", ("starts_on", "last_day", "notice_days", "renewal_months", "auto_renews")),
        (_("Money"), "", ("currency", "value", "recurring_amount")),
    )

    class Meta:
        model = Contract
        fields = (
            "name", "account", "deal", "starts_on", "notice_days", "renewal_months", "auto_renews", "currency",
            "value", "recurring_amount",
        )  # fmt: skip

    def __init__(self, *args: Any, accounts: Any, deals: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contract = self.instance
        self.fields["account"] = RecordField(
            with_current(accounts, contract.account_id),
            address=reverse_lazy("accounts:account_options"),
            prefix="ACC",
            noun=_("account"),
            label=_("Account"),
        )
        self.fields["deal"] = RecordField(
            with_current(deals, contract.deal_id),
            address="",
            prefix="OPP",
            noun=_("deal"),
            label=_("Deal"),
            required=False,
            help_text=_("By its number (OPP-12) or its whole name."),
        )
        self.fields["deal"].widget.attrs.pop("data-options")
        self.initial["last_day"] = contract.last_day if contract.pk else self.initial.get("last_day")
        for name in ("account", "deal", "last_day"):
            self.fields[name].show_hidden_initial = True

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        starts, last = data.get("starts_on"), data.get("last_day")
        if starts and last and last < starts:
            self.add_error("last_day", _("The contract ends before it starts."))
        return data

    def _post_clean(self) -> None:
        super()._post_clean()
        last = self.cleaned_data.get("last_day")
        if "last_day" not in self.errors:
            self.instance.ends_on = day_after(last)

    def _value_of(self, record: Any, name: str) -> Any:
        return record.last_day if name == "last_day" else super()._value_of(record, name)


class OrderForm(_KeptForm):
    kind = "order"

    class Meta:
        model = Order
        fields = ("name", "contract", "ordered_on", "currency")

    def __init__(self, *args: Any, contracts: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = with_current(contracts, self.instance.contract_id)
        self.fields["contract"].queryset = offered  # type: ignore[attr-defined]  # -- a model choice field


class OrderQuoteForm(Form):
    """The order of an accepted quote."""

    ordered_on = forms.DateField(label=_("Ordered on"))
    contract = forms.ModelChoiceField(Contract.objects.none(), label=_("Contract"), required=False)

    def __init__(self, *args: Any, contracts: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contract"].queryset = contracts  # type: ignore[attr-defined]  # -- a model choice field


class InvoiceForm(_KeptForm):
    """A new invoice: it is in its order's currency."""

    kind = "invoice"

    amount = MoneyField(label=_("Amount"), required=True)

    class Meta:
        model = Invoice
        fields = ("name", "amount", "issued_on", "due_on", "note")
        help_texts = {"due_on": _("Blank: after the company's days.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["due_on"].required = False

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        check_money(self, data, currency=str(self.instance.currency_id or ""), names=("amount",))
        return data


class _BookedForm(ModelForm):
    """A row booked on a record; amounts are in the record's currency."""

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        for field in self.fields.values():
            if isinstance(field, MoneyField):
                field.currency = currency

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        money = [name for name, field in self.fields.items() if isinstance(field, MoneyField)]
        check_money(self, data, currency=self.currency, names=money)
        check_years(self, data)
        return data


class PaymentForm(_BookedForm):
    amount = MoneyField(label=_("Amount"), required=True)

    class Meta:
        model = Payment
        fields = ("amount", "currency", "paid_on", "reference")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = with_current(Currency.objects.filter(is_active=True), self.currency)
        self.fields["currency"].queryset = offered  # type: ignore[attr-defined]  # -- a model choice field


class CreditNoteForm(_BookedForm):
    amount = MoneyField(label=_("Amount"), required=True)

    class Meta:
        model = CreditNote
        fields = ("amount", "credited_on", "reason", "goods")
        help_texts = {"goods": _("The return it is for, if it is for one.")}

    def __init__(self, *args: Any, returns: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["goods"].queryset = returns  # type: ignore[attr-defined]  # -- a model choice field


class ReturnForm(_BookedForm):
    amount = MoneyField(label=_("Amount"), help_text=_("Blank: that part of the line's amount."))

    class Meta:
        model = Return
        fields = ("order_line", "quantity", "amount", "returned_on", "reason")

    def __init__(self, *args: Any, lines: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["order_line"].queryset = lines  # type: ignore[attr-defined]  # -- a model choice field


class ChurnForm(_BookedForm):
    amount = MoneyField(label=_("Lost, a year"), required=True)

    class Meta:
        model = Churn
        fields = ("lost_on", "amount", "reason")


class FulfilForm(Form):
    """How much of each open line was delivered; begins with all that is open."""

    fulfilled_on = forms.DateField(label=_("Delivered on"))
    note = forms.CharField(label=_("Note"), max_length=255, required=False)

    def __init__(self, *args: Any, lines: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = list(lines)
        for line in self.lines:
            left = f"{line.open_quantity.normalize():f}"
            field = forms.DecimalField(
                label=str(line), max_digits=14, decimal_places=4, min_value=0, required=False, initial=left,
                help_text=_("Of %(left)s still to be delivered.") % {"left": left},
            )  # fmt: skip
            self.fields[f"line_{line.pk}"] = field
        self.style()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        check_years(self, data)
        return data

    @property
    def quantities(self) -> dict[int, Decimal]:
        found = {line.pk: self.cleaned_data.get(f"line_{line.pk}") for line in self.lines}
        return {pk: quantity for pk, quantity in found.items() if quantity}


class DayForm(Form):
    """A day, and why where an act asks for it."""

    on = forms.DateField(label=_("On"))
    reason = forms.CharField(label=_("Why"), max_length=255)

    def __init__(self, *args: Any, label: Any, with_reason: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].label = label
        if not with_reason:
            del self.fields["reason"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        check_years(self, data)
        return data


class ReasonForm(Form):
    reason = forms.CharField(label=_("Why"), max_length=120)


class ReverseForm(Form):
    """What of a payment is taken back, and why."""

    amount = MoneyField(label=_("Amount"), help_text=_("Blank: all that is left of it."))
    reason = forms.CharField(label=_("Why"), max_length=120)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = self.fields["amount"].currency = currency  # type: ignore[attr-defined]  # -- a MoneyField

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        check_money(self, data, currency=self.currency, names=("amount",))
        return data


class DecideForm(Form):
    """A second person's yes or no."""

    reason = forms.CharField(
        label=_("What you say to it"), max_length=255, required=False, help_text=_("Needed where you give it back.")
    )
