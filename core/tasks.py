from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from core import jobs, runs, services


@shared_task(name="core.tick")  # type: ignore[untyped-decorator]  # -- Celery has no types
def tick() -> None:
    """Every minute: close what died, send what nobody took, start what is due, and the night when its hour has come."""
    runs.close_lost()
    jobs.sweep()
    services.start_due_steps(at=timezone.now())
    services.start_due_nights(at=timezone.now())


@jobs.job("core.nightly")
def nightly(*, on: str) -> None:
    services.run_night(on=on)


@jobs.job("core.tidy_up")
def tidy_up(*, on: str) -> None:
    services.tidy_up(at=timezone.now())


@jobs.job("core.mail_notifications")
def mail_notifications() -> None:
    services.mail_notifications(at=timezone.now())
