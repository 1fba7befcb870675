"""Everything a plan's components ask about: who counts, what was credited and what was the quota, by payee and time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from compensation.kernel.exact import Exact, added_up
from compensation.kernel.grid import MONTH, WEEK, Grid, make_grid
from compensation.kernel.inputs import InputError, Inputs
from compensation.kernel.plan import COMMISSIONABLE, COUNT, ORIGINAL_RATE, SELF, Measure, Plan
from compensation.kernel.staff import PaidTime, Staff, paid_time, staff_of
from core.kernel.periods import FiscalCalendar, UnknownPeriod

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Counted:
    """Credits that count for a measure: the credit's place, for whom, what it adds, and how many levels below them."""

    credit: Array
    payee: Array
    adds: Array
    level: Array


@dataclass(frozen=True, slots=True)
class QuotaTable:
    """Quotas in smallest units by payee x base period; is_there [payee, base period], amounts the same, flat."""

    is_there: Array
    amounts: Exact


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """What a person should look at before paying: kind, payee, period, and of what."""

    kind: str
    payee: str
    period: str
    of: str


class Book:
    """Inputs seen through a plan, through a day (its period is the last one that is calculated)."""

    def __init__(self, plan: Plan, inputs: Inputs, through: date, calendar: FiscalCalendar | None = None) -> None:
        self.plan, self.inputs = plan, inputs
        self.calendar = calendar or FiscalCalendar(start_month=plan.year_starts)
        self.grid: Grid = make_grid(
            self.calendar, plan.counting_from, through, unit=WEEK if plan.pay_every == WEEK else MONTH
        )
        self.staff: Staff = staff_of(inputs.credits.payees, inputs.people, plan)
        self.through = through.toordinal()
        self._sums: dict[tuple[str, str], Exact] = {}
        self._quotas: dict[tuple[str, str], list[list[Fraction | None]]] = {}
        self._paid: dict[tuple[str, bool], PaidTime] = {}
        self._counted: dict[str, Counted] = {}
        self._tables: dict[tuple[str, ...], QuotaTable] = {}
        self._pay_tables: dict[tuple[str, str, bool], Exact] = {}
        self.notes: set[Note] = set()
        self.asks = ""  # which component is being worked out

    @property
    def credits(self) -> Any:
        return self.inputs.credits

    @cached_property
    def last_place(self) -> int:
        """The base period of the calculation's day."""
        at = int(self.grid.place(np.array([self.through]))[0])
        return min(max(at, 0), len(self.grid) - 1)

    def come_to(self, measure: Measure, payee: int) -> tuple[int, Fraction | None]:
        """What a measure has come to for a payee by the calculation's day, and its quota; in its smallest units."""
        credited = int(self.sums(measure, measure.over).num[payee, self.last_place])
        return credited, self.quota(measure, measure.over)[payee][self.last_place]

    @cached_property
    def place(self) -> Array:
        """The base period of each credit's day."""
        return self.grid.place(self.credits.on)

    @cached_property
    def is_due(self) -> Array:
        """Credits of the days that count, up to the day of the calculation."""
        on, plan = self.credits.on, self.plan
        ends = plan.valid_to.toordinal() if plan.valid_to else self.through + 1
        return np.asarray((on >= plan.counting_from.toordinal()) & (on < min(ends, self.through + 1)))

    @cached_property
    def is_on_plan(self) -> Array:
        """Whether each credit's payee was on the plan on its day."""
        return self.staff.is_on_plan_at(self.credits.payee, self.credits.on)

    def counted(self, measure: Measure) -> Counted:
        """The credits of a measure, in their order for each payee."""
        if measure.key not in self._counted:
            self._counted[measure.key] = self._count(measure)
        return self._counted[measure.key]

    def _count(self, measure: Measure) -> Counted:
        from compensation.kernel.vector import condition_on_credits

        credits = self.credits
        codes = [credits.measure.code_of(name) for name in measure.credits]
        chosen = self.is_due & np.isin(credits.measure.codes, codes)
        if measure.where is not None:
            chosen &= condition_on_credits(measure.where, self)
        if measure.of == SELF:
            found = np.flatnonzero(chosen & self.is_on_plan)
            payee, level = credits.payee[found], np.zeros(len(found), dtype=np.int8)
        else:
            chosen_places = np.flatnonzero(chosen)
            at, payee, level = self.staff.pairs(credits.payee[chosen_places], credits.on[chosen_places], measure.of)
            found = chosen_places[at]
            on_plan = self.staff.is_on_plan_at(payee, credits.on[found])
            found, payee, level = found[on_plan], payee[on_plan], level[on_plan]
            order = np.lexsort((found, credits.payee[found], credits.on[found], payee))
            found, payee, level = found[order], payee[order], level[order]
        if measure.adds == COUNT:
            adds = np.where(credits.returns[found] >= 0, -1, 1)
        else:
            adds = (credits.pay if measure.adds == COMMISSIONABLE else credits.quota)[found]
        return Counted(found, payee, np.asarray(adds), level)

    def keeps_attainment(self, found: Counted, mode: str, *, lowers: bool) -> Array:
        """What each credit adds once returns that don't lower attainment add nothing."""
        is_return = self.credits.returns[found.credit] >= 0
        stays = is_return & (not lowers or mode == ORIGINAL_RATE)
        return np.asarray(np.where(stays, 0, found.adds))

    def sums(self, measure: Measure, span: str) -> Exact:
        """[payee, base period]: what was credited within the span, up to the end of the base period."""
        key = (measure.key, span)
        if key not in self._sums:
            found = self.counted(measure)
            shape = (len(self.staff.payees), len(self.grid))
            total = np.cumsum(added_up(shape, (found.payee, self.place[found.credit]), found.adds), axis=1)
            firsts = self.grid.first_of(span)
            before = np.where(firsts > 0, total[:, np.maximum(firsts - 1, 0)], 0)
            whole = total - before
            self._sums[key] = Exact(whole, np.asarray(1))
        return self._sums[key]

    def quota(self, measure: Measure, span: str, *, to_date: bool = False) -> list[list[Fraction | None]]:
        """[payee][base period]: the quota of the span, or of its part up to the base period; None without one.

        In the measure's own units (minor units of money). Raises InputError for a period that can't be read.
        """
        key = (measure.key, f"{span}{'+' if to_date else ''}")
        if key not in self._quotas:
            self._quotas[key] = self._quota(measure, span, to_date=to_date)
        return self._quotas[key]

    def quota_table(self, measure: Measure, span: str, *, to_date: bool) -> QuotaTable:
        key = (measure.key, span, str(to_date))
        if key not in self._tables:
            rows = self.quota(measure, span, to_date=to_date)
            flat = [amount for row in rows for amount in row]
            is_there = np.array([amount is not None for amount in flat], dtype=bool).reshape(len(rows), len(self.grid))
            amounts = Exact.of([amount or Fraction(0) for amount in flat]) if flat else Exact.same(0, 0)
            self._tables[key] = QuotaTable(is_there, amounts)
        return self._tables[key]

    def pay_table(self, kind: str, span: str, *, own: bool) -> Exact:
        """Flat [payee, base period]: variable pay or OTE for the unit of a span that the period is in, whole units."""
        if (kind, span, own) not in self._pay_tables:
            time, units = self.paid(span, own=own), self.grid.units[span].tolist()
            found = time.variable if kind == "variable" else time.ote
            none = Fraction(0)
            flat = [found.get((payee, unit), none) for payee in range(len(self.staff.payees)) for unit in units]
            self._pay_tables[kind, span, own] = Exact.of(flat) if flat else Exact.same(0, 0)
        return self._pay_tables[kind, span, own]

    def note_missing(self, measure: Measure, span: str, payees: Array, places: Array) -> None:
        """Note people without a quota, once for each unit of the span that isn't over before the plan earns."""
        units = self.grid.units[span]
        for payee, unit in sorted(set(zip(payees.tolist(), units[places].tolist(), strict=True))):
            if self.grid.bounds_of(span, unit)[1] <= self.plan.valid_from.toordinal():
                continue
            self.notes.add(Note("no_quota", self.staff.payees[payee], self.grid.label_of(span, unit), measure.quota))

    def note_zero(self, payees: Array, places: Array) -> None:
        for payee, place in sorted(set(zip(payees.tolist(), places.tolist(), strict=True))):
            if self.grid.starts[place + 1] <= self.plan.valid_from.toordinal():
                continue
            self.notes.add(Note("division_by_zero", self.staff.payees[payee], self.grid.labels[place], self.asks))

    def _quota(self, measure: Measure, span: str, *, to_date: bool) -> list[list[Fraction | None]]:
        grid, scale = self.grid, 1 if measure.adds == COUNT else 10**self.plan.digits
        known = {payee: number for number, payee in enumerate(self.staff.payees)}
        units, firsts, lasts = grid.units[span], grid.first_of(span), grid.last_of(span)
        table: list[list[Fraction | None]] = [[None] * len(grid) for _payee in known]
        for payee, rows in self._quota_rows(measure.quota).items():
            if payee not in known:
                continue
            found: dict[tuple[int, int], Fraction | None] = {}
            for at in range(len(grid)):
                until = at if to_date else int(lasts[at])
                bounds = (int(firsts[at]), until + 1)
                if bounds not in found:
                    covered = _covered(rows, *bounds)
                    found[bounds] = None if covered is None else covered * scale
                amount = found[bounds]
                if amount is not None and self.plan.prorate_quota:
                    amount *= self.part_on_plan(known[payee], span, int(units[at]))
                table[known[payee]][at] = amount
        return table

    def _quota_rows(self, name: str) -> dict[str, dict[tuple[int, int], Fraction]]:
        found: dict[str, dict[tuple[int, int], Fraction]] = {}
        for one in self.inputs.quotas:
            if one.measure != name:
                continue
            try:
                period = self.calendar.period(one.period)
            except UnknownPeriod as error:
                raise InputError(
                    f"The quota of {one.payee} is for “{one.period}”, which is no fiscal period."
                ) from error
            first, past = self.grid.place(np.array([period.start.toordinal(), period.end.toordinal() - 1])).tolist()
            if past < 0 or first >= len(self.grid):
                continue
            bounds = (max(first, 0), past + 1)
            rows = found.setdefault(one.payee, {})
            if bounds in rows:
                raise InputError(f"{one.payee} has two quotas of {name} for {one.period}.")
            rows[bounds] = one.amount
        return found

    def part_on_plan(self, payee: int, span: str, unit: int) -> Fraction:
        time = self.paid(span)
        return Fraction(int(time.days[payee, unit]), int(time.of_days[unit]))

    def paid(self, span: str, *, own: bool = False) -> PaidTime:
        """Days and pay by unit of a span: of all days that count, or of those on which this version earns."""
        if (span, own) not in self._paid:
            since = self.plan.valid_from if own else self.plan.counting_from
            self._paid[span, own] = paid_time(self.staff, self.plan, self.grid, span, since)
        return self._paid[span, own]


def _covered(rows: dict[tuple[int, int], Fraction], first: int, past: int) -> Fraction | None:
    """The quota of base periods [first, past): its own row, else finer ones, else its even part of a longer one."""
    if (first, past) in rows:
        return rows[first, past]
    inside = {bounds: amount for bounds, amount in rows.items() if first <= bounds[0] and bounds[1] <= past}
    total, at, is_whole = Fraction(0), first, True
    while at < past:
        step = [(bounds[1], amount) for bounds, amount in inside.items() if bounds[0] == at]
        end, amount = max(step, default=(at + 1, Fraction(0)))
        is_whole &= bool(step)
        total, at = total + amount, end
    around = [bounds for bounds in rows if bounds[0] <= first and past <= bounds[1]]
    if is_whole or not around:
        return total if inside else None
    bounds = min(around, key=lambda one: one[1] - one[0])
    return rows[bounds] * Fraction(past - first, bounds[1] - bounds[0])
