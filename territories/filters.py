"""Filters of the lists of this room, shared by page, API and export."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, DateFilter, FilterSet, NumberFilter

from core.forms import DateInput
from territories.enums import CoveragePart, TerritoryKind, TransitionScope
from territories.models import AccountTerritory, Territory, TerritoryAssignment, Transition


class TerritoryFilter(FilterSet):
    """Archived territories are left out unless they are asked for."""

    kind = ChoiceFilter(choices=TerritoryKind.choices, label=_("Kind"))
    parent = NumberFilter(field_name="parent", label=_("Within, number"))
    external_id = CharFilter(label=_("External ID"))
    coverage = ChoiceFilter(
        choices=[("1", _("Has a seat")), ("0", _("Nobody's"))], label=_("Coverage"), method="by_coverage"
    )
    archived = ChoiceFilter(choices=[("1", _("Archived"))], label=_("Archive"), method="by_archived")

    class Meta:
        model = Territory
        fields: tuple[str, ...] = ()

    def filter_queryset(self, queryset: Any) -> Any:
        rows = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("archived") else rows.filter(archived_at=None)

    def by_coverage(self, rows: Any, name: str, value: str) -> Any:
        """Covered by a seat until further notice."""
        covered = TerritoryAssignment.objects.filter(valid_to=None).order_by().values("territory")
        return rows.filter(pk__in=covered) if value == "1" else rows.exclude(pk__in=covered)

    def by_archived(self, rows: Any, name: str, value: str) -> Any:
        return rows.exclude(archived_at=None)


class _DatedFilter(FilterSet):
    """What holds on a day; without one, everything that ever did."""

    territory = NumberFilter(field_name="territory", label=_("Territory number"))
    on = DateFilter(label=_("Holds on"), method="by_day", widget=DateInput)
    state = ChoiceFilter(
        choices=[("open", _("Until further notice")), ("ends", _("Has an end"))], method="by_state", label=_("State")
    )

    def by_day(self, rows: Any, name: str, value: Any) -> Any:
        return rows.filter(Q(valid_to=None) | Q(valid_to__gt=value), valid_from__lte=value)

    def by_state(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(valid_to__isnull=value == "open")


class CoverageFilter(_DatedFilter):
    part = ChoiceFilter(choices=CoveragePart.choices, label=_("Part"))
    position = NumberFilter(field_name="position", label=_("Position number"))

    class Meta:
        model = TerritoryAssignment
        fields: tuple[str, ...] = ()


class PlacementFilter(_DatedFilter):
    account = NumberFilter(field_name="account", label=_("Account number"))

    class Meta:
        model = AccountTerritory
        fields: tuple[str, ...] = ()


class TransitionFilter(FilterSet):
    scope = ChoiceFilter(choices=TransitionScope.choices, label=_("Keeps a share of"))
    person = NumberFilter(field_name="person", label=_("Person number"))
    account = NumberFilter(field_name="account", label=_("Account number"))

    class Meta:
        model = Transition
        fields: tuple[str, ...] = ()
