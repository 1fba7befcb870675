"""Checking and importing a file: one path. A check is the import, not committed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.db import DataError, IntegrityError, connection, transaction

from core import audit, bulk, registry
from core.models import Run
from core.registry import ImportContext
from core.runs import Progress, RunFailed, recording
from core.selectors import the_company
from core.tabular import TabularError
from integrations.enums import ImportState
from integrations.models import ImportedRecord, ImportFile
from integrations.services.files import remember_mapping
from integrations.services.proposing import create_missing, decisions_of, propose
from integrations.services.reading import Reader, Tally
from integrations.services.references import References

WAIT_SECONDS = 0.5


@dataclass(slots=True)
class Attempt:
    """One reading of the file and what its load did; nothing was loaded when values are undecided."""

    reader: Reader
    references: References
    loaded: bulk.Loaded
    facts: int = 0
    is_undecided: bool = False

    @property
    def tally(self) -> Tally:
        return self.reader.tally

    @property
    def counts(self) -> dict[str, int]:
        loaded = self.loaded
        counts = self.tally.counts() | {
            "created": loaded.created,
            "updated": loaded.updated,
            "unchanged": loaded.unchanged,
            "exact_duplicates": len(loaded.exact_duplicates),
            "conflicts": len(loaded.conflicting),
            "facts": self.facts,
        }
        counts["rejected"] += len(loaded.refused)
        return counts


class _NotKept(Exception):
    """Rolls a check back."""


class _Undecided(Exception):
    """Ends a check's first reading: what the file implies has to be proposed before its effect can be counted."""


def check_import(*, import_file: ImportFile, run: Run, today: date) -> None:
    """Read the whole file, list what it implies as proposals, count what an import would do; writes no record."""
    with recording(run) as progress:
        _refuse_without_file(import_file)
        import_file.proposals.filter(is_accepted=False).delete()
        attempt = _tried(import_file, progress, today)
        if propose(import_file=import_file, reader=attempt.reader, references=attempt.references):
            attempt = _tried(import_file, progress, today)
        with transaction.atomic():
            attempt.reader.issues.add_losers(attempt.loaded)
            attempt.reader.issues.save()
            _keep(import_file, attempt, state=ImportState.CHECKED, check_run=run)
        progress.counts |= attempt.counts
        progress.result(sentence(attempt.counts, done=False))


def run_import(*, import_file: ImportFile, run: Run, by: Any, today: date) -> None:
    """Import the file in one transaction. Rows with a mistake are left out and reported; undecided ones wait."""
    with recording(run) as progress:
        _refuse_without_file(import_file)
        with transaction.atomic():
            attempt = _load(import_file, progress, today, by=by, assume=False)
            attempt.reader.issues.add_losers(attempt.loaded)
            attempt.reader.issues.save()
            _keep_touched(import_file)
            _keep(import_file, attempt, state=ImportState.IMPORTED, import_run=run, undone_at=None)
            _stamp_time(import_file)
            remember_mapping(import_file, decisions_of(import_file).taken)
            progress.advance(0, note="bringing figures up to date")
            registry.react_to_import(touched_kinds(import_file))
            audit.record(act="import.done", actor=by, subject=import_file, detail=attempt.counts)
        progress.counts |= attempt.counts
        progress.result(sentence(attempt.counts, done=True), output_hash=import_file.sha256)


def _stamp_time(import_file: ImportFile) -> None:
    """The instant all rows of this import stand: what hangs on them later was added by somebody else."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (instant,) = cursor.fetchone()
    stamps = [*import_file.options.get("imported_at", []), instant.isoformat()]
    import_file.options = {**import_file.options, "imported_at": stamps}
    import_file.imported_at = instant
    import_file.save(update_fields=["options", "imported_at"])


def touched_kinds(import_file: ImportFile) -> frozenset[str]:
    """Kinds of the records an import made or changed."""
    return frozenset(import_file.records.order_by().values_list("record_kind", flat=True).distinct())


def _keep(import_file: ImportFile, attempt: Attempt, **values: Any) -> None:
    counts = attempt.counts | {"columns": attempt.tally.bad}
    ImportFile.objects.filter(pk=import_file.pk).update(counts=counts, **values)


def _refuse_without_file(import_file: ImportFile) -> None:
    if not Path(import_file.path).exists():
        raise RunFailed("The uploaded file is gone. Upload it again. Nothing was imported.")


def _tried(import_file: ImportFile, progress: Progress, today: date) -> Attempt:
    """An import with every proposal taken, rolled back."""
    attempt: Attempt | None = None
    progress.run.units_done = 0
    try:
        with transaction.atomic():
            attempt = _load(import_file, progress, today, by=import_file.uploaded_by, assume=True)
            raise _NotKept
    except _NotKept:
        assert attempt is not None
        return attempt


def _load(import_file: ImportFile, progress: Progress, today: date, *, by: Any, assume: bool) -> Attempt:
    """Create what is missing, read the rows, load them. Raises RunFailed with nothing written."""
    kind, references = registry.import_kinds[import_file.kind], References()
    context = _context(import_file, references, today, by)
    _wait_for_others(progress)
    bulk.say_who(user_id=context.user_id, detail={"import": import_file.pk})
    bulk.begin_touching()
    create_missing(import_file, references, context, assume=assume)
    reader = Reader(import_file, references, decisions_of(import_file), progress, assume=assume)
    attempt = Attempt(reader, references, bulk.Loaded())
    context.fields = reader.fields
    progress.total(reader.shape.approx_rows)
    plan = kind.plan(context)
    try:
        attempt.loaded = bulk.load(
            plan,
            _prepared(reader, plan, assume=assume),
            kind=kind.record_kind,
            prefix=kind.prefix,
            note=lambda text: progress.advance(0, note=text),
            numbered=_learning(reader, references),
        )
        if kind.finish:
            kind.finish(context)
        attempt.facts = _facts(kind.record_kind)
    except _Undecided:
        attempt.is_undecided = True
    except TabularError as error:
        raise RunFailed(f"{error} Nothing was imported.") from error
    except bulk.LoadRefused as error:
        raise RunFailed(f"{error} Nothing was imported.") from error
    except (DataError, IntegrityError) as error:
        raise RunFailed(f"The database refused a value: {_first_line(error)} Nothing was imported.") from error
    return attempt


def _wait_for_others(progress: Progress) -> None:
    """One import at a time: two that make the same records would undo each other's work at the last moment."""
    while True:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('integrations.import'))")
            if cursor.fetchone()[0]:
                return
        progress.advance(0, note="waiting for another import to end")
        time.sleep(WAIT_SECONDS)


