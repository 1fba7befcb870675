"""What was earned, by deal: entries of the ledger as costs, with amounts of no single deal divided over deals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from django.db import connection
from django.db.models import F, Sum

from compensation.enums import AccountingState, PayRunState, Stage, Treatment
from compensation.kernel import plan as p
from compensation.kernel.accounting import NOBODY, allocated
from compensation.kernel.book import Book
from compensation.kernel.reading import read_plan
from compensation.kernel.vector import condition_on_credits
from compensation.models import (
    AccountedRun,
    CostLine,
    Credit,
    LedgerEntry,
    PayPeriod,
    PayRun,
    PlanComponent,
    PlanVersion,
    RunTerms,
)
from compensation.selectors.run_credits import load
from compensation.selectors.traces import last_day, terms_kept

UNDIVIDED = date(1970, 1, 1)
_EARNED = """
SELECT e.payee_id, e.plan_id, e.version_id, e.component_id, e.stage, e.earned_in, coalesce(c.deal_id, 0),
  sum(e.amount_minor)::bigint
FROM compensation_ledgerentry e LEFT JOIN compensation_credit c ON e.credit_id > 0 AND c.id = e.credit_id
WHERE e.run_id = ANY(%s) AND e.period_id = ANY(%s) AND e.stage = ANY(%s)
GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING sum(e.amount_minor) <> 0 ORDER BY 1, 2, 3, 4, 5, 6, 7
"""
_STAGES = (Stage.EARNED, Stage.HELD, Stage.DRAW, Stage.OVER_CAP, Stage.ADJUSTED, Stage.FORFEITED)


class Cost(NamedTuple):
    """What somebody earned by a deal (0: by none). treatment: CAPITALISED where it is a cost of winning it."""

    payee_id: int
    plan_id: int
    version_id: int
    component_id: int
    deal_id: int
    treatment: int
    window_on: date
    amount_minor: int


class _Earned(NamedTuple):
    payee_id: int
    plan_id: int
    version_id: int
    component_id: int
    stage: int
    earned_in: date
    deal_id: int
    amount_minor: int


def runs_to_account(period: PayPeriod) -> list[PayRun]:
    """Posted runs up to a period that no closed month has taken the costs of."""
    return _not_taken(period, is_payment=False, period__starts_on__lte=period.starts_on)


def payments_to_account(period: PayPeriod) -> list[PayRun]:
    """Posted runs that were paid before a period's end, and whose payment no closed month has taken."""
    return _not_taken(period, is_payment=True, period__pays_on__lt=period.ends_on)


def _not_taken(period: PayPeriod, *, is_payment: bool, **of: Any) -> list[PayRun]:
    taken = AccountedRun.objects.filter(month__state=AccountingState.CLOSED, is_payment=is_payment)
    rows = PayRun.objects.filter(state=PayRunState.POSTED, **of).exclude(pk__in=taken.values("pay_run"))
    return list(rows.select_related("period").order_by("period__starts_on", "pk"))


def paid_by_plan(runs: Sequence[PayRun]) -> dict[int, int]:
    """What runs paid, minor units by plan."""
    rows = LedgerEntry.objects.filter(
        run__in=[run.pk for run in runs], period__in={run.period_id for run in runs}, stage=Stage.PAID
    )
    return dict(rows.order_by().values_list("plan_id").annotate(paid=-Sum("amount_minor")))


def costs_of(runs: Sequence[PayRun]) -> list[Cost]:
    """Costs of some posted runs, in an order of their own. Together: earned, adjusted, drawn for good, less cut off."""
    if not runs:
        return []
    books = _Books(runs)
    sums: dict[tuple[int, int, int, int, int, int, date], int] = defaultdict(int)
    windows: dict[tuple[int, int, int, int, date], int] = defaultdict(int)
    for row in _earned(runs):
        treatment = books.treatment(row)
        if treatment is None:
            continue
        if treatment == Treatment.CAPITALISED and books.is_divided(row):
            sort = (row.plan_id, row.version_id, row.component_id, row.payee_id)
            windows[*sort, books.window(row)] += row.amount_minor
        else:
            is_nobody = treatment == Treatment.CAPITALISED and row.deal_id == NOBODY
            what = int(Treatment.NO_DEAL if is_nobody else treatment)
            sums[row[0], row[1], row[2], row[3], row.deal_id, what, UNDIVIDED] += row.amount_minor
    found = [Cost(*key, amount) for key, amount in sums.items() if amount]
    found += (cost for key, amount in windows.items() for cost in _divided(books, key, amount))
    return sorted(found)


