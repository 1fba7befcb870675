"""What is paid, worked out twice: the settlement and the literal interpreter agree on every step of made-up plans."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from compensation.kernel.engine import calculate
from compensation.kernel.inputs import gather
from compensation.kernel.interpreter import Interpreter
from compensation.kernel.reading import read_plan
from compensation.kernel.reckoning_pay import Payday
from compensation.kernel.settlement import settle
from tests.compensation import made_up, made_up_pay

DAYS = (date(2026, 3, 28), date(2026, 5, 28), date(2026, 7, 28), date(2026, 12, 28))


def _world(seed: int) -> Any:
    r = Random(seed)
    plan = read_plan(made_up_pay.plan_data(r))
    if r.random() < 0.5:  # a version that another one follows
        plan = replace(plan, hands_over=True, valid_to=r.choice([date(2026, 6, 1), date(2026, 7, 15)]))
    known = made_up.inputs(r)
    inputs = replace(gather(made_up.credits(r), known.quotas, made_up_pay.people(r)), quotas=known.quotas)
    return plan, replace(inputs, openings=tuple(made_up_pay.openings(r))), r.choice(DAYS)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32))
def test_settlement_and_interpreter_pay_the_same(seed: int) -> None:
    plan, inputs, through = _world(seed)
    calculation = calculate(plan, inputs, through)
    settled, literal = settle(calculation), Payday(Interpreter(plan, inputs, through))
    names = calculation.book.staff.payees
    told: Counter[Any] = Counter()
    for one in settled.deposits:
        told[names[one.payee], one.period, one.component, one.credit, one.stage] += one.amount
    said: Counter[Any] = Counter()
    for move in literal.moves:
        said[move[:5]] += move.amount
    assert _told(told) == _told(said)
    for found, expected in ((settled.paid, literal.paid), (settled.owed, literal.owed), (settled.held, literal.held)):
        assert {(names[payee], at): n for (payee, at), n in found.items() if n} == _told(expected)
    handed = {names[payee]: both for payee, both in settled.handed.items() if any(both)}
    assert handed == {payee: both for payee, both in literal.handed.items() if any(both)}


def _told(sums: Any) -> dict[Any, int]:
    return {key: amount for key, amount in sums.items() if amount}


def test_made_up_plans_pay_in_every_way(record_property: Any) -> None:
    words: Counter[str] = Counter()
    for seed in range(300):
        text = repr(made_up_pay.plan_data(Random(seed)))
        words.update(word for word in made_up_pay.WORDS if f"'{word}'" in text)
    record_property("ways of paying in 300 plans", dict(words))
    assert all(words[word] >= 20 for word in made_up_pay.WORDS), words
