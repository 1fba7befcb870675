"""Costs of contracts in the books: worked examples, and whatever history comes along the roll-forward balances."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from compensation.kernel import benefit, journal
from compensation.kernel.accounting import (
    NEVER,
    NOBODY,
    UNKNOWN,
    Assets,
    Month,
    Moved,
    allocated,
    plan_ahead,
    re_estimated,
    roll,
    written_down,
)
from compensation.kernel.benefit import Rules, Term

RULES = Rules(60, renewals_commensurate=False, is_expedient=True, basis=benefit.MONTHS)


def column(*values: int) -> Any:
    return np.array(values, dtype=np.int64)


def fresh(past: int, first: int = 0) -> Assets:
    return Assets(column(0), column(first), column(past), column(0), column(UNKNOWN))


def month(number: int, **more: int) -> Month:
    given = {"capitalised": 0, "taken_back": 0, "stops": NEVER, "kept": 0, "of": UNKNOWN} | more
    return Month(begins=column(number), cut=column(number + 1), **{key: column(value) for key, value in given.items()})


def amortised(assets: Assets, months: list[Month]) -> list[int]:
    found = []
    for one in months:
        moved = roll(assets, one)
        assets = moved.assets
        found.append(int(moved.amortised[0]))
    return found


def test_published_examples_of_amortisation(shared_path: Callable[..., Path]) -> None:
    examples = json.loads(shared_path("cases", "worked_examples.json").read_text())
    asc = [one for one in examples if one["id"].startswith("asc")]
    assert asc
    for one in asc:
        cost, months = one["inputs"]["commission"] * 100, one["inputs"]["months"]
        parts = amortised(fresh(months), [month(0, capitalised=cost), *(month(n) for n in range(1, months))])
        assert parts == [one["expected"]["monthly"] * 100] * months


def test_months_sum_to_the_cost_whatever_it_is() -> None:
    assert amortised(fresh(3), [month(0, capitalised=10000), month(1), month(2), month(3)]) == [3333, 3334, 3333, 0]
    assert int(written_down(column(2**61), column(0), column(7), column(7))[0]) == 2**61  # beyond 64 bits on its way
    assert plan_ahead(10000, 0, 3, [1, 2, 3, 4]) == [3334, 3333, 0]
    assert plan_ahead(10000, 0, 60, [0, 1, 2]) == [167, 166]


def test_taken_back_lessens_the_asset_first_and_the_expense_after_it() -> None:
    first = roll(fresh(12), month(0, capitalised=120000))
    second = roll(first.assets, month(1, taken_back=30000))
    assert int(second.opening[0]) == 110000 and int(second.clawed_back[0]) == 30000 and int(second.over[0]) == 0
    assert int(second.amortised[0]) == 7273 and int(second.closing[0]) == 72727  # 800.00 over eleven months
    third = roll(second.assets, month(2, taken_back=100000))
    assert int(third.clawed_back[0]) == 72727 and int(third.over[0]) == 27273 and int(third.closing[0]) == 0


def test_a_cancelled_contract_is_written_down_until_then_and_off_after_it() -> None:
    by_days = Assets(column(0), column(100), column(465), column(0), column(UNKNOWN))
    days = replace(month(0, capitalised=36500, stops=120), begins=column(100), cut=column(131))
    moved = roll(by_days, days)
    assert int(moved.amortised[0]) == 2000 and int(moved.impaired[0]) == 34500 and int(moved.closing[0]) == 0
    late = roll(roll(fresh(12), month(0, capitalised=120000)).assets, month(5, stops=2))  # known in a later month
    assert int(late.impaired[0]) + int(late.amortised[0]) == 110000 and int(late.closing[0]) == 0


def test_a_part_lost_writes_its_part_off_and_never_up_again() -> None:
    first = roll(fresh(12), month(0, capitalised=120000))
    lost = roll(first.assets, month(1, kept=600, of=1000))
    assert int(lost.amortised[0]) == 10000 and int(lost.impaired[0]) == 40000 and int(lost.closing[0]) == 60000
    back = roll(lost.assets, month(2, kept=1000, of=1000))
    assert int(back.impaired[0]) == 0 and int(back.amortised[0]) == 6000


def test_another_estimate_goes_over_what_is_left() -> None:
    half = Assets(column(120000), column(0), column(12), column(60000), column(UNKNOWN))
    longer = re_estimated(half, column(0), column(18), column(6))
    assert int(roll(longer, month(6)).amortised[0]) == 5000
    assert int(roll(re_estimated(half, column(0), column(12), column(6)), month(6)).amortised[0]) == 10000


def test_a_bonus_is_divided_over_deals_less_what_they_had() -> None:
    assert allocated(200000, {1: 100, 2: 300}, {}) == {1: 50000, 2: 150000}
    assert allocated(200000, {1: 100, 2: 300}, {1: 40000, 2: 40000}) == {1: 10000, 2: 110000}
    assert allocated(100, {3: 1, 1: 1, 2: 1}, {}) == {1: 34, 2: 33, 3: 33}
    assert allocated(500, {1: 0}, {}) == {NOBODY: 500}
    assert allocated(700, {7: 10}, {NOBODY: 500}) == {NOBODY: -500, 7: 700}


@pytest.mark.parametrize("seed", range(40))
def test_retroactive_tiers_come_out_as_if_the_rate_had_held_from_the_first_deal(seed: int) -> None:
    r = Random(seed)
    deals: dict[int, int] = {}
    had: dict[int, int] = {}
    total = 0
    for number in range(1, r.randint(2, 9)):
        deals[number] = r.randint(1, 90_000)
        total = sum(deals.values()) * r.choice([4, 8]) // 100
        for deal, part in allocated(total, deals, had).items():
            had[deal] = had.get(deal, 0) + part
        assert sum(had.values()) == total
    assert all(abs(had.get(deal, 0) - total * size / sum(deals.values())) < 1 for deal, size in deals.items())


@dataclass
class Story:
    """A random history of contracts: what happens in each month, and what a slow second calculator makes of it."""

    r: Random

    def months(self, assets: int, count: int) -> list[Month]:
        return [self._month(number, assets) for number in range(count)]

    def _month(self, number: int, count: int) -> Month:
        r = self.r
        some = lambda most, share: [r.randint(1, most) if r.random() < share else 0 for _n in range(count)]  # noqa: E731 -- said twice
        return Month(
            capitalised=column(*some(500_000, 0.3)), taken_back=column(*some(300_000, 0.15)),
            begins=column(*[number] * count), cut=column(*[number + 1] * count),
            stops=column(*[r.randint(0, number) if r.random() < 0.05 else NEVER for _n in range(count)]),
            kept=column(*[r.randint(0, 1000) for _n in range(count)]),
            of=column(*[1000 if r.random() < 0.3 else UNKNOWN for _n in range(count)]),
        )  # fmt: skip


def rolled(assets: Assets, months: list[Month]) -> list[Moved]:
    found = []
    for one in months:
        found.append(roll(assets, one))
        assets = found[-1].assets
    return found


@pytest.mark.parametrize("seed", range(60))
def test_any_history_balances_month_by_month_and_over_time(seed: int) -> None:
    r = Random(seed)
    count = r.randint(1, 6)
    firsts = [r.randint(-3, 8) for _n in range(count)]
    none = column(*[0] * count)
    start = Assets(none, column(*firsts), column(*[f + r.randint(0, 30) for f in firsts]), none, none - 1)
    months = Story(r).months(count, r.randint(1, 40))
    moved = rolled(start, months)
    for one in moved:
        parts = one.opening + one.capitalised - one.clawed_back - one.amortised - one.impaired
        assert (parts == one.closing).all() and (one.closing >= 0).all()
        assert (one.amortised >= 0).all() and (one.impaired >= 0).all() and (one.over >= 0).all()
    earned = sum(int(one.capitalised.sum()) for one in months) - sum(int(one.taken_back.sum()) for one in months)
    borne = sum(int((one.amortised + one.impaired - one.over).sum()) for one in moved)
    assert borne + int(moved[-1].closing.sum()) == earned
    cut = r.randint(0, len(moved))
    firsts_of, rest = rolled(start, months[:cut]), months[cut:]
    again = rolled(firsts_of[-1].assets if firsts_of else start, rest)
    assert all((a.closing == b.closing).all() for a, b in zip([*firsts_of, *again], moved, strict=True))


def test_time_alone_bears_the_whole_cost() -> None:
    moved = rolled(fresh(24), [month(0, capitalised=99999), *(month(n) for n in range(1, 24))])
    assert int(moved[-1].closing[0]) == 0 and sum(int(one.amortised[0]) for one in moved) == 99999


def test_a_longer_month_is_two_shorter_ones() -> None:
    first = roll(fresh(36), month(0, capitalised=100001)).assets
    long = roll(first, replace(month(1), cut=column(3)))
    parts = rolled(first, [month(1), month(2)])
    assert int(long.amortised[0]) == sum(int(one.amortised[0]) for one in parts)
    assert (long.closing == parts[-1].closing).all()


@pytest.mark.parametrize("seed", range(40))
def test_of_each_entry_debits_and_credits_are_equal(seed: int) -> None:
    r = Random(seed)
    told = {name: r.choice([0, r.randint(1, 10**9)]) for name in journal.Sums.__dataclass_fields__}
    told |= {name: r.choice([1, -1]) * told[name] for name in ("expensed", "over", "paid")}
    sums = journal.Sums(**told)
    lines = journal.bookings(sums)
    for entry in journal.ENTRIES:
        assert sum(one.debit - one.credit for one in lines if one.entry == entry) == 0
    assert all((one.debit > 0) != (one.credit > 0) and min(one.debit, one.credit) == 0 for one in lines)
    by_account = {
        name: sum(one.debit - one.credit for one in lines if one.account == name) for name in journal.ACCOUNTS
    }
    assert by_account[journal.ASSET] == sums.capitalised - sums.clawed_back - sums.amortised - sums.impaired
    borne = sum(by_account[name] for name in (journal.EXPENSE, journal.AMORTISATION, journal.IMPAIRMENT))
    assert borne == sums.expense


def test_a_worked_month_of_entries() -> None:
    lines = journal.bookings(journal.Sums(capitalised=80000, expensed=20000, amortised=5000, paid=100000))
    assert [(one.entry, one.account, one.debit, one.credit) for one in lines] == [
        ("earned", "asset", 80000, 0), ("earned", "expense", 20000, 0), ("earned", "liability", 0, 100000),
        ("amortised", "asset", 0, 5000), ("amortised", "amortisation", 5000, 0),
        ("paid", "liability", 100000, 0), ("paid", "clearing", 0, 100000),
    ]  # fmt: skip


def test_how_long_a_cost_is_of_use() -> None:
    two_years = Term(date(2026, 1, 1), date(2028, 1, 1), False, benefit.CONTRACT)
    assert benefit.benefit_end(two_years, RULES) == date(2031, 1, 1)
    assert benefit.benefit_end(two_years, replace(RULES, renewals_commensurate=True)) == date(2028, 1, 1)
    assert benefit.benefit_end(replace(two_years, is_renewal=True), RULES) == date(2028, 1, 1)
    ten_years = replace(two_years, ends=date(2036, 1, 1))
    assert benefit.benefit_end(ten_years, RULES) == date(2036, 1, 1)
    assert benefit.benefit_end(replace(two_years, ends=None), replace(RULES, renewals_commensurate=True)) == date(
        2031, 1, 1
    )


def test_the_expedient_takes_a_year_and_not_a_day_more() -> None:
    assert benefit.is_short(date(2026, 1, 15), date(2027, 1, 15), RULES)
    assert not benefit.is_short(date(2026, 1, 15), date(2027, 1, 16), RULES)
    assert not benefit.is_short(date(2026, 1, 15), date(2026, 7, 15), replace(RULES, is_expedient=False))


def test_months_begun_count_whole() -> None:
    assert benefit.months_between(date(2026, 1, 15), date(2027, 1, 15)) == 12
    assert benefit.months_between(date(2026, 1, 15), date(2027, 1, 16)) == 13
    assert benefit.months_between(date(2026, 1, 31), date(2026, 2, 28)) == 1
    assert benefit.months_between(date(2026, 1, 31), date(2026, 3, 1)) == 2
    assert benefit.units(date(2026, 1, 15), date(2031, 1, 15), RULES, month=24312) == (24312, 24372)
    by_days = replace(RULES, basis=benefit.DAYS)
    first, past = benefit.units(date(2026, 1, 1), date(2027, 1, 1), by_days, month=0)
    assert past - first == 365
