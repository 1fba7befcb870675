"""Rows that weren't taken, or taken with a warning: written beside the transaction's rows, however many."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core import bulk
from core.tabular import rows
from integrations.kernel.rows import Problem
from integrations.models import ImportFile, ImportIssue
from integrations.services.files import shape_of

INFO = "info"
COLUMNS = ("row_number", "column", "value", "severity", "code", "message", "suggestion", "raw")
_LOSERS = {
    "exact_duplicate": "The same row stands again further down; it was taken once.",
    "conflict": "A later row has the same key and other values; the later one was taken.",
}


class IssueLog:
    """Issues of one reading, kept in a temporary file: they outlive a rolled back check and cost no memory."""

    def __init__(self, import_file: ImportFile) -> None:
        self.file = import_file
        self.spool = tempfile.SpooledTemporaryFile(max_size=1 << 20, mode="w+", encoding="utf-8")  # noqa: SIM115 -- closed by save

    def add(self, row_number: int, problem: Problem, raw: Sequence[Any]) -> None:
        line = [
            *(row_number, problem.column[:255], problem.value[:500], problem.severity, problem.code),
            *(problem.message[:500], problem.suggestion[:200], ["" if v is None else str(v) for v in raw]),
        ]
        self.spool.write(json.dumps(line) + "\n")

    def add_losers(self, loaded: bulk.Loaded) -> None:
        """Rows that lost against a later one or can't stand beside another; read again for their cells."""
        told = {
            number: Problem("", "", "", code, text, INFO)
            for code, text in _LOSERS.items()
            for number in _of(loaded, code)
        }
        columns = {field: column for column, field in self.file.mapping.items()}
        told |= {
            number: Problem(columns.get(refusal.column, ""), refusal.column, "", "refused", refusal.message)
            for number, refusal in loaded.refused.items()
        }
        if told:
            for row in rows(Path(self.file.path), shape_of(self.file)):
                if row.number in told:
                    self.add(row.number, told[row.number], row.values)

    def save(self) -> None:
        """In place of the issues of an earlier reading."""
        ImportIssue.objects.filter(import_file=self.file).delete()
        self.spool.seek(0)
        bulk.copy_rows(
            table=ImportIssue._meta.db_table,
            columns=["import_file_id", *COLUMNS],
            rows=([self.file.pk, *json.loads(line)] for line in self.spool),
        )
        self.spool.close()


def _of(loaded: bulk.Loaded, code: str) -> list[int]:
    return loaded.exact_duplicates if code == "exact_duplicate" else loaded.conflicting
