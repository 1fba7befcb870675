from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, DateFilter, FilterSet, ModelChoiceFilter, NumberFilter

from core.forms import DateInput
from people.models import Person, Team
from pipeline.enums import Category, DealType, Status
from pipeline.models import Finding, Opportunity, Product, Stage


class OpportunityFilter(FilterSet):
    """Filters of the deal list, its export and the API."""

    status = ChoiceFilter(choices=Status.choices, label=_("Status"))
    stage = ModelChoiceFilter(queryset=Stage.objects.all(), label=_("Stage"))
    category = ChoiceFilter(choices=Category.choices, label=_("Forecast"))
    type = ChoiceFilter(choices=DealType.choices, label=_("Type"))
    owner = ModelChoiceFilter(queryset=Person.objects.all(), label=_("Owner"))
    region = ModelChoiceFilter(queryset=Team.objects.filter(kind="region"), label=_("Region"), method="by_region")
    product = ModelChoiceFilter(queryset=Product.objects.all(), label=_("Product"))
    segment = CharFilter(field_name="account__segment", label=_("Segment"))
    account = NumberFilter(field_name="account", label=_("Account number"))
    finding = CharFilter(label=_("Check"), method="by_finding")
    close_from = DateFilter(label=_("Close from"), method="by_close_from", widget=DateInput)
    close_to = DateFilter(label=_("Close to"), method="by_close_to", widget=DateInput)
    undated = ChoiceFilter(choices=[("1", _("Without a date"))], label=_("Close date"), method="by_undated")

    class Meta:
        model = Opportunity
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.form.fields.values():
            field.widget.attrs.setdefault("class", "form-select" if hasattr(field, "choices") else "form-control")

    def by_region(self, deals: Any, name: str, region: Team) -> Any:
        """Deals whose owner sits in the region today, or in one of its teams."""
        teams = Team.objects.filter(pk=region.pk) | Team.objects.filter(parent=region)
        seats = {"owner__occupancies__valid_to": None, "owner__occupancies__position__placements__valid_to": None}
        return deals.filter(owner__occupancies__position__placements__team__in=teams, **seats)

    def by_finding(self, deals: Any, name: str, rule: str) -> Any:
        failing = Finding.objects.filter(rule__key=rule, subject_kind="opportunity", resolved_on=None)
        return deals.filter(pk__in=failing.values("subject_id"))

    def by_close_from(self, deals: Any, name: str, day: Any) -> Any:
        return deals.filter(_counts_on("gte", day))

    def by_close_to(self, deals: Any, name: str, day: Any) -> Any:
        return deals.filter(_counts_on("lte", day))

    def by_undated(self, deals: Any, name: str, value: str) -> Any:
        return deals.filter(expected_close_on=None, closed_on=None)


def _counts_on(lookup: str, day: Any) -> Any:
    """Closed deals by close date, open ones by expected close date."""
    is_open = Q(status=Status.OPEN)
    return (is_open & Q(**{f"expected_close_on__{lookup}": day})) | (~is_open & Q(**{f"closed_on__{lookup}": day}))
