"""A plan's own examples: what goes in, and what must come out to the cent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from compensation.kernel.engine import calculate
from compensation.kernel.plan import Plan
from compensation.kernel.rows import inputs_of, out_rows
from compensation.kernel.settlement import EARNED, PAID, settle
from core.kernel.formats import day
from core.kernel.periods import FiscalCalendar

_NARROWING = ("payee", "period", "component", "credit_key", "stage")


@dataclass(frozen=True, slots=True)
class Difference:
    """An expectation that wasn't met: of which case, what was looked at, and both amounts.

    problem: why none came; hint: what of the case may be the reason.
    """

    case: str
    looked_at: str
    expected: Decimal
    found: Decimal
    problem: str = ""
    hint: str = ""

    def __str__(self) -> str:
        if self.problem:
            return f"{self.case}: {self.problem}"
        change = self.found - self.expected
        said = f"{self.case}: {self.looked_at} is {self.found:,}, expected {self.expected:,} ({change:+,})"
        return f"{said}. {self.hint}" if self.hint else said


def run_cases(plan: Plan, data: Mapping[str, Any], calendar: FiscalCalendar | None = None) -> list[Difference]:
    """Differences of all cases of a plan's file; none when every one comes out."""
    found: list[Difference] = []
    for number, case in enumerate(data.get("cases", ()), start=1):
        title = case.get("title") or f"Case {number}"
        try:
            found += _run(plan, title, case, calendar)
        except ValueError as error:
            found.append(Difference(title, "", Decimal(0), Decimal(0), str(error)))
    return found


def count_cases(data: Mapping[str, Any]) -> int:
    return len(data.get("cases", ()))


def _run(plan: Plan, title: str, case: Mapping[str, Any], calendar: FiscalCalendar | None) -> Iterator[Difference]:
    inputs = inputs_of(plan, *(case.get(name, ()) for name in ("credits", "quotas", "people")))
    calculation = calculate(plan, inputs, _through(plan, case), calendar)
    rows = list(out_rows(calculation, settle(calculation)))
    for expectation in case["expect"]:
        asked = {name: str(expectation[name]) for name in _NARROWING if name in expectation}
        asked.setdefault("stage", EARNED if "component" in asked or "credit_key" in asked else PAID)
        found = sum((Decimal(row["amount"]) for row in rows if _fits(row, asked)), Decimal(0))
        expected = Decimal(str(expectation.get("amount", 0)).replace(",", ""))
        if found != expected:
            yield Difference(title, _words(plan, asked), expected, found, hint=_hint(plan, case))


def _hint(plan: Plan, case: Mapping[str, Any]) -> str:
    """Credits of days that the plan doesn't pay: they stay behind where its first day is moved."""
    past = plan.valid_to or date.max
    days = [date.fromisoformat(str(row["on"])) for row in case.get("credits", ()) if row.get("on")]
    outside = [one for one in days if not plan.valid_from <= one < past]
    if not outside:
        return ""
    return f"A credit of {day(outside[0])} is outside the days that the plan pays, from {day(plan.valid_from)} on."


def _words(plan: Plan, asked: Mapping[str, str]) -> str:
    """What was looked at, as people read it: "ana, New business, earned"."""
    told = plan.components.get(asked.get("component", ""))
    return ", ".join(told.title if name == "component" and told and told.title else asked[name] for name in asked)


def _fits(row: Mapping[str, str], asked: Mapping[str, str]) -> bool:
    return all(row[name] == value for name, value in asked.items())


def _through(plan: Plan, case: Mapping[str, Any]) -> date:
    if case.get("through"):
        return date.fromisoformat(str(case["through"]))
    days = [str(row["on"]) for row in case.get("credits", ()) if row.get("on")]
    last = date.fromisoformat(max(days)) if days else plan.valid_from
    ends = plan.valid_to or last.replace(month=12, day=31)
    return date.fromordinal(
        max(last.toordinal(), min(ends.toordinal() - 1, last.replace(month=12, day=31).toordinal()))
    )
