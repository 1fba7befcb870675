"""Every line explains itself, by the same figures that made it; and what is missing to the next tier."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings

from compensation.kernel.engine import calculate
from compensation.kernel.exact import Exact
from compensation.kernel.inputs import InputError
from compensation.kernel.ladder import ladder_of
from compensation.kernel.trace import next_tier, trace_line
from tests.compensation.plans import calculated, credit, plan_of
from tests.compensation.test_oracle import seeds, world

TIERS = {"tiers": [{"up_to": "100%", "rate": "8%"}, {"rate": "12%"}]}
QUOTA = {"payee": "ana", "measure": "sales", "period": "2026", "amount": 1000}
CAP = {"then": [{"multiply": 2}, {"cap": 150}]}


def test_a_line_opens_into_its_steps() -> None:
    found = calculated(
        plan_of(TIERS, component=CAP), [credit("A", 900), credit("B", 200, "2026-02-01")], quotas=[QUOTA]
    )
    trace = trace_line(found, "c", "ana", "B")
    kinds = [step.kind for step in trace.steps]
    assert kinds == ["credit", "measure", "tiers", "multiply", "cap", "rounding"]
    measure, tiers, cap = trace.steps[1], trace.steps[2], trace.steps[4]
    assert (measure.values["before"], measure.values["after"]) == (90_000, 110_000)
    assert measure.values["attainment"] == Fraction(11, 10)
    assert [(part.values["in tier"], part.values["rate"]) for part in tiers.parts] == [
        (10_000, Fraction(8, 100)),
        (10_000, Fraction(12, 100)),
    ]
    assert tiers.amount == 2_000
    assert (cap.clause, cap.values["before"], cap.amount) == ("components.c.then[1]", 4_000, 600)
    assert trace.amount == 600


def test_why_not_the_next_tier() -> None:
    found = calculated(plan_of(TIERS), [credit("A", 900)], quotas=[QUOTA])
    after = next_tier(found, "c", "ana")
    assert after is not None
    assert (after.missing, after.rate, after.next_rate) == (10_000, Fraction(8, 100), Fraction(12, 100))
    assert next_tier(calculated(plan_of(TIERS), [credit("A", 1900)], quotas=[QUOTA]), "c", "ana") is None


def test_a_line_that_is_not_there_is_refused() -> None:
    found = calculated(plan_of(), [credit("A", 1)])
    with pytest.raises(InputError, match="no such line"):
        trace_line(found, "c", "ana", "B")
    with pytest.raises(InputError, match="isn't among"):
        trace_line(found, "c", "ben", "A")


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_steps_end_at_what_was_rounded_into_the_line(seed: int) -> None:
    plan, inputs, through, _r = world(seed)
    calculation = calculate(plan, inputs, through)
    for key, lines in calculation.earned.items():
        for row in range(len(lines)):
            if lines.credit[row] < 0:
                continue
            payee = calculation.book.staff.payees[int(lines.payee[row])]
            trace = trace_line(calculation, key, payee, str(inputs.credits.keys[int(lines.credit[row])]))
            last = trace.steps[-1]
            assert last.kind == "rounding"
            assert last.amount is not None
            before, after = last.values["total before"], last.values["total after"]
            assert isinstance(before, Fraction) and isinstance(after, Fraction)
            assert after - before == last.amount
            totals = Exact.of([before, after]).rounded(plan.rounding).tolist()
            assert totals[1] - totals[0] == trace.amount


def test_without_a_quota_no_tier_is_known_and_nothing_is_earned_by_tiers() -> None:
    """The highest rate for whom nobody set a quota would be the worst of errors."""
    plan = plan_of({"tiers": [{"up_to": "100%", "rate": "5%"}, {"rate": "10%"}]})
    for quotas in ([], [{"payee": "ana", "measure": "sales", "period": "2026", "amount": "0"}]):
        found = calculated(plan, [credit("A", 1000)], quotas=quotas)
        assert found.earned["c"].amount.tolist() == [0]
        assert next_tier(found, "c", "ana") is None
        assert ladder_of(found, "c", "ana") is None
    assert [(note.kind, note.payee) for note in calculated(plan, [credit("A", 1000)]).notes] == [("no_quota", "ana")]
    by_amount = plan_of({"tiers": [{"up_to": "500", "rate": "5%"}, {"rate": "10%"}], "by": "amount"})
    assert calculated(by_amount, [credit("A", 1000)]).earned["c"].amount.tolist() == [7500]
