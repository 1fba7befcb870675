"""Undoing an import, judged after later edits: what changed since, or is used by others, is kept and listed."""

from __future__ import annotations

import json
from typing import Any

from django.db import connection, transaction
from django.db.models import ProtectedError
from django.utils.functional import cached_property

from core import audit, bulk, registry
from core.models import Run
from core.runs import recording
from integrations.enums import ImportState
from integrations.models import ImportFile
from integrations.services.importing import touched_kinds

_ORDER = ("activity", "opportunity", "contact", "lead", "account", "product", "competitor", "loss_reason", "stage")
_ORDER_PEOPLE = ("position", "person", "team")


class UndoRefused(ValueError):
    """An import that can't be undone; the message says why."""


def undo_import(*, import_file: ImportFile, run: Run, by: Any) -> None:
    """Delete what the import made and give changed records their values back, in one transaction."""
    with recording(run) as progress:
        if import_file.state != ImportState.IMPORTED:
            raise UndoRefused("Only a finished import can be undone.")
        with transaction.atomic():
            bulk.say_who(user_id=getattr(by, "pk", None), detail={"undo_of_import": import_file.pk})
            kept = 0
            for kind in (*_ORDER, *_ORDER_PEOPLE):
                undone = _Undo(import_file, kind)
                kept += undone.restore() + undone.delete()
                progress.count("restored", undone.restored)
                progress.count("deleted", undone.deleted)
            progress.count("kept", kept)
            ImportFile.objects.filter(pk=import_file.pk).update(state=ImportState.UNDONE, undo_run=run)
            registry.react_to_import(touched_kinds(import_file))
            audit.record(act="import.undone", actor=by, subject=import_file, detail=dict(progress.counts))
        counts = progress.counts
        progress.result(
            f"{counts.get('deleted', 0):,} deleted, {counts.get('restored', 0):,} restored, {kept:,} kept because they "
            "were changed or used since."
        )


class _Undo:
    """The records of one kind that an import touched."""

    def __init__(self, import_file: ImportFile, kind: str) -> None:
        self.file, self.kind = import_file, kind
        self.restored = self.deleted = 0

    @cached_property
    def model(self) -> Any:
        return registry.record_models[self.kind].model

    def rows(self, outcome: str) -> Any:
        return self.file.records.filter(record_kind=self.kind, outcome=outcome)

    def _has(self, name: str) -> bool:
        return any(field.column == name for field in self.model._meta.concrete_fields)

    def restore(self) -> int:
        """Values before, where the record is still as the import left it; returns how many were kept."""
        changed = list(self.rows("updated").values_list("record_id", "before", "version_after"))
        if not changed:
            return 0
        columns = sorted(changed[0][1])
        table = self.model._meta.db_table
        sets = ", ".join(f'"{c}" = old."{c}"' for c in columns)
        guard = "AND t.version = d.version" if self._has("version") else ""
        bump = ", version = t.version + 1" if self._has("version") else ""
        with connection.cursor() as cursor:
            cursor.execute(
                f"""UPDATE {table} t SET {sets}{bump} FROM (
                      SELECT (x->>'id')::bigint AS id, (x->>'version')::int AS version, x->'before' AS before
                      FROM jsonb_array_elements(%s::jsonb) x) d,
                    LATERAL jsonb_populate_record(NULL::{table}, d.before) old WHERE t.id = d.id {guard}""",
                [json.dumps([{"id": pk, "before": before, "version": version} for pk, before, version in changed])],
            )
            self.restored = cursor.rowcount
        return len(changed) - self.restored

    def delete(self) -> int:
        """Delete what the import made and nobody changed or uses; returns how many were kept."""
        made = self.rows("created")
        total = made.count()
        if not total:
            return 0
        ids = made.values("record_id")
        found = self.model.objects.filter(pk__in=ids)
        if self._has("version"):
            found = found.filter(version=1)
        self._take_away_parts(found)
        self.deleted = self._delete_unused(found)
        gone = total - self.model.objects.filter(pk__in=ids).count()
        return total - gone

    def _take_away_parts(self, found: Any) -> None:
        for part in registry.undo_parts:
            if part.record_kind == self.kind:
                part.remove(found)

    def _delete_unused(self, found: Any) -> int:
        try:
            with transaction.atomic():
                return int(found.delete()[1].get(self.model._meta.label, 0))
        except ProtectedError as error:
            used = {pk for row in error.protected_objects for pk in _pointed_at(row, self.model)}
            if not used:
                raise
            return self._delete_unused(found.exclude(pk__in=used))


def _pointed_at(row: Any, model: Any) -> set[int]:
    fields = [f for f in row._meta.concrete_fields if f.related_model is model]
    return {getattr(row, field.attname) for field in fields if getattr(row, field.attname)}
