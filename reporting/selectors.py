"""Figures of the catalogue for any period, split and reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from core.kernel.access import SignedIn
from core.kernel.periods import ALL, FiscalCalendar, Period
from core.selectors import the_company
from people.models import Person, Team
from pipeline.selectors.cube import Question, Sums, split_sums, sums
from quotas.enums import HolderKind
from quotas.selectors import target_of
from reporting.metrics import Inputs, Value, evaluate

BY = ("region", "team", "manager", "rep", "product", "family", "segment", "type", "quarter")


@dataclass(frozen=True, slots=True)
class Report:
    """Metrics of a period, and the same for each key of a split."""

    period: Period
    as_of: date
    currency: str
    metrics: dict[str, Value]
    by: list[tuple[str, dict[str, Value]]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "period": self.period.key,
            "as_of": self.as_of.isoformat(),
            "currency": self.currency,
            "metrics": {name: value.as_json() for name, value in self.metrics.items()},
            "by": [{"key": key, "metrics": {n: v.as_json() for n, v in values.items()}} for key, values in self.by],
        }


def report(
    *, period: Period, as_of: date, by: str = "", user: SignedIn | None = None, filters: Mapping[str, str] | None = None
) -> Report:
    """Every metric of the catalogue, over all and for each key of `by`. Raises KeyError for an unknown split."""
    company = the_company()
    question = Question(period, as_of, user, filters or {})
    inputs = Inputs(sums(question), sums(_before(question, company.calendar)), _target(question))
    currency = str(company.currency_id)
    found = Report(period, as_of, currency, evaluate(inputs, currency=currency))
    if by:
        parts = _by_quarter(question, company.calendar) if by == "quarter" else _by(question, by, company.calendar)
        found.by.extend((key, evaluate(part, currency=currency)) for key, part in parts)
    return found


def _by(question: Question, by: str, calendar: FiscalCalendar) -> list[tuple[str, Inputs]]:
    now = split_sums(question, (by,))
    before = split_sums(_before(question, calendar), (by,))
    return [
        (key[0], Inputs(part, before.get(key, Sums()), _holder_target(question, by, key[0])))
        for key, part in sorted(now.items(), key=lambda item: (-item[1].won_amount, item[0]))
    ]


def _by_quarter(question: Question, calendar: FiscalCalendar) -> list[tuple[str, Inputs]]:
    found = []
    for quarter in quarters_in(question.period, calendar, question.as_of):
        part = Question(quarter, question.as_of, question.user, question.filters)
        found.append((quarter.key, Inputs(sums(part), sums(_before(part, calendar)), _target(part))))
    return found


def quarters_in(period: Period, calendar: FiscalCalendar, as_of: date) -> list[Period]:
    """The quarters of a period; of all time: those in which a deal closed or is expected to."""
    if period.kind == ALL:
        from pipeline.selectors.spans import first_and_last_day

        first, last = first_and_last_day()
        if first is None or last is None:
            return []
        quarter = calendar.quarter_of(first)
        found: list[Period] = []
        while quarter.start <= last and len(found) < 200:
            found.append(quarter)
            quarter = calendar.shift(quarter, 1)
        return found
    if period.kind == "year":
        return calendar.quarters_of(period)
    return [calendar.quarter_of(period.start)]


def _before(question: Question, calendar: FiscalCalendar) -> Question:
    """The same question over the four fiscal quarters before the period's first."""
    start = question.as_of if question.period.kind == ALL else question.period.start
    last = calendar.quarter_of(start)
    first = calendar.shift(last, -4)
    span = Period("before", "span", first.start, last.start, "four quarters before")
    return Question(span, question.as_of, question.user, question.filters)


def _target(question: Question) -> Decimal | None:
    """The target that fits the question: the company's; of a region or team when filtered by one; else none."""
    names = dict(question.filters)
    if not names and (question.user is None or question.user.visible_owner_ids(question.as_of) is None):
        return target_of(period=question.period, on=question.as_of)
    if set(names) in ({"region"}, {"team"}):
        return _holder_target(question, *next(iter(names.items())))
    return None


def _holder_target(question: Question, by: str, key: str) -> Decimal | None:
    holder: Team | Person | None
    if by in ("region", "team"):
        holder = Team.objects.filter(name=key).order_by("kind").first()
        kind = HolderKind.TEAM
    elif by == "rep":
        holder, kind = Person.objects.filter(name=key).first(), HolderKind.PERSON
    else:
        return None
    if holder is None:
        return None
    return target_of(period=question.period, on=question.as_of, holder_kind=kind, holder_id=holder.pk)
