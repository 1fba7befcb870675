from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, FilterSet

from leads.enums import LeadStatus
from leads.models import Lead


class LeadFilter(FilterSet):
    status = ChoiceFilter(choices=LeadStatus.choices, label=_("Status"))
    source = CharFilter(lookup_expr="iexact", label=_("Source"))
    country = CharFilter(lookup_expr="iexact", label=_("Country"))

    class Meta:
        model = Lead
        fields: tuple[str, ...] = ()
