"""What stands between a draft and its approval: the linter, the plan's own cases, the replay of closed months."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from compensation.kernel.cases import Difference, run_cases
from compensation.kernel.lint import ERROR, WARNING, Finding, lint
from compensation.kernel.reading import PlanError, read_plan
from compensation.models import LedgerEntry, PlanVersion
from compensation.selectors.belonging import unknown_groups


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding of the linter, and why somebody accepted it."""

    finding: Finding
    reason: str
    by: str

    @property
    def is_open(self) -> bool:
        return self.finding.severity == ERROR or (self.finding.severity == WARNING and not self.reason)


@dataclass(frozen=True, slots=True)
class Tried:
    """A case of a plan as it came out. expected: the amounts it asks for, added up; differences: what wasn't met."""

    place: int
    title: str
    expected: Decimal | None
    differences: tuple[Difference, ...]

    @property
    def is_met(self) -> bool:
        return not self.differences


def judged_findings(version: PlanVersion) -> list[Judged]:
    """Findings of the linter, errors first, with what was acknowledged of them."""
    known = {(one["code"], one["place"], one["message"]): one for one in version.acknowledged}
    found = []
    plan = read_plan(version.document)
    for finding in sorted([*lint(plan), *unknown_groups(plan)], key=_rank):
        told = known.get((finding.code, finding.place, finding.message), {})
        found.append(Judged(finding, told.get("reason", ""), told.get("by", "")))
    return found


def _rank(finding: Finding) -> int:
    return (ERROR, WARNING).index(finding.severity) if finding.severity in (ERROR, WARNING) else 2


def cases_of(version: PlanVersion) -> list[Tried]:
    """Each case of a version, calculated now."""
    data = version.document
    try:
        plan = read_plan(data)
    except PlanError:
        return []
    found = []
    for number, case in enumerate(data.get("cases", ())):
        title = str(case.get("title") or f"Case {number + 1}")
        differences = run_cases(plan, {"cases": [case | {"title": title}]})
        found.append(Tried(number, title, _expected(case), tuple(differences)))
    return found


def _expected(case: Mapping[str, Any]) -> Decimal | None:
    try:
        return sum((Decimal(str(one.get("amount", 0)).replace(",", "")) for one in case["expect"]), Decimal(0))
    except ArithmeticError:
        return None


def was_paid_on(version: PlanVersion) -> bool:
    """Whether anything was ever posted under the plan: else there is nothing to replay."""
    return LedgerEntry.objects.filter(plan_id=version.plan_id).exists()


def is_replayed(version: PlanVersion) -> bool:
    return bool(version.replayed_hash) and version.replayed_hash == version.plan_hash


def blockers_of(
    version: PlanVersion, *, findings: Sequence[Judged] | None = None, cases: Sequence[Tried] | None = None
) -> list[str]:
    """Why a draft can't be handed in yet, each with what to do; none when it can be.

    findings, cases: where they are known already.
    """
    found = []
    findings = judged_findings(version) if findings is None else findings
    errors = [one for one in findings if one.finding.severity == ERROR]
    warnings = [one for one in findings if one.finding.severity == WARNING and one.is_open]
    if errors:
        found.append(f"The linter finds {_count(len(errors), 'error')}: mend {_it(len(errors))}.")
    tried = cases_of(version) if cases is None else cases
    failed = sum(not one.is_met for one in tried)
    if failed:
        fails = "fails" if failed == 1 else "fail"
        found.append(f"{failed} of {_count(len(tried), 'test case')} {fails}: mend the plan or the case.")
    elif version.tested_hash != version.plan_hash:
        found.append("The test cases weren't run on the plan as it is now: run them.")
    if warnings:
        found.append(f"{_count(len(warnings), 'warning')} of the linter: say why {_it(len(warnings))} may stay.")
    if was_paid_on(version) and not is_replayed(version):
        found.append("The closed months weren't replayed with the plan as it is now: replay them.")
    return found


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _it(number: int) -> str:
    return "it" if number == 1 else "them"
