from __future__ import annotations

from typing import Any

from django.db.models import DateField, Func
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, ModelChoiceFilter

from accounts.enums import AccountType, Persona
from accounts.models import Account, Contact
from core.filters import OwnFilters
from people.models import Person

_TODAY = Func(template="CURRENT_DATE", output_field=DateField())


def visible_people(request: Any) -> Any:
    """Whose records the person who asks may choose from."""
    user = getattr(request, "user", None)
    owners = user.visible_owner_ids(_TODAY) if user else ()
    return Person.objects.all() if owners is None else Person.objects.filter(pk__among=owners)


class ArchiveFilter(OwnFilters):
    """Archived records are left out unless they are asked for."""

    archived = ChoiceFilter(choices=[("1", _("Archived"))], label=_("Archive"), method="by_archived")

    def filter_queryset(self, queryset: Any) -> Any:
        rows = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("archived") else rows.filter(archived_at=None)

    def by_archived(self, rows: Any, name: str, value: str) -> Any:
        return rows.exclude(archived_at=None)


class AccountFilter(ArchiveFilter):
    record_kind = "account"
    type = ChoiceFilter(choices=AccountType.choices, label=_("Type"))
    industry = CharFilter(lookup_expr="iexact", label=_("Industry"))
    segment = CharFilter(lookup_expr="iexact", label=_("Segment"))
    owner = ModelChoiceFilter(queryset=visible_people, label=_("Owner"), null_label=_("Nobody"))
    country = CharFilter(lookup_expr="iexact", label=_("Country"))

    class Meta:
        model = Account
        fields: tuple[str, ...] = ()


class ContactFilter(ArchiveFilter):
    record_kind = "contact"
    persona = ChoiceFilter(choices=Persona.choices, label=_("Persona"))
    owner = ModelChoiceFilter(queryset=visible_people, label=_("Owner"), null_label=_("Nobody"))

    class Meta:
        model = Contact
        fields: tuple[str, ...] = ()
