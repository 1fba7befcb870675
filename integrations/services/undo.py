"""Undoing an import, judged after later edits: what changed since, or is used by others, is kept and listed."""

from __future__ import annotations

from typing import Any

from django.db import connection, models, transaction
from django.db.models.expressions import RawSQL
from django.db.models.fields.reverse_related import ManyToOneRel
from django.db.models.functions import Now

from core import audit, bulk, registry
from core.models import Run
from core.runs import Progress, RunFailed, recording
from integrations.enums import ImportState, Kept, Touched
from integrations.models import ImportFile
from integrations.services.importing import touched_kinds

GOING = "so_going"  # ids of the records of one kind that an undo may delete
_RECORDS = "integrations_importedrecord"


class UndoRefused(RunFailed):
    """An import that can't be undone; the message says why."""


def undo_import(*, import_file: ImportFile, run: Run, by: Any, even_changed: bool = False) -> None:
    """Delete what the import made and give changed records their values back, in one transaction.

    What was changed since is kept, unless `even_changed`; what others use, and what closed days keep, is kept in any
    case. Kept records stay listed and a further undo tries them again.
    """
    with recording(run) as progress:
        if import_file.state not in (ImportState.IMPORTED, ImportState.UNDONE):
            raise UndoRefused("Only a finished import can be undone. Nothing was changed.")
        with transaction.atomic():
            bulk.say_who(user_id=getattr(by, "pk", None), detail={"undo_of_import": import_file.pk})
            kinds = touched_kinds(import_file)
            for entry in sorted(registry.record_models.entries.values(), key=lambda entry: -entry.order):
                if entry.key in kinds:
                    progress.advance(0, note=entry.key.replace("_", " "))
                    _Undo(import_file, entry.key, entry.model, even_changed=even_changed).run(progress)
            progress.count("kept", import_file.records.count())
            progress.count("of closed days", import_file.records.filter(kept=Kept.CLOSED).count())
            ImportFile.objects.filter(pk=import_file.pk).update(state=ImportState.UNDONE, undo_run=run, undone_at=Now())
            registry.react_to_import(kinds)
            audit.record(act="import.undone", actor=by, subject=import_file, detail=dict(progress.counts))
        progress.result(_sentence(progress))


def _sentence(progress: Progress) -> str:
    counts = progress.counts
    parts = [f"{counts.get('deleted', 0):,} deleted", f"{counts.get('restored', 0):,} restored"]
    closed = counts["of closed days"]
    if counts["kept"] > closed:
        parts.append(f"{counts['kept'] - closed:,} kept because they were changed or are used since")
    if closed:
        parts.append(f"{closed:,} kept because they belong to days whose books are closed")
    return ", ".join(parts) + "."


