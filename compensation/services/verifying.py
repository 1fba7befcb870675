"""A run calculated once more: from what it kept, and a second time by the literal interpreter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from compensation.kernel.engine import calculate
from compensation.kernel.interpreter import Interpreter
from compensation.models import PayRun, PlanVersion
from compensation.selectors.run_inputs import load
from compensation.selectors.traces import last_day, terms_kept
from compensation.services.calculating import digest_sums, hash_of, worked_out


@dataclass(frozen=True, slots=True)
class Verified:
    """Whether a run comes to the same again: the hash that it kept, and the one found now."""

    kept: str
    found: str

    @property
    def is_same(self) -> bool:
        return self.kept == self.found


@dataclass(frozen=True, slots=True)
class Compared:
    """What the interpreter says of some payees' lines: how many were compared, and which differ."""

    payees: int
    lines: int
    wrong: tuple[str, ...]


def verify_run(run: PayRun) -> Verified:
    """Calculate a run again from the inputs, versions and credits it was calculated with."""
    total = 0
    for version in versions_kept(run):
        for one in worked_out(terms_kept(run, version), last_day(run)):
            total += sum(digest_sums(one)[0].values())
    return Verified(run.run.output_hash, hash_of(total))


def versions_kept(run: PayRun) -> list[PlanVersion]:
    ids = run.terms.values("version_id")
    return list(PlanVersion.objects.filter(pk__in=ids).select_related("plan").order_by("plan_id", "valid_from"))


def compare_with_interpreter(run: PayRun, version: PlanVersion, payee_ids: Sequence[int]) -> Compared:
    """Every earned line of some payees, worked out literally; of all where one's pay depends on another's."""
    terms = terms_kept(run, version, payee_ids)
    inputs = load(terms, through=last_day(run), payee_ids=payee_ids).inputs
    found, literal = calculate(terms.plan, inputs, last_day(run)), Interpreter(terms.plan, inputs, last_day(run))
    wanted = {terms.codes[one] for one in payee_ids}
    wrong, lines = [], 0
    for key, earned in found.earned.items():
        payees = [inputs.credits.payees[place] for place in earned.payee.tolist()]
        columns = (earned.credit, earned.at, earned.amount)
        told = _by_line(zip(payees, *(column.tolist() for column in columns), strict=True))
        said = _by_line((line.payee, line.place, line.at, line.amount) for line in literal.done[key])
        for payee, place, at in told.keys() | said.keys():
            if payee in wanted:
                lines += 1
                if told.get((payee, place, at), 0) != said.get((payee, place, at), 0):
                    wrong.append(f"{payee} {key} {place} {at}")
    return Compared(len(payee_ids), lines, tuple(sorted(wrong)))


def _by_line(rows: Any) -> dict[tuple[str, int, int], int]:
    found: dict[tuple[str, int, int], int] = {}
    for payee, place, at, amount in rows:
        found[payee, place, at] = found.get((payee, place, at), 0) + amount
    return found
