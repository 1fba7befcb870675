"""Make the demo company now, in this process: python manage.py make_demo --scale 0.1"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from integrations import demo


class Command(BaseCommand):
    help = "Make the demo company in an empty installation, or go on with one that was cut off."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--scale", type=float, default=1.0, help="size; 1 is about 3,700 deals")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            run = demo.make_now(at=timezone.now(), scale=options["scale"])
        except demo.DemoRefused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(run.result)
