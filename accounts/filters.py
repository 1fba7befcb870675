from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, FilterSet, ModelChoiceFilter

from accounts.enums import AccountType, Persona
from accounts.models import Account, Contact
from people.models import Person


class AccountFilter(FilterSet):
    type = ChoiceFilter(choices=AccountType.choices, label=_("Type"))
    industry = CharFilter(lookup_expr="iexact", label=_("Industry"))
    segment = CharFilter(lookup_expr="iexact", label=_("Segment"))
    country = CharFilter(lookup_expr="iexact", label=_("Country"))
    owner = ModelChoiceFilter(queryset=Person.objects.all(), label=_("Owner"))

    class Meta:
        model = Account
        fields: tuple[str, ...] = ()


class ContactFilter(FilterSet):
    persona = ChoiceFilter(choices=Persona.choices, label=_("Persona"))

    class Meta:
        model = Contact
        fields: tuple[str, ...] = ()
