"""Run the jobs of a night now: python manage.py nightly --on 2024-08-15"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from core.enums import RunState
from core.models import Run
from core.selectors import company_day
from core.services import run_night


class Command(BaseCommand):
    help = "Run every nightly job for a company day that has ended; doing it again does no harm."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", default="", help="YYYY-MM-DD; the day before today by default")

    def handle(self, *args: Any, **options: Any) -> None:
        day = _day(options["on"]) if options["on"] else company_day(timezone.now()) - timedelta(days=1)
        before = Run.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        night = run_night(on=day.isoformat())
        for run in Run.objects.filter(pk__gt=before).exclude(pk=night.pk).order_by("pk"):
            self.stdout.write(f"{run.label}: {run.result or run.error} ({run.get_state_display()})")
        self._tell(Run.objects.get(pk=night.pk))

    def _tell(self, night: Run) -> None:
        self.stdout.write(f"{night.label}: {night.result}")
        if night.state != RunState.SUCCEEDED or night.counts.get("failed"):
            errors = "\n".join(night.log.filter(level="error").values_list("message", flat=True))
            raise CommandError(errors or night.error)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"“{text}” is no day. Write it as 2024-08-15.") from error
