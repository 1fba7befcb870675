"""Small plans and credits for tests, and what comes out of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from compensation.kernel.engine import Calculation, calculate
from compensation.kernel.plan import Plan
from compensation.kernel.reading import read_plan
from compensation.kernel.rows import inputs_of, out_rows
from compensation.kernel.settlement import settle

YEAR_END = date(2026, 12, 31)


def plan_of(pays: Any = None, **changes: Any) -> Plan:
    """A plan in dollars for 2026 with one component, `c`, on the measure `sales` of the year."""
    return read_plan(data_of(pays, **changes))


def data_of(pays: Any = None, **changes: Any) -> dict[str, Any]:
    component = {"measure": "sales", "pays": pays or {"rate": "10%"}} | changes.pop("component", {})
    plan = {"plan": "Test", "currency": "USD", "valid_from": "2026-01-01", "valid_to": "2027-01-01"}
    return plan | {"measures": {"sales": {}}, "components": {"c": component}} | changes


def credit(key: str, amount: Any, on: str = "2026-01-15", payee: str = "ana", **more: Any) -> dict[str, Any]:
    return {"credit_key": key, "payee": payee, "on": on, "measure": "sales", "quota_credit": amount} | more


def calculated(plan: Plan, credits: Sequence[Any], *, through: date = YEAR_END, **more: Any) -> Calculation:
    return calculate(plan, inputs_of(plan, credits, more.get("quotas", ()), more.get("people", ())), through)


def rows_of(plan: Plan, credits: Sequence[Any], **more: Any) -> list[dict[str, str]]:
    calculation = calculated(plan, credits, **more)
    return list(out_rows(calculation, settle(calculation)))


def total(rows: Sequence[dict[str, str]], stage: str = "paid", **narrowed: str) -> Decimal:
    asked = {"stage": stage} | narrowed
    found = [row for row in rows if all(row[name] == value for name, value in asked.items())]
    return sum((Decimal(row["amount"]) for row in found), Decimal(0))


ANA = {"payee": "ana", "plan_role": "AE", "valid_from": "2026-01-01"}
