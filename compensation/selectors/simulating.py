"""What a version of a plan would cost: the run's own calculation on closed months, or with open deals laid over it.

Each side (the version, the one in force) credits open deals by its own clauses and is taken to have held in all of
the span, so that both are asked the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
from django.db.models import Q, Sum

from compensation.enums import SimulatedOver, Stage, VersionState
from compensation.kernel import plan as p
from compensation.kernel.exact import Exact
from compensation.kernel.overlay import scaled
from compensation.models import LedgerEntry, PlanVersion
from compensation.selectors.calculations import Change, Figured, figured, numbered
from compensation.selectors.open_deals import Likely, chance_of, credits_of_deals, not_credited_yet, open_deals
from compensation.selectors.rates import Rates
from compensation.selectors.replays import Span, closed_span, stretched_terms
from compensation.selectors.run_inputs import Terms
from core.kernel.money import round_ratio, to_minor
from core.kernel.periods import FiscalCalendar

SCALES = ("80", "100", "120")  # percent of what is sold
LOW, HIGH = "low", "high"  # no open deal is won; each of them is
MOST_QUARTERS = 4
type Cells = dict[int, dict[str, int]]  # minor units by payee and first day of the month


@dataclass(frozen=True, slots=True)
class Asked:
    """Over what: the span that is calculated, and the day from which it is told."""

    over: str
    span: Span
    told_from: date
    on: date

    @property
    def variants(self) -> tuple[str, ...]:
        return (*SCALES, LOW, HIGH) if self.over == SimulatedOver.OPEN else SCALES


def asked_for(version: PlanVersion, over: str, *, on: date, quarters: int) -> Asked | None:
    """Closed months as a replay takes them; for open deals the quarter of a day and those after it, calculated from the
    fiscal year's first day, so that attainment so far counts. None where no month is closed.
    """
    if over == SimulatedOver.CLOSED:
        span = closed_span(version)
        return None if span is None or span.first > span.last else Asked(over, span, span.first, span.last)
    calendar = FiscalCalendar(start_month=int(version.document.get("year_starts", 1)))
    last = calendar.shift(calendar.quarter_of(on), quarters - 1).last_day
    return Asked(over, Span(calendar.year_of(on).start, last), calendar.month_of(on).start, on)


def base_of(version: PlanVersion, on: date) -> PlanVersion | None:
    """The version in force on a day, else the last that was published; None for a plan that never held."""
    published = PlanVersion.objects.filter(plan_id=version.plan_id, state=VersionState.PUBLISHED).select_related("plan")
    held = published.filter(Q(valid_to=None) | Q(valid_to__gt=on), valid_from__lte=on).first()
    return held or published.order_by("-valid_from").first()


def terms_asked(version: PlanVersion, asked: Asked) -> Terms:
    return stretched_terms(version, asked.span, on=asked.on)


def likely_credits(terms: Terms, asked: Asked) -> list[Likely]:
    """What open deals would be credited with, for certain; nothing over closed months."""
    if asked.over != SimulatedOver.OPEN:
        return []
    rows = not_credited_yet(_closing(asked), terms.version.plan_id).order_by("pk")
    ids = list(rows.values_list("pk", flat=True))
    return list(credits_of_deals(ids, terms, first=asked.on, last=asked.span.last, as_of=asked.on))


def _closing(asked: Asked) -> Any:
    return open_deals().filter(amount__isnull=False, expected_close_on__lte=asked.span.last)


def change_of(variant: str, asked: Asked, likely: Sequence[Likely]) -> Change:
    """What a variant changes: how much is sold in closed months; or how much of each open deal comes in."""
    if asked.over != SimulatedOver.OPEN:
        return Change(times=Fraction(int(variant), 100))
    if variant == LOW:
        return Change()
    times = Fraction(1) if variant == HIGH else Fraction(int(variant), 100)
    return Change(more=[
        scaled([one.credit], times if variant == HIGH else times * one.chance)[0] for one in likely
    ])  # fmt: skip


@dataclass(slots=True)
class Cost:
    """What a side comes to in one variant, minor units: earned by payee and month; what was credited."""

    cells: Cells = field(default_factory=dict)
    credited: int = 0

    def add(self, cells: Cells, credited: int) -> None:
        self.cells |= cells
        self.credited += credited

    def as_json(self) -> dict[str, Any]:
        return {"cells": {str(payee): months for payee, months in self.cells.items()}, "credited": self.credited}


@dataclass(frozen=True, slots=True)
class Part:
    """Some payees of a side. target: variable pay by month; without_quota: who lacks one that the plan asks for."""

    cells: Cells
    credited: int
    target: dict[str, int]
    without_quota: frozenset[str]


def part_of(terms: Terms, asked: Asked, payees: Sequence[int], change: Change) -> Part:
    """Raises InputError and PlanError."""
    done = figured(
        terms, through=asked.span.last, payee_ids=payees, components=numbered(terms), change=change
    )  # fmt: skip
    lacking = frozenset(note.payee for note in done.found.notes if note.kind == "no_quota")
    return Part(_cells(done, asked), _credited(done, terms, asked), _target(done, terms, asked), lacking)


def _cells(done: Figured, asked: Asked) -> Cells:
    lines, first = done.lines, asked.told_from.toordinal()
    told = lines.at((lines.stage == int(Stage.EARNED)) & (lines.payee > 0) & (lines.earned_in >= first))
    found: Cells = defaultdict(lambda: defaultdict(int))
    for payee, month, amount in zip(told.payee.tolist(), told.earned_in.tolist(), told.amount.tolist(), strict=True):
        if amount:
            found[payee][_month(month)] += amount
    return {payee: dict(months) for payee, months in found.items()}


def _month(ordinal: int) -> str:
    return date.fromordinal(ordinal).replace(day=1).isoformat()


def _credited(done: Figured, terms: Terms, asked: Asked) -> int:
    """What is paid on in the span told, in the plan's currency; counts aside. Once for each person credited."""
    book, plan = done.found.book, terms.plan
    kinds = {kind for one in plan.measures.values() if one.adds != p.COUNT for kind in one.credits}
    codes = [book.credits.measure.code_of(kind) for kind in kinds]
    mine = terms.ids_by_place(book.staff.payees)[book.credits.payee] > 0
    told = book.is_due & book.is_on_plan & mine & np.isin(book.credits.measure.codes, codes)
    chosen = np.flatnonzero(told & (book.credits.on >= asked.told_from.toordinal()))
    amounts = (Exact.whole(book.credits.pay[chosen]) * book.credits.fx.at(chosen)).rounded(plan.rounding)
    return sum(int(one) for one in amounts.tolist())


