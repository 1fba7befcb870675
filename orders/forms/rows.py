"""Rows of products that are edited together: of a quote, of an order."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms import BaseFormSet
from django.utils.translation import gettext_lazy as _

from core.forms import ModelForm, MoneyField
from core.kernel import formats
from core.kernel.money import minor_digits
from core.kernel.typed import has_too_many_decimals, meant
from orders.models import OrderLine, QuoteLine
from pipeline.models import Product

MOST_ROWS = 200


def _products(also: Sequence[int | None]) -> QuerySet[Product]:
    """Products that are offered, and those that stand already."""
    return Product.objects.filter(is_active=True) | Product.objects.filter(pk__in=[pk for pk in also if pk])


class LineForm(ModelForm):
    """A product, how many, at which price; a row without a product is left out."""

    price_name = ""

    def __init__(self, *args: Any, currency: str, offered: Sequence[tuple[int, str]] = (), **kwargs: Any) -> None:
        """offered: the choice of products, read once for all rows of a page."""
        super().__init__(*args, **kwargs)
        self.currency = currency
        price = self.fields[self.price_name]
        price.currency = currency  # type: ignore[attr-defined]  # -- a MoneyField
        self.fields["product"].queryset = _products([self.instance.product_id])  # type: ignore[attr-defined]  # -- a model choice field
        if offered:
            self.fields["product"].choices = [("", formats.NONE), *offered]  # type: ignore[attr-defined]  # -- the same
        for name in ("quantity", "discount_pct"):
            if name in self.fields:
                self.initial[name] = f"{Decimal(getattr(self.instance, name)).normalize():f}"

    def clean_quantity(self) -> Decimal:
        quantity = self.cleaned_data["quantity"]
        if quantity <= 0:
            raise forms.ValidationError(_("Enter more than 0."))
        return quantity

    def checked_price(self) -> Any:
        """The price as typed, unless it has more decimals than its currency."""
        price = self.cleaned_data[self.price_name]
        is_new = self.price_name in self.changed_data
        if price is not None and is_new and has_too_many_decimals(price, self.currency):
            asked = f"{meant(price, self.currency):,.{minor_digits(self.currency)}f}"
            raise forms.ValidationError(_("Too many decimals. Did you mean %(amount)s?"), params={"amount": asked})
        return price


class QuoteLineForm(LineForm):
    list_price = MoneyField(label=_("List price"), help_text=_("Blank: the list price of today."))
    price_name = "list_price"

    class Meta:
        model = QuoteLine
        fields = ("product", "quantity", "list_price", "discount_pct")

    def clean_list_price(self) -> Any:
        return self.checked_price()

    def clean_discount_pct(self) -> Decimal:
        discount = self.cleaned_data["discount_pct"]
        if not 0 <= discount <= 100:
            raise forms.ValidationError(_("Enter a percentage from 0 to 100."))
        return discount


class OrderLineForm(LineForm):
    unit_price = MoneyField(label=_("Unit price"), required=True)
    price_name = "unit_price"

    class Meta:
        model = OrderLine
        fields = ("product", "quantity", "unit_price")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["product"].required = self.instance.pk is None or self.instance.product_id is not None

    def clean_unit_price(self) -> Any:
        return self.checked_price()


class RowSet(BaseFormSet[Any]):
    """Rows over unsaved or saved instances; an empty extra row is left out."""

    def __init__(self, data: Any, *, rows: Sequence[Any], currency: str) -> None:
        self.rows = rows
        offered = _products([row.product_id for row in rows])
        given = {"currency": currency, "offered": [(product.pk, product.name) for product in offered]}
        super().__init__(data, initial=[{} for _row in rows], prefix="row", form_kwargs=given)

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        kwargs = super().get_form_kwargs(index)
        if index is not None and index < len(self.rows):
            kwargs["instance"] = self.rows[index]
        return kwargs

    @property
    def wanted(self) -> list[Any]:
        """The instances that shall be there, in order."""
        kept = [form for form in self.forms if form not in self.deleted_forms and form.cleaned_data]
        return [form.save(commit=False) for form in kept]


def line_rows(form: type[LineForm], data: Any, *, rows: Sequence[Any], currency: str, extra: int) -> RowSet:
    made: Any = forms.formset_factory(form, formset=RowSet, extra=extra, can_delete=True, max_num=MOST_ROWS)
    return made(data, rows=rows, currency=currency)
