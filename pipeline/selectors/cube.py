"""Sums of deals by any split: the one place where bookings, pipeline, counts and cycles are added up.

A closed deal counts on its close date, an open one on its expected close date as of a day. Owners are seen through
the reporting line of that date (closed: close date; open: the as-of day). Each deal's amount counts in whole minor
units of its currency, and in the reporting currency at the plan rate of that date, unrounded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from core.kernel.periods import Period
from core.selectors import the_company
from pipeline.models import Stage
from pipeline.selectors import statements
from pipeline.selectors.asking import Ask, Question, filter_params, owners_seen, seen_by
from pipeline.selectors.sources import DAY, SPLITS, UNASSIGNED

__all__ = [
    "DAY",
    "SPLITS",
    "UNASSIGNED",
    "Answer",
    "Ask",
    "LossSums",
    "Question",
    "StageSums",
    "Sums",
    "answers",
    "earliest_fact",
    "filter_params",
    "loss_sums",
    "owners_seen",
    "span_sums",
    "split_sums",
    "stage_sums",
    "stages_in_order",
    "sums",
]


@dataclass(slots=True)
class Sums:
    """What is added up for one key. Money in the reporting currency, unrounded."""

    won_count: int = 0
    won_amount: Decimal = Decimal(0)
    won_blank: int = 0
    lost_count: int = 0
    lost_amount: Decimal = Decimal(0)
    open_count: int = 0
    open_amount: Decimal = Decimal(0)
    open_weighted: Decimal = Decimal(0)
    open_undated: int = 0
    open_blank: int = 0
    open_pushed: int = 0
    cycle_days: int = 0
    cycle_deals: int = 0
    unconverted: int = 0

    def __iadd__(self, other: Sums) -> Sums:
        for part in fields(self):
            setattr(self, part.name, getattr(self, part.name) + getattr(other, part.name))
        return self


@dataclass(frozen=True, slots=True)
class StageSums:
    """Sums of one stage, with its place in the process; probability in percent."""

    stage_id: int
    name: str
    position: int
    status: str
    probability: Decimal
    category: str
    sums: Sums


@dataclass(frozen=True, slots=True)
class LossSums:
    """Deals lost for one reason, and their amount in the reporting currency."""

    reason: str
    deals: int
    amount: Decimal


Answer = dict[tuple[str, ...], Sums]


def sums(question: Question) -> Sums:
    """One total over everything asked."""
    return split_sums(question, ()).get((), Sums())


def split_sums(question: Question, splits: Sequence[str]) -> Answer:
    """Sums for each combination of the splits, in one query. Raises KeyError for an unknown split."""
    return span_sums(question, [question.period], splits)[0]


def span_sums(
    question: Question, spans: Sequence[Period], splits: Sequence[str] = (), *, from_deals: bool = False
) -> list[Answer]:
    """Sums for each span of days and each combination of the splits, in one query; spans may overlap.

    An undated open deal counts in a span only as `open_undated`; under all time in every figure. from_deals: not from
    the aggregate, which must give the same. Raises KeyError for an unknown split.
    """
    return answers([Ask(question, spans, splits)], from_deals=from_deals)[0]


def answers(asks: Sequence[Ask], *, from_deals: bool = False) -> list[list[Answer]]:
    """What span_sums gives for each, in one statement over one state of the data. All ask as of the same day."""
    found: list[list[Answer]] = [[{} for _span in ask.spans] for ask in asks]
    seen = {id(ask.question): ask.question for ask in asks}
    by_question = {key: seen_by(question) for key, question in seen.items()}
    plans = [
        statements.plan(number, ask, by_question[id(ask.question)], the_company())
        for number, ask in enumerate(asks)
        if ask.spans and not by_question[id(ask.question)].is_nobody
    ]
    for number, span, keys, *values in statements.rows(plans, from_deals=from_deals):
        added = _sums_of(values)
        if added != Sums():
            found[number][span][tuple(keys)] = added
    return found


def stage_sums(question: Question) -> list[StageSums]:
    """Sums of every stage in use, in the order of its process, the default process first."""
    return stages_in_order(split_sums(question, ("stage_id",)))


def stages_in_order(found: Answer) -> list[StageSums]:
    """The same of sums that are split by `stage_id`."""
    stages = Stage.objects.select_related("process").order_by("-process__is_default", "process", "position", "id")
    return [
        StageSums(s.pk, s.name, s.position, s.status, s.probability, s.category, found.get((str(s.pk),), Sums()))
        for s in stages
        if s.is_active or (str(s.pk),) in found
    ]


def loss_sums(question: Question) -> list[LossSums]:
    """What was lost in the period, by reason, largest amount first."""
    found = split_sums(question, ("loss_reason",))
    reasons = [
        LossSums(_("No reason given") if key == UNASSIGNED else key, part.lost_count, part.lost_amount)
        for (key,), part in found.items()
        if part.lost_count
    ]
    return sorted(reasons, key=lambda one: (-one.amount, -one.deals, one.reason))


def earliest_fact() -> date | None:
    """The first day any deal tells of: created, engaged or closed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(least(created_on, engaged_on, closed_on)) FROM pipeline_opportunity")
        return cursor.fetchone()[0]


def _sums_of(values: Sequence[Any]) -> Sums:
    """PostgreSQL adds counts up to numerics; they are whole numbers again here."""
    found = dict(zip(statements.SUMS, values, strict=True))
    return Sums(**{name: type(none)(found[name] or 0) for name, none in _NONE.items()})


_NONE: Mapping[str, Any] = asdict(Sums())
