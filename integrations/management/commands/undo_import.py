"""Undo an import: python manage.py undo_import 12"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.runs import open_run
from integrations import services
from integrations.models import ImportFile


class Command(BaseCommand):
    help = "Undo a finished import: what it made goes, what it changed gets its values back, later edits stay."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("import_id", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        row = ImportFile.objects.filter(pk=options["import_id"]).first()
        if row is None:
            raise CommandError(f"There is no import {options['import_id']}.")
        given: dict[str, Any] = {"params": {"import": row.pk}, "is_walled": row.is_walled}
        run = open_run(kind="import.undo", label=f"Undo {row.file_name}", **given)
        try:
            services.undo_import(import_file=row, run=run, by=None)
        except services.UndoRefused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(run.result)
