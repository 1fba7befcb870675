from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, FilterSet, ModelChoiceFilter

from people.models import Person
from quotas.enums import HolderKind, Measure
from quotas.models import Target

KINDS = (("year", _("Years")), ("quarter", _("Quarters")), ("month", _("Months")))


class TargetFilter(FilterSet):
    """Filters of the list of targets, its export and the API."""

    kind = ChoiceFilter(field_name="period__kind", choices=KINDS, label=_("Kind of period"))
    period = CharFilter(field_name="period__key", lookup_expr="startswith", label=_("Period"))
    measure = ChoiceFilter(choices=Measure.choices, label=_("Measure"))
    holder = ChoiceFilter(field_name="holder_kind", choices=HolderKind.choices, label=_("Holder"))
    person = ModelChoiceFilter(queryset=Person.objects.all(), method="by_person", label=_("Person"))

    class Meta:
        model = Target
        fields: tuple[str, ...] = ()

    def by_person(self, rows: Any, name: str, value: Person) -> Any:
        """Their own, not those of the seats they sit on."""
        return rows.filter(holder_kind=HolderKind.PERSON, holder_id=value.pk)
