"""Targets over the API, to read."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from core.api.bodies import Body
from core.api.fields import Choice, Day, Id, Instant, Money, Text, Whole
from core.api.views import RecordApi
from quotas.enums import HolderKind, Measure
from quotas.lists import TARGETS

PERIODS = (("year", _("Year")), ("quarter", _("Quarter")), ("month", _("Month")))


class Target(Body):
    """What a holder owes for a measure in a fiscal period, in force today. Counts (units, new logos) have no currency.

    `holder_id` is the number of the person, position or team, 0 for the company.
    """

    id = Id(read_only=True)
    holder_kind = Choice(HolderKind.choices, read_only=True)
    holder_id = Whole(0, 10**18, read_only=True)
    holder_name = Text(read_only=True, allow_null=True)
    measure = Choice(Measure.choices, read_only=True)
    period = Text(source="period.key", read_only=True, example="2026-Q1")
    period_starts_on = Day(source="period.starts_on", read_only=True)
    period_kind = Choice(PERIODS, source="period.kind", read_only=True)
    amount = Money(read_only=True, example="450000.00")
    currency = Text(source="currency_id", read_only=True, allow_null=True, example="USD")
    valid_from = Day(read_only=True)
    valid_to = Day(read_only=True, allow_null=True)
    created_at = Instant(read_only=True)


class TargetsApi(RecordApi):
    resource, noun, nouns = "targets", "target", "targets"
    table, serializer_class = TARGETS, Target
