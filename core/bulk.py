"""Set-based loading: rows stream into a temporary table by COPY, then one statement each updates, inserts and records.

The last row of a key wins; blank cells never overwrite. What a load did to which record, with the values before, stands
in the temporary table TOUCHED until the transaction ends: the caller keeps of it what it needs to undo the load.
"""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import batched
from typing import Any

from django.db import connection, models

STAGE = "so_stage"
TOUCHED = "so_touched"  # record_id, row_no, outcome ('created' or 'updated'), before (jsonb), version_after
BLOCK_ROWS = 20_000
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\x00": ""})


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """How clean rows become records of one table.

    match: SQL that is equal for the same record, over alias `t` (table) and `s` (stage).
    columns: staged columns that exist in the table; extras: staged columns (name -> SQL type) for the `after` steps.
    defaults: SQL for a column on insert when the file gives none. on_update: SQL set besides the columns.
    prepare(clean row) gives a value for each staged column; after(cursor) runs once rows are in place.
    """

    model: type[models.Model]
    match: tuple[str, str]
    columns: tuple[str, ...]
    prepare: Callable[[dict[str, Any]], dict[str, Any]]
    extras: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    on_update: Mapping[str, str] = field(default_factory=dict)
    after: tuple[Callable[[Any], None], ...] = ()


