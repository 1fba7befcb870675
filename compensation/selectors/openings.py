"""What people bring along from a plan's version to the one after it: draws that are owed, pay below zero."""

from __future__ import annotations

from django.db.models import QuerySet

from compensation.enums import PayRunState, VersionState
from compensation.kernel.inputs import Opening
from compensation.models import PayeeResult, PayRun, PlanVersion

HANDED = "handed"  # the word of a result's facts


def follower_of(version: PlanVersion) -> PlanVersion | None:
    """The published version that begins where one ends."""
    return _published(version).filter(valid_from=version.valid_to).first() if version.valid_to else None


def openings_of(version: PlanVersion, run: PayRun | None = None) -> tuple[Opening, ...]:
    """What the version before handed over, in minor units: as a run works it out, else as it was posted last."""
    before = _published(version).filter(valid_to=version.valid_from).first()
    if before is None or not version.definition.get("takes_over", True):
        return ()
    results = PayeeResult.objects.filter(version=before)
    found = results.filter(run=run) if run is not None else results.none()
    if not found.exists():
        posted = results.filter(run__state=PayRunState.POSTED)
        found = posted.order_by("payee_id", "-run__period__starts_on", "-run_id").distinct("payee_id")
    told = ((code, facts.get(HANDED)) for code, facts in found.values_list("payee__code", "facts"))
    return tuple(sorted(Opening(code, *both) for code, both in told if both and any(both)))


def _published(version: PlanVersion) -> QuerySet[PlanVersion]:
    return PlanVersion.objects.filter(plan_id=version.plan_id, state=VersionState.PUBLISHED)
