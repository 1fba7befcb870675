"""Export everything but pay: python manage.py export_all backup.zip"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.runs import open_run
from integrations import services


class Command(BaseCommand):
    help = "Write all data but pay as CSV files into a folder, or into a zip when the name ends in .zip."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("target", type=Path, help="a folder, or a name that ends in .zip")

    def handle(self, *args: Any, **options: Any) -> None:
        run = open_run(kind=services.EXPORT_RUN, label="Export of all data", params={"target": str(options["target"])})
        try:
            services.export_all(target=options["target"], run=run)
        except OSError as error:
            raise CommandError(f"{options['target']} can't be written: {error.strerror}.") from error
        self.stdout.write(run.result)
