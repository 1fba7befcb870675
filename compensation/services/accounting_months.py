"""A month of account worked out: costs placed on contracts, every contract rolled on by a month, and what it books."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Exists, OuterRef

from compensation.enums import Treatment
from compensation.kernel.accounting import NEVER, UNKNOWN, Assets, Month, Moved, re_estimated, roll
from compensation.kernel.benefit import DAYS, Rules, benefit_end, is_short, units
from compensation.kernel.journal import Sums, bookings
from compensation.models import (
    AccountedRun,
    AccountingMonth,
    AccountingPolicy,
    ContractCost,
    CostLine,
    CostMonth,
    JournalEntry,
    Plan,
)
from compensation.selectors import accounting_costs as costs
from compensation.selectors import accounting_terms as terms
from compensation.selectors.accounting import last_closed
from compensation.selectors.accounting_costs import Cost
from compensation.selectors.accounting_terms import Placed, month_number
from core.bulk.numbers import read_numbers, write_numbers
from core.kernel.money import split_minor
from core.kernel.periods import FiscalCalendar
from core.runs import Progress
from core.selectors import the_company

Array = np.ndarray[Any, Any]
_LINE = {
    **dict.fromkeys(("month_id", "plan_id", "version_id", "component_id", "payee_id", "deal_id", "cost_id"), "bigint"),
    **{"treatment": "smallint", "window_on": "date", "amount_minor": "bigint"},
}
_MOVED = dict.fromkeys(
    ("month_id", "cost_id", "opening_minor", "capitalised_minor", "clawed_back_minor", "over_minor", "amortised_minor",
     "impaired_minor", "closing_minor", "base_minor", "first", "past", "kept_minor"), "bigint",
)  # fmt: skip
_OPENING = dict.fromkeys(
    ("id", "plan", "contract", "by_days", "base", "starts", "first", "past", "left", "kept"), "bigint"
)
_OPEN = """
SELECT c.id, c.plan_id, coalesce(c.contract_id, 0), (c.basis = 'days')::int::bigint, coalesce(m.base_minor, 0),
  c.first, coalesce(m.first, c.first), c.past, coalesce(m.closing_minor, 0), coalesce(m.kept_minor, -1)
FROM compensation_contractcost c
LEFT JOIN compensation_costmonth m ON m.cost_id = c.id AND m.month_id = {before}
WHERE m.closing_minor <> 0 OR c.id IN ({also}) ORDER BY c.id
"""


@dataclass(frozen=True, slots=True)
class Span:
    """A month's bounds in both units, and the rules it goes by."""

    rules: Rules
    calendar: FiscalCalendar
    starts_on: date
    ends_on: date

    @property
    def number(self) -> int:
        return month_number(self.calendar, self.starts_on)

    def unit(self, day: date, *, by_days: bool) -> int:
        return day.toordinal() if by_days else month_number(self.calendar, day)

    def begins(self, *, by_days: bool) -> int:
        return self.unit(self.starts_on, by_days=by_days)


def span_of(month: AccountingMonth) -> Span:
    return Span(rules_of(month.policy), the_company().calendar, month.period.starts_on, month.period.ends_on)


def rules_of(policy: AccountingPolicy) -> Rules:
    return Rules(policy.benefit_months, policy.renewals_commensurate, policy.is_expedient, policy.basis)


def work_out(month: AccountingMonth, progress: Progress) -> None:
    """Work a month out and write it over what was worked out of it before. The caller holds the month's lock."""
    forget_draft(month)
    span = span_of(month)
    taken, paying = costs.runs_to_account(month.period), costs.payments_to_account(month.period)
    found = costs.costs_of(taken)
    progress.total(len(found))
    _adopt(span)
    placing = _Placing(span)
    placing.place(found)
    progress.advance(len(found))
    ids, plans, moved = _roll(month, span, placing)
    _write_lines(month, placing.lines)
    _write_moved(month, ids, moved)
    paid = costs.paid_by_plan(paying)
    sums = _sums(placing.lines, plans, moved, paid)
    _book(month, sums)
    AccountedRun.objects.bulk_create(
        [AccountedRun(month=month, pay_run=run, is_payment=False) for run in taken]
        + [AccountedRun(month=month, pay_run=run, is_payment=True) for run in paying]
    )
    month.contracts, month.totals = len(ids), _totals(sums)
    month.output_hash = _hash(placing.lines, ids, moved, paid)
    progress.count("costs", len(placing.lines))
    progress.count("contracts", len(ids))


