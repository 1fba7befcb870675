"""All that a statement's page shows at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from compensation import policies
from compensation.kernel.calendar import business_days_after
from compensation.models import PayPeriod, PlanVersion, Statement
from compensation.selectors import statement_lines, statements
from compensation.selectors.clauses import Clause, clauses_of
from compensation.selectors.curves import has_tiers
from compensation.selectors.places import Place, place_of_month
from compensation.selectors.reached import Reached, reached_in
from compensation.selectors.statement_lines import LinePage, Reader
from compensation.selectors.statements import Before, Labels, LedgerMonth, Month, Summary
from core.selectors import company_day


@dataclass(frozen=True, slots=True)
class Step:
    """A month of the switch."""

    label: str
    url: str
    is_this: bool


@dataclass(frozen=True, slots=True)
class StatementPage:
    """Figures of a month in minor units; the switch of months; what the reader may do."""

    month: Month
    versions: Sequence[PlanVersion]
    summaries: Sequence[Summary]
    reached: Sequence[Reached]
    earlier: Sequence[Before]
    lines: LinePage
    ledger: Sequence[LedgerMonth]
    ledger_total: LedgerMonth | None
    steps: Sequence[Step]
    hash: str
    clauses: Sequence[tuple[str, Clause]]
    review_by: date | None
    is_own: bool
    may_dispute: bool
    has_rates: bool

    @property
    def count(self) -> int:
        return self.lines.count

    @property
    def currency(self) -> str:
        return self.summaries[0].currency if self.summaries else ""

    @property
    def newer(self) -> Step | None:
        return self._beside(-1)

    @property
    def older(self) -> Step | None:
        return self._beside(1)

    def _beside(self, way: int) -> Step | None:
        here = next((number for number, one in enumerate(self.steps) if one.is_this), None)
        there = -1 if here is None else here + way
        return self.steps[there] if 0 <= there < len(self.steps) else None


@dataclass(frozen=True, slots=True)
class LinesPart:
    """Another page of lines alone, with the sums that stand below the last."""

    lines: LinePage
    summaries: Sequence[Summary]

    @property
    def count(self) -> int:
        return self.lines.count


def lines_part_of(place: Place, reader: Reader, *, after: str, before: str) -> LinesPart:
    month = place.month
    versions = statements.versions_in(month)
    labels = statements.labels_of(versions)
    lines = _lines(place, labels, reader, after, before)
    return LinesPart(lines, statements.summaries_of(month, versions, labels) if not lines.after else ())


def _lines(place: Place, labels: Labels, reader: Reader, after: str, before: str) -> LinePage:
    """A page of lines with their addresses."""
    lines = statement_lines.lines_page(place.month, labels, reader, after=after, before=before)
    for one in lines.groups:
        one.url = place.line_url(one.id)
    return lines


def page_of(place: Place, reader: Reader, *, after: str = "", before: str = "") -> StatementPage:
    """A number of statements that doesn't grow with the lines."""
    month = place.month
    versions = statements.versions_in(month)
    labels = statements.labels_of(versions)
    summaries = statements.summaries_of(month, versions, labels)
    currency = summaries[0].currency if summaries else ""
    ledger = statements.ledger_of_year(month.payee, month.period.starts_on, currency) if currency else []
    is_own = policies.owns_pay(reader.user, month.payee)
    return StatementPage(
        month=month,
        versions=list(versions.values()),
        summaries=summaries,
        reached=reached_in(month, labels),
        earlier=statements.earlier_months_in(month, versions),
        lines=_lines(place, labels, reader, after, before),
        ledger=ledger,
        ledger_total=statements.total_of(ledger),
        steps=_switch(place, reader),
        hash=statements.hash_of_month(month),
        clauses=[one for version in versions.values() for one in clauses_of(version)],
        review_by=_review_by(place.told),
        is_own=is_own,
        may_dispute=policies.may_raise_dispute(reader.user, month.payee) and month.run is not None,
        has_rates=has_tiers(month),
    )


def _review_by(told: Any) -> date | None:
    if told is None or told.acknowledged_at is not None:
        return None
    return business_days_after(company_day(told.released_at), statements.pay_settings().review_days)


def _switch(place: Place, reader: Reader) -> list[Step]:
    """The payee's other months: statements for a statement, every month with pay for those who keep it."""
    month = place.month
    if place.told is not None:
        rows = Statement.objects.filter(payee=month.payee).select_related("payee", "period")
        found = rows.order_by("-period__starts_on")[: statements.MONTHS_OFFERED]
        return [Step(str(one.period), one.get_absolute_url(), one.pk == place.told.pk) for one in found]
    return [_month_step(month, period) for period in statements.months_with_pay(month.payee)]


def _month_step(month: Month, period: PayPeriod) -> Step:
    there = place_of_month(Month(month.payee, period, None, is_draft=False))
    return Step(str(period), there.url, period.pk == month.period.pk)
