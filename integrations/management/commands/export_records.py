"""Export a kind of record: python manage.py export_records opportunities deals.xlsx"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import registry
from integrations import services


class Command(BaseCommand):
    help = "Write every record of a kind to a CSV or XLSX file (by its ending). Importing that file changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=[entry.key for entry in registry.import_kinds])
        parser.add_argument("file", type=Path, help="a name that ends in .csv or .xlsx")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = services.export_records(kind=options["kind"], path=options["file"])
        except services.ExportRefused as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{options['file']} can't be written: {error.strerror}.") from error
        self.stdout.write(f"{count:,} {options['kind']} written to {options['file']}.")