def forget_draft(month: AccountingMonth) -> None:
    """What was worked out of a month that isn't closed, and assets that only it had."""
    for model in (CostLine, CostMonth, JournalEntry, AccountedRun):
        model._default_manager.filter(month=month).delete()
    moved = CostMonth.objects.filter(cost=OuterRef("pk"))
    ContractCost.objects.filter(~Exists(moved)).delete()


def _adopt(span: Span) -> None:
    """Costs of deals whose contract was signed meanwhile go over the contract's benefit from now on."""
    for pk, one in terms.contracts_signed_since().items():
        cost = ContractCost.objects.get(pk=pk)
        cost.contract_id, cost.account_id, cost.source = one.contract_id, one.account_id, one.term.source
        cost.starts_on, cost.ends_on = one.term.starts, benefit_end(one.term, span.rules)
        as_begun = replace(span.rules, basis=cost.basis)
        number = month_number(span.calendar, cost.starts_on)
        cost.first, cost.past = units(cost.starts_on, cost.ends_on, as_begun, month=number)
        cost.save()


Key = tuple[int, int, int | None]  # a plan, a deal, a contract


@dataclass
class _Placing:
    """Costs put on contracts, or expensed with a reason."""

    span: Span
    lines: list[tuple[Cost, int]] = field(default_factory=list)  # with the contract's cost, 0 for none
    capitalised: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    taken_back: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    refused: dict[Key, Treatment] = field(default_factory=dict)

    def place(self, found: Sequence[Cost]) -> None:
        winning = [one for one in found if one.treatment == Treatment.CAPITALISED]
        self.lines += [(one, 0) for one in found if one.treatment != Treatment.CAPITALISED]
        deals = {one.deal_id for one in winning}
        places = terms.placed(deals)
        parts = [(placed, part) for one in winning for placed, part in _parts(one, places[one.deal_id])]
        wanted = ContractCost.objects.filter(deal__in=deals)
        known: dict[Key, ContractCost] = {(one.plan_id, one.deal_id, one.contract_id): one for one in wanted}
        self._open({_key(part, placed): placed for placed, part in parts if part.amount_minor > 0}, known)
        for placed, part in parts:
            self._put(_key(part, placed), part, known)

    def _open(self, wanted: Mapping[Key, Placed], known: dict[Key, ContractCost]) -> None:
        """Assets of contracts that have none that stands; a reversed month may have left one, estimated anew here."""
        fresh = []
        for key, placed in wanted.items():
            cost = known.get(key)
            if cost is not None and cost.capitalised_minor:
                continue
            made = self._estimated(cost or ContractCost(plan_id=key[0]), placed)
            if isinstance(made, Treatment):
                self.refused[key] = made
            elif made.pk:
                made.save()
            else:
                fresh.append(made)
        for made in ContractCost.objects.bulk_create(fresh, batch_size=2000):
            known[made.plan_id, made.deal_id, made.contract_id] = made

    def _estimated(self, cost: ContractCost, placed: Placed) -> ContractCost | Treatment:
        """The asset with its benefit, or why there is none."""
        span, term = self.span, placed.term
        ends = benefit_end(term, span.rules)
        if is_short(term.starts, ends, span.rules):
            return Treatment.SHORT
        cost.deal_id, cost.contract_id, cost.account_id = placed.deal_id, placed.contract_id, placed.account_id
        cost.starts_on, cost.ends_on, cost.source, cost.basis = term.starts, ends, term.source, span.rules.basis
        cost.first, cost.past = units(term.starts, ends, span.rules, month=month_number(span.calendar, term.starts))
        return Treatment.TERM_OVER if cost.past <= span.begins(by_days=cost.basis == DAYS) else cost

    def _put(self, key: Key, part: Cost, known: Mapping[Key, ContractCost]) -> None:
        cost, why = known.get(key), self.refused.get(key)
        if part.amount_minor < 0:
            self._take_back(None if why else cost, part)
        elif cost is None or why:
            self.lines.append((part._replace(treatment=int(why or Treatment.TERM_OVER)), 0))
        elif cost.past <= self.span.begins(by_days=cost.basis == DAYS):
            self.lines.append((part._replace(treatment=int(Treatment.TERM_OVER)), 0))
        else:
            self.capitalised[cost.pk] += part.amount_minor
            self.lines.append((part, cost.pk))

    def _take_back(self, cost: ContractCost | None, part: Cost) -> None:
        """From the contract's asset; where it never had one it was expensed, and is expensed less."""
        if cost is not None:
            self.taken_back[cost.pk] -= part.amount_minor
        self.lines.append((part._replace(treatment=int(Treatment.TAKEN_BACK)), cost.pk if cost else 0))