def _earned(runs: Sequence[PayRun]) -> Iterable[_Earned]:
    given = [[run.pk for run in runs], sorted({run.period_id for run in runs}), [int(one) for one in _STAGES]]
    with connection.cursor() as cursor:
        cursor.execute(_EARNED, given)
        yield from (_Earned(*row) for row in cursor.fetchall())


def _divided(books: _Books, key: tuple[int, int, int, int, date], amount: int) -> Iterable[Cost]:
    """What a span has come to so far, over its deals, less what they had of it in months that are closed."""
    plan_id, version_id, component_id, payee_id, window_on = key
    had = books.had(version_id).get((component_id, payee_id, window_on), {})
    weights = books.of(version_id).weights(component_id, payee_id, window_on)
    for deal_id, part in allocated(amount + sum(had.values()), weights, had).items():
        treatment = Treatment.NO_DEAL if deal_id == NOBODY else Treatment.CAPITALISED
        yield Cost(payee_id, plan_id, version_id, component_id, deal_id, int(treatment), window_on, part)


class _Books:
    """Versions of the runs at hand: what their components say, and which deals made their measures."""

    def __init__(self, runs: Sequence[PayRun]) -> None:
        self.runs = {run.pk: run for run in runs}
        self.versions: dict[int, _Version] = {}
        self._had: dict[int, dict[tuple[int, int, date], dict[int, int]]] = {}

    def of(self, version_id: int) -> _Version:
        if version_id not in self.versions:
            kept = RunTerms.objects.filter(run__in=self.runs, version=version_id).order_by("-run__period", "-run")
            run_id = kept.values_list("run_id", flat=True).first()
            run = self.runs[run_id] if run_id is not None else None
            version = PlanVersion.objects.select_related("plan").get(pk=version_id)
            self.versions[version_id] = _Version(version, run)
        return self.versions[version_id]

    def treatment(self, row: _Earned) -> Treatment | None:
        """What an entry is in the books; None for one that only says when it is paid."""
        if row.stage in _PLAIN:
            return _PLAIN[row.stage]
        version = self.of(row.version_id)
        if row.stage == Stage.DRAW:
            return Treatment.DRAWN if version.is_for_good(row.component_id) else None
        component = version.component(row.component_id)
        if component is None or (row.stage == Stage.HELD and not _is_forfeited(component)):
            return None
        return Treatment.CAPITALISED if component.is_incremental else Treatment.NOT_INCREMENTAL

    def is_divided(self, row: _Earned) -> bool:
        component = self.of(row.version_id).component(row.component_id)
        assert component is not None  # asked before
        return _is_retroactive(component) or (row.deal_id == NOBODY and component.without_deal == p.OVER_DEALS)

    def window(self, row: _Earned) -> date:
        return self.of(row.version_id).window(row.component_id, row.earned_in)

    def had(self, version_id: int) -> dict[tuple[int, int, date], dict[int, int]]:
        """By component, payee and span: what deals had of it."""
        if version_id not in self._had:
            lines = CostLine.objects.filter(month__state=AccountingState.CLOSED, version_id=version_id)
            told = lines.exclude(window_on=UNDIVIDED).values_list("component_id", "payee_id", "window_on", "deal_id")
            found: dict[tuple[int, int, date], dict[int, int]] = defaultdict(dict)
            for component, payee, window, deal, amount in told.annotate(sum=Sum("amount_minor")).order_by():
                found[component, payee, window][deal] = amount
            self._had[version_id] = found
        return self._had[version_id]


_PLAIN: dict[int, Treatment] = {Stage.ADJUSTED: Treatment.ADJUSTED, Stage.OVER_CAP: Treatment.CAPPED}