class _Undo:
    """The records of one kind that an import touched."""

    def __init__(self, import_file: ImportFile, kind: str, model: type[models.Model], *, even_changed: bool) -> None:
        self.file, self.kind, self.model, self.even_changed = import_file, kind, model, even_changed
        self.table = model._meta.db_table
        closed = registry.closed_rows.find(kind)
        self.closed_sql, self.figures = (closed.kept(), closed.columns) if closed else ("", None)
        self.stamp = "t.version" if bulk.has_column(model, "version") else "t.xmin::text::bigint"

    def run(self, progress: Progress) -> None:
        with connection.cursor() as cursor:
            progress.count("deleted", self._delete(cursor))
            progress.count("restored", self._put_back(cursor) + self._restore(cursor))

    def _where(self, outcome: str) -> tuple[str, list[Any]]:
        return "r.import_file_id = %s AND r.record_kind = %s AND r.outcome = %s", [self.file.pk, self.kind, outcome]

    def _delete(self, cursor: Any) -> int:
        """Records the import made, unless changed or used since."""
        where, params = self._where(Touched.CREATED)
        cursor.execute(
            f"""CREATE TEMPORARY TABLE {GOING} ON COMMIT DROP AS
                SELECT t.id, (SELECT min(x) FROM unnest(%s::timestamptz[]) x WHERE x >= t.created_at) AS made_until
                FROM {self.table} t JOIN {_RECORDS} r ON r.record_id = t.id
                WHERE {where} AND (%s OR {self.stamp} IS NOT DISTINCT FROM r.stamp_after)""",
            [self.file.options.get("imported_at", []), *params, self.even_changed],
        )
        cursor.execute(f"CREATE UNIQUE INDEX ON {GOING} (id)")
        cursor.execute(f"ANALYZE {GOING}")
        closed = self._keep_closed(cursor)
        kept = self._keep_used(cursor)
        self._forget_derived()
        for relation in _parts_of(self.model):
            _delete_parts(cursor, relation, f"SELECT id FROM {GOING}")
        cursor.execute(f"DELETE FROM {self.table} t USING {GOING} g WHERE t.id = g.id")
        deleted = int(cursor.rowcount)
        self._forget_gone(cursor, Touched.CREATED)
        self._say_why(cursor, Touched.CREATED, used=kept, closed=closed)
        cursor.execute(f"DROP TABLE {GOING}")
        return deleted

    def _forget_derived(self) -> None:
        going = self.model._default_manager.filter(pk__in=RawSQL(f"SELECT id FROM {GOING}", []))  # noqa: S611 -- a fixed table
        for part in registry.undo_parts:
            if part.record_kind == self.kind:
                part.remove(going)

    def _closed(self, row: str) -> str:
        """SQL that is true of a row that closed days keep."""
        return f"({self.closed_sql.format(row=row)})" if self.closed_sql else "FALSE"

    def _keep_closed(self, cursor: Any) -> list[int]:
        """Take out of GOING what closed days keep."""
        if not self.closed_sql:
            return []
        cursor.execute(
            f"DELETE FROM {GOING} g USING {self.table} t WHERE t.id = g.id AND {self._closed('t')} RETURNING g.id"
        )
        return [pk for (pk,) in cursor.fetchall()]

    def _closed_updates(self, cursor: Any) -> list[int]:
        """Records whose values before would change figures of a closed day, as they stand or as they would."""
        if not self.closed_sql:
            return []
        where, params = self._where(Touched.UPDATED)
        differs = "TRUE"
        if self.figures is not None:
            own = "to_jsonb(t) -> name IS DISTINCT FROM to_jsonb(back) -> name"
            differs = f"EXISTS (SELECT 1 FROM unnest(%s::text[]) name WHERE {own})"
            params = [*params, sorted(self.figures)]
        cursor.execute(
            f"""SELECT t.id FROM {_RECORDS} r JOIN {self.table} t ON t.id = r.record_id,
                  LATERAL jsonb_populate_record(t, r.before) back
                WHERE {where} AND ({self._closed("t")} OR {self._closed("back")}) AND {differs}""",
            params,
        )
        return [pk for (pk,) in cursor.fetchall()]

    def _keep_used(self, cursor: Any) -> list[int]:
        """Take out of GOING what others point to, again and again: a kept child keeps its parent."""
        kept: list[int] = []
        uses = [_use(relation, self.model) for relation in _pointers_to(self.model)]
        for use in registry.uses_of_records:
            table = use.model._meta.db_table
            uses.append(f"SELECT 1 FROM {table} c WHERE c.{use.id_field} = g.id AND c.{use.kind_field} = '{self.kind}'")
        found = True
        while found:
            found = False
            for sql in filter(None, uses):
                cursor.execute(f"DELETE FROM {GOING} g WHERE EXISTS ({sql}) RETURNING g.id")
                gone = [pk for (pk,) in cursor.fetchall()]
                kept += gone
                found = found or bool(gone)
        return kept

    def _put_back(self, cursor: Any) -> int:
        """Rows the import removed, as they were, but for those of closed days."""
        where, params = self._where(Touched.REMOVED)
        columns = ", ".join(f'"{f.column}"' for f in self.model._meta.concrete_fields if not f.generated)
        cursor.execute(
            f"""WITH gone AS (DELETE FROM {_RECORDS} r USING {_RECORDS} o,
                    LATERAL jsonb_populate_record(NULL::{self.table}, o.before) back
                  WHERE {where} AND o.id = r.id AND NOT coalesce({self._closed("back")}, FALSE) RETURNING r.before)
                INSERT INTO {self.table} ({columns}) SELECT {columns} FROM gone,
                  LATERAL jsonb_populate_record(NULL::{self.table}, gone.before)""",
            params,
        )
        restored = int(cursor.rowcount)
        if self.closed_sql:
            cursor.execute(f"UPDATE {_RECORDS} r SET kept = %s WHERE {where}", [Kept.CLOSED, *params])
        return restored

    def _restore(self, cursor: Any) -> int:
        """Values before, where the record is still as the import left it.

        An earlier import that left the record as it is again may still undo it: its stamp moves along.
        """
        where, params = self._where(Touched.UPDATED)
        cursor.execute(
            f"SELECT DISTINCT key FROM {_RECORDS} r, LATERAL jsonb_object_keys(r.before) key WHERE {where}", params
        )
        columns = [key for (key,) in cursor.fetchall()]
        if not columns:
            return 0
        closed = self._closed_updates(cursor)
        sets = [f'"{c}" = CASE WHEN r.before ? \'{c}\' THEN before."{c}" ELSE t."{c}" END' for c in columns]
        sets += ["version = t.version + 1"] if bulk.has_column(self.model, "version") else []
        cursor.execute("CREATE TEMPORARY TABLE so_restored (id bigint, record bigint, was bigint, stamp bigint)")
        cursor.execute(
            f"""WITH restored AS (UPDATE {self.table} t SET {", ".join(sets)} FROM {_RECORDS} r,
                  LATERAL jsonb_populate_record(NULL::{self.table}, r.before) before
                  WHERE t.id = r.record_id AND {where} AND (%s OR {self.stamp} IS NOT DISTINCT FROM r.stamp_after)
                  AND NOT t.id = ANY(%s)
                  RETURNING t.id, r.id, r.stamp_before, {self.stamp})
                INSERT INTO so_restored SELECT * FROM restored""",
            [*params, self.even_changed, closed],
        )
        restored = int(cursor.rowcount)
        cursor.execute(
            f"""DELETE FROM {_RECORDS} r USING so_restored s WHERE r.id = s.record;
                UPDATE {_RECORDS} r SET stamp_after = s.stamp FROM so_restored s
                WHERE r.record_kind = %s AND r.record_id = s.id AND r.stamp_after = s.was;
                DROP TABLE so_restored""",
            [self.kind],
        )
        self._forget_gone(cursor, Touched.UPDATED)
        self._say_why(cursor, Touched.UPDATED, used=[], closed=closed)
        return restored

    def _forget_gone(self, cursor: Any, outcome: str) -> None:
        where, params = self._where(outcome)
        cursor.execute(
            f"""DELETE FROM {_RECORDS} r WHERE {where}
                AND NOT EXISTS (SELECT 1 FROM {self.table} t WHERE t.id = r.record_id)""",
            params,
        )

    def _say_why(self, cursor: Any, outcome: str, *, used: list[int], closed: list[int]) -> None:
        where, params = self._where(outcome)
        why = "CASE WHEN record_id = ANY(%s) THEN %s WHEN record_id = ANY(%s) THEN %s ELSE %s END"
        cursor.execute(
            f"UPDATE {_RECORDS} r SET kept = {why} WHERE {where}",
            [closed, Kept.CLOSED, used, Kept.USED, Kept.CHANGED, *params],
        )


