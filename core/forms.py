"""Forms of the house: styled fields, groups, money as typed, records by name, and edits that lose nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.db.models import Model, QuerySet
from django.forms import BoundField
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from core.enums import Channel
from core.kernel import formats
from core.kernel.money import minor_digits
from core.kernel.periods import Period
from core.kernel.typed import NotAnAmount, decimals_of, has_too_many_decimals, meant, read_amount
from core.models import Company, FxRate


class DateInput(forms.DateInput):
    """The browser's own date field; values travel as ISO dates."""

    input_type = "date"

    def __init__(self, attrs: dict[str, str] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class MoneyField(forms.DecimalField):
    """An amount as people type it: "39,800.00", "$39,800". Its currency is checked by the form (check_money)."""

    widget = forms.TextInput
    currency = ""

    def __init__(self, **kwargs: Any) -> None:
        given: dict[str, Any] = {"max_digits": 18, "min_value": Decimal(0), "required": False} | kwargs
        super().__init__(**given)
        self.widget.attrs.update({"inputmode": "decimal", "class": "form-control input-money", "autocomplete": "off"})

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        try:
            return value if isinstance(value, Decimal) else read_amount(str(value))
        except NotAnAmount as error:
            if error.suggestion is None:
                raise forms.ValidationError(_("Enter an amount such as 39,800.00.")) from error
            asked = {"amount": f"{error.suggestion:,.2f}"}
            raise forms.ValidationError(_("Write decimals with a point. Did you mean %(amount)s?") % asked) from error

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, Decimal):
            return value
        places = max(minor_digits(self.currency), decimals_of(value.normalize()))
        return f"{value:,.{places}f}"

    def validate(self, value: Any) -> None:
        forms.Field.validate(self, value)


def check_money(form: forms.BaseForm, data: Mapping[str, Any], *, currency: str, names: Iterable[str]) -> None:
    """Refuse amounts with more decimals than the currency has. An amount nobody touched stays as it was stored."""
    for name in names:
        amount = data.get(name)
        if name not in form.changed_data or not isinstance(amount, Decimal):
            continue
        if has_too_many_decimals(amount, currency):
            asked = f"{meant(amount, currency):,.{minor_digits(currency)}f}"
            words = {"field": capfirst(str(form.fields[name].label)), "count": decimals_of(amount), "amount": asked}
            form.add_error(name, _now("%(field)s has %(count)s decimals. Did you mean %(amount)s?") % words)


class RecordField(forms.Field):
    """One of many records, by name: the browser offers matches as one types, the server takes a name or a number.

    A page never carries a million options. `address` answers with matches; `prefix` is that of the number (ACC-12).
    """

    widget = forms.TextInput

    def __init__(self, queryset: QuerySet[Any], *, address: Any, prefix: str, noun: Any, **kwargs: Any) -> None:
        self.queryset, self.prefix, self.noun = queryset, prefix, noun
        super().__init__(**kwargs)
        self.widget.attrs.update({"class": "form-control", "autocomplete": "off", "data-options": address})

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            value = self.queryset.filter(pk=value).first()
        return self.words(value) if isinstance(value, Model) else value

    def words(self, record: Any) -> str:
        return f"{record} · {self.prefix}-{record.pk}"

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values or isinstance(value, Model):
            return value or None
        text = str(value).strip()
        numbered = re.search(rf"(?:^|\s){self.prefix}-(\d{{1,18}})$", text, re.IGNORECASE)
        if numbered or text.isdecimal():
            found = self.queryset.filter(pk=numbered[1] if numbered else text[:18]).first()
            if found or numbered:
                return found or self._refuse(text, count=0)
        named = list(self.queryset.filter(name__iexact=text)[:2])
        return named[0] if len(named) == 1 else self._refuse(text, count=len(named))

    def _refuse(self, text: str, *, count: int) -> Any:
        if count:
            words = _("Several are called “%(name)s”. Choose the one you mean from the list.")
        else:
            words = _("There is no %(noun)s “%(name)s”. Choose one from the list.")
        raise forms.ValidationError(words % {"name": text, "noun": self.noun})

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(initial) != self.to_python(data))
        except forms.ValidationError:
            return True


