from __future__ import annotations

from datetime import date

from core.jobs import job
from pipeline.services import hygiene


@job("pipeline.hygiene")
def check_records(*, on: str) -> None:
    hygiene.check_records(on=date.fromisoformat(on))


@job("pipeline.hygiene_scores")
def rewrite_scores() -> None:
    hygiene.rewrite_last_scores()


@job("pipeline.hygiene_run")
def check_now(*, run_id: int) -> None:
    hygiene.work_run(run_id=run_id)
