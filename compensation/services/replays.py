"""A draft replayed on closed months: by a worker, for the definition it was asked for, payee by payee."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from compensation import policies
from compensation.enums import VersionState
from compensation.kernel.inputs import InputError
from compensation.kernel.reading import PlanError
from compensation.models import PlanVersion
from compensation.selectors.calculations import groups_of
from compensation.selectors.replays import Span, closed_span, drafted_sums, posted_sums, replay_terms
from compensation.services.errors import CompensationError
from core import audit, jobs
from core.models import Run
from core.runs import Progress, RunFailed, open_run, recording

KIND = "compensation.plan_replay"


@transaction.atomic
def start_replay(*, version: PlanVersion, by: Any) -> Run:
    """Ask for a replay of a draft as it is now. Raises CompensationError where no month is closed."""
    policies.check_keeps_pay(by)
    if version.state != VersionState.DRAFT:
        raise CompensationError("Only a draft is replayed.")
    span = closed_span(version)
    if span is None or span.first > span.last:
        raise CompensationError("No month was closed under this plan yet: there is nothing to replay.")
    params = {"version": version.pk, "hash": version.plan_hash}
    run = open_run(kind=KIND, label=f"Replay of {version}", by=by, params=params, is_walled=True)
    audit.record(act="plan_version.replayed", actor=by, subject=version, detail={"hash": version.plan_hash})
    jobs.enqueue("compensation.replay_version", run=run, version_id=version.pk, run_id=run.pk)
    return run


def replay_version(*, version_id: int, run_id: int) -> None:
    """The work of a replay. What it came to is kept with the version, unless that was changed meanwhile."""
    run = Run.objects.get(pk=run_id)
    with recording(run) as progress, transaction.atomic():
        version = PlanVersion.objects.select_for_update(of=("self",)).select_related("plan").get(pk=version_id)
        if version.plan_hash != run.params["hash"]:
            raise RunFailed("The draft was changed before it was replayed. Replay it again.")
        span = closed_span(version)
        assert span is not None
        version.replay = _replay(version, span, progress) | {"run": run.pk}
        version.replayed_hash = version.plan_hash
        version.save(update_fields=["replay", "replayed_hash"])


def _replay(version: PlanVersion, span: Span, progress: Progress) -> dict[str, Any]:
    try:
        terms = replay_terms(version, span)
        progress.total(len(terms.codes))
        drafted: dict[int, int] = {}
        for chosen in groups_of(terms):
            drafted |= drafted_sums(terms, span, chosen)
            progress.advance(len(chosen), note=str(version))
    except (PlanError, InputError) as error:
        raise RunFailed(f"{version} can't be calculated on the credits of closed months: {error}") from error
    posted = posted_sums(version, span)
    people = sorted(posted.keys() | drafted.keys())
    rows = [[one, posted.get(one, 0), drafted.get(one, 0)] for one in people]
    progress.result(f"{len(rows)} people replayed, {span.first} to {span.last}.")
    return {
        "first": span.first.isoformat(), "last": span.last.isoformat(), "currency": version.plan.currency_id,
        "payees": [row for row in rows if row[1] or row[2]],
    }  # fmt: skip
