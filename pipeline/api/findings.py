"""Findings of data quality over the API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.api.bodies import Body
from core.api.fields import Choice, Day, Id, Text
from core.api.fields import exact as exact_amount
from core.api.views import RecordApi
from core.kernel.money import from_minor
from core.tables import Column, Table
from pipeline import policies
from pipeline.enums import Severity
from pipeline.filters import AnyFindingFilter
from pipeline.selectors import hygiene

FINDINGS = Table(
    key="findings",
    title=_("Findings"),
    rows=lambda user, as_of: hygiene.findings_for(user, as_of).select_related("rule", "owner"),
    may_see=policies.may_see_deals,
    filterset=AnyFindingFilter,
    columns=(Column("since", _("Since"), lambda f: f.found_on, kind="date", sort="found_on"),),
)


class Finding(Body):
    """A check that fails on a record since a day. `at_stake` is in the reporting currency."""

    id = Id(read_only=True)
    rule = Text(source="rule.key", read_only=True, example="overdue_close")
    rule_name = Text(source="rule.label", read_only=True)
    severity = Choice(Severity.choices, source="rule.severity", read_only=True)
    subject_kind = Text(read_only=True, example="opportunity")
    subject_id = Id(read_only=True)
    owner_id = Id(read_only=True, allow_null=True)
    owner_name = Text(source="owner.name", read_only=True, allow_null=True)
    found_on = Day(read_only=True)
    reason = Text(read_only=True, example="Quiet 26 days")
    at_stake = Text(read_only=True, allow_null=True, example="39800.00")
    currency = Text(read_only=True)
    owner_action = Text(source="rule.owner_action", read_only=True)


class FindingsApi(RecordApi):
    resource, noun, nouns = "findings", "finding", "findings"
    table, serializer_class = FINDINGS, Finding
    tagged = frozenset({"retrieve"})

    def prepared(self, rows: Sequence[Any]) -> Sequence[Any]:
        return [self._told(row) for row in rows]

    def _told(self, finding: Any) -> Any:
        finding.reason = hygiene.reason_of(finding, self.as_of)
        amount = finding.at_stake_minor
        currency = finding.currency
        finding.at_stake = None if amount is None else exact_amount(from_minor(amount, currency), currency)
        return finding