def _pointers_to(model: type[models.Model]) -> list[Any]:
    """Relations that point to a model, those without a name for the way back too, history rows aside."""
    return [
        relation
        for relation in model._meta.get_fields(include_hidden=True)
        if isinstance(relation, ManyToOneRel) and relation.on_delete is not models.DO_NOTHING
    ]


def _parts_of(model: type[models.Model]) -> list[Any]:
    return [relation for relation in _pointers_to(model) if relation.on_delete is models.CASCADE]


def _use(relation: Any, model: type[models.Model]) -> str:
    """SQL that is true when something uses record `g`, or "".

    Parts (lines, splits) are a use of it when somebody added them after the import; rows without a stamp are derived.
    """
    child, column = relation.related_model, relation.field.column
    sql = f'SELECT 1 FROM {child._meta.db_table} c WHERE c."{column}" = g.id'
    if child is model:
        return f"{sql} AND NOT EXISTS (SELECT 1 FROM {GOING} o WHERE o.id = c.id)"
    if relation.on_delete is not models.CASCADE:
        return sql
    return f"{sql} AND c.created_at > g.made_until" if bulk.has_column(child, "created_at") else ""


def _delete_parts(cursor: Any, relation: Any, owners: str) -> None:
    table, column = relation.related_model._meta.db_table, relation.field.column
    for deeper in _parts_of(relation.related_model):
        _delete_parts(cursor, deeper, f'SELECT id FROM {table} WHERE "{column}" IN ({owners})')
    cursor.execute(f'DELETE FROM {table} WHERE "{column}" IN ({owners})')
