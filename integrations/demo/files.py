"""Files of records, imported as any user would: every one of them is listed under Imports."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from core import registry
from core.runs import RunFailed, open_run
from integrations import services
from integrations.models import ImportFile


def import_rows(
    *, kind: str, name: str, rows: Iterable[Mapping[str, Any]], by: Any, today: date, since: date | None = None
) -> ImportFile | None:
    """Write rows (field name -> value) as a CSV file with the fields' labels and import it; None when there are none.

    What the file implies (teams, competitors) is accepted. A row that isn't taken is an error: invented data is whole.
    """
    found = list(rows)
    if not found:
        return None
    spec = registry.import_kinds[kind].spec
    fields = list(dict.fromkeys(field for row in found for field in row))
    labels = {field: spec.field_named(field).label for field in fields}
    stream = io.BytesIO(_csv([labels[field] for field in fields], ([row.get(f) for f in fields] for row in found)))
    mapping = {label: field for field, label in labels.items()}
    import_file = services.start_import(kind=kind, stream=stream, name=name, by=by, mapping=mapping)
    if since:
        import_file.options["since"] = since.isoformat()
        import_file.save(update_fields=["options"])
    services.check_import(import_file=import_file, run=_run("import.check", "Check", import_file, by), today=today)
    services.accept_proposals(import_file=import_file, by=by)
    services.run_import(import_file=import_file, run=_run("import", "Import", import_file, by), by=by, today=today)
    import_file.refresh_from_db()
    _refuse_losses(import_file)
    return import_file


def _csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(["" if value is None else value for value in row] for row in rows)
    return text.getvalue().encode()


def _run(kind: str, verb: str, import_file: ImportFile, by: Any) -> Any:
    return open_run(
        kind=kind,
        label=f"{verb} {import_file.file_name}",
        by=by,
        params={"import": import_file.pk},
        input_hash=import_file.sha256,
        is_walled=import_file.is_walled,
    )


def _refuse_losses(import_file: ImportFile) -> None:
    counts = import_file.counts
    if counts.get("rejected") or counts.get("waiting"):
        first = import_file.issues.exclude(severity__in=("info", "warning")).order_by("row_number").first()
        why = f" Row {first.row_number}: {first.message}" if first else ""
        raise RunFailed(f"{import_file.file_name} was not taken whole.{why}")
