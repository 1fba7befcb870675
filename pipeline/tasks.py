from __future__ import annotations

from datetime import date

from django.utils import timezone

from core.jobs import job
from core.selectors import company_day
from pipeline.services import hygiene


@job("pipeline.hygiene")
def check_records(*, on: str) -> None:
    hygiene.check_records(on=date.fromisoformat(on))


@job("pipeline.hygiene_today")
def check_today() -> None:
    hygiene.check_records(on=company_day(timezone.now()))


@job("pipeline.hygiene_scores")
def rewrite_scores() -> None:
    hygiene.rewrite_last_scores()


@job("pipeline.hygiene_run")
def check_now(*, run_id: int) -> None:
    hygiene.work_run(run_id=run_id)