def _key(part: Cost, placed: Placed) -> Key:
    return part.plan_id, placed.deal_id, placed.contract_id


def _parts(cost: Cost, places: Sequence[Placed]) -> list[tuple[Placed, Cost]]:
    """A deal's cost over its contracts by their value; parts add up to the cent."""
    if len(places) == 1:
        return [(places[0], cost)]
    weights = [one.weight for one in places]
    parts = split_minor(cost.amount_minor, weights if any(weights) else [1] * len(places))
    return [(one, cost._replace(amount_minor=part)) for one, part in zip(places, parts, strict=True) if part]


def _roll(month: AccountingMonth, span: Span, placing: _Placing) -> tuple[Array, Array, Moved]:
    """Every contract with something left, or something new; by their ids."""
    before = last_closed()
    also = {*placing.capitalised, *placing.taken_back}
    query = _OPEN.format(before=before.pk if before else 0, also=", ".join(str(int(one)) for one in also) or "NULL")
    with connection.cursor() as cursor:
        rows = read_numbers(cursor, query, _OPENING)
    by_days = rows["by_days"] == 1
    begins = np.where(by_days, span.begins(by_days=True), span.begins(by_days=False))
    cut = np.where(by_days, span.ends_on.toordinal(), span.number + 1)
    opened = _opened(month, rows)
    assets = re_estimated(opened, rows["starts"], rows["past"], begins)
    what = Month(
        capitalised=_column(rows["id"], placing.capitalised),
        taken_back=_column(rows["id"], placing.taken_back),
        begins=begins, cut=cut, **_losses(span, rows["contract"], by_days),
    )  # fmt: skip
    return rows["id"], rows["plan"], roll(assets, what)


def _opened(month: AccountingMonth, rows: Mapping[str, Array]) -> Assets:
    """As the month before left them; `past` as it was then isn't told any more, so that a changed one is found."""
    then = dict(CostMonth.objects.filter(month=last_closed()).exclude(closing_minor=0).values_list("cost_id", "past"))
    past = np.array([then.get(one, now) for one, now in zip(rows["id"].tolist(), rows["past"].tolist(), strict=True)])
    return Assets(rows["base"], rows["first"], past.astype(np.int64), rows["left"], rows["kept"])


def _column(ids: Array, amounts: Mapping[int, int]) -> Array:
    found = np.zeros(len(ids), dtype=np.int64)
    for pk, amount in amounts.items():
        found[np.searchsorted(ids, pk)] = amount
    return found


def _losses(span: Span, contracts: Array, by_days: Array) -> dict[str, Array]:
    """What was lost of contracts by the month's end, as columns."""
    gone, worth = terms.stops(before=span.ends_on), terms.lost_worth(before=span.ends_on)
    found = {name: np.full(len(contracts), value) for name, value in (("stops", NEVER), ("kept", 0), ("of", UNKNOWN))}
    for place in np.flatnonzero(np.isin(contracts, [*gone, *worth])).tolist():
        contract = int(contracts[place])
        if contract in gone:
            found["stops"][place] = span.unit(gone[contract], by_days=bool(by_days[place]))
        if contract in worth:
            found["kept"][place], found["of"][place] = worth[contract]
    return found


def _write_lines(month: AccountingMonth, lines: Sequence[tuple[Cost, int]]) -> None:
    if not lines:
        return
    told = [
        (month.pk, one.plan_id, one.version_id, one.component_id, one.payee_id, one.deal_id, cost, one.treatment,
         one.window_on.toordinal(), one.amount_minor)
        for one, cost in lines
    ]  # fmt: skip
    columns = np.array(told, dtype=np.int64).T
    with connection.cursor() as cursor:
        write_numbers(cursor, "compensation_costline", _LINE, dict(zip(_LINE, columns, strict=True)))


