from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, FilterSet

from quotas.enums import HolderKind, Measure
from quotas.models import Target


class TargetFilter(FilterSet):
    """Filters of the list of targets, its export and the API."""

    period = CharFilter(field_name="period__key", lookup_expr="startswith", label=_("Period"))
    measure = ChoiceFilter(choices=Measure.choices, label=_("Measure"))
    holder = ChoiceFilter(field_name="holder_kind", choices=HolderKind.choices, label=_("Holder"))

    class Meta:
        model = Target
        fields: tuple[str, ...] = ()
