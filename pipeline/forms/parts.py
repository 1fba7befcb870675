"""Editors of what hangs on a deal: a row for each split, line, contact, colleague, competitor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BaseFormSet
from django.utils.translation import gettext_lazy as _

from accounts.models import Contact
from core.forms import Form, ModelForm, MoneyField, with_current
from core.kernel.money import minor_digits
from core.kernel.typed import has_too_many_decimals, meant
from pipeline.models import (
    Opportunity,
    OpportunityCompetitor,
    OpportunityContact,
    OpportunityLine,
    OpportunitySplit,
    OpportunityTeamMember,
    Product,
)


def plain(number: Decimal) -> Decimal:
    """Without the zeros the column adds. 40.0000 -> 40."""
    return Decimal(f"{number.normalize():f}")


class SplitForm(ModelForm):
    percent = forms.DecimalField(
        label=_("Percent"), max_digits=7, decimal_places=4, min_value=Decimal("0.0001"), max_value=Decimal(100)
    )

    class Meta:
        model = OpportunitySplit
        fields = ("person", "kind", "percent")

    def __init__(self, *args: Any, deal: Opportunity, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = with_current(people, self.instance.person_id)  # type: ignore[attr-defined]  # -- a model choice field
        if self.instance.percent is not None:
            self.initial["percent"] = plain(self.instance.percent)


class LineForm(ModelForm):
    unit_price = MoneyField(label=_("Unit price"), help_text=_("Blank: the list price."))

    class Meta:
        model = OpportunityLine
        fields = ("product", "quantity", "unit_price")

    def __init__(self, *args: Any, deal: Opportunity, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = str(deal.currency_id)
        self.fields["unit_price"].currency = self.currency  # type: ignore[attr-defined]  # -- a MoneyField
        self.fields["product"].queryset = Product.objects.filter(is_active=True) | Product.objects.filter(  # type: ignore[attr-defined]  # -- a model choice field
            pk=self.instance.product_id
        )
        self.initial["quantity"] = plain(self.instance.quantity)

    def clean_quantity(self) -> Decimal:
        quantity = self.cleaned_data["quantity"]
        if quantity <= 0:
            raise forms.ValidationError(_("Enter more than 0."))
        return quantity

    def clean_unit_price(self) -> Any:
        price = self.cleaned_data["unit_price"]
        if price is not None and "unit_price" in self.changed_data and has_too_many_decimals(price, self.currency):
            asked = f"{meant(price, self.currency):,.{minor_digits(self.currency)}f}"
            raise forms.ValidationError(_("Too many decimals. Did you mean %(amount)s?"), params={"amount": asked})
        return price


class MemberForm(ModelForm):
    class Meta:
        model = OpportunityContact
        fields = ("contact", "persona")
        labels = {"persona": _("Part in this deal")}

    def __init__(self, *args: Any, deal: Opportunity, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = Contact.objects.filter(account=deal.account_id, archived_at=None) if deal.account_id else None
        mine = Contact.objects.filter(deals__opportunity=deal.pk)
        self.fields["contact"].queryset = (mine if known is None else known | mine).distinct()  # type: ignore[attr-defined]  # -- a model choice field


class TeamForm(ModelForm):
    class Meta:
        model = OpportunityTeamMember
        fields = ("person", "part")

    def __init__(self, *args: Any, deal: Opportunity, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = with_current(people, self.instance.person_id)  # type: ignore[attr-defined]  # -- a model choice field


class RivalForm(ModelForm):
    class Meta:
        model = OpportunityCompetitor
        fields = ("competitor", "note")

    def __init__(self, *args: Any, deal: Opportunity, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class LinesForm(Form):
    amount_follows = forms.BooleanField(label=_("Set the deal's amount to the sum of its products"), required=False)


class RowSet(BaseFormSet[Any]):
    """Rows over unsaved or saved instances; a row without its first field is left out."""

    def __init__(self, data: Any, *, rows: Sequence[Any], prefix: str, form_kwargs: dict[str, Any]) -> None:
        self.rows = rows
        super().__init__(data, initial=[{} for _row in rows], prefix=prefix, form_kwargs=form_kwargs)

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        kwargs = super().get_form_kwargs(index)
        if index is not None and index < len(self.rows):
            kwargs["instance"] = self.rows[index]
        return kwargs

    @property
    def wanted(self) -> list[Any]:
        """The instances that shall be there, in order."""
        forms_kept = (form for form in self.forms if form not in self.deleted_forms)
        return [form.save(commit=False) for form in forms_kept if form.cleaned_data]


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of rows on a deal: how they are called, edited and asked for."""

    title: Any
    note: Any
    form: type[ModelForm]
    rows: Callable[[Any], Sequence[Any]]
    add: Any

    def editor(self, data: Any, *, parts: Any, deal: Opportunity, people: Any, extra: int) -> RowSet:
        made: Any = forms.formset_factory(self.form, formset=RowSet, extra=extra, can_delete=True, max_num=200)
        given = {"deal": deal, "people": people}
        return made(data, rows=self.rows(parts), prefix="row", form_kwargs=given)


PARTS = {
    "splits": Part(
        _("Splits"),
        _("Who gets how much credit. Revenue splits add up to exactly 100 %; overlay splits are free."),
        SplitForm,
        lambda parts: parts.splits,
        _("Add a split"),
    ),
    "lines": Part(
        _("Products"),
        _("What is sold. A price left blank is the list price of today."),
        LineForm,
        lambda parts: parts.lines,
        _("Add a product"),
    ),
    "group": Part(
        _("Buying group"),
        _("Contacts of the account who take part in the decision."),
        MemberForm,
        lambda parts: parts.group,
        _("Add a contact"),
    ),
    "team": Part(
        _("Deal team"), _("Colleagues who work on the deal."), TeamForm, lambda parts: parts.team, _("Add a person")
    ),
    "competitors": Part(
        _("Competitors"),
        _("Who else sells to this customer."),
        RivalForm,
        lambda parts: parts.competitors,
        _("Add a competitor"),
    ),
}
