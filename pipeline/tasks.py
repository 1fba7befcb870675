from __future__ import annotations

from datetime import date

from django.utils import timezone

from core.jobs import job
from core.selectors import company_day
from pipeline.services import bulk_changes, digest, findings, hygiene, snapshots, telling, totals


@job("pipeline.fold")
def fold_totals() -> None:
    totals.fold_totals(on=company_day(timezone.now()))


@job("pipeline.totals")
def check_totals(*, on: str) -> None:
    """The night of `on`; the totals stand for the day that has begun since."""
    totals.check_totals(on=company_day(timezone.now()))


@job("pipeline.snapshot")
def snapshot_day(*, on: str) -> None:
    day = date.fromisoformat(on)
    snapshots.snapshot_day(on=day, known_at=snapshots.end_of_day(day))


@job("pipeline.hygiene")
def check_records(*, on: str) -> None:
    hygiene.check_records(on=date.fromisoformat(on))


@job("pipeline.hygiene_today")
def check_today() -> None:
    hygiene.check_records(on=company_day(timezone.now()))


@job("pipeline.hygiene_scores")
def rewrite_scores() -> None:
    hygiene.rewrite_last_scores()


@job("pipeline.hygiene_records")
def recheck_records(*, kind: str, ids: list[int]) -> None:
    findings.recheck(kind=kind, ids=ids, on=company_day(timezone.now()))


@job("pipeline.digest")
def send_digest() -> None:
    digest.send_week(at=timezone.now())


@job("pipeline.hygiene_run")
def check_now(*, run_id: int) -> None:
    hygiene.work_run(run_id=run_id)


@job("pipeline.tell_findings")
def tell_findings(*, on: str) -> None:
    telling.tell_findings(found_on=date.fromisoformat(on))


@job("pipeline.bulk_edit")
def change_many(*, edit_id: int) -> None:
    bulk_changes.work_change(edit_id=edit_id)


@job("pipeline.bulk_undo")
def undo_many(*, run_id: int) -> None:
    bulk_changes.work_undo(run_id=run_id)
