from __future__ import annotations

from typing import Any

from django.db.models import DateField, Exists, Func, OuterRef
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, ModelChoiceFilter

from core.filters import OwnFilters
from leads.enums import LeadStatus
from leads.models import Lead
from leads.selectors import people_to_assign
from people.models import Person
from pipeline.models import Activity

_TODAY: Any = Func(template="CURRENT_DATE", output_field=DateField())


def owners(request: Any) -> Any:
    """Whose leads the person who asks may choose from."""
    user = getattr(request, "user", None)
    return people_to_assign(user, _TODAY) if user else Person.objects.none()


class LeadFilter(OwnFilters):
    """Filters of the lead list, its export and the API; archived leads are left out unless they are asked for."""

    record_kind = "lead"

    status = ChoiceFilter(choices=LeadStatus.choices, label=_("Status"))
    source = CharFilter(lookup_expr="iexact", label=_("Source"))
    owner = ModelChoiceFilter(queryset=owners, label=_("Owner"), null_label=_("Nobody"))
    country = CharFilter(lookup_expr="iexact", label=_("Country"))
    campaign = CharFilter(lookup_expr="iexact", label=_("Campaign"))
    untouched = ChoiceFilter(choices=[("1", _("Nothing logged yet"))], label=_("Touched"), method="by_untouched")
    archived = ChoiceFilter(choices=[("1", _("Archived"))], label=_("Archive"), method="by_archived")

    class Meta:
        model = Lead
        fields: tuple[str, ...] = ()

    def by_untouched(self, leads: Any, name: str, value: str) -> Any:
        return leads.filter(~Exists(Activity.objects.filter(subject_kind="lead", subject_id=OuterRef("pk"))))

    def filter_queryset(self, queryset: Any) -> Any:
        leads = super().filter_queryset(queryset)
        return leads if self.form.cleaned_data.get("archived") else leads.filter(archived_at=None)

    def by_archived(self, leads: Any, name: str, value: str) -> Any:
        return leads.exclude(archived_at=None)
