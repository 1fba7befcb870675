"""Budgets of a plan file: read, and what can't be one for all refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from compensation.kernel import plan as p
from compensation.kernel.contest_terms import is_same_for_all
from compensation.kernel.formula import Node


def read_budget(value: Mapping[str, Any], place: str, *, formula: Callable[[Any, str], Node]) -> p.Budget:
    """formula: reads one, and tells the place of what it can't read."""
    amount = formula(value["amount"], f"{place}.amount") if "amount" in value else None
    return p.Budget(value.get("first"), amount, value.get("last", p.PART))


def check_budgets(plan: p.Plan, *, wrong: Callable[[str, str], None]) -> None:
    """wrong: told the place and words of each problem."""
    for key, component in plan.components.items():
        for number, step in enumerate(component.then):
            if not isinstance(step, p.Budget):
                continue
            place = f"components.{key}.then[{number}].budget"
            if step.first is None and step.amount is None:
                wrong(place, "Say “first”, how many are paid, or “amount”, how much there is.")
            if step.amount is not None and not is_same_for_all(step.amount, plan):
                wrong(f"{place}.amount", "A budget is the same for everybody: a number, or a formula of parameters.")


def is_shared(component: p.Component) -> bool:
    """Whether what one payee earns leaves less for the others."""
    return any(isinstance(step, p.Budget) for step in component.then)
