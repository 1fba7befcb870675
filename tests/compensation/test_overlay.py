"""Credits laid over others are calculated as if they had been there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import numpy as np
import pytest

from compensation.kernel.engine import calculate
from compensation.kernel.inputs import Credit, Inputs, Quota, gather
from compensation.kernel.overlay import all_scaled, overlaid, scaled
from compensation.kernel.reading import read_plan

END = date(2024, 12, 31)
PLAN = {
    "plan": "P", "currency": "USD", "valid_from": "2024-01-01", "valid_to": "2025-01-01",
    "measures": {"bookings": {"over": "year"}},
    "components": {
        "tiers": {"measure": "bookings", "pays": {"tiers": [{"up_to": "100%", "rate": "10%"}, {"rate": "20%"}]}},
        "long": {"measure": "bookings", "where": "term_months >= 24", "pays": {"rate": "1%"}},
        "new": {"measure": "bookings", "where": "type == 'new'", "pays": {"each": 5}},
    },
}  # fmt: skip


def credit(key: str, day: int, amount: int, payee: str = "ana", **fields: str) -> Credit:
    return Credit(key, payee, date(2024, 1, day), "bookings", amount, amount, fx=Fraction(1), fields=fields)


FIRST = [
    credit("A", 3, 40000, type="new", term_months="12"),
    credit("B", 5, 30000, "bob", type="old", term_months=""),
    credit("C", 9, 20000, type="old", term_months="36"),
]
MORE = [credit("X", 4, 50000, type="new", term_months="24"), credit("Y", 9, 10000, "bob", type="old", region="north")]


def earned(inputs: Inputs) -> dict[tuple[str, str], list[int]]:
    found = calculate(read_plan(PLAN), inputs, END)
    return {
        (key, payee): sorted(lines.amount[lines.payee == place].tolist())
        for key, lines in found.earned.items()
        for place, payee in enumerate(found.book.staff.payees)
    }


QUOTAS = [Quota(payee, "bookings", "2024", Fraction(600)) for payee in ("ana", "bob")]


@pytest.mark.parametrize("there", [0, 1, 2, 3])
def test_they_come_to_what_they_would_as_credits(there: int) -> None:
    """Whatever was there before, fields and all. Amounts are minor units; the payees have to be known."""
    some, rest = FIRST[:there], [*FIRST[there:], *MORE]
    whole = gather([*FIRST, *MORE], QUOTAS, ())
    part = gather(some, QUOTAS, ())
    known = part.credits
    if there < 2:
        known = replace(known, payees=("ana", "bob"))
    laid = Inputs(overlaid(known, rest), part.quotas, part.people)
    assert earned(laid) == earned(whole)


def test_of_strangers_and_of_nothing_it_is_the_same() -> None:
    credits = gather(FIRST, QUOTAS, ()).credits
    assert overlaid(credits, []) is credits and overlaid(credits, [credit("Z", 1, 5, "zoe")]) is credits
    assert all_scaled(credits, Fraction(1)) is credits


def test_a_return_still_knows_what_it_takes_back() -> None:
    back = Credit("R", "ana", date(2024, 1, 20), "bookings", -40000, -40000, returns="A")
    credits = overlaid(gather([*FIRST, back], QUOTAS, ()).credits, MORE)
    place = credits.keys.tolist().index("R")
    assert credits.keys[credits.returns[place]] == "A"
    assert (np.diff(credits.payee) >= 0).all()
    assert [one for one in credits.keys.tolist() if isinstance(one, int)] == [-1, -2]


def test_a_part_is_rounded_once() -> None:
    (half,) = scaled([credit("A", 1, 100005)], Fraction(1, 2))
    assert (half.quota, half.pay) == (50003, 50003)
    halves = all_scaled(gather(FIRST, QUOTAS, ()).credits, Fraction(1, 3))
    assert halves.quota.tolist() == [13333, 6667, 10000]