def with_current(rows: Any, pk: Any) -> Any:
    """The rows a form offers, and the one that stands already, so that saving never drops it."""
    return rows if pk is None else rows | rows.model._default_manager.filter(pk=pk)


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that stand together under a heading."""

    title: Any
    note: Any
    fields: Sequence[BoundField]


class StyledForm:
    """Gives every widget of a form the design's class, and its fields in groups.

    sections: (title, note, names). Without any, all fields stand in one group.
    """

    fields: dict[str, forms.Field]
    sections: Sequence[tuple[Any, Any, Sequence[str]]] = ()

    def style(self) -> None:
        for field in self.fields.values():
            if isinstance(field, forms.DateField) and not isinstance(field.widget, DateInput):
                field.widget = DateInput(field.widget.attrs)
            widget = field.widget
            if isinstance(widget, forms.CheckboxInput | forms.CheckboxSelectMultiple | forms.RadioSelect):
                widget.attrs.setdefault("class", "form-check-input")
            elif isinstance(widget, forms.Select):
                widget.attrs.setdefault("class", "form-select")
            else:
                widget.attrs.setdefault("class", "form-control")
            _blank_choice(field)

    @property
    def groups(self) -> list[Group]:
        every = {field.name: field for field in self.visible_fields()}  # type: ignore[attr-defined]  # -- a form's own
        grouped = [
            Group(title, note, [every[name] for name in names if name in every])
            for title, note, names in self.sections or (("", "", list(every)),)
        ]
        return [group for group in grouped if group.fields]


def _blank_choice(field: forms.Field) -> None:
    """An empty choice reads as a dash, not as an order to select."""
    if isinstance(field, forms.ModelChoiceField):
        if field.empty_label is not None:
            field.empty_label = formats.NONE
    elif isinstance(field, forms.ChoiceField) and isinstance(field.choices, list):
        field.choices = [(key, label if key != "" else formats.NONE) for key, label in field.choices]


class Form(StyledForm, forms.Form):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # -- Django's own signature is passed through
        self.style()


class ModelForm(StyledForm, forms.ModelForm[Any]):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # -- Django's own signature is passed through
        self.style()


class VersionedForm(ModelForm):
    """A form over a record with a version. The page carries what the person saw, so that two can edit one record.

    `changed_data` is what this person changed against what they saw, whatever stands in the database by now.
    """

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.show_hidden_initial = name != "version"
        if self.instance.pk:
            self.initial["version"] = self.instance.version

    @property
    def changed_names(self) -> list[str]:
        return [name for name in self.changed_data if name != "version"]

    @property
    def changes(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.changed_names}

    def show_beside(self, theirs: Any) -> list[tuple[str, str]]:
        """Put both people's changes into the form; gives (field name, their value) where both changed the same field.

        Fields this person left alone take the newer value; fields both changed keep this person's, theirs stand beside.
        Sending the form again saves it over `theirs`.
        """
        data = QueryDict("", mutable=True)
        data.update(self.data)
        clashes: list[tuple[str, str]] = []
        for name in self.fields:
            if not self.fields[name].show_hidden_initial:
                continue
            bound = self[name]
            field, seen = bound.field, data.get(bound.html_initial_name, "")
            now = field.prepare_value(self._value_of(theirs, name))
            now = "" if now is None else now.isoformat() if hasattr(now, "isoformat") else str(now)
            if now != seen and name in self.changed_data and now != data.get(bound.html_name, ""):
                clashes.append((name, self._words(theirs, name)))
            elif name not in self.changed_data:
                data[bound.html_name] = now
            data[bound.html_initial_name] = now
        data[self.add_prefix("version")] = str(theirs.version)
        self.data = data
        return clashes

    def _value_of(self, record: Any, name: str) -> Any:
        return record._meta.get_field(name).value_from_object(record)

    def _words(self, record: Any, name: str) -> str:
        shown = getattr(record, f"get_{name}_display", None)
        value = shown() if shown else getattr(record, name)
        if isinstance(self.fields[name], MoneyField):
            value = self.fields[name].prepare_value(value)
        elif isinstance(self.fields[name], forms.DateField):
            value = formats.day(value)
        return formats.NONE if value in (None, "") else str(value)


MONTHS = (
    _("January"), _("February"), _("March"), _("April"), _("May"), _("June"), _("July"), _("August"), _("September"),
    _("October"), _("November"), _("December"),
)  # fmt: skip


def zone_choices() -> list[tuple[str, str]]:
    return [(zone, zone.replace("_", " ")) for zone in sorted(available_timezones()) if "/" in zone or zone == "UTC"]


class CompanyForm(ModelForm):
    time_zone = forms.ChoiceField(
        choices=zone_choices, label=_("Time zone"), help_text=_("Business days, periods and the night follow it.")
    )
    start_month = forms.TypedChoiceField(
        choices=list(enumerate(MONTHS, start=1)), coerce=int, label=_("Fiscal year starts in")
    )

    sections = (
        (_("Company"), "", ("name", "currency", "time_zone")),
        (
            _("Fiscal calendar"),
            _("How years are cut into quarters and months."),
            ("start_month", "pattern", "named_by"),
        ),
    )

    class Meta:
        model = Company
        fields = ("name", "currency", "time_zone", "start_month", "pattern", "named_by")
        help_texts = {
            "currency": _("Figures are shown in it. Fixed once there are records with amounts."),
            "pattern": _("Calendar months, or quarters of 13 weeks cut into months of whole weeks."),
            "named_by": _("Which calendar year gives a fiscal year its number."),
        }


class FxRateForm(ModelForm):
    class Meta:
        model = FxRate
        fields = ("currency", "rate", "kind", "valid_from", "source")
        help_texts = {
            "rate": _("Units of the reporting currency for one unit of this one."),
            "kind": _("Plan rates count pipeline, bookings and attainment; the others pay."),
            "valid_from": _("The rate before ends on this day."),
            "source": _("Where it comes from, such as a bank or the budget."),
        }

    def __init__(self, *args: Any, reporting: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        currencies = self.fields["currency"]
        currencies.queryset = currencies.queryset.exclude(pk=reporting)  # type: ignore[attr-defined]  # -- a model choice field

    def clean_rate(self) -> Any:
        rate = self.cleaned_data["rate"]
        if rate <= 0:
            raise forms.ValidationError(_("Enter more than 0."))
        return rate


class SavedViewForm(Form):
    table = forms.CharField(max_length=60)
    name = forms.CharField(max_length=60)
    query = forms.CharField(max_length=2000, required=False)
    is_shared = forms.BooleanField(required=False)


class ChannelsForm(Form):
    """How a person wants to hear of each kind; channels: pairs of kind and what holds now."""

    def __init__(self, *args: Any, channels: Sequence[tuple[Any, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind, channel in channels:
            self.fields[kind.key] = forms.ChoiceField(
                choices=Channel.choices, initial=channel, label=kind.label, widget=forms.RadioSelect
            )

    def channels(self) -> dict[str, str]:
        return dict(self.cleaned_data)


class ClosingForm(Form):
    """Through which month the books are closed; months: those that are over, the newest first."""

    closed_through = forms.TypedChoiceField(
        label=_("Closed through"),
        coerce=date.fromisoformat,
        empty_value=None,
        required=False,
        help_text=_("What was won or lost until then isn't changed any more, by hand, in bulk or by an import."),
    )
    reason = forms.CharField(
        label=_("Why closed days are opened again"),
        max_length=255,
        required=False,
        help_text=_("Needed when an earlier month, or none, is chosen. Kept with your name."),
    )

    def __init__(self, *args: Any, months: Sequence[Period], closed: date | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        days = [(month.last_day.isoformat(), f"{formats.day(month.last_day)} ({month.label})") for month in months]
        self.fields["closed_through"].choices = [("", _("Nothing is closed")), *days]  # type: ignore[attr-defined]  # -- a choice field
        self.initial["closed_through"] = closed.isoformat() if closed else ""
