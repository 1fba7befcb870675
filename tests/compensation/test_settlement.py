"""From earned to paid: draws of four kinds, what is held back, instalments, caps, acceptance, pay below zero."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from compensation.kernel.settlement import settle
from tests.compensation.plans import ANA, calculated, credit, plan_of, rows_of, total

APRIL = date(2026, 4, 30)
EARNED = [credit("A", 5000), credit("B", 30000, "2026-02-10"), credit("C", 0, "2026-03-01")]  # 500, 3,000, 0


@pytest.mark.parametrize(
    ("kind", "recoverable", "paid", "owed"),
    [
        ("guarantee", True, [1000, 2500, 1000, 1000], [500, 0, 1000, 2000]),
        ("guarantee", False, [1000, 3000, 1000, 1000], [0, 0, 0, 0]),
        ("on_top", True, [1500, 3000, 1000, 1000], [1000, 1000, 2000, 3000]),
        ("on_top", False, [1500, 4000, 1000, 1000], [0, 0, 0, 0]),
    ],
)
def test_draws_of_four_kinds(kind: str, recoverable: bool, paid: list[int], owed: list[int]) -> None:
    """A draw of 1,000; earned 500, 3,000, nothing, nothing."""
    plan = plan_of(draws={"ahead": {"amount": 1000, "kind": kind, "recoverable": recoverable}})
    settled = settle(calculated(plan, EARNED, people=[ANA], through=APRIL))
    assert [amount // 100 for amount in settled.paid.values()] == paid
    assert [amount // 100 for amount in settled.owed.values()] == owed


def test_a_draw_holds_for_the_first_periods_and_takes_back_a_part() -> None:
    plan = plan_of(draws={"ahead": {"amount": 1000, "periods": 1, "recover": "50%"}})
    settled = settle(calculated(plan, [credit("B", 6000, "2026-02-10")], people=[ANA], through=APRIL))
    assert [amount // 100 for amount in settled.paid.values()] == [1000, 300, 0, 0]
    assert [amount // 100 for amount in settled.owed.values()] == [1000, 700, 700, 700]


def test_a_part_is_held_back_and_let_go() -> None:
    plan = plan_of(component={"hold": {"share": "25%", "months": 2}})
    rows = rows_of(plan, [credit("A", 1000.10)], through=APRIL)
    assert [total(rows, period=f"2026-0{n}") for n in (1, 2, 3)] == [Decimal("75.01"), 0, Decimal("25.00")]
    assert total(rows, "held") == -total(rows, "released") == Decimal("-25.00")


def test_nothing_is_paid_before_the_plan_is_accepted() -> None:
    plan = plan_of(pays_when_accepted=True)
    people = [ANA | {"accepted_on": "2026-03-02"}]
    rows = rows_of(plan, EARNED, people=people, through=APRIL)
    assert [total(rows, period=f"2026-0{n}") for n in (1, 2, 3)] == [0, 0, 3500]
    assert total(rows_of(plan, EARNED, people=[ANA], through=APRIL)) == 0


def test_instalments_sum_to_the_line_whatever_the_cents() -> None:
    plan = plan_of(component={"instalments": [{"share": "1/3", "months": n} for n in range(3)]})
    rows = rows_of(plan, [credit("A", "1000.10")], through=APRIL)  # earns 100.01
    paid = [str(total(rows, period=f"2026-0{n}")) for n in (1, 2, 3)]
    assert paid == ["33.34", "33.33", "33.34"]


@pytest.mark.parametrize(
    ("per", "paid"), [("period", [400, 600, 0]), ("year", [500, 500, 0])], ids=["a period", "a year"]
)
def test_the_cap_of_a_plan(per: str, paid: list[int]) -> None:
    cap = {"amount": 600 if per == "period" else 1000, "per": per}
    plan = plan_of(pay_cap=cap)
    first = 4000 if per == "period" else 5000
    rows = rows_of(plan, [credit("A", first), credit("B", 9000, "2026-02-01")], through=APRIL)
    assert [total(rows, period=f"2026-0{n}") for n in (1, 2, 3)] == paid


def test_pay_below_zero_waits_for_later_earnings_or_is_deducted() -> None:
    credits: list[Any] = [
        *(credit("A", 5000), credit("B", -8000, "2026-02-01", returns="A"), credit("C", 9000, "2026-03-01")),
    ]
    rows = rows_of(plan_of(), credits, through=APRIL)
    assert [total(rows, period=f"2026-0{n}") for n in (1, 2, 3)] == [500, 0, 100]
    rows = rows_of(plan_of(negative_pay="deduct"), credits, through=APRIL)
    assert [total(rows, period=f"2026-0{n}") for n in (1, 2, 3)] == [500, -800, 900]
