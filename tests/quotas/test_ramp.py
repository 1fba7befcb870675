"""What part of a quota somebody owes: days, months, leave, ramp; exact, and as published examples have it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kernel.money import round_ratio
from quotas.kernel.ramp import FULL, NEVER, Rules, Service, owed, present_days


def begins(year: int) -> list[date]:
    return [date(year, month, 1) for month in range(1, 13)] + [date(year + 1, 1, 1)]


def service(first: str, past: str = "", *away: tuple[str, str]) -> Service:
    def day(text: str) -> int:
        return date.fromisoformat(text).toordinal()

    absences = [(0, day(begin), day(end)) for begin, end in away]
    return Service(np.array([day(first)]), np.array([day(past) if past else NEVER]), absences)


def year_of(months: Sequence[int], who: Service, rules: Rules, year: int = 2023) -> list[int]:
    return [int(one) for one in owed(np.array([months], dtype=np.int64), begins(year), who, rules)[0]]


EVEN = [100_000] * 12


@pytest.fixture
def shared_cases(shared_path: Callable[..., Path]) -> Mapping[str, Any]:
    return {one["id"]: one for one in json.loads(shared_path("cases", "worked_examples.json").read_text())}


def test_prorated_by_days_of_the_year(shared_cases: Any) -> None:
    """800,000 a year from June 1: 214 of 365 days. Source: the case's."""
    case = shared_cases["pror-02"]
    months = [80_000_000 // 12 + (month < 80_000_000 % 12) for month in range(12)]
    rules = Rules("days_of_year")
    assert sum(months) == int(case["inputs"]["quota"]) * 100
    got = sum(year_of(months, service("2023-06-01"), rules))
    assert Decimal(got) / 100 == Decimal(str(case["expected"]["quota"])).quantize(Decimal("0.01"))


def test_prorated_by_whole_months_of_weighted_quarters(shared_cases: Any) -> None:
    """20 / 20 / 20 / 40 % by quarter, from March 1: a third of the first quarter, and the rest."""
    case = shared_cases["pror-01"]
    annual = int(case["inputs"]["annual"]) * 100
    quarters = [round(annual * weight) for weight in case["inputs"]["weights"]]
    months = [part for total in quarters for part in np.diff([total * step // 3 for step in range(4)])]
    got = sum(year_of(months, service("2019-03-01"), Rules("whole_months"), 2019))
    assert abs(Decimal(got) / 100 - Decimal(str(case["expected"]["prorated"]))) <= Decimal("0.01")


@pytest.mark.parametrize(("day", "counts", "goal"), [(15, False, 10), (21, False, 6), (15, True, None)])
def test_the_first_day_counts_or_not(shared_cases: Any, day: int, counts: bool, goal: int | None) -> None:
    """A month's goal of 20 from the 15th: 15 of 30 days where the first one doesn't count, 16 where it does."""
    rules = Rules(first_day_counts=counts)
    got = year_of([20_00] * 12, service(f"2023-06-{day}"), rules)[5]
    assert got == (goal * 100 if goal is not None else round(2000 * 16 / 30))
    if day == 15 and not counts:
        assert goal == shared_cases["pror-02"]["expected"]["m_day15"]


def test_ramp_counts_months_of_work() -> None:
    """25, 50, 75 % in the first three months; somebody of last October is in their fourth in January."""
    rules = Rules("whole_months", ramp=(2_500, 5_000, 7_500))
    assert year_of(EVEN, service("2023-02-10"), rules)[:5] == [0, 25_000, 50_000, 75_000, 100_000]
    assert year_of(EVEN, service("2022-11-30"), rules)[:3] == [75_000, 100_000, 100_000]
    assert year_of(EVEN, service("2022-10-01"), rules)[0] == 100_000


def test_leave_and_leaving() -> None:
    who = service("2020-01-01", "2023-10-16", ("2023-03-01", "2023-04-16"))
    got = year_of(EVEN, who, Rules())
    assert got[1:4] == [100_000, 0, 50_000] and got[9:] == [round(100_000 * 15 / 31), 0, 0]


dates = st.dates(date(2022, 6, 1), date(2024, 6, 1))


@given(st.lists(st.integers(0, 10**9), min_size=12, max_size=12), dates, dates, dates, st.integers(0, 200),
       st.sampled_from(["days_of_month", "days_of_year", "whole_months"]), st.booleans(),
       st.lists(st.integers(0, 15_000), max_size=6))  # fmt: skip
def test_months_sum_to_the_rounded_exact_sum(
    months: list[int], first: date, past: date, away: date, days: int, basis: Any, counts: bool, ramp: list[int]
) -> None:
    """Day by day, with fractions: each running sum is the exact one, half up."""
    absence = (0, away.toordinal(), away.toordinal() + days)
    who = Service(np.array([first.toordinal()]), np.array([max(first, past).toordinal()]), [absence])
    got = year_of(months, who, Rules(basis, counts, ramp))
    assert all(one >= 0 for one in got)
    total = Fraction(0)
    for month in range(12):
        start, end = begins(2023)[month : month + 2]
        span = [start + timedelta(day) for day in range((end - start).days)]
        begun = first if counts else first + timedelta(1)
        there = [day for day in span if begun <= day < past and not away <= day < away + timedelta(days)]
        served = 12 * (start.year - first.year) + start.month - first.month
        reached = Fraction(([*ramp, FULL] + [FULL] * 24)[max(served, 0)], FULL)
        if basis == "days_of_year":
            total += sum(months) * reached * Fraction(len(there), 365)
        else:
            part = Fraction(len(there), len(span)) if basis == "days_of_month" else Fraction(bool(there))
            total += months[month] * reached * part
        assert sum(got[: month + 1]) == round_ratio(total)


def test_days_are_never_counted_twice() -> None:
    bounds = np.array([day.toordinal() for day in begins(2023)])
    assert present_days(bounds, service("2023-01-01"))[0].sum() == 365
    assert present_days(bounds, service("2024-02-01"))[0].sum() == 0