def _prepared(reader: Reader, plan: bulk.LoadPlan, *, assume: bool) -> Any:
    for number, digest, clean in reader:
        yield number, digest, plan.prepare(clean)
    tally = reader.tally
    if assume and any(key not in reader.decisions.proposed for key in (*tally.unresolved, *tally.near)):
        raise _Undecided


def _learning(reader: Reader, references: References) -> Callable[[Any], None]:
    """Names of the file's own rows, with the ids they will have: a manager may stand further down."""

    def learn(cursor: Any) -> None:
        if reader.own is None:
            return
        model = registry.record_models[reader.kind.record_kind].model
        names = [c for c in ("name", "external_id", "email") if bulk.has_column(model, c)]
        staged = [c for c in names if c in reader.fields or c in ("name", "external_id")]
        for column in staged:
            cursor.execute(f"SELECT {column}, id FROM {bulk.STAGE} WHERE {column} IS NOT NULL ORDER BY row_no DESC")
            references.learn(reader.own_kind, iter(cursor.fetchone, None))

    return learn


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".") + "."


def _facts(record_kind: str) -> int:
    """How many dated facts and records beside the rows' own the load began, ended or changed."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {bulk.TOUCHED} WHERE record_kind <> %s", [record_kind])
        return int(cursor.fetchone()[0])


def _context(import_file: ImportFile, references: References, today: date, by: Any) -> ImportContext:
    since = import_file.options.get("since")
    return ImportContext(
        import_id=import_file.pk,
        user_id=getattr(by, "pk", None),
        today=today,
        currency=str(import_file.options.get("currency") or the_company().currency_id),
        fields=frozenset(),
        find=references.find,
        since=date.fromisoformat(since) if since else None,
    )


_STAMP = """UPDATE {touched} d SET stamp_after = t.xmin::text::bigint FROM {table} t
    WHERE d.record_kind = %s AND d.outcome <> 'removed' AND t.id = d.record_id"""
_VERSION = """UPDATE {touched} d SET stamp_after = t.version FROM {table} t
    WHERE d.record_kind = %s AND d.stamp_after IS NULL AND t.id = d.record_id"""
_AGAIN = """UPDATE {records} r SET stamp_after = d.stamp_after, row_number = coalesce(d.row_no, r.row_number)
    FROM {touched} d WHERE r.import_file_id = %s AND r.record_kind = d.record_kind AND r.record_id = d.record_id
      AND d.outcome = 'updated'"""
_INTO = """INSERT INTO {records}
    (import_file_id, record_kind, record_id, row_number, outcome, before, stamp_before, stamp_after, kept) """
_MADE = """SELECT %s, record_kind, record_id, row_no, outcome, before, stamp_before, stamp_after, ''
    FROM {touched} WHERE outcome <> 'updated'"""
_CHANGED = """SELECT DISTINCT ON (d.record_kind, d.record_id)
      %s, d.record_kind, d.record_id, d.row_no, d.outcome, d.before, d.stamp_before, d.stamp_after, ''
    FROM {touched} d WHERE d.outcome = 'updated' AND NOT EXISTS (SELECT 1 FROM {records} r
      WHERE r.import_file_id = %s AND r.record_kind = d.record_kind AND r.record_id = d.record_id)
    ORDER BY d.record_kind, d.record_id"""


def _keep_touched(import_file: ImportFile) -> None:
    """What the import did to each record, kept so that it can be undone.

    Records without a version are stamped with the transaction that wrote them last. What the file made itself, in this
    import or an earlier one of the same file, stays "created" however often it was changed on the way.
    """
    names = {"touched": bulk.TOUCHED, "records": ImportedRecord._meta.db_table}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT record_kind FROM {bulk.TOUCHED}")
        for (kind,) in cursor.fetchall():
            model = registry.record_models[kind].model
            stamp = _VERSION if bulk.has_column(model, "version") else _STAMP
            cursor.execute(stamp.format(table=model._meta.db_table, **names), [kind])
        cursor.execute(_AGAIN.format(**names), [import_file.pk])
        cursor.execute((_INTO + _MADE).format(**names), [import_file.pk])
        cursor.execute((_INTO + _CHANGED).format(**names), [import_file.pk, import_file.pk])


_APART = {
    "waiting": "waiting for a decision",
    "rejected": "rejected",
    "exact_duplicates": "standing twice",
    "conflicts": "overruled by a later row of the same key",
}


def sentence(counts: dict[str, int], *, done: bool) -> str:
    """8,800 rows: 8,800 created, 0 updated, 0 unchanged."""
    would = "" if done else "would be "
    parts = [f"{counts['created']:,} {would}created", f"{counts['updated']:,} {would}updated"]
    parts.append(f"{counts['unchanged']:,} unchanged")
    parts += [f"{counts[name]:,} {words}" for name, words in _APART.items() if counts[name]]
    return f"{counts['rows']:,} rows: {', '.join(parts)}."
