"""A version beside the one in force, simulated by a worker: on closed months, or with open deals laid over."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from compensation import policies
from compensation.enums import SimulatedOver
from compensation.kernel.inputs import InputError
from compensation.kernel.reading import PlanError
from compensation.models import PlanVersion, Simulation
from compensation.selectors import simulating as s
from compensation.selectors.calculations import groups_of
from compensation.selectors.replays import Span
from compensation.services.errors import CompensationError
from core import audit, jobs
from core.models import Run
from core.runs import Progress, RunFailed, open_run, recording

KIND = "compensation.plan_simulation"
DRAFT, BASE = "draft", "base"


@transaction.atomic
def start_simulation(*, version: PlanVersion, over: str, quarters: int, on: date, by: Any) -> Simulation:
    """Ask for a simulation of a version as it is now. Raises CompensationError where no month is closed."""
    policies.check_keeps_pay(by)
    if not 1 <= quarters <= s.MOST_QUARTERS:
        raise CompensationError(f"Between 1 and {s.MOST_QUARTERS} quarters are simulated.")
    asked = s.asked_for(version, over, on=on, quarters=quarters)
    if asked is None:
        raise CompensationError("No month was closed under this plan yet: simulate it over open deals.")
    label = f"Simulation of {version}: {SimulatedOver(over).label}"
    run = open_run(
        kind=KIND, label=label, by=by, params={"version": version.pk, "on": asked.on.isoformat()}, is_walled=True
    )
    made = Simulation.objects.create(
        version=version, base=s.base_of(version, asked.on), run=run, over=over, first=asked.span.first,
        told_from=asked.told_from, last=asked.span.last, plan_hash=version.plan_hash,
    )  # fmt: skip
    audit.record(
        act="plan_version.simulated", actor=by, subject=version, detail={"over": over, "hash": version.plan_hash}
    )
    jobs.enqueue("compensation.simulate_version", run=run, simulation_id=made.pk, run_id=run.pk)
    return made


def simulate_version(*, simulation_id: int, run_id: int) -> None:
    """The work of a simulation. Raises RunFailed where the version was changed meanwhile or can't be calculated."""
    run = Run.objects.get(pk=run_id)
    with recording(run) as progress, transaction.atomic():
        row = Simulation.objects.select_related("version__plan", "base__plan").get(pk=simulation_id)
        if not row.is_of_now:
            raise RunFailed("The version was changed before it was simulated. Simulate it again.")
        asked = s.Asked(row.over, Span(row.first, row.last), row.told_from, date.fromisoformat(run.params["on"]))
        try:
            row.result = _result(row, asked, progress)
        except (PlanError, InputError) as error:
            raise RunFailed(f"{row.version} can't be calculated with these inputs: {error}") from error
        row.save(update_fields=["result"])


def _result(row: Simulation, asked: s.Asked, progress: Progress) -> dict[str, Any]:
    sides = {DRAFT: s.terms_asked(row.version, asked)}
    if row.base is not None:
        sides[BASE] = s.terms_asked(row.base, asked)
    likely = {side: s.likely_credits(terms, asked) for side, terms in sides.items()}
    progress.total(sum(len(terms.codes) for terms in sides.values()) * len(asked.variants))
    found: dict[str, Any] = {variant: {} for variant in asked.variants}
    targets: list[dict[str, int]] = []
    lacking: set[str] = set()
    for variant in asked.variants:
        for side, terms in sides.items():
            cost = s.Cost()
            for payees in groups_of(terms):
                part = s.part_of(terms, asked, payees, s.change_of(variant, asked, likely[side]))
                cost.add(part.cells, part.credited)
                if side == DRAFT and variant == "100":
                    targets.append(part.target)
                    lacking |= part.without_quota & set(terms.codes.values())
                progress.advance(len(payees), note=str(terms.version))
            found[variant][side] = cost.as_json()
    people = len(sides[DRAFT].codes)
    progress.result(f"{people} people simulated, {asked.told_from} to {asked.span.last}.")
    return {
        "currency": row.version.plan.currency_id, "variants": found, "target": s.merged(targets),
        "posted": {str(payee): amount for payee, amount in s.posted_by_payee(row.version, asked).items()},
        "without_quota": len(lacking), "people": people,
        "assumed": s.assumed_of(sides[DRAFT], asked, likely[DRAFT]),
    }  # fmt: skip
