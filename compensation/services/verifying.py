"""A run calculated once more: from what it kept, and a second time by the literal interpreter."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from compensation.kernel.engine import Calculation, calculate
from compensation.kernel.interpreter import Interpreter
from compensation.kernel.reckoning_pay import Payday
from compensation.kernel.settlement import PAID, settle
from compensation.models import PayRun, PlanVersion
from compensation.selectors.run_credits import load
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
    """Every line of some payees, earned and settled, worked out literally; of all where one's pay is of others'."""
    terms = terms_kept(run, version, payee_ids)
    inputs = load(terms, through=last_day(run), payee_ids=payee_ids).inputs
    found, literal = calculate(terms.plan, inputs, last_day(run)), Interpreter(terms.plan, inputs, last_day(run))
    wanted = {terms.codes[one] for one in payee_ids}
    wrong, lines = [], 0
    for key, earned in found.earned.items():
        payees = [inputs.credits.payees[place] for place in earned.payee.tolist()]
        keys = zip(payees, earned.credit.tolist(), earned.at.tolist(), strict=True)
        told = _by_line(zip(keys, earned.amount.tolist(), strict=True))
        said = _by_line(((line.payee, line.place, line.at), line.amount) for line in literal.done[key])
        for payee, place, at in told.keys() | said.keys():
            if payee in wanted:
                lines += 1
                if told.get((payee, place, at), 0) != said.get((payee, place, at), 0):
                    wrong.append(f"{payee} {key} {place} {at}")
    steps, differing = _compared_steps(found, literal, wanted)
    return Compared(len(payee_ids), lines + steps, tuple(sorted([*wrong, *differing])))


def _compared_steps(found: Calculation, literal: Interpreter, wanted: Collection[str]) -> tuple[int, list[str]]:
    """How many steps between earning and paying were compared, payments among them, and which differ."""
    settled, payday, names = settle(found), Payday(literal), found.book.staff.payees
    told = _by_line(
        ((names[one.payee], one.period, one.component, one.credit, one.stage), one.amount) for one in settled.deposits
    )
    told |= {(names[payee], at, PAID): amount for (payee, at), amount in settled.paid.items()}
    said = _by_line((one[:5], one.amount) for one in payday.moves)
    said |= {(payee, at, PAID): amount for (payee, at), amount in payday.paid.items()}
    keys = [one for one in told.keys() | said.keys() if one[0] in wanted]
    return len(keys), [" ".join(map(str, one)) for one in keys if told.get(one, 0) != said.get(one, 0)]


def _by_line(rows: Iterable[tuple[tuple[Any, ...], int]]) -> dict[tuple[Any, ...], int]:
    found: dict[tuple[Any, ...], int] = {}
    for key, amount in rows:
        found[key] = found.get(key, 0) + amount
    return found