@dataclass(slots=True)
class Loaded:
    """What a load did: counts, and the rows that lost against a later one of the same key."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    exact_duplicates: list[int] = field(default_factory=list)
    conflicting: list[int] = field(default_factory=list)


def copy_text(values: Sequence[Any]) -> str:
    """One line of COPY text format; None is null."""
    return "\t".join(_cell(value) for value in values) + "\n"


def _cell(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return value.translate(_ESCAPES)
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False).translate(_ESCAPES)
    if isinstance(value, (int, Decimal)):
        return str(value)
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value).translate(_ESCAPES)


def copy_rows(*, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """COPY rows into a table in blocks, in text format; returns how many. Memory stays at one block.

    Between blocks the connection is free, so that whatever makes the rows may ask the database.
    """
    quoted = ", ".join(f'"{name}"' for name in columns)
    copied = 0
    for block in batched(rows, BLOCK_ROWS):
        lines = io.StringIO("".join(copy_text(row) for row in block))
        with connection.cursor() as cursor:
            cursor.copy_expert(f'COPY "{table}" ({quoted}) FROM STDIN', lines, 1 << 18)
        copied += len(block)
    return copied


def say_who(*, user_id: int | None, detail: Mapping[str, Any]) -> None:
    """Name the author of the bulk statements that follow, for the history triggers of this transaction."""
    metadata = json.dumps({"user": user_id, **detail})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('pghistory.context_id', %s, true), set_config('pghistory.context_metadata', %s, true)",
            [str(uuid.uuid4()), metadata],
        )


def load(plan: LoadPlan, rows: Iterable[tuple[int, int, dict[str, Any]]]) -> Loaded:
    """Upsert (row number, hash of the raw row, prepared values). Must run inside a transaction."""
    with connection.cursor() as cursor:
        _make_stage(cursor, plan)
        names = ["row_no", "row_hash", *plan.columns, *plan.extras]
        staged = ([number, digest, *(values.get(name) for name in names[2:])] for number, digest, values in rows)
        copy_rows(table=STAGE, columns=names, rows=staged)
        loaded = Loaded()
        _find_records(cursor, plan)
        _drop_losers(cursor, plan, loaded)
        _number_new(cursor, plan)
        loaded.updated = _update(cursor, plan)
        loaded.created = _insert(cursor, plan)
        cursor.execute(f"SELECT count(*) FROM {STAGE}")
        loaded.unchanged = cursor.fetchone()[0] - loaded.updated - loaded.created
        for step in plan.after:
            step(cursor)
        cursor.execute(f"DROP TABLE {STAGE}")
    return loaded


def _table(plan: LoadPlan) -> str:
    return plan.model._meta.db_table


def _sql_type(plan: LoadPlan, column: str) -> str:
    by_column = {f.column: f for f in plan.model._meta.concrete_fields}
    return str(by_column[column].db_type(connection)).replace("GENERATED BY DEFAULT AS IDENTITY", "")


def _make_stage(cursor: Any, plan: LoadPlan) -> None:
    own = ", ".join(f'"{name}" {_sql_type(plan, name)}' for name in plan.columns)
    extra = "".join(f', "{name}" {kind}' for name, kind in plan.extras.items())
    cursor.execute(f"DROP TABLE IF EXISTS {STAGE}")
    cursor.execute(
        f"CREATE TEMPORARY TABLE {STAGE} "
        f"(row_no bigint, row_hash bigint, id bigint, new boolean DEFAULT false, {own}{extra})"
    )
    cursor.execute(f"DROP TABLE IF EXISTS {TOUCHED}")
    cursor.execute(
        f"CREATE TEMPORARY TABLE {TOUCHED} (record_id bigint, row_no bigint, outcome text, before jsonb, "
        "version_after integer) ON COMMIT DROP"
    )


def _find_records(cursor: Any, plan: LoadPlan) -> None:
    table_side, stage_side = plan.match
    cursor.execute(f"CREATE INDEX ON {STAGE} (({stage_side.replace('s.', '')}))")
    cursor.execute(f"ANALYZE {STAGE}")
    cursor.execute(
        f"""WITH found AS (SELECT s.row_no, min(t.id) AS id FROM {STAGE} s JOIN {_table(plan)} t
            ON {table_side} = {stage_side} GROUP BY s.row_no)
            UPDATE {STAGE} s SET id = found.id FROM found WHERE found.row_no = s.row_no"""
    )


def _drop_losers(cursor: Any, plan: LoadPlan, loaded: Loaded) -> None:
    key = plan.match[1].replace("s.", "")
    cursor.execute(
        f"""WITH ranked AS (
              SELECT row_no, row_hash, row_number() OVER w AS place, first_value(row_hash) OVER w AS kept
              FROM {STAGE} WHERE {key} IS NOT NULL WINDOW w AS (PARTITION BY {key} ORDER BY row_no DESC))
            DELETE FROM {STAGE} s USING ranked r WHERE s.row_no = r.row_no AND r.place > 1
            RETURNING s.row_no, r.row_hash = r.kept"""
    )
    for number, same in cursor.fetchall():
        (loaded.exact_duplicates if same else loaded.conflicting).append(number)


def _number_new(cursor: Any, plan: LoadPlan) -> None:
    cursor.execute(
        f"""WITH numbered AS (SELECT row_no, nextval(pg_get_serial_sequence('{_table(plan)}', 'id')) AS id
              FROM {STAGE} WHERE id IS NULL ORDER BY row_no)
            UPDATE {STAGE} s SET id = numbered.id, new = true FROM numbered WHERE numbered.row_no = s.row_no"""
    )
    cursor.execute(f"CREATE INDEX ON {STAGE} (id)")


def _has(plan: LoadPlan, column: str) -> bool:
    return any(f.column == column for f in plan.model._meta.concrete_fields)


def _update(cursor: Any, plan: LoadPlan) -> int:
    merged = [
        f't."{c}" || coalesce(s."{c}", \'{{}}\'::jsonb)' if c == "extra" else f'coalesce(s."{c}", t."{c}")'
        for c in plan.columns
    ]
    sets = [f'"{c}" = {value}' for c, value in zip(plan.columns, merged, strict=True)]
    sets += [f'"{c}" = {sql}' for c, sql in plan.on_update.items()]
    before = ", ".join(f"'{c}', old.\"{c}\"" for c in (*plan.columns, *plan.on_update))
    version = "NULL::integer"
    if _has(plan, "version"):
        sets.append("version = t.version + 1")
        version = "new.version"
    if _has(plan, "updated_at"):
        sets.append("updated_at = now()")
    mine = ", ".join(f't."{c}"' for c in plan.columns)
    cursor.execute(
        f"""WITH changed AS (
              UPDATE {_table(plan)} t SET {", ".join(sets)} FROM {STAGE} s
              WHERE t.id = s.id AND NOT s.new AND ({mine}) IS DISTINCT FROM ({", ".join(merged)})
              RETURNING t.id, s.row_no, jsonb_build_object({before}) AS before, {version} AS version)
            INSERT INTO {TOUCHED} SELECT id, row_no, 'updated', before, version FROM changed"""
    )
    return int(cursor.rowcount)


def _insert(cursor: Any, plan: LoadPlan) -> int:
    values = [f's."{c}"' if c not in plan.defaults else f'coalesce(s."{c}", {plan.defaults[c]})' for c in plan.columns]
    others = [(c, sql) for c, sql in plan.defaults.items() if c not in plan.columns]
    names = ", ".join(f'"{c}"' for c in (*plan.columns, *(c for c, _sql in others)))
    select = ", ".join([*values, *(sql for _c, sql in others)])
    cursor.execute(
        f"""WITH added AS (
              INSERT INTO {_table(plan)} (id, {names})
              SELECT s.id, {select} FROM {STAGE} s WHERE s.new ORDER BY s.row_no
              RETURNING id)
            INSERT INTO {TOUCHED} SELECT added.id, s.row_no, 'created', NULL, 1
            FROM added JOIN {STAGE} s ON s.id = added.id"""
    )
    return int(cursor.rowcount)
