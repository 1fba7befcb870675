"""Figures of the catalogue for any period, split and reader."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from core.kernel.access import SignedIn
from core.kernel.periods import ALL, FiscalCalendar, Period
from core.selectors import the_company
from people.models import Person, Team
from pipeline.models import Product
from pipeline.selectors.cube import Answer, Question, Sums, span_sums
from pipeline.selectors.spans import first_and_last_day
from reporting.metrics import METRICS, Inputs, Value, evaluate
from reporting.selectors.targets import holder_targets, target_for, target_in

BY = ("region", "team", "manager", "rep", "product", "family", "segment", "type", "quarter")
NAMED: dict[str, Any] = {"region": Team, "team": Team, "manager": Person, "rep": Person, "product": Product}
LONGEST_QUARTERS = 200


@dataclass(frozen=True, slots=True)
class Line:
    """The figures of one key of a split. record_id: of the region, team, person or product; 0 where it is none."""

    key: str
    metrics: dict[str, Value]
    record_id: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """Metrics of a period over all, and the same for each key of a split, most bookings first."""

    period: Period
    as_of: date
    currency: str
    metrics: dict[str, Value]
    by: str = ""
    lines: Sequence[Line] = field(default_factory=tuple)

    def as_json(self) -> dict[str, Any]:
        return {
            "period": self.period.key,
            "as_of": self.as_of.isoformat(),
            "currency": self.currency,
            "metrics": {name: value.as_json() for name, value in self.metrics.items()},
            "by": [{"key": line.key, "metrics": _as_json(line.metrics)} for line in self.lines],
        }


def _as_json(metrics: Mapping[str, Value]) -> dict[str, Any]:
    return {name: value.as_json() for name, value in metrics.items()}


def report(
    *,
    period: Period,
    as_of: date,
    by: str = "",
    user: SignedIn | None = None,
    filters: Mapping[str, str] | None = None,
    seen_on: date | None = None,
) -> Report:
    """Every metric of the catalogue, over all and for each key of `by` (one of BY). Raises KeyError for another."""
    if by and by not in BY:
        raise KeyError(by)
    return report_on(Question(period, as_of, user, filters or {}, seen_on), by=by)


def report_on(question: Question, *, by: str = "") -> Report:
    company = the_company()
    currency = str(company.currency_id)
    now, before = span_sums(question, [question.period, four_quarters_before(question, company.calendar)])
    inputs = Inputs(now.get((), Sums()), before.get((), Sums()), target_for(question))
    found = Report(question.period, question.as_of, currency, evaluate(inputs, currency=currency), by)
    return (
        replace(found, lines=lines_on(question, by=by, calendar=company.calendar, currency=currency)) if by else found
    )


def lines_on(question: Question, *, by: str, calendar: FiscalCalendar, currency: str) -> list[Line]:
    """The figures of every key of a split, most bookings first; quarters in their order."""
    if by == "quarter":
        return _by_quarter(question, calendar, currency)
    split = f"{by}_id" if by in NAMED else by
    now, before = span_sums(question, [question.period, four_quarters_before(question, calendar)], (split,))
    return lines_of(question, now, before, by=by, currency=currency)


def lines_of(
    question: Question, now: Answer, before: Answer, *, by: str, currency: str, only: Iterable[str] = METRICS
) -> list[Line]:
    """The same of sums that are there: of the period, and of the four quarters before it. only: some of the metrics."""
    named = names_of(by, (key for (key,) in now))
    targets = holder_targets(question, by, [record_id for _name, record_id in named.values()])
    found = []
    for key, part in now.items():
        label, record_id = named.get(key[0], (key[0], 0))
        inputs = Inputs(part, before.get(key, Sums()), targets.get(record_id))
        found.append((-part.won_amount, label, Line(label, evaluate(inputs, currency=currency, only=only), record_id)))
    return [line for *_order, line in sorted(found, key=lambda one: one[:2])]


def names_of(by: str, keys: Iterable[str]) -> dict[str, tuple[str, int]]:
    """Name and id of the records that keys of a split stand for; a second record of one name carries its number."""
    if by not in NAMED:
        return {}
    ids = [int(key) for key in keys if key.isdecimal()]
    rows = list(NAMED[by].objects.filter(pk__among=ids).values_list("pk", "name"))
    seen = Counter(name for _pk, name in rows)
    return {str(pk): (name if seen[name] == 1 else f"{name} ({pk})", pk) for pk, name in rows}


def _by_quarter(question: Question, calendar: FiscalCalendar, currency: str) -> list[Line]:
    quarters = quarters_in(question.period, calendar)
    befores = [four_quarters_before(replace(question, period=quarter), calendar) for quarter in quarters]
    found = span_sums(question, [*quarters, *befores]) if quarters else []
    lines = []
    for number, quarter in enumerate(quarters):
        now, before = found[number].get((), Sums()), found[number + len(quarters)].get((), Sums())
        inputs = Inputs(now, before, target_in(question, quarter))
        lines.append(Line(quarter.key, evaluate(inputs, currency=currency)))
    return lines


def quarters_in(period: Period, calendar: FiscalCalendar) -> list[Period]:
    """The quarters of a period; of all time: from the first to the last in which a deal closed or is expected to."""
    if period.kind == "year":
        return calendar.quarters_of(period)
    if period.kind != ALL:
        return [calendar.quarter_of(period.start)]
    first, last = first_and_last_day()
    if first is None or last is None:
        return []
    found = [calendar.quarter_of(first)]
    while found[-1].end <= last and len(found) < LONGEST_QUARTERS:
        found.append(calendar.shift(found[-1], 1))
    return found


def four_quarters_before(question: Question, calendar: FiscalCalendar) -> Period:
    """The days of the four fiscal quarters before the one in which the period begins (all time: before today's)."""
    start = question.as_of if question.period.kind == ALL else question.period.start
    this = calendar.quarter_of(start)
    return Period("before", "span", calendar.shift(this, -4).start, this.start, "four quarters before")


HEADER = ("period", "as_of", "by", "key", "currency", *METRICS)


def figures(found: Report) -> Iterator[list[Any]]:
    """Rows under HEADER with the same values as the JSON: all of it first, then each key; blank where there is none."""
    lead = [found.period.key, found.as_of.isoformat(), found.by]
    for line in (Line("all", found.metrics), *found.lines):
        yield [*lead, line.key, found.currency, *(line.metrics[name].plain for name in METRICS)]
