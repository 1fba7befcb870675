from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from compensation.enums import DisputeOutcome, DisputeReason, DisputeState
from compensation.filters.statements import YES_NO
from compensation.models import Dispute
from compensation.selectors.disputes import OPEN

MINE = (("1", _("Mine")), ("0", _("Nobody’s")))


class DisputeFilter(filters.FilterSet):
    open = filters.ChoiceFilter(label=_("Open"), choices=YES_NO, method="by_open")
    state = filters.ChoiceFilter(label=_("State"), choices=DisputeState.choices)
    late = filters.ChoiceFilter(label=_("Overdue"), choices=YES_NO[:1], method="by_late")
    mine = filters.ChoiceFilter(label=_("Assigned"), choices=MINE, method="by_assignee")
    reason = filters.ChoiceFilter(label=_("Reason"), choices=DisputeReason.choices)
    outcome = filters.ChoiceFilter(label=_("Outcome"), choices=DisputeOutcome.choices)
    month = filters.DateFromToRangeFilter(label=_("Month"), field_name="period__starts_on")

    class Meta:
        model = Dispute
        fields: tuple[str, ...] = ()

    def by_open(self, rows: QuerySet[Dispute], name: str, value: Any) -> QuerySet[Dispute]:
        return rows.filter(state__in=OPEN) if value == "1" else rows.exclude(state__in=OPEN)

    def by_late(self, rows: QuerySet[Dispute], name: str, value: Any) -> QuerySet[Dispute]:
        """Late as of the day that the list was asked for (its rows name it)."""
        return rows.filter(state__in=OPEN, due_on__lt=F("asked_on"))

    def by_assignee(self, rows: QuerySet[Dispute], name: str, value: Any) -> QuerySet[Dispute]:
        return rows.filter(assignee=self.request.user if value == "1" else None)
