"""What the statements of one transaction did to which record, so that it can be undone later."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from core.bulk.copying import copy_rows

TOUCHED = "so_touched"


def begin_touching() -> None:
    """An empty table of what the statements of this transaction do to which record.

    `stamp_before` and `stamp_after` are the record's version, or where it has none the transaction that wrote it last.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {TOUCHED}")
        cursor.execute(
            f"CREATE TEMPORARY TABLE {TOUCHED} (record_kind text, record_id bigint, row_no bigint, outcome text, "
            "before jsonb, stamp_before bigint, stamp_after bigint) ON COMMIT DROP"
        )


def touch(kind: str, ids: Iterable[int], *, outcome: str = "created") -> None:
    """Note records that were made on the way."""
    copy_rows(table=TOUCHED, columns=["record_kind", "record_id", "outcome"], rows=((kind, pk, outcome) for pk in ids))


def touching(kind: str, outcome: str, statement: str) -> str:
    """SQL that runs a statement and notes the rows it returns: `id`, `before` (jsonb or null), `stamp` (xid before)."""
    return (
        f"WITH done AS ({statement}) INSERT INTO {TOUCHED} (record_kind, record_id, outcome, before, stamp_before) "
        f"SELECT '{kind}', id, '{outcome}', before, stamp FROM done"
    )