def _target(done: Figured, terms: Terms, asked: Asked) -> dict[str, int]:
    """Variable pay for the days on the plan, by month."""
    book, ids = done.found.book, terms.ids_by_place(done.found.book.staff.payees)
    if "month" not in book.grid.units:
        return {}
    found: dict[str, Fraction] = defaultdict(Fraction)
    for (place, unit), amount in book.paid("month").variable.items():
        start = book.grid.bounds_of("month", unit)[0]
        if ids[place] > 0 and start >= asked.told_from.toordinal():
            found[_month(start)] += amount
    return {month: round_ratio(amount * 10**terms.plan.digits) for month, amount in sorted(found.items())}


def posted_by_payee(version: PlanVersion, asked: Asked) -> dict[int, int]:
    """What was posted as earned in closed months under the plan, whichever version held."""
    if asked.over != SimulatedOver.CLOSED:
        return {}
    lines = LedgerEntry.objects.filter(
        plan_id=version.plan_id, stage=Stage.EARNED, earned_in__gte=asked.told_from, earned_in__lte=asked.span.last
    )
    rows = lines.values_list("payee_id").annotate(total=Sum("amount_minor")).order_by("payee_id")
    return {payee: total for payee, total in rows if total}


def assumed_of(terms: Terms, asked: Asked, likely: Sequence[Likely]) -> dict[str, Any]:
    """What was taken for granted, in numbers: deals that count and those left out; amounts in the plan's currency."""
    if asked.over != SimulatedOver.OPEN:
        return {"fixed": _fixed(terms.plan)}
    credited = {one.deal_id for one in likely}
    whole, weighted = _amounts(credited, terms, asked)
    every, closing = open_deals(), _closing(asked)
    return {
        "deals": len(credited),
        "whole": whole,
        "weighted": weighted,
        "without_amount": every.filter(amount=None).count(),
        "without_day": every.filter(expected_close_on=None).count(),
        "late": closing.filter(pk__in=credited, expected_close_on__lt=asked.on).count(),
        "later": every.filter(expected_close_on__gt=asked.span.last).count(),
        "uncredited": not_credited_yet(closing, terms.version.plan_id).exclude(pk__in=credited).count(),
        "elsewhere": not terms.plan.crediting,
        "fixed": _fixed(terms.plan),
    }


def _amounts(deal_ids: set[int], terms: Terms, asked: Asked) -> tuple[int, int]:
    rates, whole, weighted = Rates(terms.plan.currency), 0, Fraction(0)
    for deal in open_deals().filter(pk__in=deal_ids).select_related("stage").order_by("pk"):
        code, worth = str(deal.currency_id), rates.of(str(deal.currency_id), asked.on)
        if deal.amount is not None and worth is not None:
            minor = round_ratio(to_minor(deal.amount, code) * worth)
            whole, weighted = whole + minor, weighted + minor * chance_of(deal)
    return whole, round_ratio(weighted)


def _fixed(plan: p.Plan) -> list[str]:
    """Titles of what pays or counts each credit whole, so that a part of a deal doesn't make it a part."""
    measures = {key for key, one in plan.measures.items() if one.adds == p.COUNT}
    return list(_titles(plan, measures))


def _titles(plan: p.Plan, measures: set[str]) -> Iterator[str]:
    for one in plan.components.values():
        if isinstance(one.pays, p.Each) or one.measure in measures:
            yield one.title


def merged(targets: Sequence[Mapping[str, int]]) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for one in targets:
        for month, amount in one.items():
            found[month] += amount
    return dict(sorted(found.items()))
