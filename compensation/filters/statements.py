from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from compensation.models import Statement

YES_NO = (("1", _("Yes")), ("0", _("No")))


class StatementFilter(filters.FilterSet):
    reviewed = filters.ChoiceFilter(label=_("Acknowledged"), choices=YES_NO, method="by_review")
    month = filters.DateFromToRangeFilter(label=_("Month"), field_name="period__starts_on")

    class Meta:
        model = Statement
        fields: tuple[str, ...] = ()

    def by_review(self, rows: QuerySet[Statement], name: str, value: Any) -> QuerySet[Statement]:
        return rows.filter(acknowledged_at__isnull=value == "0")
