from __future__ import annotations

from django.utils import timezone

from core.jobs import job
from reporting import services


@job("reporting.tell_failed_runs")
def tell_failed_runs() -> None:
    services.tell_failed_runs(at=timezone.now())