def _write_moved(month: AccountingMonth, ids: Array, moved: Moved) -> None:
    if not len(ids):
        return
    after = moved.assets
    columns = (
        np.full(len(ids), month.pk), ids, moved.opening, moved.capitalised, moved.clawed_back, moved.over,
        moved.amortised, moved.impaired, moved.closing, after.base, after.first, after.past, after.kept,
    )  # fmt: skip
    with connection.cursor() as cursor:
        write_numbers(cursor, "compensation_costmonth", _MOVED, dict(zip(_MOVED, columns, strict=True)))


def _sums(
    lines: Sequence[tuple[Cost, int]], plans: Array, moved: Moved, paid: Mapping[int, int]
) -> dict[int, tuple[int, Sums]]:
    """By plan: what stood at the month's beginning, and what it came to."""
    expensed: dict[int, int] = defaultdict(int)
    over: dict[int, int] = defaultdict(int)
    for one, cost in lines:
        if one.treatment == Treatment.TAKEN_BACK:
            over[one.plan_id] -= 0 if cost else one.amount_minor
        elif one.treatment != Treatment.CAPITALISED:
            expensed[one.plan_id] += one.amount_minor
    found = {}
    for plan in sorted({*expensed, *over, *paid, *np.unique(plans).tolist()}):
        at = plans == plan
        total = {name: int(getattr(moved, name)[at].sum()) for name in _SUMMED}
        opening, more = total.pop("opening"), total.pop("over")
        told = {"expensed": expensed[plan], "over": over[plan] + more, "paid": paid.get(plan, 0)}
        found[plan] = opening, Sums(**total, **told)
    return found


_SUMMED = ("opening", "capitalised", "clawed_back", "over", "amortised", "impaired")


def _totals(sums: Mapping[int, tuple[int, Sums]]) -> dict[str, dict[str, int]]:
    """By currency, what a month's page and the list of months tell."""
    currencies = dict(Plan.objects.filter(pk__in=sums).values_list("pk", "currency_id"))
    found: dict[str, dict[str, int]] = {}
    for plan, (opening, one) in sums.items():
        closing = opening + one.capitalised - one.clawed_back - one.amortised - one.impaired
        told = {
            "opening": opening, "capitalised": one.capitalised, "clawed_back": one.clawed_back,
            "amortised": one.amortised, "impaired": one.impaired, "closing": closing, "expensed": one.expensed,
            "over": one.over, "paid": one.paid, "expense": one.expense,
        }  # fmt: skip
        known = found.setdefault(str(currencies[plan]), dict.fromkeys(told, 0))
        for name, amount in told.items():
            known[name] += amount
    return found


def _book(month: AccountingMonth, sums: Mapping[int, tuple[int, Sums]]) -> None:
    JournalEntry.objects.bulk_create(
        JournalEntry(
            month=month, plan_id=plan, entry=line.entry, account=line.account,
            account_name=month.policy.account_of(line.account), debit_minor=line.debit, credit_minor=line.credit,
        )
        for plan, (_opening, one) in sums.items()
        for line in bookings(one)
    )  # fmt: skip


def _hash(lines: Sequence[tuple[Cost, int]], ids: Array, moved: Moved, paid: Mapping[int, int]) -> str:
    """Of everything that moved: the same inputs come to the same."""
    digest = hashlib.sha256(repr([tuple(one) for one, _cost in sorted(lines)]).encode())
    for column in (moved.opening, moved.capitalised, moved.clawed_back, moved.amortised, moved.impaired):
        digest.update(np.ascontiguousarray(column).tobytes())
    digest.update(repr(sorted(paid.items())).encode())
    return digest.hexdigest()


def add_to_costs(month: AccountingMonth, *, sign: int) -> None:
    """Add what a closed month moved to the sums of its contracts, or take it off again."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE compensation_contractcost c SET
                 capitalised_minor = c.capitalised_minor + %(sign)s * m.capitalised_minor,
                 clawed_back_minor = c.clawed_back_minor + %(sign)s * m.clawed_back_minor,
                 amortised_minor = c.amortised_minor + %(sign)s * m.amortised_minor,
                 impaired_minor = c.impaired_minor + %(sign)s * m.impaired_minor,
                 left_minor = c.left_minor + %(sign)s * (m.closing_minor - m.opening_minor)
               FROM compensation_costmonth m WHERE m.cost_id = c.id AND m.month_id = %(month)s""",
            {"sign": sign, "month": month.pk},
        )
