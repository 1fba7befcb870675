"""Published examples, restated as plan files with a link to their source, come out to the cent."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from compensation.kernel.cases import count_cases, run_cases
from compensation.kernel.lint import ERROR, lint
from compensation.kernel.reading import read_plan
from compensation.kernel.schema import SCHEMA
from compensation.selectors import plan_data, plan_text

GOLDEN = Path(__file__).resolve().parent.parent / "golden"
FILES = sorted(GOLDEN.glob("*.yaml"))
# Worked examples that aren't about pay; those of accounting and planning are tried where they belong.
NOT_PAY = ("quota-01", "cap-plan", "size", "vel", "pipe", "cov", "fa", "lead", "snop", "asc")


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_a_published_example_comes_out_to_the_cent(path: Path) -> None:
    data = plan_data(path.read_text())
    assert count_cases(data)
    assert run_cases(read_plan(data), data) == []


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_a_plan_goes_through_its_file_without_loss(path: Path) -> None:
    data = plan_data(path.read_text())
    again = plan_data(plan_text(data))
    assert again == data
    assert read_plan(again) == read_plan(data)
    assert [one for one in lint(read_plan(data)) if one.severity == ERROR] == []


def test_every_example_of_pay_has_a_file(shared_path: Callable[..., Path]) -> None:
    examples = json.loads(shared_path("cases", "worked_examples.json").read_text())
    wanted = {one["id"] for one in examples if not one["id"].startswith(NOT_PAY)}
    assert {name for name in wanted if not any(path.stem.startswith(name) for path in FILES)} == set()


def test_the_published_schema_is_the_one_that_is_kept() -> None:
    docs = Path(__file__).resolve().parents[2] / "docs"
    assert json.loads((docs / "plan-schema.json").read_text()) == SCHEMA
    examples = (docs / "plan-format.md").read_text().split("```yaml\n")[1:]
    data, crediting, budgets, version, leaving = (plan_data(example.split("```")[0]) for example in examples)
    assert run_cases(read_plan(data), data) == []
    assert read_plan(data | version).counting_from == read_plan(data).valid_from
    commission = data["components"]["commission"] | budgets
    assert len(read_plan(data | {"components": {"commission": commission}}).components["commission"].then) == 2
    assert len(read_plan(data | crediting).crediting) == len(crediting["crediting"])
    assert read_plan(data | leaving).leaving.held == "lost"
