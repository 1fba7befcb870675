"""Taking data out: one kind of record as a file that can be imported again, or everything as a zip of CSV files."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models, transaction

from accounts.models import AccountOwnership
from core import audit, registry
from core.jobs import enqueue
from core.models import Company, FiscalPeriod, FxRate, Run
from core.runs import Progress, open_run, recording
from core.tabular import write_csv, write_xlsx
from people.models import Occupancy, Position, PositionTeam, ReportingLine, Team, User
from pipeline.models import (
    Competitor,
    ListPrice,
    LossReason,
    OpportunityCompetitor,
    OpportunityContact,
    OpportunityLine,
    OpportunitySplit,
    OpportunityTeamMember,
    SalesProcess,
    Stage,
    StageCriterion,
)
from quotas.models import Target

RUN_KIND = "export.all"
KEPT_EXPORTS = 3

# Facts around the records, as they stand in the database. Pay is not among them and won't be by accident: a table is
# exported when it is named here. Passwords and sessions aren't data of the company.
TABLES: tuple[type[models.Model], ...] = (
    *(Company, FiscalPeriod, FxRate, Team, Position, Occupancy, PositionTeam, ReportingLine, AccountOwnership),
    *(SalesProcess, Stage, StageCriterion, LossReason, Competitor, ListPrice, OpportunityLine, OpportunitySplit),
    *(OpportunityContact, OpportunityTeamMember, OpportunityCompetitor, Target),
)


class ExportRefused(ValueError):
    """An export that can't be; the message says why and what to do."""


def export_records(*, kind: str, path: Path) -> int:
    """Write every record of a kind to a .csv or .xlsx file whose import changes nothing; returns how many."""
    entry = registry.import_kinds.find(kind)
    if entry is None:
        raise ExportRefused(f"“{kind}” can't be exported. Known: {', '.join(k.key for k in registry.import_kinds)}.")
    header, rows = _sheet(entry)
    if path.suffix.lower() == ".xlsx":
        return write_xlsx(path, header, rows)
    if path.suffix.lower() != ".csv":
        raise ExportRefused(f"“{path.name}” ends neither in .csv nor in .xlsx, so its format isn't known.")
    with path.open("w", newline="", encoding="utf-8") as stream:
        return write_csv(stream, header, rows)


def _sheet(entry: registry.ImportKind) -> tuple[list[str], Iterator[list[Any]]]:
    """Labels of the fields that records have, and a row for each record."""
    records, spec = iter(entry.records()), entry.spec
    first = next(records, None)
    names = [field.name for field in spec.fields if first is None or field.name in first]
    labels = [spec.field_named(name).label for name in names]

    def rows() -> Iterator[list[Any]]:
        if first is not None:
            yield [_cell(first[name]) for name in names]
        for record in records:
            yield [_cell(record[name]) for name in names]

    return labels, rows()


def _cell(value: Any) -> Any:
    """Money with two decimals where that is exact, so that no dot looks like thousands; instants to the digit."""
    if isinstance(value, Decimal):
        return value.quantize(Decimal("0.01")) if value == value.quantize(Decimal("0.01")) else value
    return value.isoformat() if isinstance(value, datetime) else value


@transaction.atomic
def ask_for_export(*, by: User) -> Run:
    """Export everything in the background; the run shows how far it is. Whoever may see it may download the file."""
    run = open_run(kind=RUN_KIND, label="Export of all data", by=by)
    audit.record(act="data.exported", actor=by, subject=run)
    enqueue("integrations.export_all", run=run, run_id=run.pk)
    return run


def export_by_id(*, run_id: int) -> None:
    run = Run.objects.get(pk=run_id)
    folder = Path(settings.MEDIA_ROOT) / "exports"
    folder.mkdir(parents=True, exist_ok=True)
    export_all(target=export_path(run), run=run)
    for old in sorted(folder.glob("export-*.zip"), key=lambda path: path.stat().st_mtime)[:-KEPT_EXPORTS]:
        old.unlink(missing_ok=True)


def export_path(run: Run) -> Path:
    return Path(settings.MEDIA_ROOT) / "exports" / f"export-{run.pk}.zip"


def export_all(*, target: Path, run: Run) -> None:
    """Everything but pay as CSV files: into a folder, or a zip when the name ends so, which appears when whole."""
    with recording(run) as progress:
        progress.total(len(_open_kinds()) + len(TABLES))
        if target.suffix.lower() == ".zip":
            partial = target.with_suffix(".part")
            with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
                _write_all(lambda name: archive.open(name, "w", force_zip64=True), progress)
            partial.replace(target)
        else:
            _write_all(lambda name: _made(target / name).open("wb"), progress)
        progress.result(f"{progress.counts['files']:,} files, {progress.counts['rows']:,} rows.")


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _write_all(opened: Any, progress: Progress) -> None:
    for entry in _open_kinds():
        _write(opened(f"records/{entry.key}.csv"), *_sheet(entry), progress)
    for model in TABLES:
        label = f"{model._meta.app_label}_{model._meta.model_name}"
        _write(opened(f"facts/{label}.csv"), *_table(model), progress)


def _open_kinds() -> list[registry.ImportKind]:
    """Kinds that aren't behind a wall: every admin may download the file."""
    return [kind for kind in registry.import_kinds if not kind.is_walled]


def _write(binary: Any, header: list[str], rows: Iterator[list[Any]], progress: Progress) -> None:
    with binary, io.TextIOWrapper(binary, encoding="utf-8", newline="", write_through=True) as text:
        progress.count("rows", write_csv(text, header, rows))
        progress.count("files")
        progress.advance(1)


def _table(model: type[models.Model]) -> tuple[list[str], Iterator[list[Any]]]:
    columns = [field.attname for field in model._meta.concrete_fields]
    rows = model._default_manager.order_by("pk").values_list(*columns).iterator(chunk_size=5000)
    return columns, (list(row) for row in rows)
