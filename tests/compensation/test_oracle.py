"""The engine and the literal interpreter give the same line for every credit of made-up plans; other laws, too."""

from __future__ import annotations

from collections import Counter
from datetime import date
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from compensation.kernel.engine import Calculation, calculate
from compensation.kernel.inputs import gather
from compensation.kernel.interpreter import Interpreter
from compensation.kernel.plan import Plan
from compensation.kernel.reading import read_plan
from compensation.kernel.settlement import last_period, settle
from tests.compensation import made_up
from tests.conftest import MADE_UP

DAYS = (date(2026, 3, 28), date(2026, 5, 28), date(2026, 7, 28), date(2026, 12, 28))
seeds = st.integers(0, 2**32)
Lines = dict[str, list[tuple[str, int, int, int, int]]]


def world(seed: int) -> tuple[Plan, Any, date, Random]:
    r = Random(seed)
    plan, inputs = read_plan(made_up.plan_data(r)), made_up.inputs(r)
    return plan, inputs, r.choice(DAYS), r


def lines_of(calculation: Calculation) -> Lines:
    payees = calculation.book.staff.payees
    return {
        key: sorted(
            (payees[payee], int(credit), int(at), int(due), int(amount))
            for payee, credit, at, due, amount in zip(one.payee, one.credit, one.at, one.due, one.amount, strict=True)
        )
        for key, one in calculation.earned.items()
    }


@settings(max_examples=150, deadline=None)
@given(seeds)
def test_engine_and_interpreter_agree_on_every_line(seed: int) -> None:
    plan, inputs, through, _r = world(seed)
    literal = Interpreter(plan, inputs, through)
    expected = {
        key: sorted((one.payee, one.place, one.at, one.due, one.amount) for one in lines)
        for key, lines in literal.done.items()
    }
    assert lines_of(calculate(plan, inputs, through)) == expected


@settings(max_examples=40, deadline=None)
@given(seeds, st.randoms(use_true_random=False))
def test_the_order_credits_come_in_does_not_matter(seed: int, shuffler: Random) -> None:
    r = Random(seed)
    plan, credits = read_plan(made_up.plan_data(r)), made_up.credits(r)
    shuffled = list(credits)
    shuffler.shuffle(shuffled)
    one, other = (calculate(plan, gather(some, (), made_up.PEOPLE), DAYS[-1]) for some in (credits, shuffled))
    assert lines_of(one) == lines_of(other)
    assert settle(one).paid == settle(other).paid


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_deposits_sum_to_what_is_paid(seed: int) -> None:
    plan, inputs, through, _r = world(seed)
    calculation = calculate(plan, inputs, through)
    settled, last = settle(calculation), last_period(calculation.book)
    sums: Counter[tuple[int, int]] = Counter()
    for lines in calculation.earned.values():
        for payee, due, amount in zip(lines.payee.tolist(), lines.due.tolist(), lines.amount.tolist(), strict=True):
            sums[payee, due] += amount if due <= last else 0
    for one in settled.deposits:
        sums[one.payee, one.period] += one.amount
    assert {key: amount for key, amount in sums.items() if amount} == {k: a for k, a in settled.paid.items() if a}


def test_everything_a_plan_may_say_was_made_up(record_property: Any) -> None:
    """The last one of this file: says, in the summary of the tests, how often each was tried by those before it."""
    if not made_up.SEEN["plans"]:  # asked by itself
        for seed in range(300):
            made_up.plan_data(Random(seed))
    seen = made_up.SEEN
    told = ", ".join(f"{word} {seen[word]:,}" for word in sorted(made_up.WORDS, key=lambda word: (-seen[word], word)))
    record_property(MADE_UP, f"{seen['plans']:,}: {told}")
    assert [word for word in sorted(made_up.WORDS) if not seen[word]] == []
