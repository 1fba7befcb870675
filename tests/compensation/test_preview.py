"""Pay by attainment is what the engine pays; the small chart is drawn from it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from compensation.kernel.drawing import chart, round_ticks
from compensation.kernel.preview import preview, rate_at
from compensation.kernel.reading import read_plan
from tests.compensation.pay_desk import definition

TENTH = Fraction(1, 10)


def plan_of(pays: Any, over: str = "year", **more: Any) -> Any:
    component = {"measure": "bookings", "pays": pays, **more}
    return read_plan(definition(measures={"bookings": {"over": over}}, components={"c": component}))


@pytest.mark.parametrize("over", ["month", "quarter", "year"])
def test_marginal_tiers(over: str) -> None:
    found = preview(plan_of({"tiers": [{"up_to": "100%", "rate": "10%"}, {"rate": "20%"}]}, over), "c")
    assert found is not None
    # 500,000 at 10 %; 1,000,000 at 10 % and 300,000 at 20 %
    assert found.pays[5 * TENTH] == 5_000_000 and found.pays[13 * TENTH] == 16_000_000 and found.pays[Fraction(0)] == 0
    assert [(one.low, one.high, one.rate) for one in found.steps] == [(0, 1, TENTH), (1, None, 2 * TENTH)]
    assert rate_at(found.steps, Fraction(1)) == 2 * TENTH and rate_at(found.steps, Fraction(1, 2)) == TENTH


def test_a_curve_a_bonus_and_a_condition_on_credits() -> None:
    curve = {"curve": {"points": [["50%", "0%"], ["100%", "100%"]]}, "of": 10000}
    found = preview(plan_of(curve, where="product == 'Arm'"), "c")
    assert found is not None and found.steps == () and found.pays[Fraction(3, 4) + Fraction(1, 20)] == 600_000
    bonus = preview(plan_of({"lump": 5000, "when": "attainment(bookings) >= 100%"}), "c")
    assert bonus is not None and (bonus.pays[9 * TENTH], bonus.pays[Fraction(1)]) == (0, 500_000)


def test_what_attainment_alone_does_not_say_has_none() -> None:
    assert preview(plan_of({"each": 100, "when": "colour == 'red'"}), "c") is None
    plan = read_plan(definition(components={"c": {"pays": {"pool": 100}}}))
    assert preview(plan, "c") is None


def test_a_chart_stays_in_its_picture() -> None:
    made = chart(
        [("v2 20%", [(0, 0), (1.5, 20)]), ("v1 20%", [(0, 0), (1.5, 20)])], [(0, "0%"), (1.5, "150%")], [(20, "20%")]
    )
    assert made.lines[0].path == "M46.0 148.0 L302.0 12.0" and made.across == ((46.0, "0%"), (302.0, "150%"))
    assert abs(made.lines[0].y - made.lines[1].y) >= 12


def test_ticks() -> None:
    assert round_ticks(15) == [0, 5, 10, 15] and round_ticks(0) == [0, 1]
    assert round_ticks(224000)[-1] >= 224000 and len(round_ticks(224000)) <= 6
