"""Import a file: python manage.py import_records opportunities sales.csv --accept-proposals"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from core import registry
from core.runs import RunFailed, open_run
from core.selectors import company_day
from integrations import services
from integrations.models import ImportFile
from integrations.selectors import report_of


class Command(BaseCommand):
    help = "Import a CSV or XLSX file of people, accounts, contacts, products, leads, opportunities or activities."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=[entry.key for entry in registry.import_kinds])
        parser.add_argument("file", type=Path)
        parser.add_argument("--mapping", type=Path, help="JSON file: column -> field; columns left out aren't imported")
        parser.add_argument(
            "--since", type=date.fromisoformat, help="first day of imported reporting lines and owners (YYYY-MM-DD)"
        )
        parser.add_argument("--dry-run", action="store_true", help="check only; nothing is written")
        parser.add_argument(
            "--accept-proposals", action="store_true", help="print what the file implies, and accept it"
        )
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            import_file = self._start(options)
            report = self._work(import_file, options)
        except (services.ImportRefused, RunFailed) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{options['file']} can't be read: {error.strerror}.") from error
        self._print(report, as_json=options["json"])

    def _start(self, options: dict[str, Any]) -> ImportFile:
        mapping = _mapping_in(options["mapping"]) if options["mapping"] else None
        with options["file"].open("rb") as stream:
            row = services.start_import(kind=options["kind"], stream=stream, name=options["file"].name, mapping=mapping)
        if options["since"]:
            row.options["since"] = options["since"].isoformat()
            row.save(update_fields=["options"])
        return row

    def _work(self, row: ImportFile, options: dict[str, Any]) -> dict[str, Any]:
        today = company_day(timezone.now())
        given: dict[str, Any] = {"params": {"import": row.pk}, "input_hash": row.sha256, "is_walled": row.is_walled}
        check = open_run(kind="import.check", label=f"Check {row.file_name}", **given)
        services.check_import(import_file=row, run=check, today=today)
        if options["accept_proposals"]:
            services.accept_proposals(import_file=row, by=None)
        if not options["dry_run"]:
            run = open_run(kind="import", label=f"Import {row.file_name}", **given)
            services.run_import(import_file=row, run=run, by=None, today=today)
        row.refresh_from_db()
        return report_of(row)

    def _print(self, report: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(report, indent=2, default=str))
            return
        self.stdout.write(f"Import {report['id']}: {report['file']} as {report['kind']}")
        for column, field in report["mapping"].items():
            self.stdout.write(f"  {column} -> {field or 'not imported'}")
        for proposal in report["proposals"]:
            state = "accepted" if proposal["accepted"] else "waits"
            self.stdout.write(f"  {state}: {proposal['sentence']}")
        for name, value in report["counts"].items():
            self.stdout.write(f"  {name}: {value}")
        for issue in report["issues"][:20]:
            self.stdout.write(f"  row {issue['row']}: {issue['message']}")
        if len(report["issues"]) > 20:
            self.stdout.write("  more in the browser, under Imports, or with --json")


def _mapping_in(path: Path) -> dict[str, str]:
    """Column -> field, from a JSON file."""
    try:
        found = json.loads(path.read_text())
    except json.JSONDecodeError as error:
        raise CommandError(f"{path} isn't JSON (line {error.lineno}: {error.msg}).") from error
    if not isinstance(found, dict) or not all(isinstance(field, str) for field in found.values()):
        raise CommandError(f'{path} must hold one object: {{"column in the file": "field"}}.')
    return found