def _is_forfeited(component: p.Component) -> bool:
    hold = component.hold
    return hold is not None and hold.months is None and not hold.until_accepted


def _is_retroactive(component: p.Component) -> bool:
    pays = component.pays
    options = [one for _when, one in pays.options] if isinstance(pays, p.Choice) else [pays]
    return any(isinstance(one, p.Tiers) and any(tier.is_whole for tier in one.tiers) for one in options)


@dataclass
class _Version:
    """A version as its last run calculated it."""

    version: PlanVersion
    run: PayRun | None
    known: dict[int, dict[tuple[int, date], dict[int, int]]] = field(default_factory=dict)

    @cached_property
    def plan(self) -> p.Plan:
        return read_plan(self.version.definition)

    @cached_property
    def keys(self) -> dict[int, str]:
        return dict(PlanComponent.objects.filter(plan_id=self.version.plan_id).values_list("pk", "key"))

    @cached_property
    def terms(self) -> Any:
        assert self.run is not None
        return terms_kept(self.run, self.version)

    @cached_property
    def book(self) -> Book:
        assert self.run is not None
        through = last_day(self.run)
        return Book(self.terms.plan, load(self.terms, through=through).inputs, through)

    @cached_property
    def deals(self) -> dict[int, int]:
        """The deal of each credit of the plan that has one."""
        credits = Credit.objects.filter(plan_id=self.version.plan_id, deal_id__isnull=False)
        return dict(credits.values_list("pk", F("deal_id")))

    def component(self, component_id: int) -> p.Component | None:
        return self.plan.components.get(self.keys.get(component_id, ""))

    def is_for_good(self, component_id: int) -> bool:
        """Whether a draw needn't be earned."""
        return any(one.key == self.keys.get(component_id) and not one.is_recoverable for one in self.plan.draws)

    def _span(self, component: p.Component) -> str:
        if component.measure:
            return self.plan.measures[component.measure].over
        return component.settles or self.plan.pay_every

    def window(self, component_id: int, day: date) -> date:
        """The first day of the component's span that a day lies in."""
        component, grid = self.component(component_id), self.book.grid
        assert component is not None
        place = max(int(grid.place(np.array([day.toordinal()]))[0]), 0)
        at = min(place, len(grid) - 1)
        return date.fromordinal(int(grid.starts[grid.first_of(self._span(component))[at]]))

    def weights(self, component_id: int, payee_id: int, window_on: date) -> dict[int, int]:
        """What deals brought to the component's measure in a span, for a payee; those that came back are nothing."""
        if component_id not in self.known:
            component = self.component(component_id)
            assert component is not None
            self.known[component_id] = self._weighed(component)
        return self.known[component_id].get((payee_id, window_on), {})

    def _weighed(self, component: p.Component) -> dict[tuple[int, date], dict[int, int]]:
        book, deals, credits = self.book, self.deals, self.book.credits
        at, payee, adds = self._counted(component)
        if component.where is not None:
            fits = condition_on_credits(component.where, book)[at]
            at, payee, adds = at[fits], payee[fits], adds[fits]
        firsts = book.grid.first_of(self._span(component))
        starts = book.grid.starts[firsts[np.clip(book.place[at], 0, len(book.grid) - 1)]]
        people = self.terms.ids_by_place(book.staff.payees)[payee]
        found: dict[tuple[int, date], dict[int, int]] = defaultdict(lambda: defaultdict(int))
        for who, start, key, add in zip(*(x.tolist() for x in (people, starts, credits.keys[at], adds)), strict=True):
            if key in deals:
                found[who, date.fromordinal(start)][deals[key]] += add
        return found

    def _counted(self, component: p.Component) -> tuple[Any, Any, Any]:
        """Credits of its measure; without one all of the plan's, by what is paid on."""
        if component.measure:
            counted = self.book.counted(self.plan.measures[component.measure])
            return counted.credit, counted.payee, counted.adds
        at = np.flatnonzero(self.book.is_due & self.book.is_on_plan)
        return at, self.book.credits.payee[at], self.book.credits.pay[at]
