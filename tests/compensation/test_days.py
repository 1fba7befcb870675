"""Days on a plan: a first day that is free is free once, whatever else changes for somebody later."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from compensation.kernel.interpreter import Interpreter
from compensation.kernel.rows import inputs_of
from tests.compensation.plans import YEAR_END, credit, plan_of, rows_of, total

FIRST = {"payee": "ana", "plan_role": "AE", "variable": 36500}


@pytest.mark.parametrize(
    ("people", "paid"),
    [
        ([{"valid_from": "2026-01-01"}], 36_500),
        ([{"valid_from": "2026-06-01"}], 21_300),
        (
            [{"valid_from": "2026-01-01", "valid_to": "2026-06-01", "manager": "x"}, {"valid_from": "2026-06-01"}],
            36_500,
        ),
        ([{"valid_from": "2026-03-01", "valid_to": "2026-06-01", "team": "T"}, {"valid_from": "2026-06-01"}], 30_500),
        ([{"valid_from": "2026-01-01", "valid_to": "2026-05-31"}, {"valid_from": "2026-06-01"}], 36_300),
    ],
)
def test_another_manager_or_team_is_no_first_day(people: list[dict[str, Any]], paid: int) -> None:
    plan = plan_of({"lump": "variable"}, day_count="start_day_free", component={"settles": "year"})
    rows = [FIRST | one for one in people]
    assert total(rows_of(plan, [credit("A", 1)], people=rows), "earned") == paid
    literal = Interpreter(plan, inputs_of(plan, [credit("A", 1)], people=rows), date.fromisoformat(str(YEAR_END)))
    assert sum(line.amount for line in literal.done["c"]) == paid * 100
